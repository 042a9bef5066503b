import type { StoredTile, TileCache, TileKey } from "../src/model/cache.ts";

/** A tile cache in memory, with as few abilities as a cache may have. */
export function memoryCache(): TileCache {
  const tiles = new Map<string, StoredTile>();
  const id = ({ x, y, level, dimensions }: TileKey) =>
    JSON.stringify([level, x, y, dimensions ?? null]);
  return {
    name: "memory",
    keepsDimensions: true,
    keepsTimestamps: true,
    lockId: "memory",
    get: async (key) => tiles.get(id(key)),
    put: async (key, tile) => void tiles.set(id(key), tile),
    delete: async (key) => void tiles.delete(id(key)),
  };
}
