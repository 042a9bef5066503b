import type { RasterView } from "../picture.ts";
import { newView } from "../view.ts";
import type { Arena } from "./arena.ts";

/** RGBA pixels in kernel memory, row-major from the top left, alpha not premultiplied. */
export interface Patch {
  /** Address of the first pixel. */
  readonly at: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Borrows memory for a patch without gaps; its pixels are whatever was there. */
export function newPatch(arena: Arena, width: number, height: number): Patch {
  return { at: arena.alloc(width * height * 4), stride: width * 4, width, height };
}

/** Colors as words of little-endian memory. */
export function wordOf(color: readonly number[]): number {
  const [red = 0, green = 0, blue = 0, alpha = 255] = color;
  return (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0;
}

/** Gives all pixels of a patch the same color. */
export function fillPatch(
  { bytes }: Arena,
  { at, stride, width, height }: Patch,
  word: number,
): void {
  const words = new Uint32Array(bytes.buffer);
  const first = at >> 2;
  const step = stride >> 2;
  if (step === width) words.fill(word, first, first + width * height);
  else {
    for (let y = 0; y < height; y++) words.fill(word, first + y * step, first + y * step + width);
  }
}

/** The first samples of each pixel of a patch, in memory of their own. */
export function takeView(
  arena: Arena,
  { at, stride, width, height }: Patch,
  channels: RasterView["channels"],
): RasterView {
  const view = newView([width, height], channels);
  const row = channels === 4 ? 0 : arena.alloc(width * 4);
  const { bytes, kernel } = arena;
  for (let y = 0; y < height; y++) {
    const from = at + y * stride;
    if (row) kernel.pack(from, row, width, channels);
    const start = row || from;
    view.data.set(bytes.subarray(start, start + view.stride), y * view.stride);
  }
  return view;
}

/** Puts a view, of any kind, into the upper left corner of a patch; what does not fit is left out. */
export function putView(arena: Arena, view: RasterView, patch: Patch): void {
  const { channels } = view;
  const width = Math.min(view.width, patch.width);
  const height = Math.min(view.height, patch.height);
  const row = channels === 4 ? 0 : arena.alloc(width * channels);
  const { bytes, kernel } = arena;
  for (let y = 0; y < height; y++) {
    const from = view.offset + y * view.stride;
    const to = patch.at + y * patch.stride;
    bytes.set(view.data.subarray(from, from + width * channels), row || to);
    if (row) kernel.expand(row, to, width, channels);
  }
}
