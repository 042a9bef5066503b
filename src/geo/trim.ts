import type { BBox } from "./bbox.ts";
import { closeRing, type Polygon, type Ring } from "./polygon.ts";

/**
 * The polygon cut to a box, ring by ring (Sutherland and Hodgman 1974): exact inside the box; on its
 * border rings may run back and forth.
 *
 * @returns `undefined` if nothing of the outer ring remains
 */
export function trimPolygon(polygon: Polygon, box: BBox): Polygon | undefined {
  const rings: Ring[] = [];
  for (const ring of polygon) {
    const trimmed = trimRing(ring, box);
    if (trimmed) rings.push(trimmed);
    else if (rings.length === 0) return undefined;
  }
  return rings;
}

function trimRing(ring: Ring, box: BBox): Ring | undefined {
  let kept: Ring = ring;
  for (const axis of [0, 1] as const) {
    kept = cutSide(kept, { axis, limit: box[axis], sign: 1 });
    kept = cutSide(kept, { axis, limit: box[axis === 0 ? 2 : 3], sign: -1 });
    if (kept.length < 3) return undefined;
  }
  return closeRing(kept);
}

interface Side {
  readonly axis: 0 | 1;
  readonly limit: number;
  /** 1: values above the limit stay; -1: those below. */
  readonly sign: 1 | -1;
}

function cutSide(ring: Ring, { axis, limit, sign }: Side): Ring {
  const kept: (readonly [number, number])[] = [];
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    const isIn = (a[axis] - limit) * sign >= 0;
    if (isIn) kept.push(a);
    if (isIn !== (b[axis] - limit) * sign >= 0) {
      const other = axis === 0 ? 1 : 0;
      const t = (limit - a[axis]) / (b[axis] - a[axis]);
      const across = a[other] + t * (b[other] - a[other]);
      kept.push(axis === 0 ? [limit, across] : [across, limit]);
    }
  }
  const [first] = kept;
  if (first) kept.push(first);
  return kept;
}
