/** Undoes deflate (RFC 1951) within a zlib stream (RFC 1950). Nothing is written beyond the length that is expected. */
import { adler32 } from "./adler";
import { reversed } from "./huffman";

// answers
const OK: i32 = 0;
const DAMAGED: i32 = 1;
const TOO_LONG: i32 = 2;
const TOO_SHORT: i32 = 3;

/** Bits looked up at once. */
const FAST: i32 = 10;

/**
 * A table: look-up by the next bits, 0 for longer codes; counts by length; symbols in order.
 *
 * Entry: length of the code (8 bits) | number of extra bits (4) | flags (4) | value (16): the symbol, or the base of a length
 * or distance.
 */
const COUNTS_AT: i32 = 4 << 10;
const SYMBOLS_AT: i32 = COUNTS_AT + 4 * 16;
const LITERALS: usize = memory.data(4096 + 64 + 2 * 288, 16);
const DISTANCES: usize = memory.data(4096 + 64 + 2 * 288, 16);
const LENGTHS: usize = memory.data(320 + 16, 16);
const OFFSETS: usize = memory.data(4 * 17, 16);
const TREE_ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const LENGTH_BASE: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const LENGTH_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const DISTANCE_BASE: usize = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]);
const DISTANCE_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);

/** Which of the bytes before come after each other, by distance: what is copied onto itself repeats. */
const PATTERNS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
  0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
  0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0,
], 16);
/** Bytes of a vector that are whole repeats, by distance. */
const WHOLE: usize = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15]);

/** Flags of entries: a length or distance; the end of the block, or a symbol that must not occur. */
const IS_BASE: i32 = 1 << 12;
const IS_END: i32 = 1 << 13;
const IS_WRONG: i32 = 1 << 14;
/** Two literals at once: the value holds both, and the length is that of both codes. */
const IS_PAIR: i32 = 1 << 15;
/** What no entry of literals has. */
const NO_LITERAL: i32 = 0x7f00;

/** What the symbols of a table mean. */
const PLAIN: i32 = 0;
const LITERAL: i32 = 1;
const DISTANCE: i32 = 2;

let input: usize = 0;
let inputEnd: usize = 0;
let bits: u64 = 0;
let left: u64 = 0;
let output: usize = 0;
let outputStart: usize = 0;
let outputEnd: usize = 0;

/**
 * Inflates the `length` bytes at `from` to exactly `expected` bytes at `to`. 16 bytes behind the data are read, and
 * 16 bytes behind the result may be overwritten.
 *
 * @returns 0, or what is wrong: 1 damaged, 2 more bytes than expected, 3 fewer or cut short
 */
export function inflate(from: usize, length: i32, to: usize, expected: i32): i32 {
  if (length < 6) return TOO_SHORT;
  const head = (<u32>load<u8>(from) << 8) | load<u8>(from, 1);
  if (head % 31 || (head & 0x0f00) != 0x0800 || head & 0x20) return DAMAGED;
  input = from + 2;
  inputEnd = from + length;
  bits = 0;
  left = 0;
  output = outputStart = to;
  outputEnd = to + expected;
  let isLast = false;
  while (!isLast) {
    refill();
    isLast = take(1) != 0;
    const kind = take(2);
    let fault = DAMAGED;
    if (kind == 0) fault = stored();
    else if (kind == 1) {
      fixedTables();
      fault = compressed();
    } else if (kind == 2) {
      fault = ownTables();
      if (!fault) fault = compressed();
    }
    if (fault) return fault;
    if (isOverrun()) return TOO_SHORT;
  }
  if (output != outputEnd) return TOO_SHORT;
  // whole bytes that were taken too early
  const at = input - <usize>(left >> 3);
  if (at + 4 > inputEnd) return TOO_SHORT;
  return bswap(load<u32>(at)) == adler32(to, expected) ? OK : DAMAGED;
}

/** At least 56 bits; zeros, and what lies there, behind the end. */
// @ts-ignore: decorator
@inline
function refill(): void {
  bits |= load<u64>(input) << left;
  input += <usize>((63 - left) >> 3);
  left |= 56;
}

// @ts-ignore: decorator
@inline
function take(count: u64): u32 {
  const value = <u32>bits & ((1 << <u32>count) - 1);
  bits >>= count;
  left -= count;
  return value;
}

/** Whether more was read than there is. */
// @ts-ignore: decorator
@inline
function isOverrun(): bool {
  return input - <usize>(left >> 3) > inputEnd;
}

function stored(): i32 {
  take(left & 7);
  input -= <usize>(left >> 3);
  bits = 0;
  left = 0;
  if (input + 4 > inputEnd) return TOO_SHORT;
  const length = <usize>load<u16>(input);
  if ((length ^ 0xffff) != load<u16>(input, 2)) return DAMAGED;
  input += 4;
  if (input + length > inputEnd) return TOO_SHORT;
  if (output + length > outputEnd) return TOO_LONG;
  memory.copy(output, input, length);
  input += length;
  output += length;
  return OK;
}

