import type { Color, ImageOptions } from "./options.ts";
import type { RasterView } from "./picture.ts";
import { newView } from "./view.ts";

/** What of the options decides about a canvas. */
export type CanvasOptions = Pick<ImageOptions, "mode" | "transparent" | "background">;

/**
 * A new picture in the background of `options`, white if there is none.
 *
 * Its samples are those of the mode, or RGBA if transparent and RGB if not. A transparent ground keeps its
 * color, with alpha 0: (255, 255, 255, 0), not black.
 *
 * @throws RangeError if a side is not a positive whole number
 */
export function canvas(
  size: readonly [width: number, height: number],
  options: CanvasOptions,
): RasterView {
  if (!size.every((side) => Number.isInteger(side) && side > 0)) {
    throw new RangeError(`Cannot make a canvas of ${size[0]} x ${size[1]} pixels`);
  }
  const view = newView(size, canvasChannels(options));
  const color = ground(options, view.channels);
  if (color.every((sample) => sample === color[0])) view.data.fill(color[0]!);
  else {
    view.data.set(color);
    // Doubling copies: a few calls instead of one a pixel.
    for (let done = color.length; done < view.data.length; done *= 2) {
      view.data.copyWithin(done, 0, done);
    }
  }
  return view;
}

/** Samples a pixel of a canvas of `options`. */
export function canvasChannels({ mode, transparent }: CanvasOptions): RasterView["channels"] {
  if (mode === "RGBA") return 4;
  if (mode === "RGB") return 3;
  if (mode === "L" || mode === "I") return 1;
  return transparent ? 4 : 3;
}

/** Background of a canvas of `options`, as RGBA whatever its kind. */
export function canvasColor(options: CanvasOptions): Color {
  const channels = canvasChannels(options);
  const [red, green, blue, alpha] = ground(options, channels);
  return [red!, green ?? red!, blue ?? red!, alpha ?? 255];
}

function ground({ background, transparent }: CanvasOptions, channels: number): number[] {
  const [red, green, blue, alpha] = background ?? [255, 255, 255];
  if (channels === 1) return [red];
  if (channels === 3) return [red, green, blue];
  return [red, green, blue, alpha ?? (transparent ? 0 : 255)];
}
