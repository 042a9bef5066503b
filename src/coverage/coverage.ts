import type { BBox } from "../geo/bbox.ts";
import type { MultiPolygon } from "../geo/polygon.ts";
import type { Srs } from "../srs/srs.ts";

/** An area that limits a source, a cache, a seed or what a client may see. */
export interface Coverage {
  readonly srs: Srs;
  /** Bounds of the area in `srs`. */
  readonly bbox: BBox;
  /** The exact area in `srs`; `undefined`: the bbox itself. They may overlap if they were loaded for a walk. */
  readonly polygons: MultiPolygon | undefined;
  /** Whether pictures are cut along the area, not only limited to its bbox. */
  readonly clip: boolean;
}

/** Whether nothing lies in it: it was read from a file without polygons. */
export function isEmptyCoverage({ polygons }: Coverage): boolean {
  return polygons?.length === 0;
}
