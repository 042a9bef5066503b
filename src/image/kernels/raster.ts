import { raster } from "#kernels";
import type { RasterView } from "../picture.ts";
import { type Kernel, type KernelExports, kernel } from "./memory.ts";

/** The exports of `wasm/raster`; pointers are byte offsets into `memory`. */
export interface RasterExports extends KernelExports {
  over(bottom: number, top: number, pixels: number): void;
  scaleAlpha(at: number, pixels: number, factor: number): void;
  blend(bottom: number, top: number, pixels: number, opacity: number): void;
  expand(from: number, to: number, pixels: number, channels: number): void;
  pack(from: number, to: number, pixels: number, channels: number): void;
  premultiply(at: number, pixels: number): void;
  unpremultiply(at: number, pixels: number): void;
  warpNearest: Warp;
  warpBilinear: Warp;
  warpBicubic: Warp;
}

type Warp = (
  ...frame: [
    source: number,
    sourceStride: number,
    width: number,
    height: number,
    target: number,
    targetStride: number,
    columns: number,
    rows: number,
    quad: number,
    weights: number,
  ]
) => void;

export const runRaster: Kernel<RasterExports> = kernel(raster);

/** Copies the samples of a view to `at` of `memory`, its rows `stride` bytes apart. */
export function copyRows(view: RasterView, memory: Uint8Array, at: number, stride: number): void {
  const row = view.width * view.channels;
  if (view.stride === row && stride === row) {
    memory.set(view.data.subarray(view.offset, view.offset + row * view.height), at);
    return;
  }
  for (let y = 0; y < view.height; y++) {
    const from = view.offset + y * view.stride;
    memory.set(view.data.subarray(from, from + row), at + y * stride);
  }
}
