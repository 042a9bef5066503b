import * as v from "valibot";
import { serviceMetadata } from "../../model/options.ts";

/** Options of `services.tms`. */
export const tmsOptions = v.strictObject({
  /** Layers are addressed as `LAYER/GRID` instead of `LAYER/EPSG3857`. */
  use_grid_names: v.nullish(v.boolean()),
  /** Where `/tiles` counts rows from; without it each grid's own origin. `/tms` is always `sw`. */
  origin: v.nullish(v.picklist(["nw", "sw"])),
  md: v.nullish(serviceMetadata),
});

export type TmsOptions = v.InferOutput<typeof tmsOptions>;
