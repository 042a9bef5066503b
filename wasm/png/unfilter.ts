import { paeth, paethLanes } from "./predict";

/**
 * Undoes the filters of `rows` rows of 1 + `rowBytes` bytes at `at`, in place: the rows end up without
 * gaps at `at`. `step` is the distance in bytes to the pixel on the left. The row above the first is
 * taken to be zero; 16 bytes behind the data are overwritten.
 *
 * @returns false if a filter type is unknown
 */
export function unfilter(at: usize, rowBytes: i32, rows: i32, step: i32): bool {
  for (let row = 0; row < rows; row++) {
    const from = at + <usize>row * (rowBytes + 1);
    const to = at + <usize>row * rowBytes;
    const type = load<u8>(from);
    // Rows move down by their number of filter bytes; source and target of one row may overlap.
    memory.copy(to, from + 1, rowBytes);
    const above = to - rowBytes;
    if (type == 0) continue;
    if (type > 4) return false;
    if (row == 0) first(type, to, rowBytes, step);
    else if (type == 1) sub(to, rowBytes, step);
    else if (type == 2) up(to, above, rowBytes);
    else if (type == 3) average(to, above, rowBytes, step);
    else if (step == 4) paeth4(to, above, rowBytes);
    else if (step == 3) paeth3(to, above, rowBytes);
    else paethAny(to, above, rowBytes, step);
  }
  return true;
}

/** The first row, above which everything is zero. */
function first(type: i32, to: usize, length: i32, step: i32): void {
  // Paeth chooses the left pixel if the others are zero.
  if (type == 1 || type == 4) sub(to, length, step);
  else if (type == 3) {
    for (let i = step; i < length; i++) {
      store<u8>(to + i, load<u8>(to + i) + (load<u8>(to + i - step) >> 1));
    }
  }
}

function sub(to: usize, length: i32, step: i32): void {
  let i = step;
  if (step == 4) {
    let left = v128.load32_zero(to);
    for (; i + 16 <= length; i += 16) {
      // prefix sums over four pixels
      let v = v128.load(to + i);
      v = i8x16.add(v, i8x16.shuffle(v, v128.splat<i8>(0), 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
      v = i8x16.add(v, i8x16.shuffle(v, v128.splat<i8>(0), 16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7));
      v = i8x16.add(v, i32x4.splat(i32x4.extract_lane(left, 0)));
      v128.store(to + i, v);
      left = i32x4.shuffle(v, v, 3, 3, 3, 3);
    }
  }
  for (; i < length; i++) store<u8>(to + i, load<u8>(to + i) + load<u8>(to + i - step));
}

function up(to: usize, above: usize, length: i32): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    v128.store(to + i, i8x16.add(v128.load(to + i), v128.load(above + i)));
  }
  for (; i < length; i++) store<u8>(to + i, load<u8>(to + i) + load<u8>(above + i));
}

function average(to: usize, above: usize, length: i32, step: i32): void {
  for (let i = 0; i < step && i < length; i++) {
    store<u8>(to + i, load<u8>(to + i) + (load<u8>(above + i) >> 1));
  }
  for (let i = step; i < length; i++) {
    const mean = (<u32>load<u8>(to + i - step) + <u32>load<u8>(above + i)) >> 1;
    store<u8>(to + i, load<u8>(to + i) + <u8>mean);
  }
}

function paeth4(to: usize, above: usize, length: i32): void {
  let a = i16x8.splat(0);
  let c = i16x8.splat(0);
  const low = i16x8.splat(255);
  for (let i = 0; i < length; i += 4) {
    const b = i16x8.extend_low_i8x16_u(v128.load32_zero(above + i));
    const x = i16x8.extend_low_i8x16_u(v128.load32_zero(to + i));
    a = v128.and(i16x8.add(x, paethLanes(a, b, c)), low);
    store<u32>(to + i, i32x4.extract_lane(i8x16.narrow_i16x8_u(a, a), 0));
    c = b;
  }
}

function paeth3(to: usize, above: usize, length: i32): void {
  let a = i16x8.splat(0);
  let c = i16x8.splat(0);
  const low = i16x8.splat(255);
  for (let i = 0; i < length; i += 3) {
    const b = i16x8.extend_low_i8x16_u(v128.load32_zero(above + i));
    const x = i16x8.extend_low_i8x16_u(v128.load32_zero(to + i));
    a = v128.and(i16x8.add(x, paethLanes(a, b, c)), low);
    const word = i32x4.extract_lane(i8x16.narrow_i16x8_u(a, a), 0);
    store<u16>(to + i, <u16>word);
    store<u8>(to + i, <u8>(word >> 16), 2);
    c = b;
  }
}

function paethAny(to: usize, above: usize, length: i32, step: i32): void {
  for (let i = 0; i < step && i < length; i++) {
    store<u8>(to + i, load<u8>(to + i) + load<u8>(above + i));
  }
  for (let i = step; i < length; i++) {
    const p = paeth(load<u8>(to + i - step), load<u8>(above + i), load<u8>(above + i - step));
    store<u8>(to + i, load<u8>(to + i) + <u8>p);
  }
}
