/**
 * Baseline encoder: JFIF, 4:2:0 or 4:4:4 for colour, the typical Huffman tables. Byte for byte what libjpeg writes
 * with its default settings, but for the sampling.
 */
import { BLOCK, forward } from "./dct";
import { AC_CODES, buildFor, DC_CODES, RECIPROCALS, ZIGZAG_BITS } from "./encode-tables";
import { writeHeader } from "./encode-header";
import { release, reserve } from "./memory";
import { NATURAL } from "./tables";
import { halve, padRow, rowToGrey, rowToYcc, splitRow } from "./to-ycc";

/** Bits of 64 coefficients at their longest (16 of code and 10 of value), in bytes. */
const LONGEST_BLOCK: i32 = 64 * 26 / 8;
/** Room for finished bytes beyond what one row of MCUs can need. */
const OUTPUT_ROOM: i32 = 1 << 19;
const HEADER_ROOM: i32 = 1024;

/** Quantised coefficients, natural order. */
const LEVELS: usize = memory.data(128, 16);

// the picture at work
let imageWidth: i32 = 0;
let imageChannels: i32 = 0;
let isGrey: bool = false;
let isYcc: bool = false;
/** Chrominance is as fine as luminance: 4:4:4. */
let isFine: bool = false;
/** Bytes from row to row and from plane to plane of the converted strip. */
let stride: i32 = 0;
let stripRoom: usize = 0;
let strip: usize = 0;
let stripBytes: i32 = 0;
let planes: usize = 0;
let lastY: i32 = 0;
let lastCb: i32 = 0;
let lastCr: i32 = 0;

// the entropy-coded bits: written downwards from `rawTop`, so that the first byte is the highest
let rawTop: usize = 0;
let rawAt: usize = 0;
let bits: u64 = 0;
let bitCount: i32 = 0;

let output: usize = 0;
let outputAt: usize = 0;
let outputLimit: usize = 0;

/** Where the caller may put the pixels of the next row of MCUs, if they are not in memory. */
export function stripAddress(): usize {
  return stripRoom;
}

/** Picture rows in a row of MCUs. */
export function stripRows(): i32 {
  return isGrey || isFine ? 8 : 16;
}

/** Where the finished bytes are. */
export function outputAddress(): usize {
  return output;
}

/** Number of finished bytes. */
export function outputLength(): i32 {
  return <i32>(outputAt - output);
}

/** Whether the finished bytes must be taken away before the next strip. */
export function isOutputFull(): bool {
  return outputAt > outputLimit;
}

/** Tells that the finished bytes have been taken away. */
export function clearOutput(): void {
  outputAt = output;
}

/**
 * Begins a picture: sets up tables and memory and writes the header.
 *
 * @param quality 1 to 100
 * @param ycc whether the first three of four channels are luminance and chrominance already
 * @param fine whether chrominance is kept for each pixel (4:4:4), and not for four (4:2:0)
 * @returns false if there is not enough memory
 */
export function encodeStart(
  width: i32,
  height: i32,
  channels: i32,
  quality: i32,
  ycc: bool,
  fine: bool,
): bool {
  buildFor(quality);
  imageWidth = width;
  imageChannels = channels;
  isGrey = channels <= 2;
  isYcc = ycc;
  isFine = fine && !isGrey;
  // half of it must be whole vectors too
  stride = (width + 31) & ~31;
  const mcus = stride >> (isGrey || isFine ? 3 : 4);
  const longest = mcus * (isGrey ? 1 : isFine ? 3 : 6) * LONGEST_BLOCK + 16;
  release();
  stripRoom = reserve(width * channels * stripRows());
  // fine: Y, Cb and Cr of 8 rows; else Y of 16, Cb and Cr of 8 half ones; then a pair of rows of both before halving
  planes = reserve(stride * (isGrey ? 8 : isFine ? 24 : 16 + 8 + 4));
  const raw = reserve(longest);
  output = reserve(HEADER_ROOM + OUTPUT_ROOM + 2 * longest);
  if (!stripRoom || !planes || !raw || !output) return false;
  rawTop = raw + longest;
  rawAt = rawTop;
  bits = 0;
  bitCount = 0;
  lastY = lastCb = lastCr = 0;
  outputLimit = output + HEADER_ROOM + OUTPUT_ROOM;
  outputAt = writeHeader(output, width, height, isGrey, isFine);
  return true;
}

