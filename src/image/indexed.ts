import { medianCut } from "./kernels/median-cut.ts";
import { octree } from "./kernels/octree.ts";
import { exactPalette } from "./kernels/palette.ts";
import type { RasterView } from "./picture.ts";
import { newView, samplesOf, withChannels } from "./view.ts";

/** A picture of at most 256 colors. */
export interface Indexed {
  readonly width: number;
  readonly height: number;
  /** One byte a pixel, row-major without gaps. */
  readonly indices: Uint8Array;
  /** Red, green, blue and alpha of each entry, not premultiplied. */
  readonly palette: Uint8Array;
}

export interface QuantizeOptions {
  /** Largest number of entries, 1 to 256. */
  readonly colors: number;
  /** Whether alpha is kept; else it is dropped first. */
  readonly transparent: boolean;
  readonly quantizer: "fastoctree" | "mediancut" | undefined;
}

/** Pixels with at most this alpha become transparent where alpha has one bit. */
const ALPHA_CUT = 128;

/**
 * Reduces `view` to a palette, without dithering. A picture that has few enough colors keeps them exactly.
 *
 * `fastoctree` keeps entries of any alpha; `mediancut` knows only opaque ones and one transparent entry, the
 * last.
 */
export function quantize(view: RasterView, options: QuantizeOptions): Indexed {
  const colors = Math.min(256, Math.max(1, Math.floor(options.colors)));
  const keepAlpha = options.transparent && (view.channels === 4 || view.channels === 2);
  const flat = options.transparent || view.channels === 3 ? view : withChannels(view, 3);
  const pixels = pixelsOf(withChannels(flat, 4));
  if (options.quantizer === "mediancut" && keepAlpha) return cutOut(view, pixels, colors);
  const result =
    exactPalette(pixels, colors) ??
    (options.quantizer === "mediancut"
      ? medianCut(pixels, colors)
      : octree(pixels, colors, keepAlpha));
  return { width: view.width, height: view.height, ...result };
}

/** Median cut of the pixels that are more opaque than not, and one entry for the others. */
function cutOut(view: RasterView, pixels: Uint32Array, colors: number): Indexed {
  const opaque = new Uint32Array(pixels.length);
  let count = 0;
  for (const pixel of pixels) {
    if (pixel >>> 24 > ALPHA_CUT) opaque[count++] = (pixel | 0xff000000) >>> 0;
  }
  const visible = opaque.subarray(0, count);
  const limit = Math.max(1, colors - 1);
  const reduced = exactPalette(visible, limit) ?? medianCut(visible, limit);
  const clear = reduced.palette.length / 4;
  const palette = new Uint8Array(reduced.palette.length + 4);
  palette.set(reduced.palette);
  const indices = new Uint8Array(pixels.length);
  for (let i = 0, from = 0; i < pixels.length; i++) {
    indices[i] = pixels[i]! >>> 24 > ALPHA_CUT ? reduced.indices[from++]! : clear;
  }
  return { width: view.width, height: view.height, indices, palette };
}

/** RGBA pixels as 32-bit words, red in the lowest byte. */
function pixelsOf(view: RasterView): Uint32Array {
  const samples = samplesOf(view);
  const aligned = samples.byteOffset % 4 === 0 ? samples : samples.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, view.width * view.height);
}

/** The pixels behind the indices: RGB, or RGBA if an entry is not opaque. */
export function fromIndexed({ width, height, indices, palette }: Indexed): RasterView {
  const wide = newView([width, height], 4);
  const out = new Uint32Array(wide.data.buffer);
  const entries = new Uint32Array(palette.slice().buffer);
  for (let i = 0; i < indices.length; i++) out[i] = entries[indices[i]!]!;
  return isOpaque(palette) ? withChannels(wide, 3) : wide;
}

/** Whether every entry of an RGBA palette is opaque. */
export function isOpaque(palette: Uint8Array): boolean {
  for (let i = 3; i < palette.length; i += 4) if (palette[i] !== 255) return false;
  return true;
}
