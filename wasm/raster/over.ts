const ALPHA: u32 = 0xff000000;

/**
 * Draws `pixels` RGBA pixels at `top` over those at `bottom`, in place; straight alpha.
 *
 * Division by 255 is `(t + (t >> 8)) >> 8` with `t` = value + 128: the results are bit-equal to those of
 * the usual imaging libraries.
 */
export function over(bottom: usize, top: usize, pixels: i32): void {
  const mask = i32x4.splat(ALPHA);
  let i = 0;
  for (; i + 4 <= pixels; i += 4) {
    const t = v128.load(top);
    const ta = v128.and(t, mask);
    if (v128.any_true(ta)) {
      if (i32x4.all_true(i32x4.eq(ta, mask))) {
        v128.store(bottom, t);
      } else {
        const b = v128.load(bottom);
        const ba = v128.and(b, mask);
        v128.store(bottom, i32x4.all_true(i32x4.eq(ba, mask)) ? overOpaque(b, t) : overAny(b, t));
      }
    }
    bottom += 16;
    top += 16;
  }
  for (; i < pixels; i++) {
    const r = overAny(v128.load32_zero(bottom), v128.load32_zero(top));
    store<u32>(bottom, i32x4.extract_lane(r, 0));
    bottom += 4;
    top += 4;
  }
}

/** Four pixels where the bottom is opaque: 16-bit lanes suffice. */
// @ts-ignore: decorator
@inline
function overOpaque(b: v128, t: v128): v128 {
  const a = i8x16.shuffle(t, t, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
  // A top alpha of 255 in the alpha lane makes the result opaque.
  const opaque = v128.or(t, i32x4.splat(ALPHA));
  return i8x16.narrow_i16x8_u(
    mix(i16x8.extend_low_i8x16_u(b), i16x8.extend_low_i8x16_u(opaque), i16x8.extend_low_i8x16_u(a)),
    mix(i16x8.extend_high_i8x16_u(b), i16x8.extend_high_i8x16_u(opaque), i16x8.extend_high_i8x16_u(a)),
  );
}

// @ts-ignore: decorator
@inline
function mix(b: v128, t: v128, a: v128): v128 {
  const inverse = i16x8.sub(i16x8.splat(255), a);
  const s = i16x8.add(i16x8.add(i16x8.mul(t, a), i16x8.mul(b, inverse)), i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(s, i16x8.shr_u(s, 8)), 8);
}

/** Four pixels with any alpha, one channel at a time in 32-bit lanes. */
// @ts-ignore: decorator
@inline
function overAny(b: v128, t: v128): v128 {
  const ta = i32x4.shr_u(t, 24);
  const ba = i32x4.shr_u(b, 24);
  const share = i32x4.mul(ba, i32x4.sub(i32x4.splat(255), ta));
  const alpha = i32x4.add(i32x4.mul(ta, i32x4.splat(255)), share);

  // weight of the top = top alpha / result alpha in 15 bits, rounded down
  const divisor = i32x4.max_s(alpha, i32x4.splat(1));
  const dividend = i32x4.mul(ta, i32x4.splat(255 * 255 * 128));
  let weight = i32x4.trunc_sat_f32x4_s(
    f32x4.div(f32x4.convert_i32x4_s(dividend), f32x4.convert_i32x4_s(divisor)),
  );
  // Floats are off by at most one: mend by the remainder.
  const rest = i32x4.sub(dividend, i32x4.mul(weight, divisor));
  weight = i32x4.sub(weight, i32x4.shr_u(rest, 31));
  weight = i32x4.sub(weight, i32x4.ge_s(rest, divisor));
  const keep = i32x4.sub(i32x4.splat(255 * 128), weight);

  const a = i32x4.add(alpha, i32x4.splat(128));
  let result = i32x4.shl(i32x4.shr_u(i32x4.add(a, i32x4.shr_u(a, 8)), 8), 24);
  result = v128.or(result, weigh(b, t, keep, weight));
  result = v128.or(
    result,
    i32x4.shl(weigh(i32x4.shr_u(b, 8), i32x4.shr_u(t, 8), keep, weight), 8),
  );
  return v128.or(
    result,
    i32x4.shl(weigh(i32x4.shr_u(b, 16), i32x4.shr_u(t, 16), keep, weight), 16),
  );
}

// @ts-ignore: decorator
@inline
function weigh(b: v128, t: v128, keep: v128, weight: v128): v128 {
  const low = i32x4.splat(255);
  const s = i32x4.add(
    i32x4.add(i32x4.mul(v128.and(t, low), weight), i32x4.mul(v128.and(b, low), keep)),
    i32x4.splat(0x80 << 7),
  );
  return i32x4.shr_u(i32x4.add(s, i32x4.shr_u(s, 8)), 15);
}

/** Multiplies the alpha of RGBA pixels by `factor` / 255, rounded down. */
export function scaleAlpha(at: usize, pixels: i32, factor: i32): void {
  const colors = i32x4.splat(0x00ffffff);
  const f = i32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= pixels; i += 4) {
    const p = v128.load(at);
    // x / 255 rounded down, exact below 65536
    const x = i32x4.mul(i32x4.shr_u(p, 24), f);
    const a = i32x4.shr_u(
      i32x4.add(i32x4.add(x, i32x4.splat(1)), i32x4.shr_u(x, 8)),
      8,
    );
    v128.store(at, v128.or(v128.and(p, colors), i32x4.shl(a, 24)));
    at += 16;
  }
  for (; i < pixels; i++) {
    store<u8>(at, (<i32>load<u8>(at, 3) * factor) / 255, 3);
    at += 4;
  }
}

/** bottom + opacity * (top - bottom) for every sample, rounded down; alpha of the bottom stays. */
export function blend(bottom: usize, top: usize, pixels: i32, opacity: f32): void {
  for (let i = 0; i < pixels; i++) {
    const b = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(bottom)));
    const t = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(top)));
    const v = i32x4.trunc_sat_f32x4_s(
      f32x4.add(
        f32x4.convert_i32x4_s(b),
        f32x4.mul(f32x4.splat(opacity), f32x4.convert_i32x4_s(i32x4.sub(t, b))),
      ),
    );
    const words = i16x8.narrow_i32x4_u(v, v);
    const bytes = i8x16.narrow_i16x8_u(words, words);
    const old = load<u32>(bottom);
    store<u32>(bottom, (i32x4.extract_lane(bytes, 0) & 0x00ffffff) | (old & ALPHA));
    bottom += 4;
    top += 4;
  }
}
