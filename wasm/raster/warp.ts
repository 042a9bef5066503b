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

/** Positions in a row of a rectangle, in 32.32 fixed point, moved from pixel corners to pixel centres. */
let beginX: i64 = 0;
let beginY: i64 = 0;
let stepX: i64 = 0;
let stepY: i64 = 0;

/** Half a pixel: back from pixel centres. */
const HALF: i64 = 1 << 31;

/**
 * Finds where a row begins and how it goes on. Engines are several times faster at whole numbers than at vectors of
 * doubles; over the longest row the steps add up to an error of 2^-16 pixel.
 */
function enterRow(quad: usize, v: f64): void {
  const scale: f64 = 4294967296;
  const alongX = load<f64>(quad, 16) + load<f64>(quad, 48) * v;
  const alongY = load<f64>(quad, 24) + load<f64>(quad, 56) * v;
  stepX = <i64>nearest(alongX * scale);
  stepY = <i64>nearest(alongY * scale);
  beginX = <i64>nearest((load<f64>(quad) + load<f64>(quad, 32) * v + alongX * 0.5 - 0.5) * scale);
  beginY = <i64>nearest((load<f64>(quad, 8) + load<f64>(quad, 40) * v + alongY * 0.5 - 0.5) * scale);
}

/** Whether a position lies in the picture, whose sides are given as fixed-point numbers. */
// @ts-ignore: decorator
@inline
function isIn(x: i64, y: i64, right: u64, bottom: u64): bool {
  // below zero is far above as a number without sign
  return <u64>(x + HALF) < right && <u64>(y + HALF) < bottom;
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
  const right = (<u64>width) << 32;
  const bottom = (<u64>height) << 32;
  for (let row = 0; row < rows; row++) {
    let to = target + row * targetStride;
    enterRow(quad, <f64>row + 0.5);
    let x = beginX;
    let y = beginY;
    const dx = stepX;
    const dy = stepY;
    let column = 0;
    // positions go along a line: with both ends in the picture all are
    const last = columns - 1;
    if (isIn(x, y, right, bottom) && isIn(x + dx * last, y + dy * last, right, bottom)) {
      for (; column + 2 <= columns; column += 2) {
        drawPair(source, sourceStride, x, y, x + dx, y + dy, to);
        x += dx << 1;
        y += dy << 1;
        to += 8;
      }
    }
    for (; column < columns; column++) {
      if (isIn(x, y, right, bottom)) {
        v128.store32_lane(to, mixPair(source, sourceStride, x, y, x, y), 0);
      }
      x += dx;
      y += dy;
      to += 4;
    }
  }
}

/** Draws two pixels; where each has four equal neighbours, as in the areas of a drawn map, there is nothing to mix. */
// @ts-ignore: decorator
@inline
function drawPair(source: usize, stride: i32, x0: i64, y0: i64, x1: i64, y1: i64, to: usize): void {
  const a = source + <i32>(y0 >> 32) * stride + (<i32>(x0 >> 32) << 2);
  const b = source + <i32>(y1 >> 32) * stride + (<i32>(x1 >> 32) << 2);
  const above = load<u64>(a);
  const beside = load<u64>(b);
  const differs =
    (above ^ load<u64>(a + stride)) |
    (beside ^ load<u64>(b + stride)) |
    (above ^ rotl<u64>(above, 32)) |
    (beside ^ rotl<u64>(beside, 32));
  if (differs) v128.store64_lane(to, mixPair(source, stride, x0, y0, x1, y1), 0);
  else store<u64>(to, (above & 0xffffffff) | (beside << 32));
}

/** Two pixels between four neighbours each. */
// @ts-ignore: decorator
@inline
function mixPair(source: usize, stride: i32, x0: i64, y0: i64, x1: i64, y1: i64): v128 {
  const a = source + <i32>(y0 >> 32) * stride + (<i32>(x0 >> 32) << 2);
  const b = source + <i32>(y1 >> 32) * stride + (<i32>(x1 >> 32) << 2);
  // Six fraction bits survive the two 15-bit products.
  const a0 = i16x8.shl(v128.load_ext<u8>(a), 6);
  const a1 = i16x8.shl(v128.load_ext<u8>(a + stride), 6);
  const b0 = i16x8.shl(v128.load_ext<u8>(b), 6);
  const b1 = i16x8.shl(v128.load_ext<u8>(b + stride), 6);
  const dy0 = i16x8.splat(<i16>(<i32>(y0 >> 17) & 32767));
  const dy1 = i16x8.splat(<i16>(<i32>(y1 >> 17) & 32767));
  const am = i16x8.add(a0, i16x8.q15mulr_sat_s(i16x8.sub(a1, a0), dy0));
  const bm = i16x8.add(b0, i16x8.q15mulr_sat_s(i16x8.sub(b1, b0), dy1));
  const left = i64x2.shuffle(am, bm, 0, 2);
  const right = i64x2.shuffle(am, bm, 1, 3);
  const dx = i64x2.shuffle(
    i16x8.splat(<i16>(<i32>(x0 >> 17) & 32767)),
    i16x8.splat(<i16>(<i32>(x1 >> 17) & 32767)),
    0,
    2,
  );
  const both = i16x8.add(left, i16x8.q15mulr_sat_s(i16x8.sub(right, left), dx));
  const words = i16x8.shr_s(both, 6);
  return i8x16.narrow_i16x8_u(words, words);
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
  const right = (<u64>width) << 32;
  const bottom = (<u64>height) << 32;
  for (let row = 0; row < rows; row++) {
    let to = target + row * targetStride;
    enterRow(quad, <f64>row + 0.5);
    let x = beginX;
    let y = beginY;
    const dx = stepX;
    const dy = stepY;
    for (let column = 0; column < columns; column++) {
      if (isIn(x, y, right, bottom)) {
        const wx = weights + <usize>((<i32>(x >> 22) & 1023) << 3);
        const wy = weights + <usize>((<i32>(y >> 22) & 1023) << 3);
        const near = i32x4.splat(load<i32>(wx));
        const far = i32x4.splat(load<i32>(wx, 4));
        const at = source + (<i32>(y >> 32) - 1) * sourceStride + (<i32>(x >> 32) << 2) - 4;
        const r0 = alongRow(at, near, far);
        const r1 = alongRow(at + sourceStride, near, far);
        const r2 = alongRow(at + 2 * sourceStride, near, far);
        const r3 = alongRow(at + 3 * sourceStride, near, far);
        // down the column: two rows a lane, low and high half
        const low = i32x4.splat(0xffff);
        const upper = v128.or(v128.and(r0, low), i32x4.shl(r1, 16));
        const lower = v128.or(v128.and(r2, low), i32x4.shl(r3, 16));
        const sum = i32x4.add(
          i32x4.dot_i16x8_s(upper, i32x4.splat(load<i32>(wy))),
          i32x4.dot_i16x8_s(lower, i32x4.splat(load<i32>(wy, 4))),
        );
        const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, 20), i32x4.shr_s(sum, 20));
        v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
      }
      x += dx;
      y += dy;
      to += 4;
    }
  }
}

/** Weighted sum of four pixels side by side, with six fraction bits left. */
// @ts-ignore: decorator
@inline
function alongRow(at: usize, near: v128, far: v128): v128 {
  const four = v128.load(at);
  const pairs = i8x16.shuffle(four, four, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
  return i32x4.shr_s(
    i32x4.add(
      i32x4.add(
        i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(pairs), near),
        i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(pairs), far),
      ),
      i32x4.splat(128),
    ),
    8,
  );
}
