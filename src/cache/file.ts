import * as v from "valibot";
import { mapLimit } from "../core/async.ts";
import { md5Hex } from "../core/hash.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import { type CacheDeps, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import type { Files, WriteOptions } from "../platform/platform.ts";
import { changing, type HotTile, hotTile, isStill, isTrusted, keepHot } from "./hot-tiles.ts";
import { type Layout, requireLayout } from "./layout.ts";
import { baseDirectory, singleGridDirectory, srsSuffix } from "./location.ts";
import { singleColorName } from "./single-color-name.ts";
import { extensionOf, guarded, storedTile } from "./tile-bytes.ts";
import { removeOlder, walkFiles } from "./walk-files.ts";

/** Files that are read or written at the same time for one request. */
const PARALLEL = 4;

/** Tiles as single files: simple to inspect, to copy and to serve from a plain web server. */
export const fileCache = defineCache({
  type: "file",
  needs: ["files"],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("file"),
    directory: v.optional(v.string()),
    directory_layout: v.optional(v.string(), "tc"),
    use_grid_names: v.optional(v.boolean(), false),
  }),
  create(options, deps): TileCache {
    const layout = requireLayout(options.directory_layout);
    return fileTiles(layout, directoryOf(options, deps), deps);
  },
});

function directoryOf(
  options: { directory?: string | undefined; use_grid_names: boolean },
  deps: CacheDeps,
): string {
  if (options.directory !== undefined) return singleGridDirectory(options.directory, deps);
  const base = baseDirectory(undefined, deps);
  return options.use_grid_names
    ? `${base}/${deps.name}/${deps.grid.name}`
    : `${base}/${deps.name}_${srsSuffix(deps)}`;
}

function fileTiles(layout: Layout, directory: string, deps: CacheDeps): TileCache {
  const { name, image, platform } = deps;
  const { clock } = platform;
  const files = platform.files as Files; // promised by `needs`
  const extension = extensionOf(image);
  const path = (key: TileKey) => `${directory}/${layout.path(key, extension)}`;
  const modes = writeOptions(deps);

  const read = async (at: string, known: HotTile | undefined): Promise<StoredTile | undefined> => {
    const now = clock.now();
    if (known && isStill(known, await files.stat(at), now)) return known.tile;
    const entry = await files.read(at);
    const tile = entry && storedTile(entry.bytes, image, entry.modified);
    keepHot(at, { tile, file: entry?.stat }, now);
    return tile;
  };
  const get = async (key: TileKey): Promise<StoredTile | undefined> => {
    const at = path(key);
    const known = hotTile(at);
    if (known && isTrusted(known, clock.now())) return known.tile;
    return guarded(name, "read tile", () => read(at, known));
  };
  const write = async (at: string, tile: StoredTile): Promise<void> => {
    const color = deps.linkSingleColor && (await singleColorName(tile.bytes));
    if (!color || !deps.linkSingleColor) return files.write(at, tile.bytes, modes);
    const shared = `${directory}/single_color_tiles/${color}.${extension}`;
    if (!(await files.stat(shared))) await files.write(shared, tile.bytes, modes);
    await files.link(shared, at, deps.linkSingleColor, modes);
  };
  const put = (key: TileKey, tile: StoredTile): Promise<void> =>
    guarded(name, "write tile", () => {
      const at = path(key);
      return changing([at], () => write(at, tile));
    });
  const keys = async function* (level: number): AsyncIterable<TileKey> {
    const below = layout.levelDirectory?.(level);
    const root = below === undefined ? directory : `${directory}/${below}`;
    for await (const file of walkFiles(files, root)) {
      const coord = layout.parse(file.slice(directory.length + 1), extension);
      if (coord?.level === level) yield coord;
    }
  };

  return {
    name,
    keepsDimensions: true,
    keepsTimestamps: true,
    lockId: md5Hex(directory),
    get,
    put,
    keys,
    delete: (key) =>
      guarded(name, "remove tile", () => {
        const at = path(key);
        return changing([at], () => files.remove(at));
      }),
    stat: (key) =>
      guarded(name, "look at tile", async () => {
        const stat = await files.stat(path(key));
        // an empty file counts, as in MapProxy; whoever reads it finds out that it is no tile
        return stat && !stat.isDirectory ? { timestamp: stat.modified } : undefined;
      }),
    getMany: (all) => mapLimit(all, PARALLEL, get),
    putMany: async (tiles) => {
      await mapLimit(tiles, PARALLEL, ([key, tile]) => put(key, tile));
    },
    levelDirectory: (level) => {
      const below = layout.levelDirectory?.(level);
      return below && `${directory}/${below}`;
    },
    deleteLevel: (level, before) =>
      guarded(name, "remove level", () =>
        changing(undefined, async () => {
          const below = layout.levelDirectory?.(level);
          if (below === undefined) {
            for await (const key of keys(level)) await removeOlder(files, path(key), before);
          } else if (before === undefined) {
            await files.removeTree(`${directory}/${below}`);
          } else {
            await removeOlder(files, `${directory}/${below}`, before);
          }
        }),
      ),
  };
}

/** Permission bits of the cache, for what it makes. */
export function writeOptions(deps: CacheDeps): WriteOptions {
  return {
    ...(deps.fileMode !== undefined && { mode: deps.fileMode }),
    ...(deps.directoryMode !== undefined && { directoryMode: deps.directoryMode }),
  };
}
