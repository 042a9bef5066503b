/** Paeth's predictor of left `a`, above `b` and upper left `c` (PNG 9.4). */
// @ts-ignore: decorator
@inline
export function paeth(a: i32, b: i32, c: i32): i32 {
  const pa = abs(b - c);
  const pb = abs(a - c);
  const pc = abs(a + b - 2 * c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** The same for eight 16-bit lanes at once. */
// @ts-ignore: decorator
@inline
export function paethLanes(a: v128, b: v128, c: v128): v128 {
  const bc = i16x8.sub(b, c);
  const ac = i16x8.sub(a, c);
  const pa = i16x8.abs(bc);
  const pb = i16x8.abs(ac);
  const pc = i16x8.abs(i16x8.add(bc, ac));
  const notA = v128.or(i16x8.gt_s(pa, pb), i16x8.gt_s(pa, pc));
  const notB = i16x8.gt_s(pb, pc);
  return v128.bitselect(v128.bitselect(c, b, notB), a, notA);
}
