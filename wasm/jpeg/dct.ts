/**
 * Forward and inverse DCT of 8x8 blocks: the factorisation of Loeffler, Ligtenberg and Moschytz (ICASSP 1989)
 * with 13-bit constants and the rounding of libjpeg's "slow integer" method, so that results are equal
 * to it bit for bit. Every rotation is one dot product of lane pairs.
 */
import { high16, high32, high64, high8, low16, low32, low64, low8, transpose16 } from "./lanes";

/** Bits of the constants' fraction. */
const FRACTION: i32 = 13;
const ONE: i16 = 8192;
/** Extra bits of fraction kept between the two passes. */
const BETWEEN: i32 = 2;

// 13-bit values of the sums and differences of cosines, named by their thousandths.
const C0298: i16 = 2446;
const C0390: i16 = 3196;
const C0541: i16 = 4433;
const C0765: i16 = 6270;
const C0899: i16 = 7373;
const C1175: i16 = 9633;
const C1501: i16 = 12299;
const C1847: i16 = 15137;
const C1961: i16 = 16069;
const C2053: i16 = 16819;
const C2562: i16 = 20995;
const C3072: i16 = 25172;

/** The 64 samples or coefficients at work, `i16`, row by row. */
export const BLOCK: usize = memory.data(128, 16);

/** `a` and `b` in turn: the second operand of a dot product. */
// @ts-ignore: decorator
@inline
function pair(a: i16, b: i16): v128 {
  return i16x8(a, b, a, b, a, b, a, b);
}

// @ts-ignore: decorator
@inline
function dot(lanes: v128, factors: v128): v128 {
  return i32x4.dot_i16x8_s(lanes, factors);
}

/** Rounds two vectors of four sums to `i16`, dropping `shift` bits. */
// @ts-ignore: decorator
@inline
function descale(low: v128, high: v128, shift: i32): v128 {
  const half = i32x4.splat(1 << (shift - 1));
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(low, half), shift),
    i32x4.shr_s(i32x4.add(high, half), shift),
  );
}

/** As `descale`, where half a unit is in the sums already. */
// @ts-ignore: decorator
@inline
function drop(low: v128, high: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift));
}

