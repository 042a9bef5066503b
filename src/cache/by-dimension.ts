import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import { dimensionPath } from "./dimension-path.ts";

/** Sets of dimension values whose stores are open at the same time: each may hold open files. */
const OPEN = 32;

/** A store of one set of values; closed when it left the open ones and nobody uses it. */
interface Part {
  readonly cache: TileCache;
  users: number;
  isOpen: boolean;
}

/**
 * A cache that keeps the tiles of each set of dimension values in a store of its own, and those
 * without dimensions in `plain`, which is what lists, removes and defragments levels.
 *
 * @param open makes the store of a path of dimensions (`time-2020/`), and no file before the first
 *   write; its keys come without dimensions
 */
export function byDimension(plain: TileCache, open: (below: string) => TileCache): TileCache {
  const parts = new Map<string, Part>();
  const partOf = (below: string): Part => {
    const part = parts.get(below) ?? { cache: open(below), users: 0, isOpen: true };
    // last in the order: it has been used last
    parts.delete(below);
    parts.set(below, part);
    return part;
  };
  const leave = async (below: string, part: Part): Promise<void> => {
    parts.delete(below);
    part.isOpen = false;
    if (part.users === 0) await part.cache.close?.();
  };
  const using = async <T>(below: string, work: (cache: TileCache) => Promise<T>): Promise<T> => {
    if (below === "") return work(plain);
    const part = partOf(below);
    part.users++;
    try {
      const [oldest] = parts;
      if (parts.size > OPEN && oldest) await leave(...oldest);
      return await work(part.cache);
    } finally {
      part.users--;
      if (part.users === 0 && !part.isOpen) await part.cache.close?.();
    }
  };
  return {
    ...plain,
    keepsDimensions: true,
    get: async (key, ctx) => using(pathOf(key), (cache) => cache.get(bare(key), ctx)),
    put: async (key, tile, ctx) => using(pathOf(key), (cache) => cache.put(bare(key), tile, ctx)),
    delete: async (key, ctx) => using(pathOf(key), (cache) => cache.delete(bare(key), ctx)),
    ...(plain.stat && {
      stat: async (key, ctx) => using(pathOf(key), async (cache) => cache.stat?.(bare(key), ctx)),
    }),
    async getMany(keys, ctx) {
      const found = new Map<TileKey, StoredTile | undefined>();
      for (const [below, some] of Map.groupBy(keys, pathOf)) {
        const tiles = await using(below, async (cache) => cache.getMany?.(some.map(bare), ctx));
        some.forEach((key, i) => {
          found.set(key, tiles?.[i]);
        });
      }
      return keys.map((key) => found.get(key));
    },
    async putMany(tiles, ctx) {
      for (const [below, some] of Map.groupBy(tiles, ([key]) => pathOf(key))) {
        const bareTiles = some.map(([key, tile]) => [bare(key), tile] as const);
        await using(below, async (cache) => cache.putMany?.(bareTiles, ctx));
      }
    },
    async close() {
      for (const [below, part] of parts) await leave(below, part);
      await plain.close?.();
    },
  };
}

function pathOf({ dimensions }: TileKey): string {
  return dimensionPath(dimensions);
}

function bare({ x, y, level }: TileKey): TileKey {
  return { x, y, level };
}
