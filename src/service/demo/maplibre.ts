import type { BBox } from "../../geo/bbox.ts";
import { bboxIntersection } from "../../geo/bbox.ts";
import type { Srs } from "../../srs/srs.ts";
import { parseSrs } from "../../srs/srs.ts";

/** Half the equator in EPSG:3857, metres. */
export const MERCATOR_EDGE = 20037508.342789244;

/** North and south end of web mercator's square, degrees. */
const MERCATOR_LATITUDE = 85.0511;

/** Whether MapLibre can draw maps in a reference system: it knows EPSG:3857 and its old names. */
export function isWebMercator({ definition }: Srs): boolean {
  return definition === parseSrs("EPSG:3857").definition;
}

/** The part of `bbox` (degrees) that web mercator has. */
export function mercatorBounds(bbox: BBox): BBox {
  const world: BBox = [-180, -MERCATOR_LATITUDE, 180, MERCATOR_LATITUDE];
  return bboxIntersection(bbox, world) ?? world;
}