function fixedTables(): void {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  makeTable(LENGTHS, 288, LITERALS, LITERAL);
  memory.fill(LENGTHS, 5, 30);
  makeTable(LENGTHS, 30, DISTANCES, DISTANCE);
}

/** Reads the codes of a block (RFC 1951, 3.2.7). */
function ownTables(): i32 {
  refill();
  const literals = <i32>take(5) + 257;
  const distances = <i32>take(5) + 1;
  const told = <i32>take(4) + 4;
  if (literals > 286 || distances > 30) return DAMAGED;
  memory.fill(LENGTHS, 0, 19);
  for (let i = 0; i < told; i++) {
    refill();
    store<u8>(LENGTHS + load<u8>(TREE_ORDER + i), <u8>take(3));
  }
  if (makeTable(LENGTHS, 19, LITERALS, PLAIN)) return DAMAGED;
  const total = literals + distances;
  for (let i = 0; i < total; ) {
    refill();
    if (isOverrun()) return TOO_SHORT;
    const entry = find(LITERALS, bits, PLAIN);
    if (!entry) return DAMAGED;
    take(entry & 255);
    const symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(LENGTHS + i, <u8>symbol);
      i++;
      continue;
    }
    if (symbol == 16 && i == 0) return DAMAGED;
    const value = symbol == 16 ? load<u8>(LENGTHS + i - 1) : 0;
    const run =
      symbol == 16 ? 3 + <i32>take(2) : symbol == 17 ? 3 + <i32>take(3) : 11 + <i32>take(7);
    if (i + run > total) return DAMAGED;
    memory.fill(LENGTHS + i, value, run);
    i += run;
  }
  // without an end nothing ends
  if (!load<u8>(LENGTHS + 256)) return DAMAGED;
  const open = makeTable(LENGTHS, literals, LITERALS, LITERAL);
  if (open < 0 || (open > 0 && !isLone(LITERALS))) return DAMAGED;
  const openDistances = makeTable(LENGTHS + literals, distances, DISTANCES, DISTANCE);
  if (openDistances < 0 || (openDistances > 0 && !isLone(DISTANCES))) return DAMAGED;
  return OK;
}

/** Whether a table has one code at most: only such may leave codes unused. */
function isLone(table: usize): bool {
  let codes = 0;
  for (let length = 1; length <= 15; length++) codes += load<i32>(table + COUNTS_AT + (length << 2));
  return codes <= 1;
}

