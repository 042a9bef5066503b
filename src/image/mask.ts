import { clipPolygons } from "../coverage/clip.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { type BBox, bboxHeight, bboxWidth } from "../geo/bbox.ts";
import type { MultiPolygon } from "../geo/polygon.ts";
import type { Srs } from "../srs/srs.ts";
import { polygonMask } from "./kernels/polygon-mask.ts";
import type { RasterView } from "./picture.ts";
import { newView, samplesOf, withChannels } from "./view.ts";

/** Where a picture lies on the ground. */
export interface Place {
  readonly bbox: BBox;
  readonly srs: Srs;
}

/**
 * An RGBA copy of `view` that is (255, 255, 255, 0) wherever `coverage` is not, whatever its `clip` says. The
 * coverage is shrunk by a tenth of a pixel, so that a pixel it merely touches stays outside.
 */
export function maskView(view: RasterView, place: Place, coverage: Coverage): RasterView {
  const mask = coverageMask(coverage, place, [view.width, view.height]);
  const wide = withChannels(view, 4);
  const samples = samplesOf(wide);
  const data = samples.buffer === view.data.buffer ? samples.slice() : samples;
  clearOutside(data, mask);
  return newView([view.width, view.height], 4, data);
}

/**
 * Pixels inside of `coverage`: 1 inside, 0 outside, row by row from the top left. A pixel is inside if its
 * middle is.
 */
export function coverageMask(
  coverage: Coverage,
  { bbox, srs }: Place,
  size: readonly [width: number, height: number],
): Uint8Array {
  const dx = bboxWidth(bbox) / size[0];
  const dy = bboxHeight(bbox) / size[1];
  const ground = clipPolygons(coverage, bbox, srs, Math.min(dx, dy));
  const pixels: MultiPolygon = ground.map((polygon) =>
    polygon.map((ring) => ring.map(([x, y]) => [(x - bbox[0]) / dx, (bbox[3] - y) / dy] as const)),
  );
  return polygonMask(pixels, size);
}

function clearOutside(rgba: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) {
      rgba[4 * i] = 255;
      rgba[4 * i + 1] = 255;
      rgba[4 * i + 2] = 255;
      rgba[4 * i + 3] = 0;
    }
  }
}
