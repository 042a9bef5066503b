/** Entropy-coded segments: unstuffing and the decoding of blocks. */
import { BLOCK } from "./dct";
import { findLong, LOOKUP_BITS } from "./huffman";
import { NATURAL } from "./tables";

/** Zeros behind the bits: more than one MCU (10 blocks of 64 times 4 bytes) can read. */
export const PAD: i32 = 4096;

/** End of the room for clean bytes. They lie backwards below it, so that a load gives the first one the highest. */
let cleanTop: usize = 0;
let cleanLength: i32 = 0;
/** Below which all bits were read, and some that are not there. */
let cleanBottom: usize = 0;

// the reader: `left` valid bits at the top of `window`, more below `next`
let window: u64 = 0;
let left: i32 = 0;
let next: usize = 0;

/** Set where a code or a run was impossible. */
export let isBroken: bool = false;

/** Tells where clean bytes may be put, `PAD` bytes and the segment's length below `top`. */
export function setCleanTop(top: usize): void {
  cleanTop = top;
  isBroken = false;
}

/**
 * Takes the segment at `from` apart from its stuffing, up to the next marker.
 *
 * @returns address of the marker; 0 if there is none before `end`
 */
export function openSegment(from: usize, end: usize): usize {
  const ones = i8x16.splat(-1);
  let to = cleanTop;
  let marker: usize = 0;
  while (from < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from);
      const mask = i8x16.bitmask(i8x16.eq(bytes, ones));
      v128.store(
        to - 16,
        v128.shuffle<i8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
      );
      const plain = mask ? <usize>ctz(mask) : 16;
      from += plain;
      to -= plain;
      if (!mask) continue;
    }
    const byte = load<u8>(from);
    if (byte != 0xff) {
      to -= 1;
      store<u8>(to, byte);
      from += 1;
      continue;
    }
    if (from + 1 >= end) break;
    const after = load<u8>(from + 1);
    if (after == 0) {
      to -= 1;
      store<u8>(to, 0xff);
      from += 2;
    } else if (after == 0xff) {
      // fill before a marker (T.81, B.1.1.2)
      from += 1;
    } else {
      marker = from;
      break;
    }
  }
  cleanLength = <i32>(cleanTop - to);
  cleanBottom = to - 8;
  memory.fill(to - PAD, 0, PAD);
  window = 0;
  left = 0;
  next = cleanTop;
  return marker;
}

/** Whole bytes of the segment that nobody has read; negative if more was read than there is. */
export function unreadBytes(): i32 {
  // bits that lie unread below `next`, and those in the window
  return cleanLength - <i32>(cleanTop - next) + (left >> 3);
}

/** Whether much more was read than there is; to be asked once an MCU, which bounds what is read of the pad. */
// @ts-ignore: decorator
@inline
export function isOverrun(): bool {
  return next < cleanBottom;
}

// @ts-ignore: decorator
@inline
function clearBlock(): void {
  const zero = i64x2.splat(0);
  v128.store(BLOCK, zero);
  v128.store(BLOCK, zero, 16);
  v128.store(BLOCK, zero, 32);
  v128.store(BLOCK, zero, 48);
  v128.store(BLOCK, zero, 64);
  v128.store(BLOCK, zero, 80);
  v128.store(BLOCK, zero, 96);
  v128.store(BLOCK, zero, 112);
}

/**
 * Decodes the coefficients of a block into `BLOCK`, natural order, not yet multiplied.
 *
 * @param dc table of the DC difference
 * @param lastDc DC level of the block before
 * @returns 1 + index in zigzag order of the last coefficient that is there
 */
export function decodeBlock(dc: usize, ac: usize, lastDc: i32): i32 {
  clearBlock();
  let bits = window;
  let count = left;
  let from = next;

  // DC difference (T.81, F.2.2.1)
  if (count < 32) {
    from -= 4;
    bits |= (<u64>load<u32>(from)) << (32 - count);
    count += 32;
  }
  let entry = load<i32>(dc + ((<usize>(bits >>> (64 - LOOKUP_BITS))) << 2));
  let length = entry & 255;
  if (length) {
    bits <<= length;
    count -= length;
    store<i16>(BLOCK, <i16>(lastDc + (entry >> 16)));
  } else {
    let size = entry >> 16;
    length = entry >> 8 & 255;
    if (!length) {
      const found = findLong(dc, <i32>(bits >>> 48));
      if (!found) isBroken = true;
      size = found >> 8;
      length = found & 255;
    }
    bits <<= length;
    let difference = 0;
    if (size) {
      difference = <i32>(bits >>> (64 - size));
      if (<i64>bits >= 0) difference += 1 - (1 << size);
      bits <<= size;
    }
    count -= length + size;
    store<i16>(BLOCK, <i16>(lastDc + difference));
  }

  // AC coefficients (F.2.2.2)
  let k = 1;
  let end = 1;
  while (k < 64) {
    if (count < 32) {
      from -= 4;
      bits |= (<u64>load<u32>(from)) << (32 - count);
      count += 32;
    }
    entry = load<i32>(ac + ((<usize>(bits >>> (64 - LOOKUP_BITS))) << 2));
    length = entry & 255;
    if (length) {
      k += (entry >> 8) & 255;
      store<i16>(BLOCK + ((<usize>load<u8>(NATURAL + k)) << 1), <i16>(entry >> 16));
      bits <<= length;
      count -= length;
      k += 1;
      end = k;
      continue;
    }
    let symbol = entry >> 16;
    length = (entry >> 8) & 255;
    if (!length) {
      const found = findLong(ac, <i32>(bits >>> 48));
      if (!found) {
        isBroken = true;
        break;
      }
      symbol = found >> 8;
      length = found & 255;
    }
    bits <<= length;
    count -= length;
    const size = symbol & 15;
    if (!size) {
      if (symbol != 0xf0) break;
      k += 16;
      continue;
    }
    k += symbol >> 4;
    let value = <i32>(bits >>> (64 - size));
    if (<i64>bits >= 0) value += 1 - (1 << size);
    bits <<= size;
    count -= size;
    store<i16>(BLOCK + ((<usize>load<u8>(NATURAL + k)) << 1), <i16>value);
    k += 1;
    end = k;
  }
  if (end > 64) isBroken = true;
  window = bits;
  left = count;
  next = from;
  return end;
}
