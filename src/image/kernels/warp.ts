import type { Resampling } from "../options.ts";
import type { RasterView } from "../picture.ts";
import { newView } from "../view.ts";
import { align } from "./memory.ts";
import { copyRows, type RasterExports, runRaster } from "./raster.ts";

/**
 * A rectangle of the target and the source pixel positions of its corners, x and y of the upper left, lower
 * left, lower right and upper right corner. In between positions are bilinear.
 */
export interface Quad {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly corners: readonly number[];
}

/** Pixels that the source's edges are repeated for, so that samplers need not look where they are. */
const PAD = 2;

/** Steps between two pixels for which cubic weights are tabled. */
const PHASES = 1024;

/** Weights have 14 fraction bits. */
const ONE = 1 << 14;

/** Where everything lies in kernel memory, in bytes from the base. */
interface Layout {
  readonly stride: number;
  /** Pixel (0, 0) of the source. */
  readonly source: number;
  readonly target: number;
  /** The source before it is widened; for the target after it is narrowed. */
  readonly scratch: number;
  readonly quad: number;
  readonly weights: number;
  readonly total: number;
}

/**
 * Draws `view` distorted by `quads` into a new picture of the same kind.
 *
 * Samples are taken at pixel centres; there is no averaging when the picture shrinks. What no quad covers,
 * and what a quad takes from outside of the source, stays zero. Alpha is premultiplied for `bilinear` and
 * `bicubic` (cubic convolution with a = -1).
 */
export function warpQuads(
  view: RasterView,
  size: readonly [width: number, height: number],
  quads: readonly Quad[],
  resampling: Resampling,
): RasterView {
  const place = layout(view, size, resampling);
  const hasAlpha = view.channels % 2 === 0 && resampling !== "nearest";
  const pixels = size[0] * size[1];
  return runRaster(place.total, (raster, memory, base) => {
    loadSource(view, { raster, memory, base, place, premultiply: hasAlpha });
    const target = base + place.target;
    memory.fill(0, target, target + pixels * 4);
    if (resampling === "bicubic") writeWeights(memory, base + place.weights);
    const warp = {
      nearest: raster.warpNearest,
      bilinear: raster.warpBilinear,
      bicubic: raster.warpBicubic,
    }[resampling];
    const quadAt = new Float64Array(memory.buffer, base + place.quad, 8);
    for (const quad of quads) {
      quadAt.set(coefficients(quad));
      warp(
        base + place.source,
        place.stride,
        view.width,
        view.height,
        target + (quad.y * size[0] + quad.x) * 4,
        size[0] * 4,
        quad.width,
        quad.height,
        base + place.quad,
        base + place.weights,
      );
    }
    if (hasAlpha) raster.unpremultiply(target, pixels);
    if (view.channels !== 4) raster.pack(target, target, pixels, view.channels);
    const data = memory.slice(target, target + pixels * view.channels);
    return newView(size, view.channels, data);
  });
}

function layout(
  view: RasterView,
  size: readonly [width: number, height: number],
  resampling: Resampling,
): Layout {
  const stride = (view.width + 2 * PAD) * 4;
  const weights = 64;
  const source = weights + (resampling === "bicubic" ? PHASES * 8 : 0);
  const target = align(source + stride * (view.height + 2 * PAD) + 32);
  const scratch = align(target + size[0] * size[1] * 4 + 32);
  const row = view.channels === 4 ? 0 : view.width * view.channels + 32;
  return {
    stride,
    source: source + PAD * stride + PAD * 4,
    target,
    scratch,
    quad: 0,
    weights,
    total: scratch + row,
  };
}

interface Load {
  readonly raster: RasterExports;
  readonly memory: Uint8Array;
  readonly base: number;
  readonly place: Layout;
  readonly premultiply: boolean;
}

/** Copies the source as RGBA and repeats its edges around it. */
function loadSource(view: RasterView, { raster, memory, base, place, premultiply }: Load): void {
  const { width, height, channels } = view;
  const { stride } = place;
  const source = base + place.source;
  if (channels === 4) copyRows(view, memory, source, stride);
  else {
    const row = width * channels;
    for (let y = 0; y < height; y++) {
      const from = view.offset + y * view.stride;
      memory.set(view.data.subarray(from, from + row), base + place.scratch);
      raster.expand(base + place.scratch, source + y * stride, width, channels);
    }
  }
  const words = new Int32Array(memory.buffer);
  for (let y = 0; y < height; y++) {
    const start = source + y * stride;
    if (premultiply) raster.premultiply(start, width);
    const first = start >> 2;
    words.fill(words[first]!, first - PAD, first);
    words.fill(words[first + width - 1]!, first + width, first + width + PAD);
  }
  const left = source - PAD * 4;
  const last = left + (height - 1) * stride;
  for (let p = 1; p <= PAD; p++) {
    memory.copyWithin(left - p * stride, left, left + stride);
    memory.copyWithin(last + p * stride, last, last + stride);
  }
}

/** x and y of a0 to a3 in a0 + a1 u + a2 v + a3 u v, for u and v in pixels from the quad's corner. */
function coefficients({ corners, width, height }: Quad): number[] {
  const [nwx, nwy, swx, swy, sex, sey, nex, ney] = corners as number[] & { length: 8 };
  const u = 1 / width;
  const v = 1 / height;
  return [
    nwx!,
    nwy!,
    (nex! - nwx!) * u,
    (ney! - nwy!) * u,
    (swx! - nwx!) * v,
    (swy! - nwy!) * v,
    (sex! - swx! - nex! + nwx!) * u * v,
    (sey! - swy! - ney! + nwy!) * u * v,
  ];
}

function writeWeights(memory: Uint8Array, at: number): void {
  new Int16Array(memory.buffer, at, PHASES * 4).set(cubicWeights());
}

let weightTable: Int16Array | undefined;

/** Cubic convolution weights with a = -1 of the four neighbours, for each phase. */
function cubicWeights(): Int16Array {
  if (weightTable) return weightTable;
  const weights = new Int16Array(PHASES * 4);
  for (let phase = 0; phase < PHASES; phase++) {
    // the middle of what the phase stands for
    const d = (phase + 0.5) / PHASES;
    const outer = (t: number) => -t * t * t + 5 * t * t - 8 * t + 4;
    const inner = (t: number) => t * t * t - 2 * t * t + 1;
    const four = [outer(1 + d), inner(d), inner(1 - d), outer(2 - d)].map((w) =>
      Math.round(w * ONE),
    );
    // The sum must be one, or flat areas would change.
    four[d < 0.5 ? 1 : 2]! += ONE - four.reduce((sum, w) => sum + w, 0);
    weights.set(four, phase * 4);
  }
  weightTable = weights;
  return weights;
}
