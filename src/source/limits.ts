import type { Coverage } from "../coverage/coverage.ts";
import { coverageContains, coverageIntersects } from "../coverage/predicates.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import { rangeContains } from "../grid/scales.ts";
import type { ImageOptions } from "../image/options.ts";
import type { MapQuery } from "../model/source.ts";
import { DEFAULT_EXTENT, type Extent } from "../srs/extent.ts";

/** Where and at which resolutions a source shows something. */
export interface Limits {
  readonly coverage: Coverage | undefined;
  readonly resolutions: ResolutionRange | undefined;
}

type Rectangle = Pick<MapQuery, "bbox" | "srs" | "size">;

/** Whether a source has nothing for this rectangle, so that nobody needs to be asked. */
export function isOutside({ coverage, resolutions }: Limits, query: Rectangle): boolean {
  const { bbox, srs, size } = query;
  if (resolutions && !rangeContains(resolutions, bbox, size, srs)) return true;
  return coverage !== undefined && !coverageIntersects(coverage, bbox, srs);
}

/** Bounds of the coverage, else the whole world because nobody said otherwise. */
export function extentOf(coverage: Coverage | undefined): Extent {
  return coverage ? { bbox: coverage.bbox, srs: coverage.srs } : DEFAULT_EXTENT;
}

/** Opacity from which a picture hides what lies below. */
const OPAQUE_FROM = 0.99;

/**
 * Whether a picture of the source surely hides all below. A source that says nothing about
 * transparency counts as opaque, and so does an opacity of 0, which users mean as "none".
 */
export function isOpaque(limits: Limits, options: ImageOptions, query: Rectangle): boolean {
  const { coverage, resolutions } = limits;
  const { opacity, transparent } = options;
  if (resolutions && !rangeContains(resolutions, query.bbox, query.size, query.srs)) return false;
  if (transparent) return false;
  if (opacity !== undefined && opacity !== 0 && opacity < OPAQUE_FROM) return false;
  return !coverage || coverageContains(coverage, query.bbox, query.srs);
}
