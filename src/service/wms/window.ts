import { type BBox, bboxContains, bboxIntersection } from "../../geo/bbox.ts";
import { canvas } from "../../image/canvas.ts";
import { toRaster } from "../../image/codec.ts";
import type { RasterView } from "../../image/picture.ts";
import { withChannels } from "../../image/view.ts";
import type { MapQuery, MapResult } from "../../model/source.ts";
import type { MapRequest } from "./params.ts";

/** The part of a map that lies within a limiting bbox, in whole pixels. */
export interface VisibleWindow {
  /** What is drawn. */
  readonly part: { readonly bbox: BBox; readonly size: readonly [number, number] };
  /** Column and row of its upper left pixel in the whole map. */
  readonly at: readonly [column: number, row: number];
}

/**
 * What of a map is drawn when nothing beyond `limit` may be.
 *
 * @param limit in the reference system of the query
 * @returns `none` if nothing of the map lies within, `whole` if all of it does
 */
export function visibleWindow(query: MapQuery, limit: BBox): VisibleWindow | "none" | "whole" {
  const { bbox, size } = query;
  if (bboxContains(limit, bbox)) return "whole";
  const shared = bboxIntersection(bbox, limit);
  if (!shared) return "none";
  const perX = (bbox[2] - bbox[0]) / size[0];
  const perY = (bbox[3] - bbox[1]) / size[1];
  const left = Math.round((shared[0] - bbox[0]) / perX);
  const right = Math.round((shared[2] - bbox[0]) / perX);
  const top = Math.round((bbox[3] - shared[3]) / perY);
  const bottom = Math.round((bbox[3] - shared[1]) / perY);
  // Less than half a pixel of overlap is nothing that could be drawn.
  if (right <= left || bottom <= top) return "none";
  return { part: { bbox: shared, size: [right - left, bottom - top] }, at: [left, top] };
}

/** The drawn part on a ground of the size asked for: opaque unless the client wants transparency. */
export async function intoFrame(
  drawn: MapResult,
  { part, at }: VisibleWindow,
  { query, wanted }: MapRequest,
): Promise<MapResult> {
  const ground = { ...wanted, mode: wanted.transparent ? ("RGBA" as const) : ("RGB" as const) };
  const frame = canvas(query.size, ground);
  const view = await toRaster(drawn.picture, part.size, ground);
  place(withChannels(view, frame.channels), frame, at);
  const { timestamp: _, ...rest } = drawn;
  return { ...rest, picture: { kind: "raster", view: frame }, options: wanted };
}

/** Copies the samples of `view` into `frame`, row by row; both have as many a pixel. */
function place(
  view: RasterView,
  frame: RasterView,
  [column, row]: readonly [number, number],
): void {
  const width = Math.min(view.width, frame.width - column) * view.channels;
  const height = Math.min(view.height, frame.height - row);
  for (let y = 0; y < height; y++) {
    const from = view.offset + y * view.stride;
    const to = frame.offset + (row + y) * frame.stride + column * frame.channels;
    frame.data.set(view.data.subarray(from, from + width), to);
  }
}
