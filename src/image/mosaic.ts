import { type CanvasOptions, canvas } from "./canvas.ts";
import type { RasterView } from "./picture.ts";
import { newView, windowOf, withChannels } from "./view.ts";

/** How the tiles of a mosaic lie: row by row from the top left. */
export interface MosaicLayout {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Puts tiles side by side on a canvas of `options`, without blending: alpha is taken over, or dropped where
 * the canvas has none. `undefined` tiles leave the background; each pixel is copied once.
 *
 * A single tile of the right size is returned as it is.
 *
 * @param tiles row by row from the top left
 * @param tileSize width and height in pixels
 */
export function mosaic(
  tiles: readonly (RasterView | undefined)[],
  { columns, rows }: MosaicLayout,
  tileSize: readonly [width: number, height: number],
  options: CanvasOptions,
): RasterView {
  const [width, height] = tileSize;
  const first = tiles[0];
  const isSingle = columns * rows === 1;
  if (isSingle && first?.width === width && first.height === height) return first;
  const whole = canvas([columns * width, rows * height], options);
  tiles.forEach((tile, i) => {
    if (!tile) return;
    const at = [(i % columns) * width, Math.floor(i / columns) * height] as const;
    paste(windowOf(tile, 0, 0, tileSize), whole, at);
  });
  return whole;
}

/**
 * The window of `size` whose upper left corner is at `at`. Where it reaches beyond `view` it shows a canvas of
 * `options`; a window inside shares the pixels of `view`.
 */
export function cut(
  view: RasterView,
  at: readonly [x: number, y: number],
  size: readonly [width: number, height: number],
  options: CanvasOptions,
): RasterView {
  if (isInside(view, at, size)) return windowOf(view, at[0], at[1], size);
  const tile = canvas(size, options);
  paste(view, tile, [-at[0], -at[1]]);
  return tile;
}

/** The same window with zeros (transparent black, black) beyond `view`. */
export function crop(
  view: RasterView,
  at: readonly [x: number, y: number],
  size: readonly [width: number, height: number],
): RasterView {
  if (isInside(view, at, size)) return windowOf(view, at[0], at[1], size);
  const tile = newView(size, view.channels);
  paste(view, tile, [-at[0], -at[1]]);
  return tile;
}

function isInside(
  view: RasterView,
  [x, y]: readonly [number, number],
  [width, height]: readonly [number, number],
): boolean {
  return x >= 0 && y >= 0 && x + width <= view.width && y + height <= view.height;
}

/**
 * Copies `from` into `onto` with its upper left corner at `at`, which may lie outside; nothing is blended.
 * Samples become those of `onto`.
 */
export function paste(
  from: RasterView,
  onto: RasterView,
  at: readonly [x: number, y: number],
): void {
  const x0 = Math.max(0, at[0]);
  const y0 = Math.max(0, at[1]);
  const x1 = Math.min(onto.width, at[0] + from.width);
  const y1 = Math.min(onto.height, at[1] + from.height);
  if (x0 >= x1 || y0 >= y1) return;
  const part = windowOf(from, x0 - at[0], y0 - at[1], [x1 - x0, y1 - y0]);
  const same = withChannels(part, onto.channels);
  const row = same.width * same.channels;
  for (let y = 0; y < same.height; y++) {
    const source = same.offset + y * same.stride;
    const target = onto.offset + (y0 + y) * onto.stride + x0 * onto.channels;
    onto.data.set(same.data.subarray(source, source + row), target);
  }
}
