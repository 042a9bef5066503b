/** Replaces `pixels` RGBA pixels at `at` by `color` wherever the byte of `mask` is 0. */
export function maskOut(at: usize, mask: usize, pixels: i32, color: u32): void {
  const plain = i32x4.splat(color);
  const zero = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= pixels; i += 4) {
    const four = load<u32>(mask + i);
    // Whole runs are inside: one comparison decides.
    if (four == 0x01010101) continue;
    const to = at + (<usize>i << 2);
    const bytes = i16x8.extend_low_i8x16_u(i32x4.splat(four));
    const keep = i32x4.gt_u(i32x4.extend_low_i16x8_u(bytes), zero);
    v128.store(to, v128.bitselect(v128.load(to), plain, keep));
  }
  for (; i < pixels; i++) {
    if (!load<u8>(mask + i)) store<u32>(at + (<usize>i << 2), color);
  }
}
