import * as v from "valibot";
import { md5Hex } from "../core/hash.ts";
import type { TileCache } from "../model/cache.ts";
import { type CacheDeps, ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries, number } from "../model/options.ts";
import { byDimension } from "./by-dimension.ts";
import { writeOptions } from "./file.ts";
import { baseDirectory, dimensionFile, filePath } from "./location.ts";
import { checkMbtiles, createMbtiles, updateZoomRange } from "./mbtiles-schema.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { tableCache } from "./table-cache.ts";

/** Options of the SQLite stores; the timeout is in seconds. */
export const sqliteEntries = {
  sqlite_timeout: v.optional(number),
  /** Whether new files keep a write-ahead log for good; absent: all files on local disks have one while they are written. */
  sqlite_wal: v.optional(v.boolean()),
};

/** All tiles in one MBTiles file (MBTiles 1.3), with rows counted as the grid counts them. */
export const mbtilesCache = defineCache({
  type: "mbtiles",
  needs: ["files", "sqlite"],
  options: v.strictObject({
    ...cacheEntries,
    ...sqliteEntries,
    type: v.literal("mbtiles"),
    filename: v.optional(v.string()),
  }),
  async create(options, deps): Promise<TileCache> {
    const base = baseDirectory(undefined, deps);
    const path = filePath(options.filename ?? `${deps.name}.mbtiles`, base, deps);
    const fileAt = (at: string) =>
      new SqliteFile({
        ...sqliteSettings(options, deps),
        paths: [at],
        create: (database) => createMbtiles(database, deps, false),
        check: checkMbtiles,
      });
    const tilesIn = (file: SqliteFile) =>
      tableCache({
        name: deps.name,
        lockId: `mbtiles-${md5Hex(path)}`,
        image: deps.image,
        table: "tiles",
        file: () => file,
        filePerLevel: false,
        times: undefined,
        clock: deps.platform.clock,
        changed: updateZoomRange,
        close: () => file.close(),
      });
    const plain = fileAt(path);
    await prepare(plain, path, deps);
    return byDimension(tilesIn(plain), (below) => tilesIn(fileAt(dimensionFile(path, below))));
  },
});

/** What all SQLite files of a cache have in common. */
export function sqliteSettings(
  options: { sqlite_timeout?: number | undefined; sqlite_wal?: boolean | undefined },
  deps: CacheDeps,
) {
  const timeout = options.sqlite_timeout ?? deps.global("cache.sqlite_timeout");
  const wal = options.sqlite_wal ?? deps.global("cache.sqlite_wal");
  return {
    platform: deps.platform,
    modes: writeOptions(deps),
    timeout: 1000 * (typeof timeout === "number" ? timeout : 30),
    wal: typeof wal === "boolean" ? wal : undefined,
  };
}

/**
 * Makes the file if there is none. One that cannot be made or used is no reason not to start: the
 * cache then fails tile by tile, and its sources go on.
 *
 * @throws ConfigFault if the file belongs to another grid
 */
export async function prepare(file: SqliteFile, path: string, deps: CacheDeps): Promise<void> {
  try {
    if ((await file.read(() => true)) === undefined) await file.write(() => {});
  } catch (error) {
    if (error instanceof ConfigFault) throw error;
    deps.log.error("cache-unusable", { cache: deps.name, path, error });
  }
}
