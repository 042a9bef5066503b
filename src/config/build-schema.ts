import * as v from "valibot";
import type { CacheType, ServiceType, SourceType } from "../model/define.ts";
import {
  cacheSchema,
  globalsSchema,
  gridSchema,
  layerSchema,
  serverSchema,
} from "./schema-parts.ts";

/** The kinds a file may name. */
export interface Registries {
  readonly sourceTypes: readonly SourceType[];
  readonly cacheTypes: readonly CacheType[];
  readonly serviceTypes: readonly ServiceType[];
}

/** A mapping with `type`, read by the kind of that name. */
function byType(types: readonly { readonly options: v.GenericSchema }[]) {
  const options = types.map((type) => type.options) as unknown as [Kind, ...Kind[]];
  return v.variant("type", options);
}
type Kind = v.StrictObjectSchema<{ readonly type: v.LiteralSchema<string, undefined> }, undefined>;

/** The whole file, after `base` files are merged and old spellings replaced. */
export function buildSchema(types: Registries) {
  const services: Record<string, v.GenericSchema> = {};
  for (const type of types.serviceTypes) services[type.type] = v.optional(type.options);
  return v.strictObject({
    services: v.optional(v.strictObject(services)),
    layers: v.optional(v.pipe(v.array(layerSchema), v.minLength(1, "Expected at least one layer"))),
    caches: v.optional(v.record(v.string(), cacheSchema(byType(types.cacheTypes))), {}),
    sources: v.optional(v.record(v.string(), byType(types.sourceTypes)), {}),
    grids: v.optional(v.record(v.string(), gridSchema), {}),
    globals: v.optional(globalsSchema, {}),
    server: v.optional(serverSchema, {}),
    /** Modules that add kinds of sources, caches and services. */
    plugins: v.optional(v.array(v.string())),
    parts: v.optional(v.unknown()),
  });
}
