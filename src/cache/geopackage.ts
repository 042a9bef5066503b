import * as v from "valibot";
import { md5Hex } from "../core/hash.ts";
import type { TileCache } from "../model/cache.ts";
import { type CacheDeps, ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import { byDimension } from "./by-dimension.ts";
import { writeOptions } from "./file.ts";
import { checkGeopackage, createGeopackage, geopackageTable } from "./geopackage-schema.ts";
import { levelDirectory, levelFiles } from "./level-files.ts";
import { baseDirectory, dimensionFile, filePath } from "./location.ts";
import { prepare } from "./mbtiles.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { tableCache } from "./table-cache.ts";

/** ms to wait for other writers; MapProxy has no option for it here either. */
const TIMEOUT = 30_000;

/** Tiles in a GeoPackage (OGC 12-128r19), all levels in one file or one file a level. */
export const geopackageCache = defineCache({
  type: "geopackage",
  needs: ["files", "sqlite"],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("geopackage"),
    filename: v.optional(v.string()),
    directory: v.optional(v.string()),
    table_name: v.optional(v.string()),
    levels: v.optional(v.boolean(), false),
  }),
  async create(options, deps): Promise<TileCache> {
    const name = options.table_name ?? `${deps.name}_${deps.grid.name}`;
    if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
      throw new ConfigFault(
        "table_name",
        `The table_name ${name} contains unsupported characters.`,
      );
    }
    const table = geopackageTable(name, deps);
    const settings = {
      platform: deps.platform,
      modes: writeOptions(deps),
      timeout: TIMEOUT,
      wal: undefined,
      create: (database: Parameters<typeof createGeopackage>[0]) =>
        createGeopackage(database, table),
      check: (database: Parameters<typeof createGeopackage>[0]) => checkGeopackage(database, table),
    };
    const common = {
      name: deps.name,
      image: deps.image,
      table: `"${name}"`,
      times: undefined,
      clock: deps.platform.clock,
    };

    if (options.levels) {
      const directory = levelDirectory(options.directory, deps);
      const tilesBelow = (at: string) => {
        const files = levelFiles(at, { ...settings, extensions: ["gpkg"] });
        return tableCache({
          ...common,
          lockId: `gpkg-${md5Hex(directory)}`,
          file: files.ofLevel,
          filePerLevel: true,
          close: files.close,
        });
      };
      return byDimension(tilesBelow(directory), (below) =>
        tilesBelow(`${directory}/${below.slice(0, -1)}`),
      );
    }
    const path = singleFile(options, deps);
    const fileAt = (at: string) => new SqliteFile({ ...settings, paths: [at] });
    const tilesIn = (file: SqliteFile) =>
      tableCache({
        ...common,
        lockId: `gpkg${md5Hex(path)}`,
        file: () => file,
        filePerLevel: false,
        close: () => file.close(),
      });
    const plain = fileAt(path);
    await prepare(plain, path, deps);
    return byDimension(tilesIn(plain), (below) => tilesIn(fileAt(dimensionFile(path, below))));
  },
});

function singleFile(
  options: { filename?: string | undefined; directory?: string | undefined },
  deps: CacheDeps,
): string {
  const base = baseDirectory(options.directory, deps);
  return filePath(options.filename ?? `${deps.name}.gpkg`, base, deps);
}
