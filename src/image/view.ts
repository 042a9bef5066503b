import { borrow } from "./kernels/arena.ts";
import { copyRows } from "./kernels/raster.ts";
import type { RasterView } from "./picture.ts";

/** A view of its own pixels, all samples zero or those of `data` (row-major, without gaps). */
export function newView(
  size: readonly [width: number, height: number],
  channels: RasterView["channels"],
  data: Uint8Array = new Uint8Array(size[0] * size[1] * channels),
): RasterView {
  return { width: size[0], height: size[1], channels, data, offset: 0, stride: size[0] * channels };
}

/** The part of `view` that begins at `x`, `y` and lies inside; shares its pixels. */
export function windowOf(
  view: RasterView,
  x: number,
  y: number,
  size: readonly [width: number, height: number],
): RasterView {
  return {
    ...view,
    width: Math.max(0, Math.min(size[0], view.width - x)),
    height: Math.max(0, Math.min(size[1], view.height - y)),
    offset: view.offset + y * view.stride + x * view.channels,
  };
}

/** Samples row-major without gaps: the view's own memory where it lies so, else a copy. */
export function samplesOf(view: RasterView): Uint8Array {
  const row = view.width * view.channels;
  if (view.stride === row) return view.data.subarray(view.offset, view.offset + row * view.height);
  const samples = new Uint8Array(row * view.height);
  copyRows(view, samples, 0, row);
  return samples;
}

/**
 * The same picture with another number of samples a pixel; `view` itself if it has it already.
 *
 * Alpha is dropped without a ground, or added opaque; color becomes grey by ITU-R 601.
 */
export function withChannels(view: RasterView, channels: RasterView["channels"]): RasterView {
  if (view.channels === channels) return view;
  const { width, height } = view;
  if (channels <= 2 && view.channels >= 3) return toGrey(view, channels as 1 | 2);
  const pixels = width * height;
  return borrow(pixels * 8 + 32, (raster, memory, base) => {
    const wide = base + pixels * 4 + 16;
    copyRows(view, memory, view.channels === 4 ? wide : base, width * view.channels);
    if (view.channels !== 4) raster.expand(base, wide, pixels, view.channels);
    if (channels !== 4) raster.pack(wide, wide, pixels, channels);
    return newView([width, height], channels, memory.slice(wide, wide + pixels * channels));
  });
}

function toGrey(view: RasterView, channels: 1 | 2): RasterView {
  const { width, height, data } = view;
  const grey = newView([width, height], channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = view.offset + y * view.stride;
    for (let x = 0; x < width; x++, from += view.channels, to += channels) {
      // Weights of ITU-R 601-2 in 16 bits, rounded.
      grey.data[to] =
        (data[from]! * 19595 + data[from + 1]! * 38470 + data[from + 2]! * 7471 + 0x8000) >> 16;
      if (channels === 2) grey.data[to + 1] = view.channels === 4 ? data[from + 3]! : 255;
    }
  }
  return grey;
}

/** Whether any pixel of an RGBA view is not opaque; false for views of other kinds. */
export function hasTransparency(view: RasterView): boolean {
  if (view.channels !== 4) return false;
  for (let y = 0; y < view.height; y++) {
    const from = view.offset + y * view.stride + 3;
    const end = from + view.width * 4;
    for (let i = from; i < end; i += 4) if (view.data[i] !== 255) return true;
  }
  return false;
}