/**
 * Encodes the `rows` picture rows at `at`, `rowBytes` bytes apart; fewer than `stripRows()` only at the bottom. Up to 64 bytes
 * behind the rows are read.
 */
export function encodeStrip(at: usize, rowBytes: i32, rows: i32): void {
  strip = at;
  stripBytes = rowBytes;
  if (isGrey) encodeGrey(rows);
  else if (isFine) encodeFine(rows);
  else encodeColor(rows);
  moveOut();
}

/** Ends the picture. */
export function encodeEnd(): void {
  // fill the last byte with ones (T.81, F.1.2.3)
  put(0x7f, 7);
  while (bitCount >= 8) {
    bitCount -= 8;
    rawAt -= 1;
    store<u8>(rawAt, <u8>(bits >> bitCount));
  }
  moveOut();
  // end of image
  store<u16>(outputAt, 0xd9ff);
  outputAt += 2;
}

function encodeGrey(rows: i32): void {
  for (let y = 0; y < rows; y++) {
    const row = planes + y * stride;
    rowToGrey(strip + y * stripBytes, imageWidth, imageChannels, row);
    padRow(row, imageWidth);
  }
  for (let y = rows; y < 8; y++) {
    memory.copy(planes + y * stride, planes + (rows - 1) * stride, stride);
  }
  const columns = (imageWidth + 7) >> 3;
  for (let x = 0; x < columns; x++) lastY = encodeBlock(planes + x * 8, stride, 0, lastY);
}

function encodeFine(rows: i32): void {
  const cb = planes + 8 * stride;
  const cr = cb + 8 * stride;
  for (let y = 0; y < 8; y++) {
    const place = y * stride;
    // the last row is repeated below the picture
    const from = strip + min(y, rows - 1) * stripBytes;
    if (isYcc) splitRow(from, imageWidth, planes + place, cb + place, cr + place);
    else rowToYcc(from, imageWidth, imageChannels, planes + place, cb + place, cr + place);
    padRow(planes + place, imageWidth);
    padRow(cb + place, imageWidth);
    padRow(cr + place, imageWidth);
  }
  const columns = (imageWidth + 7) >> 3;
  for (let x = 0; x < columns; x++) {
    lastY = encodeBlock(planes + x * 8, stride, 0, lastY);
    lastCb = encodeBlock(cb + x * 8, stride, 1, lastCb);
    lastCr = encodeBlock(cr + x * 8, stride, 1, lastCr);
  }
}

function encodeColor(rows: i32): void {
  const half = stride >> 1;
  const cb = planes + stride * 16;
  const cr = cb + half * 8;
  const pair = cr + half * 8;
  convertStrip(rows, cb, cr, pair);
  const columns = (imageWidth + 15) >> 4;
  // Blocks wholly beside the picture are as flat as the one before, whatever is in the planes.
  const lastIsHalf = ((imageWidth + 7) >> 3) & 1;
  const isLowerEmpty = rows <= 8;
  for (let x = 0; x < columns; x++) {
    const isRightEmpty = lastIsHalf && x == columns - 1;
    const y0 = planes + x * 16;
    const y1 = y0 + stride * 8;
    lastY = encodeBlock(y0, stride, 0, lastY);
    if (isRightEmpty) encodeFlat();
    else lastY = encodeBlock(y0 + 8, stride, 0, lastY);
    if (isLowerEmpty) encodeFlat();
    else lastY = encodeBlock(y1, stride, 0, lastY);
    if (isLowerEmpty || isRightEmpty) encodeFlat();
    else lastY = encodeBlock(y1 + 8, stride, 0, lastY);
    lastCb = encodeBlock(cb + x * 8, half, 1, lastCb);
    lastCr = encodeBlock(cr + x * 8, half, 1, lastCr);
  }
}

