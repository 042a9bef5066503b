import { type BBox, bboxNear } from "../geo/bbox.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import { type Quad, warpQuads } from "./kernels/warp.ts";
import { meshQuads } from "./mesh.ts";
import { crop } from "./mosaic.ts";
import type { Resampling } from "./options.ts";
import type { RasterView } from "./picture.ts";
import { windowOf } from "./view.ts";

/** Share of a pixel by which edges may differ and still count as equal. */
const EDGE_TOLERANCE = 0.1;

/** Pixels of the source that are kept around what is needed: more than any sampler reads. */
const MARGIN = 4;

/** Where a picture shall lie, and how large it shall be. */
export interface WarpTarget {
  readonly bbox: BBox;
  readonly srs: Srs;
  /** Pixels. */
  readonly size: readonly [width: number, height: number];
  /** Pixels by which reprojection may be off; 1 if absent. */
  readonly maxError?: number;
}

/**
 * `view`, which covers `source`, as a picture of `target`.
 *
 * The view itself if nothing has to change; a cut at whole pixels where only the place differs; scaled in the
 * same reference system; else reprojected by a mesh. What `source` does not cover is zero: transparent
 * black, or black.
 */
export function transform(
  view: RasterView,
  source: { readonly bbox: BBox; readonly srs: Srs },
  target: WarpTarget,
  resampling: Resampling,
): RasterView {
  if (!sameSrs(source.srs, target.srs)) {
    const placed = { ...source, size: [view.width, view.height] as const };
    return warpNeeded(view, meshQuads(placed, target), target.size, resampling);
  }
  const [width, height] = target.size;
  const dx = (target.bbox[2] - target.bbox[0]) / width;
  const dy = (target.bbox[3] - target.bbox[1]) / height;
  const isSameSize = view.width === width && view.height === height;
  const slack = [dx * EDGE_TOLERANCE, dy * EDGE_TOLERANCE] as const;
  if (isSameSize && bboxNear(source.bbox, target.bbox, ...slack)) return view;

  const [x0, y0, x1, y1] = cornersIn(view, source.bbox, target.bbox);
  const sourceDx = (source.bbox[2] - source.bbox[0]) / view.width;
  const sourceDy = (source.bbox[3] - source.bbox[1]) / view.height;
  const isSameScale =
    Math.abs(sourceDx - dx) < dx / (10 * width) && Math.abs(sourceDy - dy) < dy / (10 * height);
  if (isSameScale) return crop(view, [Math.round(x0), Math.round(y0)], target.size);
  const corners = [x0, y0, x0, y1, x1, y1, x1, y0];
  return warpNeeded(view, [{ x: 0, y: 0, width, height, corners }], target.size, resampling);
}

/** Pixel positions in the view of the upper left and the lower right corner of `target`. */
function cornersIn(
  { width, height }: RasterView,
  source: BBox,
  target: BBox,
): [x0: number, y0: number, x1: number, y1: number] {
  const x = (ground: number) => ((ground - source[0]) / (source[2] - source[0])) * width;
  const y = (ground: number) => ((source[3] - ground) / (source[3] - source[1])) * height;
  return [x(target[0]), y(target[3]), x(target[2]), y(target[1])];
}

/** Warps from the part of the view that the quads reach: large mosaics are not copied whole. */
function warpNeeded(
  view: RasterView,
  quads: readonly Quad[],
  size: readonly [width: number, height: number],
  resampling: Resampling,
): RasterView {
  let [minx, miny, maxx, maxy] = [view.width, view.height, 0, 0];
  for (const { corners } of quads) {
    for (let i = 0; i < corners.length; i += 2) {
      minx = Math.min(minx, corners[i]!);
      maxx = Math.max(maxx, corners[i]!);
      miny = Math.min(miny, corners[i + 1]!);
      maxy = Math.max(maxy, corners[i + 1]!);
    }
  }
  const x = clamp(Math.floor(minx) - MARGIN, view.width - 1);
  const y = clamp(Math.floor(miny) - MARGIN, view.height - 1);
  const right = clamp(Math.ceil(maxx) + MARGIN, view.width);
  const bottom = clamp(Math.ceil(maxy) + MARGIN, view.height);
  const part = windowOf(view, x, y, [Math.max(1, right - x), Math.max(1, bottom - y)]);
  const moved = quads.map((quad) => ({
    ...quad,
    corners: quad.corners.map((value, i) => value - (i % 2 === 0 ? x : y)),
  }));
  return warpQuads(part, size, moved, resampling);
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
