import { ImageError } from "../core/errors.ts";

/**
 * Walks a JPEG file from marker to marker to its end (ITU-T T.81, B.1), without decoding.
 *
 * @throws ImageError if it is cut short or has no picture data
 */
export function verifyJpeg(bytes: Uint8Array): void {
  let scans = 0;
  for (let at = 2; at + 1 < bytes.length; ) {
    if (bytes[at] !== 0xff) throw new ImageError("Cannot use JPEG: it is damaged");
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    if (marker === 0xd9 && scans > 0) return;
    const length = (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
    if (length < 2) throw new ImageError("Cannot use JPEG: it is damaged");
    at += 2 + length;
    if (marker !== 0xda) continue;
    scans++;
    at = endOfScan(bytes, at);
  }
  throw new ImageError("Cannot use JPEG: it is cut short");
}

/** Position of the first marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = start; ; at += 2) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    const next = bytes[at + 1] ?? 0xff;
    if (next === 0xff) at--;
    else if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
}

/**
 * Follows the blocks of a GIF file to its trailer (GIF89a, 15 to 27).
 *
 * @throws ImageError if it is cut short or has no frame
 */
export function verifyGif(bytes: Uint8Array): void {
  const table = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10] ?? 0);
  let frames = 0;
  while (at < bytes.length) {
    const kind = bytes[at]!;
    if (kind === 0x3b && frames > 0) return;
    if (kind === 0x2c) {
      at += 10 + table(bytes[at + 9] ?? 0) + 1;
      frames++;
    } else if (kind === 0x21) at += 2;
    else throw new ImageError("Cannot use GIF: it is damaged");
    // data blocks up to an empty one
    while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
    at++;
  }
  throw new ImageError("Cannot use GIF: it is cut short");
}

/**
 * Holds the size that a RIFF or BMP head declares against the bytes that came.
 *
 * @throws ImageError if there are fewer
 */
export function verifyLength(bytes: Uint8Array, format: "webp" | "bmp"): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = format === "webp" ? view.getUint32(4, true) + 8 : view.getUint32(2, true);
  if (bytes.length < declared) throw new ImageError(`Cannot use ${format}: it is cut short`);
}
