import * as v from "valibot";
import { Lru } from "../core/lru.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import { defineCache } from "../model/define.ts";
import { cacheEntries, number } from "../model/options.ts";
import { dimensionPath } from "./dimension-path.ts";

/** What the map itself weighs for each tile, in bytes: keeps tiny tiles from growing without end. */
const ENTRY_BYTES = 200;

/** Tiles in the memory of one process (or isolate), the least recently used ones leave first. */
export const memoryCache = defineCache({
  type: "memory",
  needs: [],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("memory"),
    /** Bytes of all tiles of one grid. */
    max_bytes: v.optional(v.pipe(number, v.minValue(1)), 64 * 1024 * 1024),
  }),
  create({ max_bytes }, { name, grid, platform }): TileCache {
    const tiles = new Lru<string, StoredTile>(max_bytes);
    const id = ({ x, y, level, dimensions }: TileKey) =>
      `${dimensionPath(dimensions)}${level}/${x}/${y}`;
    return {
      name,
      keepsDimensions: true,
      keepsTimestamps: true,
      lockId: `memory-${name}-${grid.name}`,
      get: async (key) => tiles.get(id(key)),
      async put(key, tile) {
        if (tile.bytes.length === 0) return tiles.delete(id(key));
        // a tile cut out of a larger picture must not keep all of it alive
        const whole = tile.bytes.length === tile.bytes.buffer.byteLength;
        const bytes = whole ? tile.bytes : tile.bytes.slice();
        const timestamp = tile.timestamp ?? platform.clock.now();
        tiles.set(id(key), { ...tile, bytes, timestamp }, bytes.length + ENTRY_BYTES);
      },
      delete: async (key) => tiles.delete(id(key)),
      stat: async (key) => tiles.get(id(key)),
      async *keys(level) {
        for (const key of [...tiles.keys()]) {
          const [at, x, y] = key.split("/");
          if (key.split("/").length === 3 && Number(at) === level) {
            yield { x: Number(x), y: Number(y), level };
          }
        }
      },
      async deleteLevel(level, before) {
        for (const key of [...tiles.keys()]) {
          if (Number(key.split("/").at(-3)) !== level) continue;
          const made = tiles.get(key)?.timestamp ?? 0;
          if (before === undefined || made < before) tiles.delete(key);
        }
      },
    };
  },
});
