import { type BBox, bboxNear } from "../geo/bbox.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import type { Look } from "./drawing.ts";
import { warpQuads } from "./kernels/warp.ts";
import { meshQuads, type Placed } from "./mesh.ts";
import { crop } from "./mosaic.ts";
import type { Resampling } from "./options.ts";
import type { RasterView } from "./picture.ts";

/** Share of a pixel by which edges may differ and still count as equal. */
const EDGE_TOLERANCE = 0.1;

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
  const placed = { ...source, size: [view.width, view.height] as const };
  const look = lookAt(placed, target, resampling);
  if (look.kind === "warp") return warpQuads(view, { ...look, size: target.size });
  const isSame = view.width === target.size[0] && view.height === target.size[1];
  if (isSame && look.at[0] === 0 && look.at[1] === 0) return view;
  return crop(view, look.at, target.size);
}

/** How a picture of `target` comes out of one of `source`: the steps of {@linkcode transform}. */
export function lookAt(source: Placed, target: WarpTarget, resampling: Resampling): Look {
  if (!sameSrs(source.srs, target.srs)) {
    return { kind: "warp", quads: meshQuads(source, target), resampling };
  }
  const [width, height] = target.size;
  const dx = (target.bbox[2] - target.bbox[0]) / width;
  const dy = (target.bbox[3] - target.bbox[1]) / height;
  const isSameSize = source.size[0] === width && source.size[1] === height;
  const slack = [dx * EDGE_TOLERANCE, dy * EDGE_TOLERANCE] as const;
  if (isSameSize && bboxNear(source.bbox, target.bbox, ...slack))
    return { kind: "cut", at: [0, 0] };

  const [x0, y0, x1, y1] = cornersIn(source, target.bbox);
  const sourceDx = (source.bbox[2] - source.bbox[0]) / source.size[0];
  const sourceDy = (source.bbox[3] - source.bbox[1]) / source.size[1];
  const isSameScale =
    Math.abs(sourceDx - dx) < dx / (10 * width) && Math.abs(sourceDy - dy) < dy / (10 * height);
  if (isSameScale) return { kind: "cut", at: [Math.round(x0), Math.round(y0)] };
  const corners = [x0, y0, x0, y1, x1, y1, x1, y0];
  return { kind: "warp", quads: [{ x: 0, y: 0, width, height, corners }], resampling };
}

/** Pixel positions in the source of the upper left and the lower right corner of `target`. */
function cornersIn(
  { bbox: source, size: [width, height] }: Placed,
  target: BBox,
): [x0: number, y0: number, x1: number, y1: number] {
  const x = (ground: number) => ((ground - source[0]) / (source[2] - source[0])) * width;
  const y = (ground: number) => ((source[3] - ground) / (source[3] - source[1])) * height;
  return [x(target[0]), y(target[3]), x(target[2]), y(target[1])];
}
