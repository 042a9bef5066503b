import type { Drawing } from "./drawing.ts";

/** Image encodings Rhumb can name; not all can be decoded. `mixed` is PNG or JPEG, tile by tile. */
export type ImageFormat = "png" | "jpeg" | "webp" | "gif" | "tiff" | "bmp" | "mixed" | "mvt";

/** A window onto pixels, row-major from the top left; several views may share `data`. */
export interface RasterView {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel: 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA, alpha not premultiplied. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
  /** Index of the first sample of the window. */
  readonly offset: number;
  /** Samples from one row to the next, at least `width * channels`. */
  readonly stride: number;
}

/** A picture as a file. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** What the bytes are. */
  readonly format: ImageFormat;
}

/**
 * What travels between source, cache, layer and service.
 * It is decoded only where pixels are needed and encoded only where bytes are.
 */
export type Picture =
  | { readonly kind: "encoded"; readonly bytes: Uint8Array; readonly format: ImageFormat }
  /** `isPlain`: of one color, which a palette would take from its alpha and save nothing. */
  | { readonly kind: "raster"; readonly view: RasterView; readonly isPlain?: boolean }
  /** What is still to be drawn: then nothing is copied between decoding and encoding. */
  | { readonly kind: "drawing"; readonly drawing: Drawing }
  /** Nothing to draw: transparent, or the background of whoever asks. */
  | { readonly kind: "blank" };
