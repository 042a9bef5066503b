import type { Context } from "../core/context.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import type { Clock } from "../platform/platform.ts";

/** A cache that may be absent or broken: reading falls back to "not there", writing to "not kept". */
export interface Storage {
  getMany(keys: readonly TileKey[], ctx: Context): Promise<(StoredTile | undefined)[]>;
  putMany(tiles: readonly (readonly [TileKey, StoredTile])[], ctx: Context): Promise<void>;
  /** Whether all are there and `isFresh`, without reading them if the store can tell. */
  hasAll(
    keys: readonly TileKey[],
    isFresh: (tile: { timestamp: number | undefined }, key: TileKey) => boolean,
    ctx: Context,
  ): Promise<boolean>;
  /** When the store says that a tile was made; `undefined` if it does not, or not without reading it. */
  timeOf(key: TileKey, ctx: Context): Promise<number | undefined>;
  remove(key: TileKey, ctx: Context): Promise<void>;
}

/** At most one line in this many ms says that a cache is broken, with the number of cases since. */
const LOG_INTERVAL = 60_000;

/** Reads and writes at most this many tiles at the same time where a store has no bulk operation. */
const PARALLEL = 16;

/**
 * A disk that is full or read-only must not turn maps that were fetched into errors.
 *
 * @param options `strict`: but who fills a cache wants to know; then failures throw CacheError
 */
export function storage(
  cache: TileCache | undefined,
  clock: Clock,
  options: { readonly strict?: boolean } = {},
): Storage {
  if (!cache) {
    return {
      getMany: async (keys) => keys.map(() => undefined),
      putMany: async () => {},
      hasAll: async () => false,
      timeOf: async () => undefined,
      remove: async () => {},
    };
  }
  const report = options.strict ? fail : faultReport(cache.name, clock);

  const getMany: Storage["getMany"] = async (keys, ctx) => {
    try {
      if (keys.length === 1) return [await cache.get(keys[0]!, ctx)];
      if (cache.getMany) return await cache.getMany(keys, ctx);
    } catch (error) {
      report("read", error, ctx);
      return keys.map(() => undefined);
    }
    return parallel(keys, async (key) => {
      try {
        return await cache.get(key, ctx);
      } catch (error) {
        report("read", error, ctx);
        return undefined;
      }
    });
  };

  return {
    getMany,
    async putMany(tiles, ctx) {
      try {
        if (tiles.length > 1 && cache.putMany) await cache.putMany(tiles, ctx);
        else await parallel(tiles, ([key, tile]) => cache.put(key, tile, ctx));
      } catch (error) {
        report("write", error, ctx);
      }
    },
    async hasAll(keys, isFresh, ctx) {
      try {
        for (const key of keys) {
          const found = cache.stat ? await cache.stat(key, ctx) : await cache.get(key, ctx);
          if (!found || !isFresh(found, key)) return false;
        }
        return true;
      } catch (error) {
        report("read", error, ctx);
        return false;
      }
    },
    async timeOf(key, ctx) {
      try {
        return (await cache.stat?.(key, ctx))?.timestamp;
      } catch (error) {
        report("read", error, ctx);
        return undefined;
      }
    },
    async remove(key, ctx) {
      try {
        await cache.delete(key, ctx);
      } catch (error) {
        report("remove", error, ctx);
      }
    },
  };
}

async function parallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += PARALLEL) {
    results.push(...(await Promise.all(items.slice(i, i + PARALLEL).map(work))));
  }
  return results;
}

function fail(_action: string, error: unknown): never {
  throw error;
}

function faultReport(cache: string, clock: Clock) {
  let count = 0;
  let reported = Number.NEGATIVE_INFINITY;
  return (action: "read" | "write" | "remove", error: unknown, ctx: Context): void => {
    count++;
    if (clock.now() - reported < LOG_INTERVAL) return;
    ctx.log.error("cache-failed", { cache, action, cases: count, error });
    reported = clock.now();
    count = 0;
  };
}
