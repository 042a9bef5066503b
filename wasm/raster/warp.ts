import { columnOf } from "./resize";

/**
 * Point samplers for one rectangle of the target.
 *
 * `quad` points to eight doubles, x and y of a0..a3 in turn; the source position of the middle of pixel
 * (u, v), counted from the rectangle's corner, is a0 + a1·u + a2·v + a3·u·v in that order of operations,
 * so that nearest neighbours fall as in double-precision code. `source` points to pixel (0, 0) of a picture
 * with a border of PAD pixels that repeats its edge; pixels whose position lies outside the picture stay
 * as they are. Strides are in bytes.
 */
// @ts-ignore: decorator
@inline
function position(quad: usize, u: f64, v: f64): v128 {
  const a0 = v128.load(quad);
  const a1 = v128.load(quad, 16);
  const a2 = v128.load(quad, 32);
  const a3 = v128.load(quad, 48);
  const vu = f64x2.splat(u);
  const vv = f64x2.splat(v);
  return f64x2.add(
    f64x2.add(f64x2.add(a0, f64x2.mul(a1, vu)), f64x2.mul(a2, vv)),
    f64x2.mul(f64x2.mul(a3, vu), vv),
  );
}

/** Whether 0 <= x < width and 0 <= y < height. */
// @ts-ignore: decorator
@inline
function inside(p: v128, size: v128): bool {
  return i64x2.all_true(v128.and(f64x2.ge(p, f64x2.splat(0)), f64x2.lt(p, size)));
}

export function warpNearest(
  source: usize,
  sourceStride: i32,
  width: i32,
  height: i32,
  target: usize,
  targetStride: i32,
  columns: i32,
  rows: i32,
  quad: usize,
): void {
  const size = f64x2.replace_lane(f64x2.splat(<f64>width), 1, <f64>height);
  for (let row = 0; row < rows; row++) {
    let to = target + row * targetStride;
    const v = <f64>row + 0.5;
    for (let column = 0; column < columns; column++) {
      const p = position(quad, <f64>column + 0.5, v);
      if (inside(p, size)) {
        const x = <i32>f64x2.extract_lane(p, 0);
        const y = <i32>f64x2.extract_lane(p, 1);
        store<u32>(to, load<u32>(source + y * sourceStride + (x << 2)));
      }
      to += 4;
    }
  }
}

export function warpBilinear(
  source: usize,
  sourceStride: i32,
  width: i32,
  height: i32,
  target: usize,
  targetStride: i32,
  columns: i32,
  rows: i32,
  quad: usize,
): void {
  const size = f64x2.replace_lane(f64x2.splat(<f64>width), 1, <f64>height);
  for (let row = 0; row < rows; row++) {
    let to = target + row * targetStride;
    const v = <f64>row + 0.5;
    for (let column = 0; column < columns; column++) {
      const p = position(quad, <f64>column + 0.5, v);
      if (inside(p, size)) {
        // 17.15 fixed point; the half pixel moves from pixel corners to pixel centres
        const q = i32x4.trunc_sat_f64x2_s_zero(
          f64x2.floor(f64x2.mul(f64x2.sub(p, f64x2.splat(0.5)), f64x2.splat(32768))),
        );
        const x = i32x4.extract_lane(q, 0);
        const y = i32x4.extract_lane(q, 1);
        const at = source + (y >> 15) * sourceStride + ((x >> 15) << 2);
        // Six fraction bits survive the two 15-bit products.
        const upper = i16x8.shl(v128.load_ext<u8>(at), 6);
        const lower = i16x8.shl(v128.load_ext<u8>(at + sourceStride), 6);
        const dy = i16x8.splat(<i16>(y & 32767));
        const pair = i16x8.add(upper, i16x8.q15mulr_sat_s(i16x8.sub(lower, upper), dy));
        const right = i64x2.shuffle(pair, pair, 1, 0);
        const dx = i16x8.splat(<i16>(x & 32767));
        const one = i16x8.add(pair, i16x8.q15mulr_sat_s(i16x8.sub(right, pair), dx));
        const words = i16x8.shr_s(one, 6);
        store<u32>(to, i32x4.extract_lane(i8x16.narrow_i16x8_u(words, words), 0));
      }
      to += 4;
    }
  }
}

/**
 * Cubic convolution over 4 x 4 pixels with a = -1.
 *
 * `weights` points to 1024 entries of four 16-bit weights with 14 fraction bits, for the fractions
 * n / 1024 of a pixel.
 */
export function warpBicubic(
  source: usize,
  sourceStride: i32,
  width: i32,
  height: i32,
  target: usize,
  targetStride: i32,
  columns: i32,
  rows: i32,
  quad: usize,
  weights: usize,
): void {
  const size = f64x2.replace_lane(f64x2.splat(<f64>width), 1, <f64>height);
  const low = i32x4.splat(0xffff);
  for (let row = 0; row < rows; row++) {
    let to = target + row * targetStride;
    const v = <f64>row + 0.5;
    for (let column = 0; column < columns; column++) {
      const p = position(quad, <f64>column + 0.5, v);
      if (inside(p, size)) {
        const q = i32x4.trunc_sat_f64x2_s_zero(
          f64x2.floor(f64x2.mul(f64x2.sub(p, f64x2.splat(0.5)), f64x2.splat(1024))),
        );
        const x = i32x4.extract_lane(q, 0);
        const y = i32x4.extract_lane(q, 1);
        const wx = weights + ((x & 1023) << 3);
        const wy = weights + ((y & 1023) << 3);
        const at = source + ((y >> 10) - 1) * sourceStride + ((x >> 10) << 2) - 4;
        const r0 = v128.load(at);
        const r1 = v128.load(at + sourceStride);
        const r2 = v128.load(at + 2 * sourceStride);
        const r3 = v128.load(at + 3 * sourceStride);

        // down the columns: samples of two rows side by side against two weights
        const upper = i32x4.splat(load<i32>(wy));
        const lower = i32x4.splat(load<i32>(wy, 4));
        const a = i8x16.shuffle(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const b = i8x16.shuffle(r0, r1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const c = i8x16.shuffle(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const d = i8x16.shuffle(r2, r3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const c0 = columnOf(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(c), upper, lower);
        const c1 = columnOf(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(c), upper, lower);
        const c2 = columnOf(i16x8.extend_low_i8x16_u(b), i16x8.extend_low_i8x16_u(d), upper, lower);
        const c3 = columnOf(i16x8.extend_high_i8x16_u(b), i16x8.extend_high_i8x16_u(d), upper, lower);

        // along the row: two columns a lane, low and high half
        const left = v128.or(v128.and(c0, low), i32x4.shl(c1, 16));
        const right = v128.or(v128.and(c2, low), i32x4.shl(c3, 16));
        const sum = i32x4.add(
          i32x4.dot_i16x8_s(left, i32x4.splat(load<i32>(wx))),
          i32x4.dot_i16x8_s(right, i32x4.splat(load<i32>(wx, 4))),
        );
        const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, 20), i32x4.shr_s(sum, 20));
        store<u32>(to, i32x4.extract_lane(i8x16.narrow_i16x8_u(words, words), 0));
      }
      to += 4;
    }
  }
}