/** Fills the planes from the strip, repeating the last row and column where the picture ends. */
function convertStrip(rows: i32, cb: usize, cr: usize, pair: usize): void {
  const half = stride >> 1;
  for (let y = 0; y < rows; y += 2) {
    for (let i = 0; i < 2; i++) {
      const row = planes + (y + i) * stride;
      const blues = pair + i * 2 * stride;
      const reds = blues + stride;
      // an odd last row counts twice
      const from = strip + min(y + i, rows - 1) * stripBytes;
      if (isYcc) splitRow(from, imageWidth, row, blues, reds);
      else rowToYcc(from, imageWidth, imageChannels, row, blues, reds);
      padRow(row, imageWidth);
      padRow(blues, imageWidth);
      padRow(reds, imageWidth);
    }
    const lower = pair + 2 * stride;
    halve(pair, lower, half, cb + (y >> 1) * half);
    halve(pair + stride, lower + stride, half, cr + (y >> 1) * half);
  }
  const done = (rows + 1) & ~1;
  for (let y = done; y < 16; y++) {
    memory.copy(planes + y * stride, planes + (done - 1) * stride, stride);
  }
  for (let y = done >> 1; y < 8; y++) {
    memory.copy(cb + y * half, cb + ((done >> 1) - 1) * half, half);
    memory.copy(cr + y * half, cr + ((done >> 1) - 1) * half, half);
  }
}

/** Encodes 8x8 samples with table 0 (luminance) or 1; returns their DC level for the next difference. */
function encodeBlock(samples: usize, rowBytes: i32, table: i32, last: i32): i32 {
  forward(samples, rowBytes);
  let set = quantise(RECIPROCALS + table * 256) & ~1;

  let acc = bits;
  let count = bitCount;
  let at = rawAt;
  const dc: i32 = load<i16>(LEVELS);
  const difference = dc - last;
  {
    const sign = difference >> 31;
    const size = 32 - clz((difference ^ sign) - sign);
    const entry = load<u32>(DC_CODES + table * 64 + (size << 2));
    const length = <i32>(entry & 31);
    const value = (difference + sign) & ((1 << size) - 1);
    acc = (acc << length) | ((entry >> 5) | value);
    count += length;
    if (count >= 32) {
      at -= 4;
      count -= 32;
      store<u32>(at, <u32>(acc >> count));
    }
  }

  const codes = AC_CODES + table * 1024;
  let before = 0;
  while (set) {
    const k = <i32>ctz(set);
    set &= set - 1;
    let run = k - before - 1;
    before = k;
    while (run > 15) {
      const zrl = load<u32>(codes, 0xf0 << 2);
      const length = <i32>(zrl & 31);
      acc = (acc << length) | (zrl >> 5);
      count += length;
      if (count >= 32) {
        at -= 4;
        count -= 32;
        store<u32>(at, <u32>(acc >> count));
      }
      run -= 16;
    }
    const level: i32 = load<i16>(LEVELS + (<i32>load<u8>(NATURAL + k) << 1));
    const sign = level >> 31;
    const size = 32 - clz((level ^ sign) - sign);
    const entry = load<u32>(codes + (((run << 4) | size) << 2));
    const length = <i32>(entry & 31);
    const value = (level + sign) & ((1 << size) - 1);
    acc = (acc << length) | ((entry >> 5) | value);
    count += length;
    if (count >= 32) {
      at -= 4;
      count -= 32;
      store<u32>(at, <u32>(acc >> count));
    }
  }
  if (before != 63) {
    const end = load<u32>(codes);
    const length = <i32>(end & 31);
    acc = (acc << length) | (end >> 5);
    count += length;
    if (count >= 32) {
      at -= 4;
      count -= 32;
      store<u32>(at, <u32>(acc >> count));
    }
  }
  bits = acc;
  bitCount = count;
  rawAt = at;
  return dc;
}

