import { concat } from "../../core/bytes.ts";
import { ImageError } from "../../core/errors.ts";
import type { RasterView } from "../picture.ts";
import { readJpeg } from "./jpeg-decode.ts";
import { type JpegKernel, withJpegKernel } from "./jpeg-kernel.ts";

/** Largest width and height that the format can name. */
const MAX_SIDE = 65535;

/**
 * Encodes pixels as baseline JPEG (ITU-T T.81) in a JFIF file: colour in 4:2:0, grey views as one component;
 * alpha is dropped, not composited. The bytes are those that libjpeg writes with its default settings.
 *
 * @param quality 1 to 100, on libjpeg's scale; others count as the nearest of these
 * @throws ImageError if the format has no room for the size
 */
export function encodeJpeg(view: RasterView, quality: number): Uint8Array {
  const { width, height } = view;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageError(
      `Cannot encode ${width}x${height} pixels as JPEG: sides are 1 to ${MAX_SIDE}`,
    );
  }
  const steps = Math.min(100, Math.max(1, Math.round(quality)));
  return withJpegKernel((kernel) => {
    if (!kernel.encodeStart(width, height, view.channels, steps)) {
      throw new ImageError(`Cannot encode ${width}x${height} pixels as JPEG: not enough memory`);
    }
    return encodeStrips(kernel, view);
  });
}

function encodeStrips(kernel: JpegKernel, view: RasterView): Uint8Array {
  const { height, data, stride } = view;
  const rowBytes = view.width * view.channels;
  const memory = new Uint8Array(kernel.memory.buffer);
  const at = kernel.stripAddress();
  const rows = kernel.stripRows();
  const parts: Uint8Array[] = [];
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    const from = view.offset + y * stride;
    if (stride === rowBytes) {
      memory.set(data.subarray(from, from + count * rowBytes), at);
    } else {
      for (let row = 0; row < count; row++) {
        const start = from + row * stride;
        memory.set(data.subarray(start, start + rowBytes), at + row * rowBytes);
      }
    }
    kernel.encodeStrip(count);
    if (kernel.isOutputFull()) parts.push(takeOutput(kernel, memory));
  }
  kernel.encodeEnd();
  const last = takeOutput(kernel, memory);
  return parts.length === 0 ? last : concat([...parts, last]);
}

function takeOutput(kernel: JpegKernel, memory: Uint8Array): Uint8Array {
  const at = kernel.outputAddress();
  const part = memory.slice(at, at + kernel.outputLength());
  kernel.clearOutput();
  return part;
}

/**
 * Decodes a baseline JPEG (8 bits, Huffman; grey, YCbCr or RGB) to 1 or 3 channels, with the pixels that libjpeg-turbo
 * makes of it.
 *
 * @returns `undefined` if it is another kind of JPEG: progressive, lossless, arithmetic, hierarchical, 12 bits,
 *   CMYK, or with sampling factors that do not divide each other
 * @throws ImageError if it is no JPEG, cut off (an end marker is demanded) or corrupt
 */
export function decodeJpeg(bytes: Uint8Array): RasterView | undefined {
  return withJpegKernel((kernel) => readJpeg(kernel, bytes));
}
