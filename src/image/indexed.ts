import { type Arena, withArena } from "./kernels/arena.ts";
import { medianCut } from "./kernels/median-cut.ts";
import { octree } from "./kernels/octree.ts";
import { exactPalette, type Reduced } from "./kernels/palette.ts";
import { newPatch, type Patch, putView } from "./kernels/patch.ts";
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
  const keepAlpha = options.transparent && view.channels % 2 === 0;
  if (options.quantizer === "mediancut") return cut(view, keepAlpha, limitOf(options.colors));
  const { width, height } = view;
  return withArena((arena) => {
    const patch = newPatch(arena, width, height);
    putView(arena, view, patch);
    if (!keepAlpha) arena.kernel.makeOpaque(patch.at, width * height);
    const { palette, rows } = quantizePatch(arena, patch, { colors: options.colors, keepAlpha });
    const indices = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      const from = rows + y * (width + 1) + 1;
      indices.set(arena.bytes.subarray(from, from + width), y * width);
    }
    return { width, height, indices, palette };
  });
}

/**
 * Reduces pixels in kernel memory, without gaps between rows, as `fastoctree` does. All must be opaque where alpha is not
 * kept.
 *
 * @returns RGBA entries, and the address of the indices: rows of a byte that is 0 and `patch.width` bytes
 */
export function quantizePatch(
  arena: Arena,
  patch: Patch,
  { colors, keepAlpha }: { readonly colors: number; readonly keepAlpha: boolean },
): { readonly palette: Uint8Array; readonly rows: number } {
  const { at, width, height } = patch;
  const pixels = width * height;
  const rows = arena.alloc((width + 1) * height);
  const limit = limitOf(colors);
  const { bytes } = arena;
  const exact = exactPalette(new Uint32Array(bytes.buffer, at, pixels), limit, {
    into: bytes,
    start: rows + 1,
    stride: width + 1,
    width,
  });
  if (exact) {
    for (let y = 0; y < height; y++) bytes[rows + y * (width + 1)] = 0;
    return { palette: exact, rows };
  }
  return { palette: octree(arena, patch, { colors: limit, withAlpha: keepAlpha, rows }), rows };
}

function limitOf(colors: number): number {
  return Math.min(256, Math.max(1, Math.floor(colors)));
}

/** Median cut; if alpha is kept, of the pixels that are more opaque than not, with one entry for the others. */
function cut(view: RasterView, keepAlpha: boolean, colors: number): Indexed {
  const flat = keepAlpha || view.channels === 3 ? view : withChannels(view, 3);
  const pixels = pixelsOf(withChannels(flat, 4));
  const { width, height } = view;
  if (!keepAlpha) return { width, height, ...reduce(pixels, colors) };
  const opaque = new Uint32Array(pixels.length);
  let count = 0;
  for (const pixel of pixels) {
    if (pixel >>> 24 > ALPHA_CUT) opaque[count++] = (pixel | 0xff000000) >>> 0;
  }
  const reduced = reduce(opaque.subarray(0, count), Math.max(1, colors - 1));
  const clear = reduced.palette.length / 4;
  const palette = new Uint8Array(reduced.palette.length + 4);
  palette.set(reduced.palette);
  const indices = new Uint8Array(pixels.length);
  for (let i = 0, from = 0; i < pixels.length; i++) {
    indices[i] = pixels[i]! >>> 24 > ALPHA_CUT ? reduced.indices[from++]! : clear;
  }
  return { width, height, indices, palette };
}

function reduce(pixels: Uint32Array, colors: number): Reduced {
  const width = pixels.length;
  const indices = new Uint8Array(width);
  const rows = { into: indices, start: 0, stride: width, width };
  const palette = width > 0 ? exactPalette(pixels, colors, rows) : new Uint8Array();
  return palette ? { palette, indices } : medianCut(pixels, colors);
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
