const MODULUS: u32 = 65521;
/** Bytes, a multiple of 16, after which the sums must be reduced. */
const BATCH: i32 = 5552;

/** Adler-32 (RFC 1950, 8.2). Up to 15 bytes behind the data are read. */
export function adler32(at: usize, length: i32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  const w0 = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const w1 = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (length >= 16) {
    const batch = min(length & ~15, BATCH);
    let sums = i32x4.splat(0);
    let before = i32x4.splat(0);
    let weighted = i32x4.splat(0);
    for (const end = at + batch; at < end; at += 16) {
      const v = v128.load(at);
      before = i32x4.add(before, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
      weighted = i32x4.add(weighted, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(v), w0));
      weighted = i32x4.add(weighted, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(v), w1));
    }
    b = (b + a * <u32>batch + 16 * lanes(before) + lanes(weighted)) % MODULUS;
    a = (a + lanes(sums)) % MODULUS;
    length -= batch;
  }
  for (; length > 0; length--) {
    a += load<u8>(at);
    b += a;
    at += 1;
  }
  return ((b % MODULUS) << 16) | a % MODULUS;
}

// @ts-ignore: decorator
@inline
function lanes(v: v128): u32 {
  return (
    i32x4.extract_lane(v, 0) +
    i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3)
  );
}
