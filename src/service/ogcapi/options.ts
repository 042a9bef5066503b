import * as v from "valibot";
import { integer, number, strings } from "../../model/options.ts";

const description = v.looseObject({
  title: v.nullish(v.string()),
  description: v.nullish(v.string()),
  keywords: v.nullish(strings),
  terms_of_service: v.nullish(v.string()),
  url: v.nullish(v.string()),
});

/** `services.ogcapi.md`: who is responsible for what is served, and on which terms. */
const metadata = v.looseObject({
  identification: v.nullish(description),
  contact: v.nullish(v.record(v.string(), v.unknown())),
  license: v.nullish(v.looseObject({ name: v.nullish(v.string()), url: v.nullish(v.string()) })),
  provider: v.nullish(v.looseObject({ name: v.nullish(v.string()), url: v.nullish(v.string()) })),
});

/** Options of `services.ogcapi`. */
export const ogcApiOptions = v.strictObject({
  enable_tiles: v.nullish(v.boolean()),
  enable_maps: v.nullish(v.boolean()),
  /** Reference systems of maps; the first is the one that maps have unless they are asked for in another. */
  map_srs: v.nullish(strings),
  /** Drawn into the lower right corner of each map. */
  attribution: v.nullish(v.strictObject({ text: v.nullish(v.string()) })),
  /** `raise`: one failing source fails the map; anything else: the reason is drawn onto the map. */
  on_source_errors: v.nullish(v.string()),
  /** Pixels, or `[width, height]` whose product counts. */
  max_output_pixels: v.nullish(v.union([number, v.array(number)])),
  image_formats: v.nullish(strings),
  /** Layers of one map that are drawn at the same time. */
  concurrent_layer_renderer: v.nullish(integer),
  /** Layers of `/map` and `/map/tiles`, bottom first; without, there is no map of the whole. */
  default_dataset_layers: v.nullish(strings),
  md: v.nullish(metadata),
});

export type OgcApiOptions = v.InferOutput<typeof ogcApiOptions>;
