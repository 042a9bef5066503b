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
  if (!liesInside(quad, columns, rows, width, height)) {
    warpBilinearEdge(source, sourceStride, width, height, target, targetStride, columns, rows, quad);
    return;
  }
  const start = v128.load(quad);
  const along = v128.load(quad, 16);
  const down = v128.load(quad, 32);
  const twist = v128.load(quad, 48);
  const two = f64x2.splat(2);
  for (let row = 0; row < rows; row++) {
    let to = target + row * targetStride;
    const v = f64x2.splat(<f64>row + 0.5);
    // positions in 17.15 fixed point, moved from pixel corners to pixel centres
    const scale = f64x2.splat(32768);
    const begin = f64x2.mul(
      f64x2.sub(f64x2.add(start, f64x2.mul(down, v)), f64x2.splat(0.5)),
      scale,
    );
    const step = f64x2.mul(f64x2.add(along, f64x2.mul(twist, v)), scale);
    let u = f64x2.splat(0.5);
    let w = f64x2.splat(1.5);
    let column = 0;
    for (; column + 2 <= columns; column += 2) {
      const p = toFixed(f64x2.add(begin, f64x2.mul(step, u)));
      const q = toFixed(f64x2.add(begin, f64x2.mul(step, w)));
      v128.store64_lane(to, mixPair(source, sourceStride, p, q), 0);
      u = f64x2.add(u, two);
      w = f64x2.add(w, two);
      to += 8;
    }
    if (column < columns) {
      const p = toFixed(f64x2.add(begin, f64x2.mul(step, u)));
      v128.store32_lane(to, mixPair(source, sourceStride, p, p), 0);
    }
  }
}

/**
 * Whether all of a rectangle's pixels have their source inside: if its corners do, for positions in between lie between
 * them. A thousandth of a pixel is left for rounding.
 */
function liesInside(quad: usize, columns: i32, rows: i32, width: i32, height: i32): bool {
  const low = f64x2.splat(0.001);
  const high = f64x2.sub(f64x2.replace_lane(f64x2.splat(<f64>width), 1, <f64>height), low);
  for (let i = 0; i < 4; i++) {
    const p = position(quad, i & 1 ? <f64>columns : 0, i & 2 ? <f64>rows : 0);
    if (!i64x2.all_true(v128.and(f64x2.ge(p, low), f64x2.lt(p, high)))) return false;
  }
  return true;
}

/** Rounds to whole numbers, which stand in lanes 0 and 2: adding 1.5 * 2^52 leaves them in the low bits of doubles. */
// @ts-ignore: decorator
@inline
function toFixed(p: v128): v128 {
  return f64x2.add(p, f64x2.splat(6755399441055744));
}

/** Two pixels between four neighbours each; positions as of {@link toFixed}. */
// @ts-ignore: decorator
@inline
function mixPair(source: usize, stride: i32, p: v128, q: v128): v128 {
  const x0 = i32x4.extract_lane(p, 0);
  const y0 = i32x4.extract_lane(p, 2);
  const x1 = i32x4.extract_lane(q, 0);
  const y1 = i32x4.extract_lane(q, 2);
  const a = source + (y0 >> 15) * stride + ((x0 >> 15) << 2);
  const b = source + (y1 >> 15) * stride + ((x1 >> 15) << 2);
  // Six fraction bits survive the two 15-bit products.
  const a0 = i16x8.shl(v128.load_ext<u8>(a), 6);
  const a1 = i16x8.shl(v128.load_ext<u8>(a + stride), 6);
  const b0 = i16x8.shl(v128.load_ext<u8>(b), 6);
  const b1 = i16x8.shl(v128.load_ext<u8>(b + stride), 6);
  const dy0 = i16x8.splat(<i16>(y0 & 32767));
  const dy1 = i16x8.splat(<i16>(y1 & 32767));
  const am = i16x8.add(a0, i16x8.q15mulr_sat_s(i16x8.sub(a1, a0), dy0));
  const bm = i16x8.add(b0, i16x8.q15mulr_sat_s(i16x8.sub(b1, b0), dy1));
  const left = i64x2.shuffle(am, bm, 0, 2);
  const right = i64x2.shuffle(am, bm, 1, 3);
  const dx = i64x2.shuffle(i16x8.splat(<i16>(x0 & 32767)), i16x8.splat(<i16>(x1 & 32767)), 0, 2);
  const both = i16x8.add(left, i16x8.q15mulr_sat_s(i16x8.sub(right, left), dx));
  const words = i16x8.shr_s(both, 6);
  return i8x16.narrow_i16x8_u(words, words);
}

/** The same for a rectangle that reaches beyond the source: every position is looked at. */
function warpBilinearEdge(
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
        const q = toFixed(f64x2.mul(f64x2.sub(p, f64x2.splat(0.5)), f64x2.splat(32768)));
        v128.store32_lane(to, mixPair(source, sourceStride, q, q), 0);
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
