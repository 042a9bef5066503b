import * as v from "valibot";
import { md5Hex } from "../core/hash.ts";
import type { TileCache } from "../model/cache.ts";
import { defineCache } from "../model/define.ts";
import { cacheEntries, integer } from "../model/options.ts";
import { byDimension } from "./by-dimension.ts";
import { levelDirectory, levelFiles } from "./level-files.ts";
import { sqliteEntries, sqliteSettings } from "./mbtiles.ts";
import { checkMbtiles, createMbtiles, updateZoomRange } from "./mbtiles-schema.ts";
import { tableCache } from "./table-cache.ts";

/** One MBTiles file a level, with the time of each tile. */
export const sqliteCache = defineCache({
  type: "sqlite",
  needs: ["files", "sqlite"],
  options: v.strictObject({
    ...cacheEntries,
    ...sqliteEntries,
    type: v.literal("sqlite"),
    directory: v.optional(v.string()),
    /** Seconds after which tiles are no longer seen; 0: never. */
    ttl: v.optional(integer, 0),
  }),
  create(options, deps): TileCache {
    const directory = levelDirectory(options.directory, deps);
    const tilesIn = (at: string): TileCache => {
      const files = levelFiles(at, {
        ...sqliteSettings(options, deps),
        // MapProxy 1 left the last letter out.
        extensions: ["mbtiles", "mbtile"],
        create: (database) => createMbtiles(database, deps, true),
        check: checkMbtiles,
      });
      return tableCache({
        name: deps.name,
        lockId: `sqlite-${md5Hex(directory)}`,
        image: deps.image,
        table: "tiles",
        file: files.ofLevel,
        filePerLevel: true,
        times: { ttl: options.ttl },
        clock: deps.platform.clock,
        changed: updateZoomRange,
        close: files.close,
      });
    };
    return byDimension(tilesIn(directory), (below) =>
      tilesIn(`${directory}/${below.slice(0, -1)}`),
    );
  },
});