/** Makes a table for lengths of codes. Answers how much of the codes is unused; below zero: they do not fit. */
function makeTable(lengths: usize, symbols: i32, table: usize, kind: i32): i32 {
  const counts = table + COUNTS_AT;
  memory.fill(table, 0, SYMBOLS_AT);
  for (let s = 0; s < symbols; s++) {
    const at = counts + (<usize>load<u8>(lengths + s) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  store<i32>(counts, 0);
  let unused = 1;
  let offset = 0;
  for (let length = 1; length <= 15; length++) {
    const count = load<i32>(counts + (length << 2));
    unused = (unused << 1) - count;
    if (unused < 0) return unused;
    store<i32>(OFFSETS + (length << 2), offset);
    offset += count;
  }
  for (let s = 0; s < symbols; s++) {
    const length = <usize>load<u8>(lengths + s);
    if (!length) continue;
    const at = OFFSETS + (length << 2);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<u16>(table + SYMBOLS_AT + (place << 1), <u16>s);
  }
  fillFast(table, kind);
  if (kind == LITERAL) joinLiterals(table);
  return unused;
}

/** Entry of a symbol whose code has `length` bits. */
function entryOf(symbol: i32, length: i32, kind: i32): i32 {
  if (kind == PLAIN || (kind == LITERAL && symbol < 256)) return length | (symbol << 16);
  if (kind == DISTANCE) {
    if (symbol > 29) return length | IS_WRONG;
    const extra = <i32>load<u8>(DISTANCE_EXTRA + symbol);
    return length | (extra << 8) | IS_BASE | (<i32>load<u16>(DISTANCE_BASE + (symbol << 1)) << 16);
  }
  if (symbol == 256) return length | IS_END;
  if (symbol > 285) return length | IS_WRONG;
  const at = symbol - 257;
  const extra = <i32>load<u8>(LENGTH_EXTRA + at);
  return length | (extra << 8) | IS_BASE | (<i32>load<u16>(LENGTH_BASE + (at << 1)) << 16);
}

function fillFast(table: usize, kind: i32): void {
  let code = 0;
  let place = 0;
  for (let length = 1; length <= FAST; length++) {
    for (let n = load<i32>(table + COUNTS_AT + (length << 2)); n > 0; n--) {
      const entry = entryOf(<i32>load<u16>(table + SYMBOLS_AT + (place << 1)), length, kind);
      const step = 1 << length;
      for (let i = <i32>reversed(code, length); i < 1 << FAST; i += step) {
        store<i32>(table + (i << 2), entry);
      }
      code++;
      place++;
    }
    code <<= 1;
  }
}

/** Joins literals whose codes fit into one look-up: maps have many short ones. */
function joinLiterals(table: usize): void {
  // from the top: what follows a code stands below, where nothing is joined yet
  for (let i = (1 << FAST) - 1; i > 0; i--) {
    const entry = load<i32>(table + (i << 2));
    const length = entry & 255;
    if (!entry || entry & NO_LITERAL || length >= FAST) continue;
    const next = load<i32>(table + ((i >> length) << 2));
    if (!next || next & (NO_LITERAL | IS_PAIR) || length + (next & 255) > FAST) continue;
    const both = (entry >>> 16) | ((next >>> 16) << 8);
    store<i32>(table + (i << 2), (length + (next & 255)) | IS_PAIR | (both << 16));
  }
}

/** Entry of the next symbol; 0 if there is no such code. 15 bits must be there. */
// @ts-ignore: decorator
@inline
function find(table: usize, next: u64, kind: i32): i32 {
  const entry = load<i32>(table + (<usize>(next & ((1 << FAST) - 1)) << 2));
  return entry ? entry : findLong(table, next, kind);
}

/** Bit by bit: first codes of each length stand one behind the other. */
function findLong(table: usize, next: u64, kind: i32): i32 {
  let code = 0;
  let first = 0;
  let place = 0;
  for (let length = 1; length <= 15; length++) {
    code |= <i32>(next >> (length - 1)) & 1;
    const count = load<i32>(table + COUNTS_AT + (length << 2));
    if (code - count < first) {
      const symbol = <i32>load<u16>(table + SYMBOLS_AT + ((place + code - first) << 1));
      return entryOf(symbol, length, kind);
    }
    place += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return 0;
}

/** Decodes the symbols of a block. Its state is kept in locals: they are many times faster. */
function compressed(): i32 {
  let window = bits;
  let count = left;
  let from = input;
  let to = output;
  const end = outputEnd;
  let fault = OK;
  while (true) {
    window |= load<u64>(from) << count;
    from += <usize>((63 - count) >> 3);
    count |= 56;
    if (from - <usize>(count >> 3) > inputEnd) {
      fault = TOO_SHORT;
      break;
    }
    // Three look-ups need 45 bits at most.
    let entry = 0;
    let looks = 3;
    do {
      entry = find(LITERALS, window, LITERAL);
      window >>= <u64>(entry & 255);
      count -= <u64>(entry & 255);
      if (!entry || entry & NO_LITERAL) break;
      store<u16>(to, <u16>(entry >>> 16));
      to += 1 + ((entry >>> 15) & 1);
      looks--;
    } while (looks > 0);
    if (to > end) {
      fault = TOO_LONG;
      break;
    }
    if (looks == 0) continue;
    if (!(entry & IS_BASE)) {
      fault = entry & IS_END ? OK : DAMAGED;
      break;
    }
    window |= load<u64>(from) << count;
    from += <usize>((63 - count) >> 3);
    count |= 56;
    const extra = (entry >> 8) & 15;
    const length = <usize>(entry >>> 16) + (<usize>window & ((1 << extra) - 1));
    window >>= <u64>extra;
    count -= <u64>extra;
    const place = find(DISTANCES, window, DISTANCE);
    if (!(place & IS_BASE)) {
      fault = DAMAGED;
      break;
    }
    window >>= <u64>(place & 255);
    count -= <u64>(place & 255);
    const more = (place >> 8) & 15;
    const distance = <usize>(place >>> 16) + (<usize>window & ((1 << more) - 1));
    window >>= <u64>more;
    count -= <u64>more;
    if (distance > to - outputStart) {
      fault = DAMAGED;
      break;
    }
    if (to + length > end) {
      fault = TOO_LONG;
      break;
    }
    repeat(to, distance, length);
    to += length;
  }
  bits = window;
  left = count;
  input = from;
  output = to;
  return fault;
}

/** Copies bytes from `distance` before `to`. Up to 15 bytes too many are written. */
// @ts-ignore: decorator
@inline
function repeat(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  if (distance == 1) {
    const all = v128.splat<u8>(load<u8>(to - 1));
    for (; to < end; to += 16) v128.store(to, all);
  } else if (distance >= 16) {
    for (; to < end; to += 16) v128.store(to, v128.load(to - distance));
  } else {
    const pattern = v128.load(PATTERNS + (distance << 4));
    const all = i8x16.swizzle(v128.load(to - distance), pattern);
    const step = <usize>load<u8>(WHOLE + distance);
    for (; to < end; to += step) v128.store(to, all);
  }
}
