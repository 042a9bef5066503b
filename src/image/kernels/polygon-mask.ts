import type { MultiPolygon } from "../../geo/polygon.ts";

/**
 * Which pixels have their middle inside of the polygons: 1 inside, 0 outside, row by row from the top left.
 *
 * Rings count by the even-odd rule within each polygon, so holes are cut out. No anti-aliasing.
 *
 * @param polygons in pixels, y down
 */
export function polygonMask(
  polygons: MultiPolygon,
  [width, height]: readonly [width: number, height: number],
): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (const polygon of polygons) {
    // x of each crossing of an edge with the middle line of each row
    const crossings: number[][] = Array.from({ length: height }, () => []);
    for (const ring of polygon) {
      for (let i = 0; i + 1 < ring.length; i++) {
        addCrossings(crossings, ring[i]!, ring[i + 1]!, height);
      }
    }
    for (let row = 0; row < height; row++) {
      const xs = crossings[row]!.sort((a, b) => a - b);
      for (let i = 0; i + 1 < xs.length; i += 2) {
        const begin = Math.max(0, Math.ceil(xs[i]! - 0.5));
        const end = Math.min(width, Math.ceil(xs[i + 1]! - 0.5));
        if (begin < end) mask.fill(1, row * width + begin, row * width + end);
      }
    }
  }
  return mask;
}

function addCrossings(
  crossings: readonly number[][],
  a: readonly [number, number],
  b: readonly [number, number],
  height: number,
): void {
  if (a[1] === b[1]) return;
  const [upper, lower] = a[1] < b[1] ? [a, b] : [b, a];
  // Half-open: a vertex on a middle line belongs to the edge below it only.
  const first = Math.max(0, Math.ceil(upper[1] - 0.5));
  const last = Math.min(height, Math.ceil(lower[1] - 0.5));
  const slope = (lower[0] - upper[0]) / (lower[1] - upper[1]);
  for (let row = first; row < last; row++) {
    crossings[row]!.push(upper[0] + (row + 0.5 - upper[1]) * slope);
  }
}
