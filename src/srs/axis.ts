import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "./srs.ts";

/** South, west, north, east from west, south, east, north, and back. */
export function swapAxes(bbox: BBox): BBox {
  return [bbox[1], bbox[0], bbox[3], bbox[2]];
}

/** A bbox as protocols that follow the axis order of the standard write it (WMS 1.3.0, OGC API). */
export function toAxisOrder(bbox: BBox, srs: Srs): BBox {
  return srs.northEast ? swapAxes(bbox) : bbox;
}

/** The bbox behind four numbers in the axis order of the standard. */
export function fromAxisOrder(bbox: BBox, srs: Srs): BBox {
  return srs.northEast ? swapAxes(bbox) : bbox;
}
