/** Bound of the rounding error of the simple determinant, relative (Shewchuk 1997, section 4.3). */
const ERROR_BOUND = (3 + 16 * 1.1102230246251565e-16) * 1.1102230246251565e-16;
/** Splits a double into two halves of 26 bits (Dekker). */
const SPLITTER = 134217729;

/** Partial sums of the exact fallback; reused, since it is synchronous. */
const sum = new Float64Array(16);

/**
 * On which side of the line from a to b the point c lies: positive left, negative right, 0 exactly
 * on it. The sign is exact for all doubles without overflow.
 *
 * @param ab x and y of both ends: `[ax, ay, bx, by]` at `at`
 */
export function orientation(ab: Float64Array, at: number, cx: number, cy: number): number {
  const ax = ab[at]!;
  const ay = ab[at + 1]!;
  const bx = ab[at + 2]!;
  const by = ab[at + 3]!;
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const det = left - right;
  const bound = ERROR_BOUND * (Math.abs(left) + Math.abs(right));
  if (det > bound || -det > bound) return det;
  if (left === 0 && right === 0) {
    // underflow aside, both products vanish only where factors do, and differences are exact at 0
    return 0;
  }
  // det = ax*by - ax*cy - cx*by - ay*bx + ay*cx + cy*bx
  let length = 0;
  length = addProduct(length, ax, by);
  length = addProduct(length, -ax, cy);
  length = addProduct(length, -cx, by);
  length = addProduct(length, -ay, bx);
  length = addProduct(length, ay, cx);
  length = addProduct(length, cy, bx);
  // components do not overlap and grow: the last one that is not zero has the sign
  for (let i = length - 1; i >= 0; i--) if (sum[i] !== 0) return sum[i]!;
  return 0;
}

/** Adds a product to the exact sum, as two doubles without rounding; returns the sum's new length. */
function addProduct(length: number, a: number, b: number): number {
  const high = a * b;
  let c = SPLITTER * a;
  const aHigh = c - (c - a);
  const aLow = a - aHigh;
  c = SPLITTER * b;
  const bHigh = c - (c - b);
  const bLow = b - bHigh;
  const low = aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return addExact(addExact(length, low), high);
}

/** Grows the expansion by one double (Shewchuk's Grow-Expansion). */
function addExact(length: number, value: number): number {
  let q = value;
  for (let i = 0; i < length; i++) {
    const part = sum[i]!;
    const total = q + part;
    const virtual = total - q;
    sum[i] = q - (total - virtual) + (part - virtual);
    q = total;
  }
  sum[length] = q;
  return length + 1;
}
