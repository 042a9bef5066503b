import * as v from "valibot";
import { md5Hex } from "../core/hash.ts";
import type { TileCache } from "../model/cache.ts";
import { ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import { requireLayout } from "./layout.ts";
import { keyPrefix, objectCache } from "./object-cache.ts";
import { extensionOf } from "./tile-bytes.ts";

/** Tiles as objects of a bucket that the platform binds by name (Workers R2). */
export const r2Cache = defineCache({
  type: "r2",
  needs: ["buckets"],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("r2"),
    /** Name of the binding. */
    binding: v.string(),
    directory: v.optional(v.string()),
    directory_layout: v.optional(v.string(), "tms"),
  }),
  create(options, deps): TileCache {
    const bucket = deps.platform.buckets?.(options.binding);
    if (!bucket) {
      throw new ConfigFault("binding", `Cannot find a bucket bound as "${options.binding}"`);
    }
    const contentType = `image/${extensionOf(deps.image)}`;
    const prefix = keyPrefix(options.directory, deps);
    return objectCache(
      {
        get: (key) => bucket.get(key),
        put: (key, bytes) => bucket.put(key, bytes, contentType),
        delete: (key) => bucket.delete(key),
      },
      {
        layout: requireLayout(options.directory_layout),
        prefix,
        lockId: `r2-${md5Hex(`${prefix}${options.binding}`)}`,
      },
      deps,
    );
  },
});
