/**
 * A zlib stream (RFC 1950, 1951) whose only repetitions are runs of a byte: what zlib calls the RLE strategy. Maps with a
 * palette get nearly as small as by a search for repetitions, in a fraction of the time.
 */
import { adler32 } from "./adler";
import { assignCodes, codeLengths } from "./huffman";

/** Literals and runs of a block: so many share their codes. */
const BLOCK_TOKENS: i32 = 1 << 15;
/** Tokens made at a time at most: 16 literals and a run. */
const STEP_TOKENS: i32 = 17;
const LONGEST_RUN: i32 = 258;

/** A token is a literal, or 253 plus the length of a run. */
const TOKENS: usize = memory.data(2 * (1 << 15), 16);
/** How often each token occurs, four times over: neighbours count apart, so that none waits for the other. */
const TOKEN_COUNTS: usize = memory.data(4 * 4 * 512, 16);
const COUNTS: usize = memory.data(4 * 288, 16);
const LENGTHS: usize = memory.data(288 + 16, 16);
const CODES: usize = memory.data(4 * 288, 16);
/** For each token its bits (48) and their number (8 at the top). */
const WORDS: usize = memory.data(8 * 512, 16);
const TREE_COUNTS: usize = memory.data(4 * 19, 16);
const TREE_LENGTHS: usize = memory.data(32, 16);
const TREE_CODES: usize = memory.data(4 * 19, 16);
/** Lengths of codes as they are written: symbol | extra bits << 8. */
const TREE_TOKENS: usize = memory.data(2 * 320, 16);
/** Order in which the lengths of the codes for lengths are written (RFC 1951, 3.2.7). */
const TREE_ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

let bits: u64 = 0;
let bitCount: u64 = 0;
let output: usize = 0;
/** First byte that is in no block yet. */
let next: usize = 0;

// @ts-ignore: decorator
@inline
function put(value: u64, count: u64): void {
  bits |= value << bitCount;
  bitCount += count;
  if (bitCount >= 32) {
    store<u32>(output, <u32>bits);
    output += 4;
    bits >>= 32;
    bitCount -= 32;
  }
}

/**
 * Compresses `length` bytes at `from` to `to`, which needs room for `length` + `length` / 8 + 1024 bytes. Up to 32 bytes behind
 * the data are read.
 *
 * @returns bytes written
 */
export function deflateRuns(from: usize, length: i32, to: usize): i32 {
  store<u16>(to, 0x5e78); // deflate with a window of 32 kB
  output = to + 2;
  bits = 0;
  bitCount = 0;
  const end = from + length;
  next = from;
  do {
    const tokens = makeTokens(from, end);
    countTokens(tokens);
    writeBlock(tokens, next >= end);
  } while (next < end);
  while (<i64>bitCount > 0) {
    store<u8>(output, <u8>bits);
    output += 1;
    bits >>= 8;
    bitCount -= 8;
  }
  store<u32>(output, bswap(adler32(from, length)));
  return <i32>(output + 4 - to);
}

/** Makes the tokens of a block from `next` on, which moves; answers where they end. Data begin at `from`. */
function makeTokens(from: usize, end: usize): usize {
  let at = next;
  let tokens = TOKENS;
  const limit = TOKENS + 2 * (BLOCK_TOKENS - STEP_TOKENS);
  if (at == from && at < end) {
    store<u16>(tokens, load<u8>(at));
    tokens += 2;
    at += 1;
  }
  while (at < end && tokens < limit) {
    const bytes = v128.load(at);
    const after = v128.load(at, 1);
    // where a byte and the two behind it are like the one before
    const same = v128.and(i8x16.eq(v128.load(at - 1), bytes), i8x16.eq(bytes, after));
    const starts = i8x16.bitmask(v128.and(same, i8x16.eq(after, v128.load(at, 2))));
    const plain = starts ? <usize>ctz(starts) : 16;
    if (plain) {
      v128.store(tokens, i16x8.extend_low_i8x16_u(bytes));
      v128.store(tokens, i16x8.extend_high_i8x16_u(bytes), 16);
      const literals = min(plain, end - at);
      tokens += literals << 1;
      at += literals;
      if (!starts || at >= end) continue;
    }
    const run = runLength(at, end, load<u8>(at - 1));
    // Less than three are left at the end only: what lies behind it was looked at.
    store<u16>(tokens, run < 3 ? <u16>load<u8>(at) : <u16>(253 + run));
    tokens += 2;
    at += run < 3 ? 1 : run;
  }
  next = at;
  return tokens;
}

/** Counts the symbols of the tokens before `tokens`. */
function countTokens(tokens: usize): void {
  memory.fill(TOKEN_COUNTS, 0, 4 * 4 * 512);
  let at = TOKENS;
  for (; at + 8 <= tokens; at += 8) {
    const four = load<u64>(at);
    countToken(<usize>(four & 0xffff), 0);
    countToken(<usize>((four >> 16) & 0xffff), 1);
    countToken(<usize>((four >> 32) & 0xffff), 2);
    countToken(<usize>(four >> 48), 3);
  }
  for (; at < tokens; at += 2) countToken(<usize>load<u16>(at), 0);
  memory.fill(COUNTS, 0, 4 * 288);
  for (let token = 0; token <= 253 + LONGEST_RUN; token++) {
    const counts = TOKEN_COUNTS + (<usize>token << 2);
    const count =
      load<u32>(counts) + load<u32>(counts, 2048) + load<u32>(counts, 4096) + load<u32>(counts, 6144);
    const symbol = COUNTS + (<usize>(token < 256 ? token : lengthSymbol(token - 253)) << 2);
    store<u32>(symbol, load<u32>(symbol) + count);
  }
}

