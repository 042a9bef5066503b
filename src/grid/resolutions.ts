import type { BBox } from "../geo/bbox.ts";

const DEFAULT_LEVELS = 20;
/** With twice as many levels to the same span. */
const SQRT2_LEVELS = 40;

/** What a list of resolutions is made from. */
export interface ResolutionOptions {
  /** Resolution of level 0. */
  readonly first: number;
  /** Limit of the last level. */
  readonly last: number | undefined;
  /** Ratio of neighbouring levels. */
  readonly factor: number | "sqrt2";
  readonly levels: number | undefined;
}

/** Resolution at which a tile holds the whole bbox. */
export function oneTileResolution(bbox: BBox, tileSize: readonly [number, number]): number {
  return Math.max((bbox[2] - bbox[0]) / tileSize[0], (bbox[3] - bbox[1]) / tileSize[1]);
}

/**
 * Resolutions from coarse to fine: logarithmic steps where `last` and `levels` are given, else
 * repeated division. A level at `last` itself is not made by division.
 *
 * @throws RangeError if the options lead nowhere
 */
export function makeResolutions(options: ResolutionOptions): number[] {
  const { first, last, levels } = options;
  const factor = options.factor === "sqrt2" ? Math.SQRT2 : options.factor;
  if (last !== undefined && levels !== undefined) {
    if (levels < 2)
      throw new RangeError(`num_levels must be 2 or more with max_res, not ${levels}`);
    const from = Math.log10(first);
    const step = (from - Math.log10(last)) / (levels - 1);
    return Array.from({ length: levels }, (_, level) => 10 ** (from - step * level));
  }
  if (!(factor > 0)) throw new RangeError(`res_factor must be larger than 0, not ${factor}`);
  const list = [first];
  if (last === undefined) {
    const count = levels ?? (options.factor === "sqrt2" ? SQRT2_LEVELS : DEFAULT_LEVELS);
    // Division step by step: powers would differ in the last digits, which show in requests.
    while (list.length < count) list.push(list[list.length - 1]! / factor);
    return list;
  }
  if (!(factor > 1 && last > 0)) {
    throw new RangeError("max_res needs a res_factor larger than 1, and must be larger than 0");
  }
  for (let next = first / factor; next > last; next /= factor) list.push(next);
  return list;
}

/**
 * The part of another grid's resolutions that suits a grid.
 *
 * Where the factor asked for is 2 or the root of 2 and the list has the other one, levels are left
 * out or put between.
 *
 * @param list resolutions of the other grid, falling
 * @throws RangeError if fewer than two remain
 */
export function alignResolutions(list: readonly number[], options: ResolutionOptions): number[] {
  const { first, last, factor, levels } = options;
  let aligned = list.filter((res) => res <= first && (last === undefined || res >= last));
  if (levels !== undefined) aligned = aligned.slice(0, levels);
  const [a, b] = aligned;
  if (a === undefined || b === undefined) {
    throw new RangeError("fewer than two resolutions of the other grid remain");
  }
  const has = Number((a / b).toFixed(8));
  if (factor === "sqrt2" && has === 2) return aligned.flatMap((res) => [res, res / Math.SQRT2]);
  if (factor === 2 && has === Number(Math.SQRT2.toFixed(8))) {
    return aligned.filter((_, level) => level % 2 === 0);
  }
  return aligned;
}
