import { placeSubImage, subImage } from "../image/sub-image.ts";
import type { MapQuery, MapResult } from "../model/source.ts";
import type { Extent } from "../srs/extent.ts";

/**
 * What `draw` makes of the part of a query that lies within an extent, placed in a transparent picture of the
 * query's size.
 *
 * @returns `undefined` if nothing lies within it, or nothing was drawn
 */
export async function drawWithin<Q extends MapQuery>(
  extent: Extent,
  query: Q,
  draw: (part: Q) => Promise<MapResult | undefined>,
): Promise<MapResult | undefined> {
  const part = subImage(query, extent);
  if (part === "outside") return undefined;
  if (part === "inside") return draw(query);
  const result = await draw({ ...query, bbox: part.bbox, size: part.size });
  return result && placeSubImage(result, part, query.size);
}
