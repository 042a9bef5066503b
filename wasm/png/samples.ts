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
 * Replaces `count` indices by the RGBA entries of `table` (256 of them), writing `channels` (3 or 4) bytes
 * each; writes one byte too many for 3.
 */
export function lookUp(from: usize, to: usize, count: i32, table: usize, channels: i32): void {
  for (let i = 0; i < count; i++) {
    store<u32>(to, load<u32>(table + (<usize>load<u8>(from + i) << 2)));
    to += channels;
  }
}
