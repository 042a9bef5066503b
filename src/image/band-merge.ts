import type { RasterView } from "./picture.ts";
import { newView, samplesOf, withChannels } from "./view.ts";

/** One step of a band merge: a channel of a source goes to a channel of the result. */
export interface BandStep {
  readonly to: "r" | "g" | "b" | "a" | "l";
  /** Index into the views. */
  readonly source: number;
  /** Channel of that view, from 0; 3 is opaque where it has no alpha. */
  readonly band: number;
  /** 1 replaces what is there; anything else is multiplied, cut to a whole number, and added. */
  readonly factor: number;
}

const CHANNEL = { r: 0, g: 1, b: 2, a: 3, l: 0 } as const;

/**
 * A picture whose channels are put together from those of `views`, step by step.
 *
 * It is grey if any step makes `l`, RGBA if any makes `a`, else RGB. Colors nobody makes are 0, alpha is 255.
 *
 * @param views of equal size, at least one
 * @throws RangeError if a step names a view that is not there or of another size
 */
export function mergeBands(views: readonly RasterView[], steps: readonly BandStep[]): RasterView {
  const made = new Set(steps.map(({ to }) => to));
  const channels = made.has("l") ? 1 : made.has("a") ? 4 : 3;
  const [first] = views;
  if (!first) throw new RangeError("Cannot merge bands of no pictures");
  const result = newView([first.width, first.height], channels);
  if (channels === 4) for (let i = 3; i < result.data.length; i += 4) result.data[i] = 255;
  const sources = views.map((view) => samplesOf(withChannels(view, 4)));
  const done = new Set<number>();
  for (const { to, source, band, factor } of steps) {
    // In a grey result color channels have no place, as in the reference.
    if (made.has("l") && to !== "l") continue;
    const samples = sources[source];
    const view = views[source];
    if (!samples || view?.width !== first.width || view.height !== first.height) {
      throw new RangeError(
        `Cannot merge band of picture ${source}: it is missing or of another size`,
      );
    }
    const isFirst = !done.has(CHANNEL[to]);
    done.add(CHANNEL[to]);
    addBand(result, samples, { to: CHANNEL[to], band, factor, isFirst });
  }
  return result;
}

function addBand(
  { data, channels }: RasterView,
  samples: Uint8Array,
  step: { to: number; band: number; factor: number; isFirst: boolean },
): void {
  const { to, band, factor, isFirst } = step;
  for (let i = to, from = band; i < data.length; i += channels, from += 4) {
    const value = samples[from]!;
    if (factor === 1) data[i] = value;
    else data[i] = Math.min(255, (isFirst ? 0 : data[i]!) + Math.trunc(value * factor));
  }
}
