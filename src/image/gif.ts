import { concat } from "../core/bytes.ts";
import type { Indexed } from "./indexed.ts";
import { lzw } from "./kernels/lzw.ts";

/** Entries with less alpha than this become the transparent one. */
const ALPHA_CUT = 128;

/**
 * A GIF file of one frame (GIF89a). GIF knows one transparent entry and no partial alpha: entries that are
 * more transparent than not share it, the others become opaque.
 */
export function encodeGif({ width, height, indices, palette }: Indexed): Uint8Array {
  const entries = palette.length / 4;
  const clear: number[] = [];
  for (let i = 0; i < entries; i++) if (palette[4 * i + 3]! < ALPHA_CUT) clear.push(i);
  const transparent = clear[0];
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(2, entries))));
  const colors = new Uint8Array(3 << bits);
  for (let i = 0; i < entries; i++) colors.set(palette.subarray(4 * i, 4 * i + 3), 3 * i);

  const head = new Uint8Array(13);
  head.set([0x47, 0x49, 0x46, 0x38, 0x39, 0x61]);
  setSize(head, 6, width, height);
  head[10] = 0xf0 | (bits - 1);
  const control = Uint8Array.of(0x21, 0xf9, 4, 1, 0, 0, transparent ?? 0, 0);
  const frame = new Uint8Array(10);
  frame[0] = 0x2c;
  setSize(frame, 5, width, height);
  const codeBits = Math.max(2, bits);
  const data = lzw(mergeClear(indices, clear), { bits: codeBits, format: "gif" });
  return concat([
    head,
    colors,
    transparent === undefined ? new Uint8Array() : control,
    frame,
    Uint8Array.of(codeBits),
    ...blocks(data),
    Uint8Array.of(0, 0x3b),
  ]);
}

function setSize(bytes: Uint8Array, at: number, width: number, height: number): void {
  bytes.set([width & 255, width >> 8, height & 255, height >> 8], at);
}

/** Indices with every transparent entry replaced by the first. */
function mergeClear(indices: Uint8Array, clear: readonly number[]): Uint8Array {
  if (clear.length < 2) return indices;
  const entry = Uint8Array.from({ length: 256 }, (_, i) => (clear.includes(i) ? clear[0]! : i));
  return indices.map((index) => entry[index]!);
}

/** Data in blocks of at most 255 bytes, each behind its length. */
function blocks(data: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const part = data.subarray(at, at + 255);
    parts.push(Uint8Array.of(part.length), part);
  }
  return parts;
}