/** One dimension of the forward transform, down the columns of `BLOCK`. */
// @ts-ignore: decorator
@inline
function forwardPass(first: bool): void {
  const d0 = v128.load(BLOCK);
  const d1 = v128.load(BLOCK, 16);
  const d2 = v128.load(BLOCK, 32);
  const d3 = v128.load(BLOCK, 48);
  const d4 = v128.load(BLOCK, 64);
  const d5 = v128.load(BLOCK, 80);
  const d6 = v128.load(BLOCK, 96);
  const d7 = v128.load(BLOCK, 112);
  const shift: i32 = first ? FRACTION - BETWEEN : FRACTION + BETWEEN;

  // even part
  const s0 = i16x8.add(d0, d7);
  const s1 = i16x8.add(d1, d6);
  const s2 = i16x8.add(d2, d5);
  const s3 = i16x8.add(d3, d4);
  const s10 = i16x8.add(s0, s3);
  const s13 = i16x8.sub(s0, s3);
  const s11 = i16x8.add(s1, s2);
  const s12 = i16x8.sub(s1, s2);
  if (first) {
    v128.store(BLOCK, i16x8.shl(i16x8.add(s10, s11), BETWEEN));
    v128.store(BLOCK, i16x8.shl(i16x8.sub(s10, s11), BETWEEN), 64);
  } else {
    const half = i16x8.splat(2);
    v128.store(BLOCK, i16x8.shr_s(i16x8.add(i16x8.add(s10, s11), half), BETWEEN));
    v128.store(BLOCK, i16x8.shr_s(i16x8.add(i16x8.sub(s10, s11), half), BETWEEN), 64);
  }
  const el = low16(s12, s13);
  const eh = high16(s12, s13);
  const to2 = pair(C0541, C0541 + C0765);
  const to6 = pair(C0541 - C1847, C0541);
  v128.store(BLOCK, descale(dot(el, to2), dot(eh, to2), shift), 32);
  v128.store(BLOCK, descale(dot(el, to6), dot(eh, to6), shift), 96);

  // odd part
  const t4 = i16x8.sub(d3, d4);
  const t5 = i16x8.sub(d2, d5);
  const t6 = i16x8.sub(d1, d6);
  const t7 = i16x8.sub(d0, d7);
  const z3 = i16x8.add(t4, t6);
  const z4 = i16x8.add(t5, t7);
  const zl = low16(z3, z4);
  const zh = high16(z3, z4);
  const by3 = pair(C1175 - C1961, C1175);
  const by4 = pair(C1175, C1175 - C0390);
  const z3l = dot(zl, by3);
  const z3h = dot(zh, by3);
  const z4l = dot(zl, by4);
  const z4h = dot(zh, by4);
  const ol = low16(t4, t7);
  const oh = high16(t4, t7);
  const to7 = pair(C0298 - C0899, -C0899);
  const to1 = pair(-C0899, C1501 - C0899);
  v128.store(
    BLOCK,
    descale(i32x4.add(dot(ol, to7), z3l), i32x4.add(dot(oh, to7), z3h), shift),
    112,
  );
  v128.store(BLOCK, descale(i32x4.add(dot(ol, to1), z4l), i32x4.add(dot(oh, to1), z4h), shift), 16);
  const pl = low16(t5, t6);
  const ph = high16(t5, t6);
  const to5 = pair(C2053 - C2562, -C2562);
  const to3 = pair(-C2562, C3072 - C2562);
  v128.store(BLOCK, descale(i32x4.add(dot(pl, to5), z4l), i32x4.add(dot(ph, to5), z4h), shift), 80);
  v128.store(BLOCK, descale(i32x4.add(dot(pl, to3), z3l), i32x4.add(dot(ph, to3), z3h), shift), 48);
}

// @ts-ignore: decorator
@inline
function centre(samples: v128): v128 {
  return i16x8.sub(samples, i16x8.splat(128));
}

/**
 * Transforms the 8x8 samples at `samples`, rows `stride` bytes apart, into `BLOCK`: natural order,
 * eight times too large.
 */
export function forward(samples: usize, stride: usize): void {
  // load and transpose: the first pass works along the rows
  let at = samples;
  const r0 = v128.load64_zero(at);
  const r1 = v128.load64_zero((at += stride));
  const r2 = v128.load64_zero((at += stride));
  const r3 = v128.load64_zero((at += stride));
  const r4 = v128.load64_zero((at += stride));
  const r5 = v128.load64_zero((at += stride));
  const r6 = v128.load64_zero((at += stride));
  const r7 = v128.load64_zero(at + stride);
  const a0 = low8(r0, r1);
  const a1 = low8(r2, r3);
  const a2 = low8(r4, r5);
  const a3 = low8(r6, r7);
  const b0 = low16(a0, a1);
  const b1 = high16(a0, a1);
  const b2 = low16(a2, a3);
  const b3 = high16(a2, a3);
  const c0 = low32(b0, b2);
  const c1 = high32(b0, b2);
  const c2 = low32(b1, b3);
  const c3 = high32(b1, b3);
  v128.store(BLOCK, centre(i16x8.extend_low_i8x16_u(c0)));
  v128.store(BLOCK, centre(i16x8.extend_high_i8x16_u(c0)), 16);
  v128.store(BLOCK, centre(i16x8.extend_low_i8x16_u(c1)), 32);
  v128.store(BLOCK, centre(i16x8.extend_high_i8x16_u(c1)), 48);
  v128.store(BLOCK, centre(i16x8.extend_low_i8x16_u(c2)), 64);
  v128.store(BLOCK, centre(i16x8.extend_high_i8x16_u(c2)), 80);
  v128.store(BLOCK, centre(i16x8.extend_low_i8x16_u(c3)), 96);
  v128.store(BLOCK, centre(i16x8.extend_high_i8x16_u(c3)), 112);
  forwardPass(true);
  transpose16(BLOCK);
  forwardPass(false);
}