/** Encodes a luminance block equal to the mean of the one before: no difference, no coefficients. */
function encodeFlat(): void {
  const dc = load<u32>(DC_CODES);
  put(dc >> 5, dc & 31);
  const end = load<u32>(AC_CODES);
  put(end >> 5, end & 31);
}

function put(code: u32, length: i32): void {
  bits = (bits << length) | code;
  bitCount += length;
  if (bitCount >= 32) {
    rawAt -= 4;
    bitCount -= 32;
    store<u32>(rawAt, <u32>(bits >> bitCount));
  }
}

/**
 * Eight coefficients times their reciprocals, rounded half away from zero. Adding 1.5 * 2^23 leaves the
 * whole number in the low bits of the float.
 */
// @ts-ignore: decorator
@inline
function quantiseRow(reciprocals: usize, row: usize): v128 {
  const magic = f32x4.splat(12582912);
  const coefficients = v128.load(BLOCK + row * 16);
  const low = f32x4.mul(
    f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(coefficients)),
    v128.load(reciprocals + row * 32),
  );
  const high = f32x4.mul(
    f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(coefficients)),
    v128.load(reciprocals + row * 32, 16),
  );
  const levels = v128.shuffle<i16>(
    f32x4.add(low, magic),
    f32x4.add(high, magic),
    0, 2, 4, 6, 8, 10, 12, 14,
  );
  v128.store(LEVELS + row * 16, levels);
  return levels;
}

/** Quantises two rows; answers which levels are not zero, as bits in zigzag order. */
// @ts-ignore: decorator
@inline
function quantisePair(reciprocals: usize, row: usize): u64 {
  const levels = i8x16.narrow_i16x8_s(
    quantiseRow(reciprocals, row),
    quantiseRow(reciprocals, row + 1),
  );
  const set = i8x16.bitmask(i8x16.ne(levels, i8x16.splat(0)));
  return (
    load<u64>(ZIGZAG_BITS + row * 2048 + ((set & 0xff) << 3)) |
    load<u64>(ZIGZAG_BITS + row * 2048 + 2048 + ((set >> 8) << 3))
  );
}

/** Quantises `BLOCK` to `LEVELS`; answers which levels are not zero, as bits in zigzag order. */
// @ts-ignore: decorator
@inline
function quantise(reciprocals: usize): u64 {
  return (
    quantisePair(reciprocals, 0) |
    quantisePair(reciprocals, 2) |
    quantisePair(reciprocals, 4) |
    quantisePair(reciprocals, 6)
  );
}

/** Moves the raw bytes to the output, turned round and with a zero after every 255 (T.81, F.1.2.3). */
function moveOut(): void {
  let from = rawTop;
  let to = outputAt;
  const ones = i8x16.splat(-1);
  while (from - rawAt >= 16) {
    const raw = v128.load(from - 16);
    v128.store(
      to,
      v128.shuffle<i8>(raw, raw, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    );
    if (v128.any_true(i8x16.eq(raw, ones))) {
      for (let i = 0; i < 16; i++) to = moveByte(load<u8>(from - 1 - i), to);
    } else {
      to += 16;
    }
    from -= 16;
  }
  while (from > rawAt) {
    from -= 1;
    to = moveByte(load<u8>(from), to);
  }
  rawAt = rawTop;
  outputAt = to;
}

// @ts-ignore: decorator
@inline
function moveByte(byte: u8, to: usize): usize {
  store<u8>(to, byte);
  if (byte != 0xff) return to + 1;
  store<u8>(to, 0, 1);
  return to + 2;
}
