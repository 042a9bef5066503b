/**
 * Widening of subsampled rows: triangle filter where the factor is 2, as libjpeg-turbo does by default, else
 * repetition. Rows are read one sample beyond both ends, where the caller has repeated the last one.
 */

/** Room before a row of sums: one sample, and alignment. */
const BEFORE: usize = 16;

/** `3 * near + far` of each pair of samples, `i16`, with both ends repeated. `sums` needs `2 * width + 64` bytes. */
function addRows(near: usize, far: usize, width: i32, sums: usize): void {
  const to = sums + BEFORE;
  const three = i16x8.splat(3);
  for (let x = 0; x < width; x += 16) {
    const a = v128.load(near + x);
    const b = v128.load(far + x);
    const low = i16x8.add(
      i16x8.mul(i16x8.extend_low_i8x16_u(a), three),
      i16x8.extend_low_i8x16_u(b),
    );
    const high = i16x8.add(
      i16x8.mul(i16x8.extend_high_i8x16_u(a), three),
      i16x8.extend_high_i8x16_u(b),
    );
    v128.store(to + (x << 1), low);
    v128.store(to + (x << 1), high, 16);
  }
  store<i16>(to - 2, load<i16>(to));
  const end = to + (width << 1);
  store<i16>(end, load<i16>(end - 2));
}

/** Doubles both ways: row `near` counts 3/4, `far` 1/4; the same along the row. */
export function doubleBoth(near: usize, far: usize, width: i32, to: usize, sums: usize): void {
  addRows(near, far, width, sums);
  const three = i16x8.splat(3);
  const eight = i16x8.splat(8);
  const seven = i16x8.splat(7);
  let at = sums + BEFORE;
  for (let x = 0; x < width; x += 8) {
    const here = i16x8.mul(v128.load(at), three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(at - 2)), eight), 4);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(at + 2)), seven), 4);
    v128.store(to, v128.or(even, i16x8.shl(odd, 8)));
    at += 16;
    to += 16;
  }
}

/** Doubles along the row. */
export function doubleWidth(row: usize, width: i32, to: usize, sums: usize): void {
  // a row as sums of itself: four times too large
  const at = sums + BEFORE;
  for (let x = 0; x < width; x += 16) {
    const samples = v128.load(row + x);
    v128.store(at + (x << 1), i16x8.extend_low_i8x16_u(samples));
    v128.store(at + (x << 1), i16x8.extend_high_i8x16_u(samples), 16);
  }
  store<i16>(at - 2, load<i16>(at));
  const end = at + (width << 1);
  store<i16>(end, load<i16>(end - 2));
  const three = i16x8.splat(3);
  const one = i16x8.splat(1);
  const two = i16x8.splat(2);
  for (let x = 0; x < width; x += 8) {
    const from = at + (x << 1);
    const here = i16x8.mul(v128.load(from), three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(from - 2)), one), 2);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(from + 2)), two), 2);
    v128.store(to + (x << 1), v128.or(even, i16x8.shl(odd, 8)));
  }
}

/** Doubles down the columns; `bias` is 1 for the upper of two rows, 2 for the lower. */
export function doubleHeight(near: usize, far: usize, width: i32, to: usize, bias: i32): void {
  const three = i16x8.splat(3);
  const half = i16x8.splat(<i16>bias);
  for (let x = 0; x < width; x += 16) {
    const a = v128.load(near + x);
    const b = v128.load(far + x);
    const low = i16x8.add(
      i16x8.mul(i16x8.extend_low_i8x16_u(a), three),
      i16x8.add(i16x8.extend_low_i8x16_u(b), half),
    );
    const high = i16x8.add(
      i16x8.mul(i16x8.extend_high_i8x16_u(a), three),
      i16x8.add(i16x8.extend_high_i8x16_u(b), half),
    );
    v128.store(to + x, i8x16.narrow_i16x8_u(i16x8.shr_u(low, 2), i16x8.shr_u(high, 2)));
  }
}

/** Repeats each sample `times` times. */
export function repeat(row: usize, width: i32, times: i32, to: usize): void {
  for (let x = 0; x < width; x++) {
    const sample = load<u8>(row + x);
    for (let i = 0; i < times; i++) {
      store<u8>(to, sample);
      to += 1;
    }
  }
}
