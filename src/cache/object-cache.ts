import { mapLimit } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import type { CacheDeps } from "../model/define.ts";
import type { Layout } from "./layout.ts";
import { extensionOf, guarded, storedTile } from "./tile-bytes.ts";

/** A store of named objects behind HTTP or a binding. */
export interface ObjectStore {
  get(
    key: string,
    ctx: Context,
  ): Promise<{ bytes: Uint8Array; modified: number | undefined } | undefined>;
  /** When the object was changed, in ms since 1970. */
  head?(key: string, ctx: Context): Promise<{ modified: number | undefined } | undefined>;
  put(key: string, bytes: Uint8Array, ctx: Context): Promise<void>;
  delete(key: string, ctx: Context): Promise<void>;
}

/** Requests at the same time for one bulk. */
const PARALLEL = 4;

/** Prefix of all keys, without slashes at its ends: configured, or `<cache>/<grid>`. */
export function keyPrefix(directory: string | undefined, deps: CacheDeps): string {
  return (directory ?? `${deps.name}/${deps.grid.name}`).replace(/^\/+|\/+$/g, "");
}

/** Tiles as objects whose keys are the paths of a directory layout, dimensions among them. */
export function objectCache(
  store: ObjectStore,
  options: { layout: Layout; prefix: string; lockId: string },
  { name, image }: CacheDeps,
): TileCache {
  const extension = extensionOf(image);
  const keyOf = (key: TileKey) =>
    `${options.prefix}/${options.layout.path(key, extension)}`.replace(/^\/+/, "");
  const get = (key: TileKey, ctx: Context): Promise<StoredTile | undefined> =>
    guarded(name, "read tile", async () => {
      const object = await store.get(keyOf(key), ctx);
      return object && storedTile(object.bytes, image, object.modified);
    });
  const put = (key: TileKey, tile: StoredTile, ctx: Context): Promise<void> =>
    guarded(name, "write tile", () => store.put(keyOf(key), tile.bytes, ctx));
  const { head } = store;
  return {
    name,
    keepsDimensions: true,
    keepsTimestamps: true,
    lockId: options.lockId,
    get,
    put,
    delete: (key, ctx) => guarded(name, "remove tile", () => store.delete(keyOf(key), ctx)),
    ...(head && {
      stat: (key, ctx) =>
        guarded(name, "look at tile", async () => {
          const found = await head(keyOf(key), ctx);
          return found && { timestamp: found.modified };
        }),
    }),
    getMany: (keys, ctx) => mapLimit(keys, PARALLEL, (key) => get(key, ctx)),
    putMany: async (tiles, ctx) => {
      await mapLimit(tiles, PARALLEL, ([key, tile]) => put(key, tile, ctx));
    },
  };
}