/** One dimension of the inverse transform, down the columns of `BLOCK`; `shift` bits are dropped. */
// @ts-ignore: decorator
@inline
function inversePass(shift: i32): void {
  // even part
  const in0 = v128.load(BLOCK);
  const in4 = v128.load(BLOCK, 64);
  const in2 = v128.load(BLOCK, 32);
  const in6 = v128.load(BLOCK, 96);
  const half = i32x4.splat(1 << (shift - 1));
  const al = low16(in0, in4);
  const ah = high16(in0, in4);
  const sum = pair(ONE, ONE);
  const difference = pair(ONE, -ONE);
  const t0l = i32x4.add(dot(al, sum), half);
  const t0h = i32x4.add(dot(ah, sum), half);
  const t1l = i32x4.add(dot(al, difference), half);
  const t1h = i32x4.add(dot(ah, difference), half);
  const el = low16(in2, in6);
  const eh = high16(in2, in6);
  const to3 = pair(C0541 + C0765, C0541);
  const to2 = pair(C0541, C0541 - C1847);
  const t3l = dot(el, to3);
  const t3h = dot(eh, to3);
  const t2l = dot(el, to2);
  const t2h = dot(eh, to2);
  const t10l = i32x4.add(t0l, t3l);
  const t10h = i32x4.add(t0h, t3h);
  const t13l = i32x4.sub(t0l, t3l);
  const t13h = i32x4.sub(t0h, t3h);
  const t11l = i32x4.add(t1l, t2l);
  const t11h = i32x4.add(t1h, t2h);
  const t12l = i32x4.sub(t1l, t2l);
  const t12h = i32x4.sub(t1h, t2h);

  // odd part
  const in1 = v128.load(BLOCK, 16);
  const in3 = v128.load(BLOCK, 48);
  const in5 = v128.load(BLOCK, 80);
  const in7 = v128.load(BLOCK, 112);
  const z3 = i16x8.add(in7, in3);
  const z4 = i16x8.add(in5, in1);
  const zl = low16(z3, z4);
  const zh = high16(z3, z4);
  const by3 = pair(C1175 - C1961, C1175);
  const by4 = pair(C1175, C1175 - C0390);
  const z3l = dot(zl, by3);
  const z3h = dot(zh, by3);
  const z4l = dot(zl, by4);
  const z4h = dot(zh, by4);
  const ol = low16(in7, in1);
  const oh = high16(in7, in1);
  const u3 = pair(-C0899, C1501 - C0899);
  const o3l = i32x4.add(dot(ol, u3), z4l);
  const o3h = i32x4.add(dot(oh, u3), z4h);
  v128.store(BLOCK, drop(i32x4.add(t10l, o3l), i32x4.add(t10h, o3h), shift));
  v128.store(BLOCK, drop(i32x4.sub(t10l, o3l), i32x4.sub(t10h, o3h), shift), 112);
  const u0 = pair(C0298 - C0899, -C0899);
  const o0l = i32x4.add(dot(ol, u0), z3l);
  const o0h = i32x4.add(dot(oh, u0), z3h);
  v128.store(BLOCK, drop(i32x4.add(t13l, o0l), i32x4.add(t13h, o0h), shift), 48);
  v128.store(BLOCK, drop(i32x4.sub(t13l, o0l), i32x4.sub(t13h, o0h), shift), 64);
  const pl = low16(in5, in3);
  const ph = high16(in5, in3);
  const u2 = pair(-C2562, C3072 - C2562);
  const o2l = i32x4.add(dot(pl, u2), z3l);
  const o2h = i32x4.add(dot(ph, u2), z3h);
  v128.store(BLOCK, drop(i32x4.add(t11l, o2l), i32x4.add(t11h, o2h), shift), 16);
  v128.store(BLOCK, drop(i32x4.sub(t11l, o2l), i32x4.sub(t11h, o2h), shift), 96);
  const u1 = pair(C2053 - C2562, -C2562);
  const o1l = i32x4.add(dot(pl, u1), z4l);
  const o1h = i32x4.add(dot(ph, u1), z4h);
  v128.store(BLOCK, drop(i32x4.add(t12l, o1l), i32x4.add(t12h, o1h), shift), 32);
  v128.store(BLOCK, drop(i32x4.sub(t12l, o1l), i32x4.sub(t12h, o1h), shift), 80);
}

