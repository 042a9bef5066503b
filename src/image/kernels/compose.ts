import type { RasterView } from "../picture.ts";
import { align, borrow } from "./arena.ts";
import { copyRows } from "./raster.ts";

/** Pixels worked on at once: both pictures' rows stay in the processor's cache. */
const STRIP_PIXELS = 65536;

/** How `layer` gets onto the canvas. */
export type Composition =
  /** Source-over; first the layer's alpha is multiplied by `alpha` / 255, rounded down. */
  | { readonly kind: "over"; readonly alpha?: number }
  /** canvas + opacity · (layer - canvas), alpha of either not looked at. */
  | { readonly kind: "blend"; readonly opacity: number };

/**
 * Draws `layer`, of any number of samples, onto the upper left corner of an RGBA canvas, in place. What
 * reaches beyond the canvas is cut off.
 */
export function compose(canvas: RasterView, layer: RasterView, how: Composition): void {
  if (canvas.channels !== 4) {
    throw new RangeError(`Cannot draw onto ${canvas.channels} channels: expected 4 (RGBA)`);
  }
  const width = Math.min(canvas.width, layer.width);
  const height = Math.min(canvas.height, layer.height);
  const rows = Math.max(1, Math.floor(STRIP_PIXELS / width));
  const area = align(width * rows * 4 + 32);
  borrow(area * 3, (raster, memory, base) => {
    const top = base + area;
    const narrow = top + area;
    for (let y = 0; y < height; y += rows) {
      const strip = { width, height: Math.min(rows, height - y) };
      const pixels = width * strip.height;
      const under = { ...canvas, ...strip, offset: canvas.offset + y * canvas.stride };
      const above = { ...layer, ...strip, offset: layer.offset + y * layer.stride };
      copyRows(under, memory, base, width * 4);
      copyRows(above, memory, layer.channels === 4 ? top : narrow, width * layer.channels);
      if (layer.channels !== 4) raster.expand(narrow, top, pixels, layer.channels);
      if (how.kind === "blend") raster.blend(base, top, pixels, how.opacity);
      else {
        if (how.alpha !== undefined) raster.scaleAlpha(top, pixels, how.alpha);
        raster.over(base, top, pixels);
      }
      copyBack(memory, base, under);
    }
  });
}

function copyBack(memory: Uint8Array, at: number, view: RasterView): void {
  const row = view.width * 4;
  for (let y = 0; y < view.height; y++) {
    const from = at + y * row;
    view.data.set(memory.subarray(from, from + row), view.offset + y * view.stride);
  }
}
