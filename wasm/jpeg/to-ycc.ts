/** Conversion of pixels to luminance and chrominance (JFIF 1.02, 7) and halving of the chrominance. */

// Factors in 1/65536 as libjpeg rounds them. Green counts 38470 in Y, more than a lane holds: it is halved
// here and doubled there. One half is negative, for 32768 does not fit: chrominance is *subtracted*.
const RB_TO_Y: v128 = i16x8(19595, 7471, 19595, 7471, 19595, 7471, 19595, 7471);
const G_TO_Y: v128 = i16x8(19235, 0, 19235, 0, 19235, 0, 19235, 0);
const RB_TO_CB: v128 = i16x8(11059, -32768, 11059, -32768, 11059, -32768, 11059, -32768);
const G_TO_CB: v128 = i16x8(21709, 0, 21709, 0, 21709, 0, 21709, 0);
const RB_TO_CR: v128 = i16x8(-32768, 5329, -32768, 5329, -32768, 5329, -32768, 5329);
const G_TO_CR: v128 = i16x8(27439, 0, 27439, 0, 27439, 0, 27439, 0);

// @ts-ignore: decorator
@inline
function luma(redBlue: v128, green: v128): v128 {
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(redBlue, RB_TO_Y),
    i32x4.shl(i32x4.dot_i16x8_s(green, G_TO_Y), 1),
  );
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(32768)), 16);
}

// @ts-ignore: decorator
@inline
function chroma(redBlue: v128, green: v128, byRedBlue: v128, byGreen: v128): v128 {
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(redBlue, byRedBlue),
    i32x4.dot_i16x8_s(green, byGreen),
  );
  return i32x4.shr_s(i32x4.sub(i32x4.splat((128 << 16) + 32767), sum), 16);
}

// @ts-ignore: decorator
@inline
function toBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Four pixels, red in the lowest byte of each lane, from 3 or 4 samples a pixel. */
// @ts-ignore: decorator
@inline
function pixels(at: usize, channels: usize): v128 {
  const samples = v128.load(at);
  return channels == 4
    ? samples
    : v128.shuffle<i8>(samples, samples, 0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 9, 10, 11, 0);
}

// @ts-ignore: decorator
@inline
function convertRow(
  from: usize,
  width: i32,
  channels: usize,
  y: usize,
  cb: usize,
  cr: usize,
): void {
  const mask = i16x8.splat(0xff);
  for (let x = 0; x < width; x += 16) {
    const p0 = pixels(from, channels);
    const p1 = pixels(from + 4 * channels, channels);
    const p2 = pixels(from + 8 * channels, channels);
    const p3 = pixels(from + 12 * channels, channels);
    const rb0 = v128.and(p0, mask);
    const rb1 = v128.and(p1, mask);
    const rb2 = v128.and(p2, mask);
    const rb3 = v128.and(p3, mask);
    const g0 = i16x8.shr_u(p0, 8);
    const g1 = i16x8.shr_u(p1, 8);
    const g2 = i16x8.shr_u(p2, 8);
    const g3 = i16x8.shr_u(p3, 8);
    v128.store(y, toBytes(luma(rb0, g0), luma(rb1, g1), luma(rb2, g2), luma(rb3, g3)));
    v128.store(
      cb,
      toBytes(
        chroma(rb0, g0, RB_TO_CB, G_TO_CB),
        chroma(rb1, g1, RB_TO_CB, G_TO_CB),
        chroma(rb2, g2, RB_TO_CB, G_TO_CB),
        chroma(rb3, g3, RB_TO_CB, G_TO_CB),
      ),
    );
    v128.store(
      cr,
      toBytes(
        chroma(rb0, g0, RB_TO_CR, G_TO_CR),
        chroma(rb1, g1, RB_TO_CR, G_TO_CR),
        chroma(rb2, g2, RB_TO_CR, G_TO_CR),
        chroma(rb3, g3, RB_TO_CR, G_TO_CR),
      ),
    );
    from += 16 * channels;
    y += 16;
    cb += 16;
    cr += 16;
  }
}

/** Converts a row of `width` RGB or RGBA pixels to three rows of samples. Alpha is dropped. */
export function rowToYcc(
  from: usize,
  width: i32,
  channels: i32,
  y: usize,
  cb: usize,
  cr: usize,
): void {
  if (channels == 4) convertRow(from, width, 4, y, cb, cr);
  else convertRow(from, width, 3, y, cb, cr);
}

/** Takes a row of `width` pixels of luminance, chrominance and something apart. */
export function splitRow(from: usize, width: i32, y: usize, cb: usize, cr: usize): void {
  for (let x = 0; x < width; x += 16) {
    const p0 = v128.load(from);
    const p1 = v128.load(from, 16);
    const p2 = v128.load(from, 32);
    const p3 = v128.load(from, 48);
    v128.store(y, toBytes(byteOf(p0, 0), byteOf(p1, 0), byteOf(p2, 0), byteOf(p3, 0)));
    v128.store(cb, toBytes(byteOf(p0, 8), byteOf(p1, 8), byteOf(p2, 8), byteOf(p3, 8)));
    v128.store(cr, toBytes(byteOf(p0, 16), byteOf(p1, 16), byteOf(p2, 16), byteOf(p3, 16)));
    from += 64;
    y += 16;
    cb += 16;
    cr += 16;
  }
}

/** The byte of each pixel that `shift` bits lie below. */
// @ts-ignore: decorator
@inline
function byteOf(pixels: v128, shift: i32): v128 {
  return v128.and(i32x4.shr_u(pixels, shift), i32x4.splat(0xff));
}

/** Copies the first of every `channels` samples. */
export function rowToGrey(from: usize, width: i32, channels: i32, to: usize): void {
  if (channels == 1) {
    memory.copy(to, from, width);
    return;
  }
  for (let x = 0; x < width; x++) store<u8>(to + x, load<u8>(from + x * channels));
}

/** Repeats the last sample of a row from `width` to the next multiple of 16. */
export function padRow(row: usize, width: i32): void {
  const end = (width + 15) & ~15;
  if (width < end) memory.fill(row + width, load<u8>(row + width - 1), end - width);
}

/** Means of 2x2 samples; halves round down and up in turn, as in libjpeg. `width` is that of the result. */
export function halve(upper: usize, lower: usize, width: i32, to: usize): void {
  const bias = i16x8(1, 2, 1, 2, 1, 2, 1, 2);
  for (let x = 0; x < width; x += 16) {
    const a = i16x8.add(
      i16x8.extadd_pairwise_i8x16_u(v128.load(upper)),
      i16x8.extadd_pairwise_i8x16_u(v128.load(lower)),
    );
    const b = i16x8.add(
      i16x8.extadd_pairwise_i8x16_u(v128.load(upper, 16)),
      i16x8.extadd_pairwise_i8x16_u(v128.load(lower, 16)),
    );
    v128.store(
      to,
      i8x16.narrow_i16x8_u(
        i16x8.shr_u(i16x8.add(a, bias), 2),
        i16x8.shr_u(i16x8.add(b, bias), 2),
      ),
    );
    upper += 32;
    lower += 32;
    to += 16;
  }
}
