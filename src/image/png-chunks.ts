import { ImageError } from "../core/errors.ts";
import { crc32 } from "./kernels/deflate.ts";

export const PNG_SIGNATURE: readonly number[] = [137, 80, 78, 71, 13, 10, 26, 10];

/** Chunk types as big-endian numbers. */
const IHDR = 0x49484452;
const PLTE = 0x504c5445;
const TRNS = 0x74524e53;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly bits: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey+alpha, 6 RGBA. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

export interface PngChunks {
  readonly header: PngHeader;
  /** RGB entries. */
  readonly palette: Uint8Array | undefined;
  /** Alpha of palette entries, or the 16-bit samples of the transparent color. */
  readonly transparency: Uint8Array | undefined;
  /** The zlib stream. */
  readonly pixels: Uint8Array;
}

/** Chunks as they are read: the zlib stream in as many parts as the file has it in. Some programs make one for every 8 kB. */
export interface PngParts extends Omit<PngChunks, "pixels"> {
  readonly parts: readonly Uint8Array[];
}

/** Samples a pixel by color type. */
export const PNG_SAMPLES: Readonly<Record<number, 1 | 2 | 3 | 4>> = {
  0: 1,
  2: 3,
  3: 1,
  4: 2,
  6: 4,
};

const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * The chunks of a PNG file that matter for its pixels (PNG 5 and 11), with their checksums verified.
 *
 * @throws ImageError if it is not a PNG file, is cut short, or a needed chunk is damaged
 */
export function readChunks(bytes: Uint8Array): PngParts {
  const header = readPngHeader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new ImageError("Cannot read PNG: it is cut short");
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    const end = at + 12 + length;
    if (end > bytes.length) throw new ImageError("Cannot read PNG: it is cut short");
    const content = bytes.subarray(at + 8, at + 8 + length);
    // Checked for every chunk: damage may have made a needed one look like one that is not.
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new ImageError("Cannot read PNG: checksum is wrong");
    }
    // Bit 5 of the first letter tells chunks that may be skipped.
    const critical = (type & 0x20000000) === 0;
    if (type === IDAT) data.push(content);
    else if (type === PLTE) palette = content;
    else if (type === TRNS) transparency = content;
    else if (type === IEND) break;
    else if (critical && type !== IHDR) throw new ImageError("Cannot read PNG: unknown chunk");
    at = end;
  }
  if (header.colorType === 3 && !palette) throw new ImageError("Cannot read PNG: no palette");
  return { header, palette, transparency, parts: data };
}

/**
 * What the first chunk says (PNG 11.2.1).
 *
 * @throws ImageError if it is not the start of a PNG file
 */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < 33 || PNG_SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
    throw new ImageError("Cannot read PNG: no signature");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const bits = bytes[24]!;
  const colorType = bytes[25]!;
  const sound =
    view.getUint32(8) === 13 &&
    view.getUint32(12) === IHDR &&
    width > 0 &&
    height > 0 &&
    DEPTHS[colorType]?.includes(bits) &&
    bytes[26] === 0 &&
    bytes[27] === 0 &&
    bytes[28]! <= 1;
  if (!sound) throw new ImageError("Cannot read PNG: header is damaged");
  return { width, height, bits, colorType, interlaced: bytes[28] === 1 };
}

/** A whole PNG file. `palette` is RGB, `transparency` as in {@linkcode PngChunks}. */
export function writeChunks({ header, palette, transparency, pixels }: PngChunks): Uint8Array {
  const ihdr = new Uint8Array(13);
  const view = new DataView(ihdr.buffer);
  view.setUint32(0, header.width);
  view.setUint32(4, header.height);
  ihdr[8] = header.bits;
  ihdr[9] = header.colorType;
  ihdr[12] = header.interlaced ? 1 : 0;
  const chunks: [type: number, content: Uint8Array][] = [[IHDR, ihdr]];
  if (palette) chunks.push([PLTE, palette]);
  if (transparency) chunks.push([TRNS, transparency]);
  chunks.push([IDAT, pixels], [IEND, new Uint8Array()]);

  const length = chunks.reduce((sum, [, content]) => sum + 12 + content.length, 8);
  const file = new Uint8Array(length);
  const out = new DataView(file.buffer);
  file.set(PNG_SIGNATURE);
  let at = 8;
  for (const [type, content] of chunks) {
    out.setUint32(at, content.length);
    out.setUint32(at + 4, type);
    file.set(content, at + 8);
    const end = at + 8 + content.length;
    out.setUint32(end, crc32(file.subarray(at + 4, end)));
    at = end + 4;
  }
  return file;
}
