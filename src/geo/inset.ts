import { type MultiPolygon, type Polygon, type Ring, signedArea } from "./polygon.ts";

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
  /** A position on the moved edge. */
  readonly x: number;
  readonly y: number;
}

/**
 * A ring moved into the polygon.
 *
 * @param turn 1 for outer rings, -1 for holes: on which side of a counter-clockwise ring the polygon lies
 */
function offsetRing(ring: Ring, distance: number, turn: 1 | -1): Ring | undefined {
  const area = signedArea(ring);
  if (area === 0) return undefined;
  const side = Math.sign(area) * turn * distance;
  let lines: Line[] = [];
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (length === 0) continue;
    const dx = (b[0] - a[0]) / length;
    const dy = (b[1] - a[1]) / length;
    lines.push({ dx, dy, x: a[0] - dy * side, y: a[1] + dx * side });
  }
  // edges whose ends swapped places have vanished; their neighbours meet instead
  for (;;) {
    if (lines.length < 3) return undefined;
    const corners = lines.map((line, i) => meet(lines.at(i - 1)!, line, distance));
    const vanished = new Set<number>();
    for (const [i, line] of lines.entries()) {
      const [x0, y0] = corners[i]!.at(-1)!;
      const [x1, y1] = corners[(i + 1) % lines.length]![0]!;
      if ((x1 - x0) * line.dx + (y1 - y0) * line.dy < 0) vanished.add(i);
    }
    if (vanished.size === 0) return close(corners.flat(), area);
    lines = lines.filter((_, i) => !vanished.has(i));
  }
}

/** Where two moved edges meet: one position, or two where the mitre would be too long. */
function meet(a: Line, b: Line, distance: number): readonly (readonly [number, number])[] {
  const cross = a.dx * b.dy - a.dy * b.dx;
  const along = a.dx * b.dx + a.dy * b.dy;
  // nearly straight: the corner has moved sideways only
  if (Math.abs(cross) < 1e-9 && along > 0) return [[b.x, b.y]];
  const t = ((b.x - a.x) * b.dy - (b.y - a.y) * b.dx) / cross;
  const x = a.x + t * a.dx;
  const y = a.y + t * a.dy;
  // distance from corner to mitre is distance / cos(half the turn)
  const mitre = Math.sqrt(2 / Math.max(1 + along, 1e-12));
  if (mitre <= MITRE_LIMIT && Number.isFinite(x) && Number.isFinite(y)) return [[x, y]];
  // too sharp: the mitre is cut off square, at its limit along both edges
  const reach = distance * MITRE_LIMIT;
  return [
    [b.x + reach * a.dx, b.y + reach * a.dy],
    [b.x - reach * b.dx, b.y - reach * b.dy],
  ];
}

/** The ring through `corners`; `undefined` if it turned inside out or has no area. */
function close(corners: Ring, area: number): Ring | undefined {
  const [first] = corners;
  if (!first || corners.length < 3) return undefined;
  const ring = [...corners, first];
  return Math.sign(signedArea(ring)) === Math.sign(area) ? ring : undefined;
}
