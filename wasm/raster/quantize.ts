/**
 * The two passes over all pixels of the octree quantiser: which cell of the color cube each one is in, and, when the
 * cells have their entries, which entry.
 */

/** Cells of the cube of opaque pixels. */
const OPAQUE_CELLS: usize = 4096;

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
 * Writes the cell of each RGBA pixel as `u16` to `cells`, and adds up five `u32` for the cell at `sums`, 32 bytes a cell, zero
 * before: sums of red, green, blue and alpha, and the number of pixels. They hold 2^24 pixels. Without alpha all pixels count as
 * opaque.
 */
export function countCells(
  from: usize,
  pixels: i32,
  cells: usize,
  sums: usize,
  withAlpha: bool,
): void {
  if (withAlpha) countAlphaCells(from, pixels, cells, sums);
  else countOpaqueCells(from, pixels, cells, sums);
}

function countAlphaCells(from: usize, pixels: i32, cells: usize, sums: usize): void {
  let i = 0;
  while (i < pixels) {
    const p = load<u32>(from + (<usize>i << 2));
    const cell = alphaCell(p);
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
 * Four pixels at a time. While they are counted, the place of alpha counts pixels, and every other pixel goes into the second
 * half of its cell: neighbours are mostly in the same one, and would wait for each other.
 */
function countOpaqueCells(from: usize, pixels: i32, cells: usize, sums: usize): void {
  const samples = i32x4.splat(0xffffff);
  const one = i32x4.splat(0x1000000);
  let i = 0;
  // four equal pixels, their cells, what they count, and what those count that are not in the sums yet
  let flat = v128.load32_splat(from);
  let flatCells = opaqueCells(flat);
  let four = countFour(v128.or(v128.and(flat, samples), one));
  let run = i32x4.splat(0);
  for (; i + 4 <= pixels; i += 4) {
    const p = v128.load(from + (<usize>i << 2));
    // Areas of one color: most of a drawn map.
    if (!v128.any_true(v128.xor(p, flat))) {
      store<u64>(cells + (<usize>i << 1), flatCells);
      run = i32x4.add(run, four);
      continue;
    }
    const cell = opaqueCells(p);
    store<u64>(cells + (<usize>i << 1), cell);
    const counted = v128.or(v128.and(p, samples), one);
    const low = i16x8.extend_low_i8x16_u(counted);
    const first = sums + (<usize>(cell & 0xffff) << 5);
    if (i32x4.all_true(i32x4.eq(p, v128.shuffle<i32>(p, p, 0, 0, 0, 0)))) {
      addTo(sums + (<usize>(flatCells & 0xffff) << 5), run);
      flat = p;
      flatCells = cell;
      run = i32x4.splat(0);
      four = countFour(counted);
      addTo(first, four);
      continue;
    }
    const high = i16x8.extend_high_i8x16_u(counted);
    addTo(first, i32x4.extend_low_i16x8_u(low));
    addTo(sums + 16 + (<usize>((cell >> 16) & 0xffff) << 5), i32x4.extend_high_i16x8_u(low));
    addTo(sums + (<usize>((cell >> 32) & 0xffff) << 5), i32x4.extend_low_i16x8_u(high));
    addTo(sums + 16 + (<usize>(cell >> 48) << 5), i32x4.extend_high_i16x8_u(high));
  }
  addTo(sums + (<usize>(flatCells & 0xffff) << 5), run);
  for (; i < pixels; i++) {
    const p = load<u32>(from + (<usize>i << 2));
    const cell = opaqueCell(p);
    store<u16>(cells + (<usize>i << 1), <u16>cell);
    const counted = i32x4.splat((p & 0xffffff) | 0x1000000);
    addTo(
      sums + (<usize>cell << 5),
      i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(counted)),
    );
  }
  for (let cell: usize = 0; cell < OPAQUE_CELLS; cell++) {
    const at = sums + (cell << 5);
    const both = i32x4.add(v128.load(at), v128.load(at, 16));
    const count = i32x4.extract_lane(both, 3);
    v128.store(at, i32x4.replace_lane(both, 3, count * 255));
    v128.store(at, i32x4.replace_lane(i32x4.splat(0), 0, count), 16);
  }
}

/** Sums of four equal pixels. */
// @ts-ignore: decorator
@inline
function countFour(counted: v128): v128 {
  return i32x4.shl(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(counted)), 2);
}

/** Cells of four pixels, 16 bits each. */
// @ts-ignore: decorator
@inline
function opaqueCells(p: v128): u64 {
  const red = v128.and(i32x4.shl(p, 4), i32x4.splat(0xf00));
  const green = v128.and(i32x4.shr_u(p, 8), i32x4.splat(0xf0));
  const blue = v128.and(i32x4.shr_u(p, 20), i32x4.splat(0xf));
  const cells = v128.or(v128.or(red, green), blue);
  return i64x2.extract_lane(i16x8.narrow_i32x4_u(cells, cells), 0);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, samples: v128): void {
  v128.store(at, i32x4.add(v128.load(at), samples));
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
