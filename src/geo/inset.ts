import { closeRing, type MultiPolygon, type Polygon, type Ring, signedArea } from "./polygon.ts";

/** Length of a mitre, in distances, beyond which a corner is cut off. */
const MITRE_LIMIT = 5;

/**
 * The polygon shrunk by `distance` on all sides, with mitred corners; holes grow.
 *
 * Made for distances far below the size of what matters (a tenth of a pixel): edges that vanish are
 * left out, but rings that would meet are not joined.
 *
 * @returns no polygon if nothing remains
 */
export function insetPolygon(polygon: Polygon, distance: number): MultiPolygon {
  const [outer, ...holes] = polygon;
  const inner = outer && offsetRing(outer, distance, 1);
  if (!inner) return [];
  const grown: Ring[] = [];
  for (const hole of holes) {
    const ring = offsetRing(hole, distance, -1);
    if (ring) grown.push(ring);
  }
  return [[inner, ...grown]];
}

interface Line {
  /** Unit vector along the edge. */
  readonly dx: number;
  readonly dy: number;
  /** Start and end of the moved edge. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

type Position = readonly [number, number];

/**
 * A ring moved into the polygon.
 *
 * @param turn 1 for outer rings, -1 for holes, which lie on the other side of the polygon
 */
function offsetRing(ring: Ring, distance: number, turn: 1 | -1): Ring | undefined {
  const area = signedArea(ring);
  if (area === 0) return undefined;
  const left = Math.sign(area) * turn * distance;
  let lines = moveEdges(ring, left);
  for (;;) {
    if (lines.length < 3) return undefined;
    const corners = lines.map((line, i) => meet(lines.at(i - 1)!, line, left));
    // edges whose ends have swapped places are gone; their neighbours meet instead
    const rest = lines.filter((line, i) => {
      const [x0, y0] = corners[i]!.at(-1)!;
      const [x1, y1] = corners[(i + 1) % lines.length]![0]!;
      return (x1 - x0) * line.dx + (y1 - y0) * line.dy >= 0;
    });
    if (rest.length === lines.length) return finish(corners.flat(), area);
    lines = rest;
  }
}

/** The edges, each moved to its left. */
function moveEdges(ring: Ring, left: number): Line[] {
  const lines: Line[] = [];
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (length === 0) continue;
    const dx = (b[0] - a[0]) / length;
    const dy = (b[1] - a[1]) / length;
    const x = -dy * left;
    const y = dx * left;
    lines.push({ dx, dy, x0: a[0] + x, y0: a[1] + y, x1: b[0] + x, y1: b[1] + y });
  }
  return lines;
}

/** Where two moved edges meet: one position, or two where the corner would stick out too far. */
function meet(a: Line, b: Line, left: number): readonly Position[] {
  const cross = a.dx * b.dy - a.dy * b.dx;
  const along = a.dx * b.dx + a.dy * b.dy;
  if (Math.abs(cross) < 1e-9) {
    // straight on, or straight back: a spike
    return along > 0
      ? [[b.x0, b.y0]]
      : [
          [a.x1, a.y1],
          [b.x0, b.y0],
        ];
  }
  const isOutward = cross * left < 0;
  // a mitre is distance / cos(half the turn) long
  if (isOutward && Math.sqrt(2 / (1 + along)) > MITRE_LIMIT) {
    const reach = Math.abs(left) * MITRE_LIMIT;
    return [
      [a.x1 + a.dx * reach, a.y1 + a.dy * reach],
      [b.x0 - b.dx * reach, b.y0 - b.dy * reach],
    ];
  }
  const t = ((b.x0 - a.x0) * b.dy - (b.y0 - a.y0) * b.dx) / cross;
  return [[a.x0 + t * a.dx, a.y0 + t * a.dy]];
}

/** Closes the ring; a ring that was turned inside out is none. */
function finish(positions: readonly Position[], area: number): Ring | undefined {
  const ring = closeRing(positions);
  return ring && signedArea(ring) * area > 0 ? ring : undefined;
}
