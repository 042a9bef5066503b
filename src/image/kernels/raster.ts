import type { RasterView } from "../picture.ts";

/** What `wasm/raster` exports; pointers are byte offsets into the memory. */
export interface RasterExports {
  over(bottom: number, top: number, pixels: number): void;
  scaleAlpha(at: number, pixels: number, factor: number): void;
  blend(bottom: number, top: number, pixels: number, opacity: number): void;
  expand(from: number, to: number, pixels: number, channels: number): void;
  pack(from: number, to: number, pixels: number, channels: number): void;
  packRows(from: number, stride: number, to: number, length: number, rows: number): void;
  premultiply(at: number, pixels: number): void;
  unpremultiply(at: number, pixels: number): void;
  makeOpaque(at: number, pixels: number): void;
  isOpaque(at: number, pixels: number): number;
  maskOut(at: number, mask: number, pixels: number, color: number): void;
  countCells(from: number, pixels: number, cells: number, sums: number, withAlpha: number): void;
  mapCells(cells: number, width: number, rows: number, entries: number, to: number): void;
  resizeNearest(source: number, columns: number, count: number, to: number): void;
  resizeBilinear: Resize;
  resizeBicubic: Resize;
  warpNearest: Warp;
  warpBilinear: Warp;
  warpBicubic: Warp;
}

type Resize = (
  ...row: [
    source: number,
    stride: number,
    first: number,
    width: number,
    row: number,
    columns: number,
    count: number,
    mixed: number,
    to: number,
    weights: number,
  ]
) => void;

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
