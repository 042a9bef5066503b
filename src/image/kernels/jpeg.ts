import { concat } from "../../core/bytes.ts";
import { ImageError } from "../../core/errors.ts";
import type { RasterView } from "../picture.ts";
import { newView } from "../view.ts";
import { type Arena, withArena } from "./arena.ts";
import { type JpegWindow, readJpeg } from "./jpeg-decode.ts";
import type { Patch } from "./patch.ts";
import type { Sheet } from "./sheet.ts";

/** Largest width and height that the format can name. */
const MAX_SIDE = 65535;

/** Bytes of rows that are taken out of the kernel at once. */
const ROOM = 1 << 17;

/** Whether two by two pixels share their chrominance, or each has its own. */
export type JpegSampling = "4:2:0" | "4:4:4";

/** How a JPEG is written. */
export interface JpegHow {
  /** 1 to 100, on libjpeg's scale. */
  readonly quality: number;
  readonly sampling: JpegSampling;
}

/** What is encoded, and where its rows are. */
interface Rows {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Whether the first three of four samples are luminance and chrominance. */
  readonly isYcc: boolean;
  /** Address of `count` rows from `y` on, and bytes from one to the next. */
  place(y: number, count: number): readonly [at: number, rowBytes: number];
}

/**
 * Encodes pixels as baseline JPEG (ITU-T T.81) in a JFIF file, grey views as one component; alpha is dropped, not
 * composited. The bytes are those that libjpeg writes with its default settings, and this sampling.
 *
 * @param quality 1 to 100, on libjpeg's scale; others count as the nearest of these
 * @throws ImageError if the format has no room for the size
 */
export function encodeJpeg(
  view: RasterView,
  quality: number,
  sampling: JpegSampling = "4:2:0",
): Uint8Array {
  const { width, height, channels } = view;
  const rowBytes = width * channels;
  return withArena((arena) => {
    const place: Rows["place"] = (y, count) => {
      const at = arena.kernel.stripAddress();
      for (let row = 0; row < count; row++) {
        const start = view.offset + (y + row) * view.stride;
        arena.bytes.set(view.data.subarray(start, start + rowBytes), at + row * rowBytes);
      }
      return [at, rowBytes];
    };
    const rows = { width, height, channels, isYcc: false, place };
    return encodeRows(arena, rows, { quality, sampling });
  });
}

/**
 * Encodes RGBA pixels in kernel memory, as {@linkcode encodeJpeg} does.
 *
 * @param isYcc whether luminance and chrominance stand where red, green and blue stand else
 * @throws ImageError if the format has no room for the size
 */
export function encodeJpegFrom(
  arena: Arena,
  patch: Patch,
  { isYcc = false, ...how }: JpegHow & { readonly isYcc?: boolean },
): Uint8Array {
  const { width, height, at, stride } = patch;
  const place: Rows["place"] = (y) => [at + y * stride, stride];
  return encodeRows(arena, { width, height, channels: 4, isYcc, place }, how);
}

function encodeRows(
  arena: Arena,
  { width, height, channels, isYcc, place }: Rows,
  { quality, sampling }: JpegHow,
): Uint8Array {
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageError(
      `Cannot encode ${width}x${height} pixels as JPEG: sides are 1 to ${MAX_SIDE}`,
    );
  }
  const { kernel } = arena;
  kernel.jpegBegin(arena.top);
  const steps = Math.min(100, Math.max(1, Math.round(quality)));
  const isFine = sampling === "4:4:4" ? 1 : 0;
  if (!kernel.encodeStart(width, height, channels, steps, isYcc ? 1 : 0, isFine)) {
    throw new ImageError(`Cannot encode ${width}x${height} pixels as JPEG: not enough memory`);
  }
  const rows = kernel.stripRows();
  const parts: Uint8Array[] = [];
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    kernel.encodeStrip(...place(y, count), count);
    if (kernel.isOutputFull()) parts.push(takeOutput(arena));
  }
  kernel.encodeEnd();
  const last = takeOutput(arena);
  return parts.length === 0 ? last : concat([...parts, last]);
}

