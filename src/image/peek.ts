import { ImageError } from "../core/errors.ts";
import type { ImageFormat } from "./picture.ts";
import { PNG_SIGNATURE } from "./png-chunks.ts";

/** Pixels a picture may have unless the caller says otherwise: 256 MiB as RGBA. */
const MAX_PIXELS = 2 ** 26;

/** Longest side that all kernels can address. */
const MAX_SIDE = 65535;

/** What the head of a file says about the picture. */
export interface Peek {
  readonly format: ImageFormat;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface DecodeLimits {
  /** Most pixels; 2^26 if absent. */
  readonly pixels?: number;
  /** The only size that is accepted: what was asked for. */
  readonly size?: readonly [width: number, height: number];
}

/** Format by the first bytes; `undefined` if none of png, jpeg, webp, gif, tiff and bmp. */
export function sniff(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, PNG_SIGNATURE)) return "png";
  if (startsWith(bytes, [0xff, 0xd8])) return "jpeg";
  if (startsWith(bytes, [0x47, 0x49, 0x46, 0x38]) && (bytes[4] === 0x37 || bytes[4] === 0x39)) {
    return "gif";
  }
  if (startsWith(bytes, [0x49, 0x49, 42, 0]) || startsWith(bytes, [0x4d, 0x4d, 0, 42])) {
    return "tiff";
  }
  if (startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && text(bytes, 8, 4) === "WEBP") return "webp";
  if (startsWith(bytes, [0x42, 0x4d])) return "bmp";
  return undefined;
}

/**
 * Format and size from the head of a file, without decoding anything.
 *
 * @returns `undefined` if the format is not known or the head is damaged or cut short
 */
export function peek(bytes: Uint8Array): Peek | undefined {
  const format = sniff(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: readonly [number, number] | undefined;
  try {
    if (format === "png") size = [view.getUint32(16), view.getUint32(20)];
    else if (format === "jpeg") size = jpegSize(view);
    else if (format === "gif") size = [view.getUint16(6, true), view.getUint16(8, true)];
    else if (format === "bmp") size = bmpSize(view);
    else if (format === "webp") size = webpSize(bytes, view);
    else if (format === "tiff") size = tiffSize(view);
  } catch (error) {
    // Reading beyond the end: the head is not whole.
    if (!(error instanceof RangeError)) throw error;
  }
  if (!format || !size || size[0] < 1 || size[1] < 1) return undefined;
  return { format, width: size[0], height: size[1] };
}

/**
 * Reads format and size from the head of a file and holds them against the limits.
 *
 * @throws ImageError if the head cannot be read or a limit is exceeded
 */
export function checkHead(
  bytes: Uint8Array,
  limits: DecodeLimits,
): { format: ImageFormat; width: number; height: number } {
  const head = peek(bytes);
  if (!head) {
    const format = sniff(bytes);
    throw new ImageError(`Cannot read picture: ${format ? `damaged ${format}` : "unknown format"}`);
  }
  const { width, height } = head;
  if (limits.size && (limits.size[0] !== width || limits.size[1] !== height)) {
    throw new ImageError(
      `Cannot use picture of ${width} x ${height} pixels: ${limits.size[0]} x ${limits.size[1]} were asked for`,
    );
  }
  const most = limits.pixels ?? MAX_PIXELS;
  if (width * height > most || width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageError(`Cannot use picture of ${width} x ${height} pixels: it is too large`);
  }
  return head;
}

/**
 * Whether a file of a sound head is of a kind that our own decoders read, and so without waiting: PNG, and JPEG that is
 * baseline, 8 bits, grey or of three components whose sampling factors divide each other.
 */
export function decodesAtOnce(bytes: Uint8Array): boolean {
  const format = sniff(bytes);
  if (format !== "jpeg") return format === "png";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = frameHeader(view);
  if (at === undefined || bytes[at + 1]! > 0xc1 || bytes[at + 4] !== 8) return false;
  const count = bytes[at + 9];
  if (count === 1) return true;
  if (count !== 3) return false;
  const factors = [11, 14, 17].map((i) => bytes[at + i] ?? 0);
  const most = (shift: number) => Math.max(...factors.map((f) => (f >> shift) & 15));
  return factors.every((f) => most(4) % (f >> 4) === 0 && most(0) % (f & 15) === 0);
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function jpegSize(view: DataView): [number, number] | undefined {
  const at = frameHeader(view);
  return at === undefined ? undefined : [view.getUint16(at + 7), view.getUint16(at + 5)];
}

/** Walks the segments to the frame header (ITU-T T.81, B.2.2); answers where its marker is. */
function frameHeader(view: DataView): number | undefined {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    // SOF0 to SOF15 without DHT, JPG and DAC, which share the range
    const isFrame =
      marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return at;
    if (marker === 0xda || marker === 0xd9) return undefined;
    const length = view.getUint16(at + 2);
    if (length < 2) return undefined;
    at += 2 + length;
  }
}

function bmpSize(view: DataView): [number, number] {
  // The oldest header has 16-bit sizes; a negative height means rows from the top.
  if (view.getUint32(14, true) === 12) return [view.getUint16(18, true), view.getUint16(20, true)];
  return [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
}

/** Lossy, lossless and extended files (RFC 9649, 2.5 to 2.7). */
function webpSize(bytes: Uint8Array, view: DataView): [number, number] | undefined {
  const kind = text(bytes, 12, 4);
  if (kind === "VP8 ") {
    return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  }
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
  }
  if (kind === "VP8X") {
    const three = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
    return [three(24) + 1, three(27) + 1];
  }
  return undefined;
}

/** Tags 256 and 257 of the first directory (TIFF 6.0, 2). */
function tiffSize(view: DataView): [number, number] | undefined {
  const little = view.getUint8(0) === 0x49;
  const directory = view.getUint32(4, little);
  const entries = view.getUint16(directory, little);
  let width = 0;
  let height = 0;
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    const tag = view.getUint16(at, little);
    if (tag > 257) break;
    const isShort = view.getUint16(at + 2, little) === 3;
    const value = isShort ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little);
    if (tag === 256) width = value;
    if (tag === 257) height = value;
  }
  return [width, height];
}
