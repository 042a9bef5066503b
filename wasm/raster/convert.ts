/** Widens `pixels` pixels of 1, 2 or 3 samples to RGBA. The ranges must not overlap. */
export function expand(from: usize, to: usize, pixels: i32, channels: i32): void {
  if (channels == 3) expandRgb(from, to, pixels);
  else if (channels == 1) {
    for (let i = 0; i < pixels; i++) {
      store<u32>(to, <u32>load<u8>(from + i) * 0x010101 | 0xff000000);
      to += 4;
    }
  } else {
    for (let i = 0; i < pixels; i++) {
      store<u32>(to, <u32>load<u8>(from) * 0x010101 | (<u32>load<u8>(from, 1) << 24));
      from += 2;
      to += 4;
    }
  }
}

function expandRgb(from: usize, to: usize, pixels: i32): void {
  const opaque = i32x4.splat(0xff000000);
  let i = 0;
  // Each step reads 16 bytes for 12: stop before the last pixels.
  for (; i + 6 <= pixels; i += 4) {
    const v = v128.load(from);
    const spread = i8x16.shuffle(v, v, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
    v128.store(to, v128.or(spread, opaque));
    from += 12;
    to += 16;
  }
  for (; i < pixels; i++) {
    store<u8>(to, load<u8>(from));
    store<u8>(to, load<u8>(from, 1), 1);
    store<u8>(to, load<u8>(from, 2), 2);
    store<u8>(to, 255, 3);
    from += 3;
    to += 4;
  }
}

/** Narrows RGBA to the first 1 or 3 samples, or to red and alpha (2). May work in place. */
export function pack(from: usize, to: usize, pixels: i32, channels: i32): void {
  if (channels == 3) {
    let i = 0;
    for (; i + 6 <= pixels; i += 4) {
      const v = v128.load(from);
      v128.store(to, i8x16.shuffle(v, v, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0));
      from += 16;
      to += 12;
    }
    for (; i < pixels; i++) {
      const p = load<u32>(from);
      store<u16>(to, <u16>p);
      store<u8>(to, <u8>(p >> 16), 2);
      from += 4;
      to += 3;
    }
  } else {
    for (let i = 0; i < pixels; i++) {
      const p = load<u32>(from);
      store<u8>(to, <u8>p);
      if (channels == 2) store<u8>(to, <u8>(p >> 24), 1);
      from += 4;
      to += channels;
    }
  }
}

/** Multiplies the colors of RGBA pixels by their alpha, rounded to nearest, in place. */
export function premultiply(at: usize, pixels: i32): void {
  const mask = i32x4.splat(0xff000000);
  let i = 0;
  for (; i + 4 <= pixels; i += 4) {
    const p = v128.load(at);
    if (!i32x4.all_true(i32x4.eq(v128.and(p, mask), mask))) v128.store(at, premultiplied(p));
    at += 16;
  }
  for (; i < pixels; i++) {
    store<u32>(at, i32x4.extract_lane(premultiplied(v128.load32_zero(at)), 0));
    at += 4;
  }
}

// @ts-ignore: decorator
@inline
function premultiplied(p: v128): v128 {
  const alpha = i8x16.shuffle(p, p, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
  // The alpha lane itself is multiplied by 255, that is by one.
  const a = v128.or(alpha, i32x4.splat(0xff000000));
  return i8x16.narrow_i16x8_u(
    times(i16x8.extend_low_i8x16_u(p), i16x8.extend_low_i8x16_u(a)),
    times(i16x8.extend_high_i8x16_u(p), i16x8.extend_high_i8x16_u(a)),
  );
}

// @ts-ignore: decorator
@inline
function times(a: v128, b: v128): v128 {
  const s = i16x8.add(i16x8.mul(a, b), i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(s, i16x8.shr_u(s, 8)), 8);
}

/** Undoes {@link premultiply}, rounded down and cut at 255, in place. */
export function unpremultiply(at: usize, pixels: i32): void {
  const end = at + (<usize>pixels << 2);
  for (; at < end; at += 4) {
    const p = load<u32>(at);
    const alpha = p >> 24;
    if (alpha == 255 || alpha == 0) continue;
    const r = min<u32>(((p & 255) * 255) / alpha, 255);
    const g = min<u32>((((p >> 8) & 255) * 255) / alpha, 255);
    const b = min<u32>((((p >> 16) & 255) * 255) / alpha, 255);
    store<u32>(at, r | (g << 8) | (b << 16) | (alpha << 24));
  }
}

/** Sets the alpha of RGBA pixels to 255, in place. */
export function makeOpaque(at: usize, pixels: i32): void {
  const alpha = i32x4.splat(0xff000000);
  let i = 0;
  for (; i + 4 <= pixels; i += 4) {
    v128.store(at, v128.or(v128.load(at), alpha));
    at += 16;
  }
  for (; i < pixels; i++) {
    store<u8>(at, 255, 3);
    at += 4;
  }
}

/** Whether all RGBA pixels have alpha 255. */
export function isOpaque(at: usize, pixels: i32): bool {
  const alpha = i32x4.splat(0xff000000);
  let i = 0;
  for (; i + 4 <= pixels; i += 4) {
    if (!i32x4.all_true(i32x4.eq(v128.and(v128.load(at), alpha), alpha))) return false;
    at += 16;
  }
  for (; i < pixels; i++) {
    if (load<u8>(at, 3) != 255) return false;
    at += 4;
  }
  return true;
}

/** Copies `rows` rows of `length` bytes, `stride` bytes apart, to where they follow each other. */
export function packRows(from: usize, stride: i32, to: usize, length: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    memory.copy(to, from, length);
    from += stride;
    to += length;
  }
}
