/** What the encoder looks up: steps, codes and the order of coefficients. */
import { AC_BYTES, DC_BYTES, NATURAL, STANDARD_HUFFMAN, STANDARD_QUANT } from "./tables";

/** Quantisation of luminance and chrominance: reciprocals, 64 `f32` each, natural order. */
export const RECIPROCALS: usize = memory.data(2 * 256, 16);
/** The same as steps, one byte each. */
export const QUANT: usize = memory.data(2 * 64, 16);
/**
 * Codes by table (luminance, chrominance), `run << 4 | size`: the code, moved left by `size`, above 5 bits
 * of length (code and value together). DC and AC share no symbol table.
 */
export const DC_CODES: usize = memory.data(2 * 16 * 4, 16);
export const AC_CODES: usize = memory.data(2 * 256 * 4, 16);
/** For each row of a block and each set of its columns, the same set as bits in zigzag order. */
export const ZIGZAG_BITS: usize = memory.data(8 * 256 * 8, 16);

let areTablesBuilt: bool = false;
let builtQuality: i32 = 0;

/** Makes the tables of a quality, 1 to 100. */
export function buildFor(quality: i32): void {
  if (!areTablesBuilt) buildTables();
  if (quality != builtQuality) buildQuant(quality);
}

/** Scales the standard tables by libjpeg's reading of quality. */
function buildQuant(quality: i32): void {
  const percent = quality < 50 ? 5000 / quality : 200 - quality * 2;
  for (let i = 0; i < 128; i++) {
    const scaled = (<i32>load<u8>(STANDARD_QUANT + i) * percent + 50) / 100;
    const step = min(max(scaled, 1), 255);
    store<u8>(QUANT + i, <u8>step);
    // The transform is 8 times too large. The last factor lifts exact halves over the edge, away from zero.
    store<f32>(RECIPROCALS + i * 4, <f32>((1.0 + 1.0 / 1048576.0) / (<f64>step * 8.0)));
  }
  builtQuality = quality;
}

function buildTables(): void {
  for (let k = 0; k < 64; k++) {
    const natural = <i32>load<u8>(NATURAL + k);
    const column = natural & 7;
    const sets = ZIGZAG_BITS + (natural >> 3) * 2048;
    for (let set = 0; set < 256; set++) {
      if ((set >> column) & 1) {
        store<u64>(sets + set * 8, load<u64>(sets + set * 8) | ((<u64>1) << k));
      }
    }
  }
  let table = STANDARD_HUFFMAN;
  for (let i = 0; i < 4; i++) {
    if (i & 1) buildCodes(table, AC_CODES + (i >> 1) * 1024);
    else buildCodes(table, DC_CODES + (i >> 1) * 64);
    table += i & 1 ? AC_BYTES : DC_BYTES;
  }
  areTablesBuilt = true;
}

/** Turns counts and symbols into codes (T.81, C.2). */
function buildCodes(table: usize, codes: usize): void {
  let symbol = table + 17;
  let code: u32 = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = <i32>load<u8>(table + length); i > 0; i--) {
      const value = <u32>load<u8>(symbol);
      const size = value & 15;
      symbol += 1;
      store<u32>(codes + (value << 2), (((code << size) << 5) | (<u32>length + size)));
      code += 1;
    }
    code <<= 1;
  }
}
