import { concat } from "../core/bytes.ts";
import { ImageError } from "../core/errors.ts";
import { type Arena, align, borrow } from "./kernels/arena.ts";
import { inflate } from "./kernels/deflate.ts";
import { type Patch, putView } from "./kernels/patch.ts";
import { INFLATE_FAULTS } from "./kernels/png.ts";
import { laySheet, type Sheet, TABLE_BYTES } from "./kernels/sheet.ts";
import type { RasterView } from "./picture.ts";
import { PNG_SAMPLES, type PngParts, readChunks } from "./png-chunks.ts";
import { newView, windowOf } from "./view.ts";

/** Start and step of the seven passes of interlaced files: x, y, dx, dy (PNG 8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Pixels of one pass, or of all where there is only one. */
interface Pass {
  readonly width: number;
  readonly height: number;
  /** Bytes a row, without the filter byte. */
  readonly rowBytes: number;
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

/**
 * Decodes a PNG file of any kind (PNG, third edition). Palettes become RGB, or RGBA if an entry is not
 * opaque; a transparent color becomes RGBA; 16-bit samples keep their upper byte. Size limits are the
 * caller's: {@linkcode readPngHeader} tells the size first.
 *
 * @throws ImageError if the file is cut short or damaged
 */
export function decodePng(bytes: Uint8Array): RasterView {
  const chunks = readChunks(bytes);
  const { width, height } = chunks.header;
  const channels = channelsOf(chunks);
  const passes = passesOf(chunks);
  const raw = inflate(joined(chunks), rawLength(passes));
  if (!chunks.header.interlaced) {
    return newView([width, height], channels, decodePass(raw, passes[0]!, chunks, channels));
  }
  const view = newView([width, height], channels);
  let at = 0;
  for (const pass of passes) {
    const size = (pass.rowBytes + 1) * pass.height;
    spread(decodePass(raw.subarray(at, at + size), pass, chunks, channels), pass, view);
    at += size;
  }
  return view;
}

/** Part of a picture, in pixels; right column and lower row are not in it. */
export type PngWindow = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Decodes the `window` of a PNG file straight to RGBA pixels in kernel memory.
 *
 * @returns samples a pixel of the picture: those of {@linkcode decodePng}
 * @throws ImageError as {@linkcode decodePng}
 */
export function decodePngTo(
  arena: Arena,
  bytes: Uint8Array,
  { window, ...target }: Pick<Patch, "at" | "stride"> & { readonly window: PngWindow },
): RasterView["channels"] {
  const [left, top, right, bottom] = window;
  const patch = { ...target, width: right - left, height: bottom - top };
  const decoded = decodePngSheet(arena, bytes, bottom);
  if (decoded) {
    laySheet(arena, decoded.sheet, [left, top], patch);
    return decoded.channels;
  }
  const view = decodePng(bytes);
  putView(arena, windowOf(view, left, top, [patch.width, patch.height]), patch);
  return view.channels;
}

/**
 * Decodes the upper rows of a PNG file into kernel memory that it borrows.
 *
 * @returns with the samples a pixel of {@linkcode decodePng}; `undefined` for rare kinds, that only that decodes: interlaced, of 16 bits
 *   a sample, with a transparent color, or less than 8 bits of grey
 * @throws ImageError as {@linkcode decodePng}
 */
export function decodePngSheet(
  arena: Arena,
  bytes: Uint8Array,
  rows: number,
): { readonly sheet: Sheet; readonly channels: RasterView["channels"] } | undefined {
  const chunks = readChunks(bytes);
  const { bits, colorType, interlaced } = chunks.header;
  const channels = channelsOf(chunks);
  const samples = PNG_SAMPLES[colorType]!; // the header reader lets only known types pass
  const hasKey = colorType !== 3 && channels !== samples;
  if (interlaced || hasKey || bits === 16 || (bits < 8 && colorType !== 3)) return undefined;
  const pass = passesOf(chunks)[0]!; // a file that is not interlaced has one
  const at = inflateTo(arena, chunks.parts, rawLength([pass]));
  const indices = bits < 8 ? arena.alloc(pass.width * rows) : 0;
  const table = colorType === 3 ? arena.alloc(TABLE_BYTES) : 0;
  const { kernel } = arena;
  if (!kernel.unfilter(at, pass.rowBytes, rows, Math.max(1, (bits * samples) >> 3))) {
    throw new ImageError("Cannot read PNG: unknown filter");
  }
  if (indices) kernel.unpackBits(at, indices, pass.width, rows, bits, 1);
  if (table) writeTable(chunks, arena.bytes, table);
  const rowBytes = indices ? pass.width : pass.rowBytes;
  return { sheet: { at: indices || at, rowBytes, rows, samples, table }, channels };
}

/** Inflates into memory that it borrows; answers where. */
function inflateTo(arena: Arena, parts: readonly Uint8Array[], length: number): number {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const to = arena.alloc(length);
  const from = arena.alloc(size);
  const { bytes } = arena;
  let at = from;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const fault = arena.kernel.inflate(from, size, to, length);
  if (fault) throw new ImageError(`Cannot read PNG: ${INFLATE_FAULTS[fault]}`);
  return to;
}

/**
 * Makes sure that a PNG file is whole: chunks, checksums and the amount of pixel data.
 *
 * @throws ImageError if it is not
 */
export function verifyPng(bytes: Uint8Array): void {
  const chunks = readChunks(bytes);
  inflate(joined(chunks), rawLength(passesOf(chunks)));
}

/** The zlib stream in one piece. */
function joined({ parts }: PngParts): Uint8Array {
  return parts.length === 1 ? parts[0]! : concat(parts);
}

/** Bytes of all passes with their filter bytes. */
function rawLength(passes: readonly Pass[]): number {
  return passes.reduce((sum, pass) => sum + (pass.rowBytes + 1) * pass.height, 0);
}

function channelsOf({ header, transparency }: PngParts): RasterView["channels"] {
  if (header.colorType === 3) return transparency?.some((alpha) => alpha < 255) ? 4 : 3;
  if (transparency && (header.colorType === 0 || header.colorType === 2)) return 4;
  return PNG_SAMPLES[header.colorType]!; // the header reader lets only known types pass
}

function passesOf({ header }: PngParts): Pass[] {
  const { width, height, bits, colorType, interlaced } = header;
  const starts = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  const bitsPerPixel = bits * PNG_SAMPLES[colorType]!;
  const passes: Pass[] = [];
  for (const [x, y, dx, dy] of starts) {
    const columns = Math.ceil((width - x) / dx);
    const rows = Math.ceil((height - y) / dy);
    // A pass without pixels has no filter bytes either.
    if (columns <= 0 || rows <= 0) continue;
    const rowBytes = Math.ceil((columns * bitsPerPixel) / 8);
    passes.push({ width: columns, height: rows, rowBytes, x, y, dx, dy });
  }
  return passes;
}

/** Samples of one pass, `channels` a pixel, without gaps. */
function decodePass(
  raw: Uint8Array,
  pass: Pass,
  chunks: PngParts,
  channels: RasterView["channels"],
): Uint8Array {
  const { bits, colorType } = chunks.header;
  const samples = PNG_SAMPLES[colorType]!;
  const pixels = pass.width * pass.height;
  const packed = align(raw.length + 32);
  const table = 1024;
  const wide = bits < 8 ? align(pixels) : 0;
  const looked = colorType === 3 ? pixels * channels + 16 : 0;
  return borrow(packed + table + wide + looked, (png, memory, base) => {
    memory.set(raw, base);
    const step = Math.max(1, (bits * samples) >> 3);
    if (!png.unfilter(base, pass.rowBytes, pass.height, step)) {
      throw new ImageError("Cannot read PNG: unknown filter");
    }
    let at = base;
    if (bits < 8) {
      at = base + packed + table;
      const factor = colorType === 3 ? 1 : 255 / (2 ** bits - 1);
      png.unpackBits(base, at, pass.width, pass.height, bits, factor);
    }
    if (colorType === 3) {
      writeTable(chunks, memory, base + packed);
      const to = base + packed + table + wide;
      png.lookUp(at, 0, to, 0, pixels, 1, base + packed, channels);
      return memory.slice(to, to + pixels * channels);
    }
    if (channels === samples) {
      if (bits === 16) png.highBytes(base, base, pixels * samples);
      return memory.slice(at, at + pixels * channels);
    }
    return withKey(memory.subarray(at), pixels, chunks);
  });
}

/** Palette as 256 RGBA entries; indices beyond its end are black. */
function writeTable({ palette, transparency }: PngParts, memory: Uint8Array, at: number): void {
  for (let i = 0; i < 256; i++) {
    for (let c = 0; c < 3; c++) memory[at + 4 * i + c] = palette?.[3 * i + c] ?? 0;
    memory[at + 4 * i + 3] = transparency?.[i] ?? 255;
  }
}

/** Grey or RGB samples as RGBA, transparent where all samples equal those of the tRNS chunk. */
function withKey(data: Uint8Array, pixels: number, chunks: PngParts): Uint8Array {
  const { bits, colorType } = chunks.header;
  const samples = PNG_SAMPLES[colorType]!;
  const bytes = bits === 16 ? 2 : 1;
  const key = new Uint8Array(samples * bytes);
  const factor = bits < 8 ? 255 / (2 ** bits - 1) : 1;
  for (let s = 0; s < samples; s++) {
    const high = chunks.transparency?.[2 * s] ?? 0;
    const low = chunks.transparency?.[2 * s + 1] ?? 0;
    if (bits === 16) key.set([high, low], 2 * s);
    else key[s] = low * factor;
  }
  const rgba = new Uint8Array(pixels * 4);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += samples * bytes, to += 4) {
    rgba[to] = data[from]!;
    rgba[to + 1] = data[samples === 3 ? from + bytes : from]!;
    rgba[to + 2] = data[samples === 3 ? from + 2 * bytes : from]!;
    let differs = 0;
    for (let k = 0; k < key.length; k++) differs |= data[from + k]! ^ key[k]!;
    rgba[to + 3] = differs === 0 ? 0 : 255;
  }
  return rgba;
}

/** Puts the pixels of a pass where they belong. */
function spread(samples: Uint8Array, pass: Pass, view: RasterView): void {
  const { channels, data, stride } = view;
  let from = 0;
  for (let row = 0; row < pass.height; row++) {
    let to = (pass.y + row * pass.dy) * stride + pass.x * channels;
    for (let column = 0; column < pass.width; column++) {
      for (let c = 0; c < channels; c++) data[to + c] = samples[from++]!;
      to += pass.dx * channels;
    }
  }
}
