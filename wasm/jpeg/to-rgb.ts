/** Conversion of rows of samples to rows of pixels (JFIF 1.02, 7), with libjpeg's rounding. */
import { high8, low8, low16, high16 } from "./lanes";

const TO_GREEN: v128 = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734);

// @ts-ignore: decorator
@inline
function red(y: v128, cr: v128): v128 {
  // 1.402: the whole and, to 1/32768, the rest; equal to libjpeg's table for all 256 values
  return i16x8.add(i16x8.add(y, cr), i16x8.q15mulr_sat_s(cr, i16x8.splat(13173)));
}

// @ts-ignore: decorator
@inline
function blue(y: v128, cb: v128): v128 {
  // 1.772 = 2 - 0.228
  return i16x8.add(
    i16x8.add(y, i16x8.shl(cb, 1)),
    i16x8.q15mulr_sat_s(cb, i16x8.splat(-7471)),
  );
}

// @ts-ignore: decorator
@inline
function green(y: v128, cb: v128, cr: v128): v128 {
  // -0.34414 Cb - 0.71414 Cr, the latter as 0.28586 - 1; both are rounded as one
  const half = i32x4.splat(32768);
  const low = i32x4.add(i32x4.dot_i16x8_s(low16(cb, cr), TO_GREEN), half);
  const high = i32x4.add(i32x4.dot_i16x8_s(high16(cb, cr), TO_GREEN), half);
  const part = i16x8.narrow_i32x4_s(i32x4.shr_s(low, 16), i32x4.shr_s(high, 16));
  return i16x8.add(i16x8.sub(y, cr), part);
}

/** Writes 16 RGB pixels, 48 bytes. */
// @ts-ignore: decorator
@inline
function storeRgb(to: usize, r: v128, g: v128, b: v128): void {
  const first = low8(r, g);
  const middle = v128.shuffle<i8>(
    r, g,
    21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 0, 0, 0, 0, 0,
  );
  const last = high8(r, g);
  v128.store(
    to,
    v128.shuffle<i8>(first, b, 0, 1, 16, 2, 3, 17, 4, 5, 18, 6, 7, 19, 8, 9, 20, 10),
  );
  v128.store(
    to,
    v128.shuffle<i8>(middle, b, 0, 21, 1, 2, 22, 3, 4, 23, 5, 6, 24, 7, 8, 25, 9, 10),
    16,
  );
  v128.store(
    to,
    v128.shuffle<i8>(last, b, 26, 6, 7, 27, 8, 9, 28, 10, 11, 29, 12, 13, 30, 14, 15, 31),
    32,
  );
}

/** Writes 16 opaque RGBA pixels, 64 bytes. */
// @ts-ignore: decorator
@inline
function storeRgba(to: usize, r: v128, g: v128, b: v128): void {
  const opaque = i8x16.splat(-1);
  const rg0 = low8(r, g);
  const rg1 = high8(r, g);
  const ba0 = low8(b, opaque);
  const ba1 = high8(b, opaque);
  v128.store(to, low16(rg0, ba0));
  v128.store(to, high16(rg0, ba0), 16);
  v128.store(to, low16(rg1, ba1), 32);
  v128.store(to, high16(rg1, ba1), 48);
}

// @ts-ignore: decorator
@inline
function convert(y: usize, cb: usize, cr: usize, to: usize, hasAlpha: bool): void {
  const centre = i16x8.splat(128);
  const luma = v128.load(y);
  const blues = v128.load(cb);
  const reds = v128.load(cr);
  const y0 = i16x8.extend_low_i8x16_u(luma);
  const y1 = i16x8.extend_high_i8x16_u(luma);
  const b0 = i16x8.sub(i16x8.extend_low_i8x16_u(blues), centre);
  const b1 = i16x8.sub(i16x8.extend_high_i8x16_u(blues), centre);
  const r0 = i16x8.sub(i16x8.extend_low_i8x16_u(reds), centre);
  const r1 = i16x8.sub(i16x8.extend_high_i8x16_u(reds), centre);
  const r = i8x16.narrow_i16x8_u(red(y0, r0), red(y1, r1));
  const g = i8x16.narrow_i16x8_u(green(y0, b0, r0), green(y1, b1, r1));
  const b = i8x16.narrow_i16x8_u(blue(y0, b0), blue(y1, b1));
  if (hasAlpha) storeRgba(to, r, g, b);
  else storeRgb(to, r, g, b);
}

/** Converts a row to RGB; writes up to 45 bytes too many. */
export function yccToRgb(y: usize, cb: usize, cr: usize, width: i32, to: usize): void {
  for (let x = 0; x < width; x += 16) {
    convert(y + x, cb + x, cr + x, to, false);
    to += 48;
  }
}

/** Converts a row to opaque RGBA; writes up to 60 bytes too many. */
export function yccToRgba(y: usize, cb: usize, cr: usize, width: i32, to: usize): void {
  for (let x = 0; x < width; x += 16) {
    convert(y + x, cb + x, cr + x, to, true);
    to += 64;
  }
}

/** Interleaves a row of three planes; writes up to 45 bytes too many. */
export function interleaveRgb(r: usize, g: usize, b: usize, width: i32, to: usize): void {
  for (let x = 0; x < width; x += 16) {
    storeRgb(to, v128.load(r + x), v128.load(g + x), v128.load(b + x));
    to += 48;
  }
}

/** Interleaves a row of three planes with full alpha; writes up to 60 bytes too many. */
export function interleaveRgba(r: usize, g: usize, b: usize, width: i32, to: usize): void {
  for (let x = 0; x < width; x += 16) {
    storeRgba(to, v128.load(r + x), v128.load(g + x), v128.load(b + x));
    to += 64;
  }
}
