import { closeRing, type Polygon, type Ring } from "./polygon.ts";

/** Positions from one that stays to the next at most: the search for the farthest is quadratic at worst. */
const STRETCH = 512;

/**
 * The polygon without positions that lie within `tolerance` of the line between their neighbours
 * that stay (Douglas and Peucker 1973). The first position of a ring stays, and every {@linkcode STRETCH}th after
 * it; a ring of which less than a triangle would remain stays whole.
 */
export function simplifyPolygon(polygon: Polygon, tolerance: number): Polygon {
  return polygon.map((ring) => simplifyRing(ring, tolerance));
}

function simplifyRing(ring: Ring, tolerance: number): Ring {
  if (ring.length < 6 || !(tolerance > 0)) return ring;
  const keep = new Uint8Array(ring.length);
  keep[0] = 1;
  keep[ring.length - 1] = 1;
  // a closed ring has no base line: start from the position opposite to the first
  const opposite = farthest(ring, 0, ring.length - 1).index;
  keep[opposite] = 1;
  for (let i = STRETCH; i < ring.length; i += STRETCH) keep[i] = 1;
  const stack = stretches(keep);
  while (stack.length > 0) {
    const to = stack.pop()!;
    const from = stack.pop()!;
    if (to - from < 2) continue;
    const { index, distance } = farthest(ring, from, to);
    if (distance <= tolerance) continue;
    keep[index] = 1;
    stack.push(from, index, index, to);
  }
  return closeRing(ring.filter((_, i) => keep[i] === 1)) ?? ring;
}

/** First and last position of each stretch between two that stay. */
function stretches(keep: Uint8Array): number[] {
  const ends: number[] = [];
  let from = 0;
  for (let to = 1; to < keep.length; to++) {
    if (keep[to] === 0) continue;
    ends.push(from, to);
    from = to;
  }
  return ends;
}

/** The position farthest from the stretch between two others. */
function farthest(ring: Ring, from: number, to: number): { index: number; distance: number } {
  const [ax, ay] = ring[from]!;
  const [bx, by] = ring[to]!;
  const dx = bx - ax;
  const dy = by - ay;
  const square = dx * dx + dy * dy;
  let index = from + 1;
  let most = -1;
  for (let i = from + 1; i < to; i++) {
    const [x, y] = ring[i]!;
    const along = square > 0 ? ((x - ax) * dx + (y - ay) * dy) / square : 0;
    const t = Math.max(0, Math.min(1, along));
    const ex = x - ax - t * dx;
    const ey = y - ay - t * dy;
    const distance = ex * ex + ey * ey;
    if (distance > most) {
      most = distance;
      index = i;
    }
  }
  return { index, distance: Math.sqrt(most) };
}
