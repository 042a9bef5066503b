/**
 * Spreads samples of 1, 2 or 4 bits to one byte each; rows start at whole bytes (PNG 7.2).
 * `factor` multiplies each sample: 255, 85 and 17 stretch grey to 0..255, 1 leaves palette indices.
 */
export function unpackBits(
  from: usize,
  to: usize,
  width: i32,
  rows: i32,
  bits: i32,
  factor: i32,
): void {
  const rowBytes = (width * bits + 7) >> 3;
  const mask = (1 << bits) - 1;
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const byte = <i32>load<u8>(from + (bit >> 3));
      store<u8>(to + x, <u8>(((byte >> (8 - bits - (bit & 7))) & mask) * factor));
    }
    from += rowBytes;
    to += width;
  }
}

/** Undoes {@link unpackBits} for a factor of 1. */
export function packBits(from: usize, to: usize, width: i32, rows: i32, bits: i32): void {
  const rowBytes = (width * bits + 7) >> 3;
  for (let row = 0; row < rows; row++) {
    memory.fill(to, 0, rowBytes);
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const at = to + (bit >> 3);
      store<u8>(at, load<u8>(at) | (load<u8>(from + x) << <u8>(8 - bits - (bit & 7))));
    }
    from += width;
    to += rowBytes;
  }
}

/** Keeps the upper byte of each of `count` 16-bit samples; may work in place. */
export function highBytes(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u8>(to + i, load<u8>(from + (<usize>i << 1)));
}

/**
 * Replaces indices by the RGBA entries of `table` (256 of them): `rows` rows of `width` pixels, whose indices lie
 * `fromStride` bytes apart and whose pixels, of `channels` (3 or 4) bytes, `toStride`. Writes one byte too many for 3.
 */
export function lookUp(
  from: usize,
  fromStride: i32,
  to: usize,
  toStride: i32,
  width: i32,
  rows: i32,
  table: usize,
  channels: i32,
): void {
  for (let row = 0; row < rows; row++) {
    if (channels == 4) lookUpRow(from, to, width, table);
    else {
      let at = to;
      for (let x = 0; x < width; x++) {
        store<u32>(at, load<u32>(table + (<usize>load<u8>(from + x) << 2)));
        at += 3;
      }
    }
    from += fromStride;
    to += toStride;
  }
}

// @ts-ignore: decorator
@inline
function lookUpRow(from: usize, to: usize, width: i32, table: usize): void {
  let x = 0;
  for (; x + 8 <= width; x += 8) {
    const eight = load<u64>(from + x);
    // Areas of one color are most of a map.
    if (eight == (eight & 0xff) * 0x0101010101010101) {
      const four = v128.load32_splat(table + <usize>((eight & 0xff) << 2));
      v128.store(to, four);
      v128.store(to, four, 16);
    } else {
      for (let i: usize = 0; i < 8; i++) {
        const index = <usize>((eight >> (i << 3)) & 0xff);
        store<u32>(to + (i << 2), load<u32>(table + (index << 2)));
      }
    }
    to += 32;
  }
  for (; x < width; x++) {
    store<u32>(to, load<u32>(table + (<usize>load<u8>(from + x) << 2)));
    to += 4;
  }
}
