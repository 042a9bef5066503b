import type { Color } from "./options.ts";
import type { RasterView } from "./picture.ts";
import { newView, samplesOf, withChannels } from "./view.ts";

/**
 * An RGBA copy of `view` in which pixels like `color` have alpha 0; they keep their color, and others their
 * alpha.
 *
 * @param color its alpha is compared too, if it has one and `view` does
 * @param tolerance largest difference in each sample, itself included; 0 to 255
 */
export function makeTransparent(view: RasterView, color: Color, tolerance: number): RasterView {
  const wide = withChannels(view, 4);
  const samples = samplesOf(wide);
  const data = samples.buffer === view.data.buffer ? samples.slice() : samples;
  const [red, green, blue, alpha] = color;
  const wantedAlpha = view.channels === 4 ? alpha : undefined;
  for (let i = 0; i < data.length; i += 4) {
    if (Math.abs(data[i]! - red) > tolerance) continue;
    if (Math.abs(data[i + 1]! - green) > tolerance) continue;
    if (Math.abs(data[i + 2]! - blue) > tolerance) continue;
    if (wantedAlpha !== undefined && Math.abs(data[i + 3]! - wantedAlpha) > tolerance) continue;
    data[i + 3] = 0;
  }
  return newView([view.width, view.height], 4, data);
}
