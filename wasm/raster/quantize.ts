/**
 * The two passes over all pixels of the octree quantiser: which cell of the color cube each one is in, and, when the
 * cells have their entries, which entry.
 */

/** Cells of opaque pixels have 4 bits each of red, green and blue. */
// @ts-ignore: decorator
@inline
function opaqueCell(p: u32): u32 {
  return ((p << 4) & 0xf00) | ((p >> 8) & 0xf0) | ((p >> 20) & 0xf);
}

/** Cells of others have 3 bits of red, 4 of green, 3 of blue and 3 of alpha. */
// @ts-ignore: decorator
@inline
function alphaCell(p: u32): u32 {
  return ((p << 5) & 0x1c00) | ((p >> 6) & 0x3c0) | ((p >> 18) & 0x38) | (p >> 29);
}

/**
 * Writes the cell of each RGBA pixel as `u16` to `cells`, and adds to the cell's five `u32` at `sums`, 32 bytes a cell:
 * sums of red, green, blue and alpha, and the number of pixels. They hold 2^24 pixels.
 */
export function countCells(
  from: usize,
  pixels: i32,
  cells: usize,
  sums: usize,
  withAlpha: bool,
): void {
  let i = 0;
  while (i < pixels) {
    const p = load<u32>(from + (<usize>i << 2));
    const cell = withAlpha ? alphaCell(p) : opaqueCell(p);
    // A run of equal pixels counts at once.
    let run: u32 = 0;
    do {
      store<u16>(cells + (<usize>i << 1), <u16>cell);
      i++;
      run++;
    } while (i < pixels && load<u32>(from + (<usize>i << 2)) == p);
    const at = sums + (<usize>cell << 5);
    const samples = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(p)));
    v128.store(at, i32x4.add(v128.load(at), i32x4.mul(samples, i32x4.splat(run))));
    store<u32>(at, load<u32>(at, 16) + run, 16);
  }
}

/**
 * Replaces cells by their entries: `rows` rows of `width` bytes at `to`, each behind a byte that is 0, as PNG wants
 * rows that are not filtered.
 */
export function mapCells(cells: usize, width: i32, rows: i32, entries: usize, to: usize): void {
  for (let row = 0; row < rows; row++) {
    store<u8>(to, 0);
    to += 1;
    let x = 0;
    for (; x + 4 <= width; x += 4) {
      const four = load<u64>(cells);
      store<u32>(
        to,
        <u32>load<u8>(entries + <usize>(four & 0xffff)) |
          (<u32>load<u8>(entries + <usize>((four >> 16) & 0xffff)) << 8) |
          (<u32>load<u8>(entries + <usize>((four >> 32) & 0xffff)) << 16) |
          (<u32>load<u8>(entries + <usize>(four >> 48)) << 24),
      );
      cells += 8;
      to += 4;
    }
    for (; x < width; x++) {
      store<u8>(to, load<u8>(entries + <usize>load<u16>(cells)));
      cells += 2;
      to += 1;
    }
  }
}
