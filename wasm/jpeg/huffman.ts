/** Huffman tables for decoding. */

/** Bits looked up at once. */
export const LOOKUP_BITS: i32 = 10;

const LOOKUP_BYTES: i32 = 4 << LOOKUP_BITS;
const LONG_CODES: i32 = LOOKUP_BYTES;
const SYMBOLS: i32 = LONG_CODES + 18 * 4 + 18 * 4;
/** A table: lookup; for each length the first code beyond, left-aligned to 16 bits, and the offset to symbols; symbols. */
const TABLE_BYTES: i32 = (SYMBOLS + 256 + 15) & ~15;

const TABLES: usize = memory.data(8 * 4496, 16);
/** Which tables are there: bit `class * 4 + id`. */
let defined: i32 = 0;

export function forgetTables(): void {
  defined = 0;
}

/** Address of a table; 0 if it has not been defined. `ac` is 0 for DC, 1 for AC. */
export function tableAt(ac: i32, id: i32): usize {
  const index = ac * 4 + id;
  return (defined >> index) & 1 ? TABLES + index * TABLE_BYTES : 0;
}

/**
 * Reads the table of a DHT segment at `from`: class and id, 16 counts, symbols; at most `length` bytes.
 *
 * Entry of the lookup, by the next bits of the stream:
 * value (16 bits) | run (8) | length of code and value (8), if both are within the bits looked at; else
 * symbol (16) | length of the code (8, 0 if it is longer than the bits looked at) | 0.
 *
 * @returns bytes taken; 0 if it is not a table
 */
export function readTable(from: usize, length: i32): i32 {
  if (length < 17) return 0;
  const ac = <i32>load<u8>(from) >> 4;
  const id = <i32>load<u8>(from) & 15;
  if (ac > 1 || id > 3) return 0;
  let total = 0;
  for (let i = 1; i <= 16; i++) total += load<u8>(from + i);
  if (total > 256 || 17 + total > length) return 0;

  const index = ac * 4 + id;
  const table = TABLES + index * TABLE_BYTES;
  memory.fill(table, 0, LOOKUP_BYTES);
  memory.copy(table + SYMBOLS, from + 17, total);
  let code = 0;
  let at = 0;
  for (let bits = 1; bits <= 16; bits++) {
    const count = <i32>load<u8>(from + bits);
    store<i32>(table + LONG_CODES + 72 + (bits << 2), at - code);
    for (let i = 0; i < count; i++) {
      const symbol = <i32>load<u8>(table + SYMBOLS + at);
      // DC differences have at most 11 bits (T.81, table F.1)
      if (!ac && symbol > 11) return 0;
      if (bits <= LOOKUP_BITS) fillLookup(table, code, bits, symbol, !ac);
      code += 1;
      at += 1;
    }
    // codes must fit their length
    if (code > 1 << bits) return 0;
    store<i32>(table + LONG_CODES + (bits << 2), code << (16 - bits));
    code <<= 1;
  }
  store<i32>(table + LONG_CODES + (17 << 2), i32.MAX_VALUE);
  defined |= 1 << index;
  return 17 + total;
}

function fillLookup(table: usize, code: i32, bits: i32, symbol: i32, isDc: bool): void {
  const rest = LOOKUP_BITS - bits;
  const size = symbol & 15;
  const run = symbol >> 4;
  const first = code << rest;
  if (first + (1 << rest) > 1 << LOOKUP_BITS) return;
  for (let i = 0; i < 1 << rest; i++) {
    let entry = (symbol << 16) | (bits << 8);
    if (isDc && size == 0) {
      entry = bits;
    } else if (size > 0 && size <= rest) {
      let value = i >> (rest - size);
      if (value < 1 << (size - 1)) value += 1 - (1 << size);
      entry = (value << 16) | (run << 8) | (bits + size);
    }
    store<i32>(table + ((first + i) << 2), entry);
  }
}

/**
 * Finds a code longer than the lookup. Answers `symbol << 8 | length`, 0 if there is no such code.
 *
 * @param next the next 16 bits of the stream
 */
export function findLong(table: usize, next: i32): i32 {
  let bits = LOOKUP_BITS + 1;
  while (next >= load<i32>(table + LONG_CODES + (bits << 2))) bits++;
  if (bits > 16) return 0;
  const at = (next >> (16 - bits)) + load<i32>(table + LONG_CODES + 72 + (bits << 2));
  return (<i32>load<u8>(table + SYMBOLS + (at & 255)) << 8) | bits;
}
