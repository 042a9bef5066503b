// `node:zlib` is the runtime's own zlib on Bun, Deno, Node and Workers: faster than any in WebAssembly.

import * as zlib from "node:zlib";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { ImageError } from "../../core/errors.ts";

/**
 * Bytes of a zlib stream (RFC 1950), which must have exactly `length` of them.
 *
 * @throws ImageError if the stream is cut short, damaged, or holds more or fewer: inflating stops there
 */
export function inflate(stream: Uint8Array, length: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateSync(stream, {
      maxOutputLength: Math.max(1, length),
      // One piece: no copies of parts to put together.
      chunkSize: Math.max(64, length),
    });
  } catch (cause) {
    throw new ImageError("Cannot read picture: compressed data is damaged", { cause });
  }
  if (bytes.length !== length) {
    throw new ImageError(
      `Cannot read picture: ${bytes.length} bytes of pixels where ${length} are expected`,
    );
  }
  return bytes;
}

const STRATEGIES = {
  default: constants.Z_DEFAULT_STRATEGY,
  filtered: constants.Z_FILTERED,
  rle: constants.Z_RLE,
} as const;

/** A zlib stream of `bytes`. `level` is 1 (fast) to 9 (small). */
export function deflate(
  bytes: Uint8Array,
  level: number,
  strategy: keyof typeof STRATEGIES = "default",
): Uint8Array {
  return deflateSync(bytes, {
    level,
    strategy: STRATEGIES[strategy],
    memLevel: 9,
    chunkSize: Math.max(1024, bytes.length >> 2),
  });
}

const nativeCrc = (zlib as { crc32?: (bytes: Uint8Array, start?: number) => number }).crc32;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 as in PNG (ISO 3309), unsigned. */
export function crc32(bytes: Uint8Array): number {
  // Node before 20.15 has none of its own.
  return nativeCrc ? nativeCrc(bytes) >>> 0 : crc32Plain(bytes);
}

/** The same without help of the runtime. */
export function crc32Plain(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
