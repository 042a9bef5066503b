import { closeRing, type Polygon, type Ring } from "./polygon.ts";

/**
 * The polygon without positions that lie within `tolerance` of the line between their neighbours
 * that stay (Douglas and Peucker 1973). The first position of a ring stays; a ring of which less
 * than a triangle would remain stays whole.
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
  const stack = [0, opposite, opposite, ring.length - 1];
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