// @ts-ignore: decorator
@inline
function countToken(token: usize, table: usize): void {
  const count = TOKEN_COUNTS + (token << 2) + table * 2048;
  store<u32>(count, load<u32>(count) + 1);
}

/** How often `byte` is repeated from `at` on, 258 times at most. */
// @ts-ignore: decorator
@inline
function runLength(at: usize, end: usize, byte: u8): i32 {
  if (load<u8>(at) != byte) return 0;
  const most = <i32>min<usize>(end - at, LONGEST_RUN);
  const all = i8x16.splat(byte);
  for (let i = 0; i < most; i += 16) {
    const differs = i8x16.bitmask(i8x16.ne(v128.load(at + i), all));
    if (differs) return min(most, i + <i32>ctz(differs));
  }
  return most;
}

/** Symbol of a run's length (RFC 1951, 3.2.5). */
// @ts-ignore: decorator
@inline
function lengthSymbol(run: i32): i32 {
  if (run == LONGEST_RUN) return 285;
  if (run < 11) return 254 + run;
  const extra = 29 - clz(run - 3);
  return 257 + (extra << 2) + ((run - 3) >> extra);
}

function writeBlock(tokens: usize, isLast: bool): void {
  // end of block
  store<u32>(COUNTS + 256 * 4, 1);
  codeLengths(COUNTS, 286, 15, LENGTHS);
  assignCodes(LENGTHS, 286, CODES);
  put(isLast ? 1 : 0, 1);
  put(2, 2); // codes of its own
  writeTrees();
  makeWords();
  writeTokens(tokens);
  const end = load<u32>(CODES + 256 * 4);
  put(end & 0xffff, end >> 16);
}

/** Writes the words of the tokens before `tokens`, two at a time: at most 42 bits. */
function writeTokens(tokens: usize): void {
  let window = bits;
  let count = bitCount;
  let to = output;
  let at = TOKENS;
  for (; at < tokens; at += 4) {
    // whole bytes leave, with whatever is behind them
    store<u64>(to, window);
    to += <usize>(count >> 3);
    window >>= count & 56;
    count &= 7;
    const first = load<u64>(WORDS + (<usize>load<u16>(at) << 3));
    window |= (first & 0xffffffffffff) << count;
    count += first >> 56;
    if (at + 2 == tokens) break;
    const second = load<u64>(WORDS + (<usize>load<u16>(at, 2) << 3));
    window |= (second & 0xffffffffffff) << count;
    count += second >> 56;
  }
  store<u64>(to, window);
  output = to + <usize>(count >> 3);
  bits = window >> (count & 56);
  bitCount = count & 7;
}

/** What is written for each token: literals as they are; runs with their extra bits and the distance, one zero bit. */
function makeWords(): void {
  for (let literal = 0; literal < 256; literal++) {
    const code = load<u32>(CODES + (literal << 2));
    store<u64>(WORDS + (literal << 3), <u64>(code & 0xffff) | (<u64>(code >> 16) << 56));
  }
  for (let run = 3; run <= LONGEST_RUN; run++) {
    const symbol = lengthSymbol(run);
    const code = load<u32>(CODES + (symbol << 2));
    const length = code >> 16;
    const extra: u32 = run < 11 || run == LONGEST_RUN ? 0 : 29 - clz(run - 3);
    const rest = (run - 3) & ((1 << extra) - 1);
    const value = <u64>(code & 0xffff) | (<u64>rest << length);
    store<u64>(WORDS + ((253 + run) << 3), value | (<u64>(length + extra + 1) << 56));
  }
}

/** The lengths of all codes, themselves as runs (RFC 1951, 3.2.7). */
function writeTrees(): void {
  let symbols = 286;
  while (symbols > 257 && !load<u8>(LENGTHS + symbols - 1)) symbols--;
  // one code for distances: that of a repetition of the last byte
  store<u8>(LENGTHS + symbols, 1);
  memory.fill(TREE_COUNTS, 0, 4 * 19);
  const total = symbols + 1;
  let end = TREE_TOKENS;
  for (let i = 0; i < total; ) {
    const length = load<u8>(LENGTHS + i);
    let run = 1;
    while (i + run < total && load<u8>(LENGTHS + i + run) == length) run++;
    if (length == 0 && run >= 3) {
      run = min(run, 138);
      end = addTreeToken(end, run < 11 ? 17 : 18, run < 11 ? run - 3 : run - 11);
    } else {
      end = addTreeToken(end, length, 0);
      run = min(run - 1, 6);
      if (run >= 3) end = addTreeToken(end, 16, run - 3);
      else run = 0;
      run++;
    }
    i += run;
  }
  codeLengths(TREE_COUNTS, 19, 7, TREE_LENGTHS);
  assignCodes(TREE_LENGTHS, 19, TREE_CODES);
  let told = 19;
  while (told > 4 && !load<u8>(TREE_LENGTHS + load<u8>(TREE_ORDER + told - 1))) told--;
  put(symbols - 257, 5);
  put(0, 5);
  put(told - 4, 4);
  for (let i = 0; i < told; i++) put(load<u8>(TREE_LENGTHS + load<u8>(TREE_ORDER + i)), 3);
  for (let at = TREE_TOKENS; at < end; at += 2) {
    const symbol = <usize>load<u8>(at);
    const code = load<u32>(TREE_CODES + (symbol << 2));
    put(code & 0xffff, code >> 16);
    if (symbol >= 16) put(load<u8>(at, 1), symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
  }
}

function addTreeToken(at: usize, symbol: i32, extra: i32): usize {
  store<u8>(at, <u8>symbol);
  store<u8>(at, <u8>extra, 1);
  const count = TREE_COUNTS + (symbol << 2);
  store<u32>(count, load<u32>(count) + 1);
  return at + 2;
}
