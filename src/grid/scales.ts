import { type BBox, bboxHeight, bboxWidth } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import type { ResolutionRange } from "./resolution-range.ts";

/** Size of a pixel on OGC's standard display, in metres (OGC 06-042, 7.2.4.6.9). */
const PIXEL_SIZE = 0.00028;

/** Slack above the coarse limit that rounding of a request needs, metres a pixel. */
const COARSE_SLACK = 1e-6;

/** Metres a pixel for a scale denominator. */
export function scaleToResolution(scaleDenominator: number): number {
  return scaleDenominator * PIXEL_SIZE;
}

/** Scale denominator for metres a pixel. */
export function resolutionToScale(resolution: number): number {
  return resolution / PIXEL_SIZE;
}

/** Limits as sources and layers write them: resolutions in m/px, or scale denominators. */
export interface RangeOptions {
  readonly min_res?: number | undefined;
  readonly max_res?: number | undefined;
  readonly min_scale?: number | undefined;
  readonly max_scale?: number | undefined;
}

/**
 * The range that options describe; resolutions win over scales.
 *
 * @returns `undefined` if there is no limit
 * @throws RangeError if the coarse limit is not the larger number
 */
export function resolutionRange(options: RangeOptions): ResolutionRange | undefined {
  const byResolution = options.min_res !== undefined || options.max_res !== undefined;
  const fromScale = (scale: number | undefined) =>
    scale === undefined ? undefined : scaleToResolution(scale);
  const min = byResolution ? options.min_res : fromScale(options.max_scale);
  const max = byResolution ? options.max_res : fromScale(options.min_scale);
  if (min === undefined && max === undefined) return undefined;
  if (min !== undefined && max !== undefined && !(min > max)) {
    throw new RangeError(
      byResolution
        ? `Cannot use min_res ${min} with max_res ${max}: min_res must be the larger number`
        : `Cannot use min_scale ${options.min_scale} with max_scale ${options.max_scale}: min_scale must be the smaller number`,
    );
  }
  return { min, max };
}

/**
 * Whether a map's pixels lie within the range, both ends included. Degrees are measured along the
 * equator; both axes count.
 *
 * @param bbox of the map in `srs`
 * @param size in pixels
 */
export function rangeContains(
  range: ResolutionRange,
  bbox: BBox,
  size: readonly [width: number, height: number],
  srs: Srs,
): boolean {
  const metres = srs.isGeographic ? srs.metresPerUnit : 1;
  const x = (bboxWidth(bbox) * metres) / size[0];
  const y = (bboxHeight(bbox) * metres) / size[1];
  if (range.min !== undefined) {
    const coarse = range.min + COARSE_SLACK;
    if (coarse <= x || coarse <= y) return false;
  }
  return range.max === undefined || !(range.max > x || range.max > y);
}

/** The range in which any of several is shown; `undefined`: no limit. */
export function mergeRanges(
  list: readonly (ResolutionRange | undefined)[],
): ResolutionRange | undefined {
  if (list.length === 0) return undefined;
  let min: number | undefined = -Infinity;
  let max: number | undefined = Infinity;
  for (const range of list) {
    min = min === undefined || range?.min === undefined ? undefined : Math.max(min, range.min);
    max = max === undefined || range?.max === undefined ? undefined : Math.min(max, range.max);
  }
  return min === undefined && max === undefined ? undefined : { min, max };
}

/** Scale denominators of a range, the finer one first, as documents write them. */
export function rangeScales(range: ResolutionRange): {
  readonly min: number | undefined;
  readonly max: number | undefined;
} {
  return {
    min: range.max === undefined ? undefined : resolutionToScale(range.max),
    max: range.min === undefined ? undefined : resolutionToScale(range.min),
  };
}
