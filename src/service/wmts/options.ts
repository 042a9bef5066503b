import * as v from "valibot";
import { serviceMetadata } from "../../model/options.ts";

const TILE = "/{Layer}/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}";

/** Path of tiles below `/wmts` unless `restful_template` says otherwise. */
export const DEFAULT_TILE_TEMPLATE = `${TILE}.{Format}`;

/** Path of feature info below `/wmts` unless `restful_featureinfo_template` says otherwise. */
export const DEFAULT_INFO_TEMPLATE = `${TILE}/{I}/{J}.{InfoFormat}`;

/** Options of `services.wmts`. */
export const wmtsOptions = v.strictObject({
  kvp: v.nullish(v.boolean()),
  restful: v.nullish(v.boolean()),
  restful_template: v.nullish(v.string()),
  restful_featureinfo_template: v.nullish(v.string()),
  /** The same under the name that the reference's manual gives it. */
  restful_fi_template: v.nullish(v.string()),
  featureinfo_formats: v.nullish(
    v.array(v.strictObject({ mimetype: v.string(), suffix: v.nullish(v.string()) })),
  ),
  /**
   * Answers mistakes with the statuses, codes and locators of OGC 07-057r7 where the reference has others:
   * what the OGC's own test suite wants.
   */
  strict_ogc: v.nullish(v.boolean()),
  md: v.nullish(serviceMetadata),
});

export type WmtsOptions = v.InferOutput<typeof wmtsOptions>;

/** Which of the two ways of asking are on: both, unless either is named in the configuration. */
export function bindings({ kvp, restful }: WmtsOptions): { kvp: boolean; restful: boolean } {
  if ((kvp ?? restful ?? undefined) === undefined) return { kvp: true, restful: true };
  return { kvp: kvp === true, restful: restful === true };
}
