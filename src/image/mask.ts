import { clipPolygons } from "../coverage/clip.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { type BBox, bboxHeight, bboxWidth } from "../geo/bbox.ts";
import type { MultiPolygon } from "../geo/polygon.ts";
import type { Srs } from "../srs/srs.ts";
import { withArena } from "./kernels/arena.ts";
import { newPatch, putView, takeView } from "./kernels/patch.ts";
import { polygonMask } from "./kernels/polygon-mask.ts";
import type { RasterView } from "./picture.ts";

/** Pixel of what a mask hides: white, transparent. */
export const MASKED = 0x00ffffff;

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
  return withArena((arena) => {
    const patch = newPatch(arena, view.width, view.height);
    putView(arena, view, patch);
    const at = arena.alloc(mask.length);
    arena.bytes.set(mask, at);
    arena.kernel.maskOut(patch.at, at, mask.length, MASKED);
    return takeView(arena, patch, 4);
  });
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
