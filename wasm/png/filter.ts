import { paethLanes } from "./predict";

/** Tries every filter and takes the one with the smallest sum of magnitudes (PNG 12.8). */
const ADAPTIVE: i32 = 5;

/**
 * Filters `rows` rows of `rowBytes` bytes at `from` into rows of 1 + `rowBytes` bytes at `to`.
 *
 * `from` needs 16 readable zero bytes before it, a zero row before those that stands above the first one
 * (that is `rowBytes` + 16 zero bytes in all), and 16 readable bytes behind. `to` needs 16 spare bytes.
 *
 * @param type 0 to 4, or 5 for the best of each row
 */
export function filter(
  from: usize,
  rowBytes: i32,
  rows: i32,
  step: i32,
  to: usize,
  type: i32,
  zeros: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const line = from + <usize>row * rowBytes;
    const above = row == 0 ? zeros : line - rowBytes;
    const target = to + <usize>row * (rowBytes + 1);
    let chosen = type;
    if (type == ADAPTIVE) {
      let least = u32.MAX_VALUE;
      chosen = 0;
      // Ties go to the earlier type: none is the cheapest to undo.
      for (let candidate = 0; candidate <= 4; candidate++) {
        const cost = weigh(line, above, rowBytes, step, candidate);
        if (cost < least) {
          least = cost;
          chosen = candidate;
        }
      }
    }
    store<u8>(target, <u8>chosen);
    write(line, above, rowBytes, step, target + 1, chosen);
  }
}

/** Sixteen filtered bytes at `at`; `above` is the same place a row higher. */
// @ts-ignore: decorator
@inline
function filtered(at: usize, above: usize, step: i32, type: i32): v128 {
  const x = v128.load(at);
  if (type == 0) return x;
  if (type == 1) return i8x16.sub(x, v128.load(at - step));
  const b = v128.load(above);
  if (type == 2) return i8x16.sub(x, b);
  const a = v128.load(at - step);
  if (type == 3) {
    // avgr rounds up; take the odd bit away again
    const odd = v128.and(v128.xor(a, b), i8x16.splat(1));
    return i8x16.sub(x, i8x16.sub(i8x16.avgr_u(a, b), odd));
  }
  const c = v128.load(above - step);
  const low = paethLanes(
    i16x8.extend_low_i8x16_u(a),
    i16x8.extend_low_i8x16_u(b),
    i16x8.extend_low_i8x16_u(c),
  );
  const high = paethLanes(
    i16x8.extend_high_i8x16_u(a),
    i16x8.extend_high_i8x16_u(b),
    i16x8.extend_high_i8x16_u(c),
  );
  return i8x16.sub(x, i8x16.narrow_i16x8_u(low, high));
}

/** Bytes at the start of a row whose left neighbours are zero, one by one. */
// @ts-ignore: decorator
@inline
function early(line: usize, above: usize, i: i32, type: i32): u8 {
  const x = load<u8>(line + i);
  const b = load<u8>(above + i);
  // Paeth chooses the byte above if the left ones are zero.
  if (type == 2 || type == 4) return x - b;
  return type == 3 ? x - (b >> 1) : x;
}

function weigh(line: usize, above: usize, length: i32, step: i32, type: i32): u32 {
  let sum: u32 = 0;
  let i = 0;
  for (; i < step && i < length; i++) sum += magnitude(early(line, above, i, type));
  let sums = i32x4.splat(0);
  for (; i + 16 <= length; i += 16) {
    const m = i8x16.abs(filtered(line + i, above + i, step, type));
    sums = i32x4.add(
      sums,
      i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(m)),
    );
  }
  if (i < length) {
    const m = i8x16.abs(filtered(line + i, above + i, step, type));
    // only the bytes that belong to the row
    const lanes = v128(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const valid = i8x16.lt_s(lanes, i8x16.splat(<i8>(length - i)));
    sums = i32x4.add(
      sums,
      i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.and(m, valid))),
    );
  }
  return (
    sum +
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

// @ts-ignore: decorator
@inline
function magnitude(value: u8): u32 {
  return value < 128 ? value : 256 - <u32>value;
}

function write(line: usize, above: usize, length: i32, step: i32, to: usize, type: i32): void {
  if (type == 0) {
    memory.copy(to, line, length);
    return;
  }
  let i = 0;
  for (; i < step && i < length; i++) store<u8>(to + i, early(line, above, i, type));
  // The last step may write up to 15 bytes too many: the next row, or the spare bytes, follow.
  for (; i < length; i += 16) v128.store(to + i, filtered(line + i, above + i, step, type));
}