function takeOutput({ kernel, bytes }: Arena): Uint8Array {
  const at = kernel.outputAddress();
  const part = bytes.slice(at, at + kernel.outputLength());
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
  let view = newView([0, 0], 1);
  const isDecoded = withArena((arena) => {
    // Rows leave in batches: what the kernel holds does not grow with the height.
    const room = arena.alloc(ROOM + 4 * MAX_SIDE);
    let done = 0;
    return readJpeg(arena, bytes, {
      begin({ width, height, components }) {
        view = newView([width, height], components === 1 ? 1 : 3);
        return [0, 0, width, height];
      },
      take(kernel, complete) {
        const { data, stride, channels } = view;
        const most = Math.max(1, Math.floor(ROOM / stride));
        for (;;) {
          const next = kernel.emitRows(complete ? 1 : 0, most, room, stride, channels);
          if (next === done) return done;
          data.set(arena.bytes.subarray(room, room + (next - done) * stride), done * stride);
          done = next;
        }
      },
    });
  });
  return isDecoded ? view : undefined;
}

/**
 * Decodes the `window` of a JPEG straight to RGBA pixels in kernel memory: what lies outside is not even transformed.
 *
 * @returns samples a pixel of the picture, 1 or 3; `undefined` where {@linkcode decodeJpeg} gives that, and where luminance and
 *   chrominance are to be kept of a picture that has none
 * @throws ImageError as {@linkcode decodeJpeg}
 */
export function decodeJpegTo(
  arena: Arena,
  bytes: Uint8Array,
  to: Pick<Patch, "at" | "stride"> & { readonly window: JpegWindow; readonly keepsYcc?: boolean },
): 1 | 3 | undefined {
  const { at, stride, window, keepsYcc = false } = to;
  let done = 0;
  let channels: 1 | 3 = 3;
  const isDecoded = readJpeg(arena, bytes, {
    keepsYcc,
    begin({ components, isYcc }) {
      if (keepsYcc && !isYcc) return undefined;
      channels = components === 1 ? 1 : 3;
      return window;
    },
    take(kernel, complete) {
      const next = at + (done - window[1]) * stride;
      done = kernel.emitRows(complete ? 1 : 0, MAX_SIDE, next, stride, 4);
      return done;
    },
  });
  return isDecoded ? channels : undefined;
}

/**
 * Decodes a whole JPEG into kernel memory that it borrows.
 *
 * @param size of the picture, as its head tells
 * @param keepsYcc whether luminance and chrominance stay what they are
 * @returns with the samples a pixel of the picture; `undefined` as {@linkcode decodeJpegTo}
 * @throws ImageError as {@linkcode decodeJpeg}
 */
export function decodeJpegSheet(
  arena: Arena,
  bytes: Uint8Array,
  [width, height]: readonly [width: number, height: number],
  keepsYcc: boolean,
): { readonly sheet: Sheet; readonly channels: 1 | 3 } | undefined {
  const at = arena.alloc(3 * width * height);
  let samples: 1 | 3 = 3;
  let done = 0;
  const isDecoded = readJpeg(arena, bytes, {
    keepsYcc,
    begin({ components, isYcc }) {
      if (keepsYcc && !isYcc) return undefined;
      samples = components === 1 ? 1 : 3;
      return [0, 0, width, height];
    },
    take(kernel, complete) {
      const stride = width * samples;
      done = kernel.emitRows(complete ? 1 : 0, MAX_SIDE, at + done * stride, stride, samples);
      return done;
    },
  });
  if (!isDecoded) return undefined;
  const sheet: Sheet = { at, rowBytes: width * samples, rows: height, samples, table: 0 };
  return { sheet, channels: samples };
}
