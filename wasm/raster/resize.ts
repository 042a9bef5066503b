/**
 * The samplers of `warp` for pictures that are only scaled and moved: positions along a row are the same in every row, so
 * rows are mixed once, whole vectors at a time, and then columns. Results are bit-equal to those of `warp`.
 *
 * `columns` points to a table of the columns, an `i32` each: where the column lies in the source, with as many fraction bits
 * as the sampler has; the caller has left out columns that lie outside. `row` is the same for a row of the target.
 * `source` points to pixel (0, 0) of a picture with a border of 2 pixels that repeats its edge.
 */

/** Copies the pixels of one row; no fraction bits. */
export function resizeNearest(source: usize, columns: usize, count: i32, to: usize): void {
  for (let i = 0; i < count; i++) {
    store<u32>(to, load<u32>(source + (<usize>load<i32>(columns) << 2)));
    columns += 4;
    to += 4;
  }
}

/**
 * One row between two source rows; 15 fraction bits.
 *
 * @param columns the columns two by two, 24 bytes each: where they lie in `mixed`, in bytes, an `i32` each; then for each
 *   four times its fraction, as `i16`. An odd last one stands there twice.
 * @param mixed room for `width` pixels of 8 bytes
 * @param first first source column that is needed; `width` is the number of them
 */
export function resizeBilinear(
  source: usize,
  stride: i32,
  first: i32,
  width: i32,
  row: i32,
  columns: usize,
  count: i32,
  mixed: usize,
  to: usize,
): void {
  const at = source + (row >> 15) * stride + (first << 2);
  const dy = i16x8.splat(<i16>(row & 32767));
  const bytes = width << 2;
  for (let i = 0; i < bytes; i += 16) {
    const upper = v128.load(at + i);
    const lower = v128.load(at + stride + i);
    // Six fraction bits survive the two 15-bit products.
    const u0 = i16x8.shl(i16x8.extend_low_i8x16_u(upper), 6);
    const u1 = i16x8.shl(i16x8.extend_high_i8x16_u(upper), 6);
    const l0 = i16x8.shl(i16x8.extend_low_i8x16_u(lower), 6);
    const l1 = i16x8.shl(i16x8.extend_high_i8x16_u(lower), 6);
    v128.store(mixed + (i << 1), i16x8.add(u0, i16x8.q15mulr_sat_s(i16x8.sub(l0, u0), dy)));
    v128.store(mixed + (i << 1), i16x8.add(u1, i16x8.q15mulr_sat_s(i16x8.sub(l1, u1), dy)), 16);
  }
  // Two loads into the lanes of a vector take less time than a shuffle.
  for (let i = 0; i < count; i += 2) {
    const a = mixed + load<i32>(columns);
    const b = mixed + load<i32>(columns, 4);
    const left = v128.load64_lane(b, v128.load64_zero(a), 1);
    const right = v128.load64_lane(b, v128.load64_zero(a, 8), 1, 8);
    const dx = v128.load(columns, 8);
    const two = i16x8.add(left, i16x8.q15mulr_sat_s(i16x8.sub(right, left), dx));
    const words = i16x8.shr_s(two, 6);
    const pixels = i8x16.narrow_i16x8_u(words, words);
    if (i + 1 == count) v128.store32_lane(to, pixels, 0);
    else v128.store64_lane(to, pixels, 0);
    columns += 24;
    to += 8;
  }
}

/**
 * One row out of four source rows by cubic convolution; 10 fraction bits. `weights` as for `warpBicubic`; the other
 * parameters as for {@link resizeBilinear}.
 */
export function resizeBicubic(
  source: usize,
  stride: i32,
  first: i32,
  width: i32,
  row: i32,
  columns: usize,
  count: i32,
  mixed: usize,
  to: usize,
  weights: usize,
): void {
  const wy = weights + ((row & 1023) << 3);
  const upper = i32x4.splat(load<i32>(wy));
  const lower = i32x4.splat(load<i32>(wy, 4));
  let at = source + ((row >> 10) - 1) * stride + (first << 2);
  for (let i = 0; i < width; i += 4) {
    const r0 = v128.load(at);
    const r1 = v128.load(at + stride);
    const r2 = v128.load(at + 2 * stride);
    const r3 = v128.load(at + 3 * stride);
    const a = i8x16.shuffle(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const b = i8x16.shuffle(r0, r1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const c = i8x16.shuffle(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const d = i8x16.shuffle(r2, r3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const c0 = columnOf(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(c), upper, lower);
    const c1 = columnOf(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(c), upper, lower);
    const c2 = columnOf(i16x8.extend_low_i8x16_u(b), i16x8.extend_low_i8x16_u(d), upper, lower);
    const c3 = columnOf(i16x8.extend_high_i8x16_u(b), i16x8.extend_high_i8x16_u(d), upper, lower);
    v128.store(mixed + (i << 3), i16x8.narrow_i32x4_s(c0, c1));
    v128.store(mixed + (i << 3), i16x8.narrow_i32x4_s(c2, c3), 16);
    at += 16;
  }
  const base = mixed - (<usize>first << 3);
  for (let i = 0; i < count; i++) {
    const x = load<i32>(columns);
    const wx = weights + ((x & 1023) << 3);
    const from = base + (((x >> 10) - 1) << 3);
    const p = v128.load(from);
    const q = v128.load(from, 16);
    // pixel pairs interleaved, so that a dot product weighs both
    const left = i16x8.shuffle(p, p, 0, 4, 1, 5, 2, 6, 3, 7);
    const right = i16x8.shuffle(q, q, 0, 4, 1, 5, 2, 6, 3, 7);
    const sum = i32x4.add(
      i32x4.dot_i16x8_s(left, i32x4.splat(load<i32>(wx))),
      i32x4.dot_i16x8_s(right, i32x4.splat(load<i32>(wx, 4))),
    );
    const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, 20), i32x4.shr_s(sum, 20));
    v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
    columns += 4;
    to += 4;
  }
}

/** Weighted sum of four rows for one column, with six fraction bits left. */
// @ts-ignore: decorator
@inline
function columnOf(upperRows: v128, lowerRows: v128, upper: v128, lower: v128): v128 {
  return i32x4.shr_s(
    i32x4.add(
      i32x4.add(i32x4.dot_i16x8_s(upperRows, upper), i32x4.dot_i16x8_s(lowerRows, lower)),
      i32x4.splat(128),
    ),
    8,
  );
}
