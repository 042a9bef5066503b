/** Writes everything before the picture data. */
import { QUANT } from "./encode-tables";
import { AC_BYTES, DC_BYTES, NATURAL, STANDARD_HUFFMAN } from "./tables";

let at: usize = 0;

/** Writes the header to `to`; answers where it ends. */
export function writeHeader(to: usize, width: i32, height: i32, isGrey: bool, isFine: bool): usize {
  at = to;
  const components = isGrey ? 1 : 3;
  writeMarker(0xd8);
  // JFIF 1.01, no density, no thumbnail
  writeMarker(0xe0);
  writeShort(16);
  store<u32>(at, 0x4649464a);
  store<u32>(at, 0x00010100, 4);
  store<u32>(at, 0x01000100, 8);
  store<u16>(at, 0, 12);
  at += 14;
  const tables = isGrey ? 1 : 2;
  for (let table = 0; table < tables; table++) {
    writeMarker(0xdb);
    writeShort(67);
    writeByte(table);
    for (let k = 0; k < 64; k++) writeByte(load<u8>(QUANT + table * 64 + load<u8>(NATURAL + k)));
  }
  writeMarker(0xc0);
  writeShort(8 + 3 * components);
  writeByte(8);
  writeShort(height);
  writeShort(width);
  writeByte(components);
  for (let i = 0; i < components; i++) {
    writeByte(i + 1);
    writeByte(!isGrey && !isFine && i == 0 ? 0x22 : 0x11);
    writeByte(i ? 1 : 0);
  }
  let table = STANDARD_HUFFMAN;
  for (let i = 0; i < 2 * tables; i++) {
    const length = i & 1 ? AC_BYTES : DC_BYTES;
    writeMarker(0xc4);
    writeShort(2 + length);
    memory.copy(at, table, length);
    at += length;
    table += length;
  }
  writeMarker(0xda);
  writeShort(6 + 2 * components);
  writeByte(components);
  for (let i = 0; i < components; i++) {
    writeByte(i + 1);
    writeByte(i ? 0x11 : 0);
  }
  writeByte(0);
  writeByte(63);
  writeByte(0);
  return at;
}

function writeByte(value: i32): void {
  store<u8>(at, <u8>value);
  at += 1;
}

function writeShort(value: i32): void {
  writeByte(value >> 8);
  writeByte(value);
}

function writeMarker(marker: i32): void {
  writeByte(0xff);
  writeByte(marker);
}