// @ts-ignore: decorator
@inline
function dequantise(quant: usize, offset: usize): void {
  v128.store(BLOCK + offset, i16x8.mul(v128.load(BLOCK + offset), v128.load(quant + offset)));
}

/** Two rows of the block as bytes around 128. */
// @ts-ignore: decorator
@inline
function toBytes(offset: usize): v128 {
  const samples = i8x16.narrow_i16x8_s(v128.load(BLOCK + offset), v128.load(BLOCK + offset + 16));
  return v128.xor(samples, i8x16.splat(-128));
}

/**
 * Multiplies the coefficients in `BLOCK` by the table at `quant`, transforms them back and writes 8x8
 * samples to `to`, rows `stride` bytes apart.
 */
export function inverse(quant: usize, to: usize, stride: usize): void {
  dequantise(quant, 0);
  dequantise(quant, 16);
  dequantise(quant, 32);
  dequantise(quant, 48);
  dequantise(quant, 64);
  dequantise(quant, 80);
  dequantise(quant, 96);
  dequantise(quant, 112);
  inversePass(FRACTION - BETWEEN);
  transpose16(BLOCK);
  inversePass(FRACTION + BETWEEN + 3);
  writeColumns(to, stride);
}

/** Zigzag positions up to which all coefficients are in the first four rows and columns. */
export const SPARSE_END: i32 = 10;

/** As `inverse`, where all coefficients from {@link SPARSE_END} on are zero: with the same results in half of the time. */
export function inverseSparse(quant: usize, to: usize, stride: usize): void {
  dequantise(quant, 0);
  dequantise(quant, 16);
  dequantise(quant, 32);
  dequantise(quant, 48);
  // down the first four columns: eight rows of four, which are turned round
  const in1 = v128.load(BLOCK, 16);
  const in3 = v128.load(BLOCK, 48);
  sparseHalf(
    i32x4.extend_low_i16x8_s(v128.load(BLOCK)),
    i32x4.extend_low_i16x8_s(v128.load(BLOCK, 32)),
    low16(in3, in1),
    FRACTION - BETWEEN,
    ROWS,
  );
  const m0 = narrowRows(ROWS, 0, 64);
  const m1 = narrowRows(ROWS, 16, 80);
  const m2 = narrowRows(ROWS, 32, 96);
  const m3 = narrowRows(ROWS, 48, 112);
  const p0 = low16(m0, m1);
  const p1 = high16(m0, m1);
  const q0 = low16(m2, m3);
  const q1 = high16(m2, m3);
  const left = low32(p0, q0);
  const left2 = low32(p1, q1);
  const right = high32(p0, q0);
  const right2 = high32(p1, q1);
  const c0 = low64(left, left2);
  const c1 = high64(left, left2);
  const c2 = low64(right, right2);
  const c3 = high64(right, right2);
  // along the rows
  sparseHalf(
    i32x4.extend_low_i16x8_s(c0),
    i32x4.extend_low_i16x8_s(c2),
    low16(c3, c1),
    FRACTION + BETWEEN + 3,
    ROWS,
  );
  sparseHalf(
    i32x4.extend_high_i16x8_s(c0),
    i32x4.extend_high_i16x8_s(c2),
    high16(c3, c1),
    FRACTION + BETWEEN + 3,
    ROWS + 128,
  );
  for (let row: usize = 0; row < 128; row += 16) {
    v128.store(BLOCK + row, narrowRows(ROWS + row, 0, 128));
  }
  writeColumns(to, stride);
}

/** Two halves of eight rows of four, `i32`. */
const ROWS: usize = memory.data(256, 16);

