import { type BBox, bboxContains, bboxIntersection } from "../geo/bbox.ts";
import { type Extent, extentBBox, extentContains } from "../srs/extent.ts";
import type { Srs } from "../srs/srs.ts";
import { canvas } from "./canvas.ts";
import { toRaster } from "./codec.ts";
import { paste } from "./mosaic.ts";
import type { ImageOptions } from "./options.ts";
import type { Picture } from "./picture.ts";

/** The part of a request that lies inside an extent. */
export interface SubImage {
  readonly bbox: BBox;
  /** Pixels. */
  readonly size: readonly [width: number, height: number];
  /** Pixels of the whole that lie left of and above the part. */
  readonly offset: readonly [x: number, y: number];
}

/** Pixels by which rounding of coordinates may fall short of a whole pixel. */
const ROUNDING = 1e-7;

/**
 * The part of a request that lies inside `extent`.
 *
 * Pixel positions of clamped sides are cut down to whole pixels, as the part is later placed.
 *
 * @returns `inside` if all of it does; `outside` if nothing does, not even one pixel
 */
export function subImage(
  request: {
    readonly bbox: BBox;
    readonly srs: Srs;
    readonly size: readonly [width: number, height: number];
  },
  extent: Extent,
): SubImage | "inside" | "outside" {
  // In the system of the extent first: a world has no sensible box in most other systems.
  if (extentContains(extent, request)) return "inside";
  const limit = extentBBox(extent, request.srs);
  const { bbox: whole, size } = request;
  if (bboxContains(limit, whole)) return "inside";
  const bbox = bboxIntersection(limit, whole);
  if (!bbox) return "outside";
  const column = (x: number) =>
    Math.trunc(((x - whole[0]) * size[0]) / (whole[2] - whole[0]) + ROUNDING);
  const row = (y: number) =>
    Math.trunc(((whole[3] - y) * size[1]) / (whole[3] - whole[1]) + ROUNDING);
  const offset = [column(bbox[0]), row(bbox[3])] as const;
  const width = (bbox[2] < whole[2] ? column(bbox[2]) : size[0]) - offset[0];
  const height = (bbox[1] > whole[1] ? row(bbox[1]) : size[1]) - offset[1];
  return width > 0 && height > 0 ? { bbox, size: [width, height], offset } : "outside";
}

/**
 * The result of asking for a part, placed where it belongs in a transparent picture of the whole size.
 *
 * @param size of the whole in pixels
 * @throws ImageError if the picture cannot be decoded
 */
export async function placeSubImage<
  R extends { readonly picture: Picture; readonly options: ImageOptions },
>(result: R, part: SubImage, size: readonly [width: number, height: number]): Promise<R> {
  const options: ImageOptions = { ...result.options, transparent: true };
  if (result.picture.kind === "blank") return { ...result, options };
  const view = canvas(size, options);
  paste(await toRaster(result.picture, part.size, result.options), view, part.offset);
  return { ...result, options, picture: { kind: "raster", view } };
}
