import assert from "node:assert/strict";
import type { RasterView } from "../../src/image/picture.ts";

/** Pixels by which a picture is tried beside its place. */
const REACH = 2;

/** Mean of the differences of red, green and blue, of 255. */
export function meanDifference(a: RasterView, b: RasterView): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  return shiftedDifference(a, b, [0, 0]);
}

/**
 * Fails unless the pictures differ by less than `tolerance`, and more where one is moved by pixels.
 *
 * @param slack pixels by which the program that drew it may be off
 */
export function assertInPlace(
  actual: RasterView,
  expected: RasterView,
  { tolerance, slack = 0 }: { readonly tolerance: number; readonly slack?: number },
): void {
  const difference = meanDifference(actual, expected);
  assert.ok(difference < tolerance, `mean difference ${difference.toFixed(2)}`);
  for (let dy = -REACH; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) {
      if (Math.max(Math.abs(dx), Math.abs(dy)) <= slack) continue;
      const moved = shiftedDifference(actual, expected, [dx, dy]);
      assert.ok(moved >= difference, `fits better when it is moved by ${dx}, ${dy} pixels`);
    }
  }
}

/** Difference where both have pixels, with `a` moved right and down. */
function shiftedDifference(
  a: RasterView,
  b: RasterView,
  [dx, dy]: readonly [number, number],
): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, dy); y < Math.min(b.height, b.height + dy); y++) {
    for (let x = Math.max(0, dx); x < Math.min(b.width, b.width + dx); x++) {
      const from = a.offset + (y - dy) * a.stride + (x - dx) * a.channels;
      const to = b.offset + y * b.stride + x * b.channels;
      for (let c = 0; c < 3; c++) sum += Math.abs(a.data[from + c]! - b.data[to + c]!);
      count += 3;
    }
  }
  return sum / count;
}