// @ts-ignore: decorator
@inline
function narrowRows(at: usize, first: usize, second: usize): v128 {
  return i16x8.narrow_i32x4_s(v128.load(at + first), v128.load(at + second));
}

/**
 * One dimension of the inverse transform for four columns of which all but the first four values are zero: `in0` and `in2` as
 * `i32`, `in3` and `in1` as pairs of `i16`. Writes eight rows of four to `rows`. Factors are those of `inversePass`, summed.
 */
// @ts-ignore: decorator
@inline
function sparseHalf(in0: v128, in2: v128, odd: v128, shift: i32, rows: usize): void {
  const t0 = i32x4.add(i32x4.shl(in0, FRACTION), i32x4.splat(1 << (shift - 1)));
  const t3 = dot(in2, pair(C0541 + C0765, 0));
  const t2 = dot(in2, pair(C0541, 0));
  const t10 = i32x4.add(t0, t3);
  const t13 = i32x4.sub(t0, t3);
  const t11 = i32x4.add(t0, t2);
  const t12 = i32x4.sub(t0, t2);
  const o3 = dot(odd, pair(C1175, C1501 - C0899 + C1175 - C0390));
  const o0 = dot(odd, pair(C1175 - C1961, C1175 - C0899));
  const o2 = dot(odd, pair(C3072 - C2562 + C1175 - C1961, C1175));
  const o1 = dot(odd, pair(C1175 - C2562, C1175 - C0390));
  v128.store(rows, i32x4.shr_s(i32x4.add(t10, o3), shift));
  v128.store(rows, i32x4.shr_s(i32x4.sub(t10, o3), shift), 112);
  v128.store(rows, i32x4.shr_s(i32x4.add(t13, o0), shift), 48);
  v128.store(rows, i32x4.shr_s(i32x4.sub(t13, o0), shift), 64);
  v128.store(rows, i32x4.shr_s(i32x4.add(t11, o2), shift), 16);
  v128.store(rows, i32x4.shr_s(i32x4.sub(t11, o2), shift), 96);
  v128.store(rows, i32x4.shr_s(i32x4.add(t12, o1), shift), 32);
  v128.store(rows, i32x4.shr_s(i32x4.sub(t12, o1), shift), 80);
}

/** Writes the block, whose rows are columns of the picture, as samples. */
// @ts-ignore: decorator
@inline
function writeColumns(to: usize, stride: usize): void {
  // transposed as bytes
  const p0 = toBytes(0);
  const p1 = toBytes(32);
  const p2 = toBytes(64);
  const p3 = toBytes(96);
  const a0 = low8(p0, p2);
  const a1 = high8(p0, p2);
  const a2 = low8(p1, p3);
  const a3 = high8(p1, p3);
  const b0 = low8(a0, a2);
  const b1 = high8(a0, a2);
  const b2 = low8(a1, a3);
  const b3 = high8(a1, a3);
  const c0 = low8(b0, b2);
  const c1 = high8(b0, b2);
  const c2 = low8(b1, b3);
  const c3 = high8(b1, b3);
  let at = to;
  v128.store64_lane(at, c0, 0);
  v128.store64_lane((at += stride), c0, 1);
  v128.store64_lane((at += stride), c1, 0);
  v128.store64_lane((at += stride), c1, 1);
  v128.store64_lane((at += stride), c2, 0);
  v128.store64_lane((at += stride), c2, 1);
  v128.store64_lane((at += stride), c3, 0);
  v128.store64_lane(at + stride, c3, 1);
}

/** What `inverse` writes where all coefficients but the first are zero; `dc` is multiplied already. */
export function inverseFlat(dc: i32, to: usize, stride: usize): void {
  let sample = ((dc + 4) >> 3) + 128;
  sample = sample < 0 ? 0 : sample > 255 ? 255 : sample;
  const row: u64 = (<u64>sample) * 0x0101010101010101;
  let at = to;
  for (let y = 0; y < 8; y++) {
    store<u64>(at, row);
    at += stride;
  }
}
