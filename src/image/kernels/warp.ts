import type { Resampling } from "../options.ts";
import type { RasterView } from "../picture.ts";
import { type Arena, withArena } from "./arena.ts";
import { fillPatch, newPatch, type Patch, putView, takeView } from "./patch.ts";
import { axisAligned, resizeQuad } from "./resize.ts";

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

/** What becomes of a source. */
export interface WarpOptions {
  readonly size: readonly [width: number, height: number];
  readonly quads: readonly Quad[];
  readonly resampling: Resampling;
  /** Whether the source has pixels that are not opaque. */
  readonly hasAlpha: boolean;
  /** Pixel for what no quad covers, and what a quad takes from outside of the source. */
  readonly outside: number;
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
  { size, quads, resampling }: Pick<WarpOptions, "size" | "quads" | "resampling">,
): RasterView {
  return withArena((arena) => {
    const source = newFramed(arena, view.width, view.height);
    putView(arena, view, source);
    const hasAlpha = view.channels % 2 === 0;
    const target = warpPatch(arena, source, { size, quads, resampling, hasAlpha, outside: 0 });
    return takeView(arena, target, view.channels);
  });
}

/** Borrows memory for a source of {@linkcode warpPatch}: a patch with room around it. */
export function newFramed(arena: Arena, width: number, height: number): Patch {
  const stride = (width + 2 * PAD) * 4;
  const room = arena.alloc(stride * (height + 2 * PAD));
  return { at: room + PAD * stride + PAD * 4, stride, width, height };
}

/** As {@linkcode warpQuads}, within kernel memory. The source, from {@linkcode newFramed}, is changed. */
export function warpPatch(arena: Arena, source: Patch, options: WarpOptions): Patch {
  const { size, quads, resampling, outside } = options;
  const isMixed = options.hasAlpha && resampling !== "nearest";
  const target = newPatch(arena, size[0], size[1]);
  const { kernel } = arena;
  if (isMixed) {
    for (let y = 0; y < source.height; y++) {
      kernel.premultiply(source.at + y * source.stride, source.width);
    }
  }
  repeatEdges(arena, source);
  fillPatch(arena, target, outside);
  const weights = resampling === "bicubic" ? writeWeights(arena) : 0;
  const quadAt = arena.alloc(64);
  for (const quad of quads) {
    const part = { ...target, at: target.at + quad.y * target.stride + quad.x * 4 };
    if (axisAligned(quad)) resizeQuad(arena, { source, target: part, quad, resampling, weights });
    else warpQuad(arena, { source, target: part, quad, resampling, weights, quadAt });
  }
  if (isMixed) kernel.unpremultiply(target.at, size[0] * size[1]);
  return target;
}

interface QuadWork {
  readonly source: Patch;
  /** Begins where the quad does. */
  readonly target: Patch;
  readonly quad: Quad;
  readonly resampling: Resampling;
  readonly weights: number;
  readonly quadAt: number;
}

function warpQuad(
  { kernel, bytes }: Arena,
  { source, target, quad, resampling, weights, quadAt }: QuadWork,
): void {
  new Float64Array(bytes.buffer, quadAt, 8).set(coefficients(quad));
  const warp = {
    nearest: kernel.warpNearest,
    bilinear: kernel.warpBilinear,
    bicubic: kernel.warpBicubic,
  }[resampling];
  const { width, height } = quad;
  warp(
    source.at,
    source.stride,
    source.width,
    source.height,
    target.at,
    target.stride,
    width,
    height,
    quadAt,
    weights,
  );
}

/** Repeats the pixels at the edges around the source. */
function repeatEdges({ bytes }: Arena, { at, stride, width, height }: Patch): void {
  const words = new Int32Array(bytes.buffer);
  for (let y = 0; y < height; y++) {
    const first = (at + y * stride) >> 2;
    words.fill(words[first]!, first - PAD, first);
    words.fill(words[first + width - 1]!, first + width, first + width + PAD);
  }
  const left = at - PAD * 4;
  const last = left + (height - 1) * stride;
  for (let p = 1; p <= PAD; p++) {
    bytes.copyWithin(left - p * stride, left, left + stride);
    bytes.copyWithin(last + p * stride, last, last + stride);
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

function writeWeights(arena: Arena): number {
  const at = arena.alloc(PHASES * 8);
  new Int16Array(arena.bytes.buffer, at, PHASES * 4).set(cubicWeights());
  return at;
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
