import type { BBox } from "./bbox.ts";

/** Positions x, y of a closed ring; the first position is repeated at the end. */
export type Ring = readonly (readonly [x: number, y: number])[];

/** An outer ring, then its holes. */
export type Polygon = readonly Ring[];

/** Polygons whose insides do not overlap, but where it says that they may. */
export type MultiPolygon = readonly Polygon[];

/** The rectangle as a polygon, counter-clockwise. */
export function bboxPolygon([minx, miny, maxx, maxy]: BBox): Polygon {
  return [
    [
      [minx, miny],
      [maxx, miny],
      [maxx, maxy],
      [minx, maxy],
      [minx, miny],
    ],
  ];
}

/** Bounds of all outer rings; `undefined` if there is no position. */
export function polygonsBBox(polygons: MultiPolygon): BBox | undefined {
  let [minx, miny, maxx, maxy] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outer = []] of polygons) {
    for (const [x, y] of outer) {
      if (x < minx) minx = x;
      if (x > maxx) maxx = x;
      if (y < miny) miny = y;
      if (y > maxy) maxy = y;
    }
  }
  return minx <= maxx ? [minx, miny, maxx, maxy] : undefined;
}

/** Area of a ring, positive if it runs counter-clockwise. */
export function signedArea(ring: Ring): number {
  let twice = 0;
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    // relative to the first position: large coordinates would eat the digits of small areas
    twice += (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0);
  }
  return twice / 2;
}

/** Whether a point lies inside a ring (even-odd; on the border: either). */
export function ringContains(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    if (a[1] > y !== b[1] > y && x < a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0])) {
      inside = !inside;
    }
  }
  return inside;
}

/**
 * A ring without repeated neighbours and with its end at its start.
 *
 * @returns `undefined` if fewer than three positions remain
 */
export function closeRing(positions: Ring): Ring | undefined {
  const ring: (readonly [number, number])[] = [];
  let last: readonly [number, number] | undefined;
  for (const position of positions) {
    if (last && last[0] === position[0] && last[1] === position[1]) continue;
    ring.push(position);
    last = position;
  }
  const [first] = ring;
  if (first && last && ring.length > 1 && (first[0] !== last[0] || first[1] !== last[1])) {
    ring.push(first);
  }
  return ring.length < 4 ? undefined : ring;
}
