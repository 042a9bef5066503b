import * as v from "valibot";
import { serviceMetadata } from "../../model/options.ts";

/** Options of `services.kml`. */
export const kmlOptions = v.strictObject({
  /** Layers are addressed as `LAYER/GRID` instead of `LAYER/EPSG3857`. */
  use_grid_names: v.nullish(v.boolean()),
  /** Accepted as for the other services; a KML document has no place for it. */
  md: v.nullish(serviceMetadata),
});

export type KmlOptions = v.InferOutput<typeof kmlOptions>;
