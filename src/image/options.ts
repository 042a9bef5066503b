import type { JpegSampling } from "./kernels/jpeg.ts";
import type { ImageFormat } from "./picture.ts";

export type Resampling = "nearest" | "bilinear" | "bicubic";

/** Red, green, blue and, if it is not opaque, alpha; 0 to 255 each. */
export type Color =
  | readonly [red: number, green: number, blue: number]
  | readonly [red: number, green: number, blue: number, alpha: number];

/** Quality of JPEG files where none is set. */
export const DEFAULT_JPEG_QUALITY = 90;

/** How pictures are encoded, or what is known of pictures that came from elsewhere. */
export interface ImageOptions {
  /** Encoding; `undefined`: whatever it is. */
  readonly format: ImageFormat | undefined;
  /** MIME type in full as configured, parameters included: `image/png; mode=8bit`. */
  readonly mime: string;
  /** Forced pixel layout of what is encoded. */
  readonly mode: "L" | "RGB" | "RGBA" | "P" | "I" | undefined;
  /** Whether it has, or wants, alpha; `undefined`: nobody said. */
  readonly transparent: boolean | undefined;
  /** 0 to 1, used while merging only. */
  readonly opacity: number | undefined;
  readonly resampling: Resampling;
  /** Ground of new pictures; white if absent. */
  readonly background: Color | undefined;
  /** Palette size; 0: never reduce; `undefined`: the rule of the globals. */
  readonly colors: number | undefined;
  /** Whether PNGs get a palette where `colors` is unset; `undefined`: they do (`globals.image.paletted`). */
  readonly paletted?: boolean | undefined;
  /** 1 to 100; `undefined`: 90. */
  readonly jpegQuality: number | undefined;
  /** Of JPEG; `4:2:0` if absent. */
  readonly jpegSampling?: JpegSampling | undefined;
  /** 0 to 100; 80 if absent. Of lossless pictures it is the effort. */
  readonly webpQuality?: number | undefined;
  /** Whether WebP keeps every sample of what can be seen. */
  readonly webpLossless?: boolean | undefined;
  readonly quantizer: "fastoctree" | "mediancut" | undefined;
  readonly tiffCompression: "raw" | "tiff_lzw" | "jpeg" | undefined;
}
