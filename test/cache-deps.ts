import { defineGrid, type GridOptions } from "../src/grid/define.ts";
import { PREDEFINED_GRIDS } from "../src/grid/well-known.ts";
import { createHttpClient } from "../src/http/create.ts";
import { resolveImageOptions } from "../src/image/resolve.ts";
import type { CacheDeps } from "../src/model/define.ts";
import type { Clock, WriteOptions } from "../src/platform/platform.ts";
import { localFiles } from "../src/runtime/local-files.ts";
import { localSqlite } from "../src/runtime/local-sqlite.ts";
import { fileLocks } from "../src/runtime/locks/file.ts";
import { parseSrs } from "../src/srs/srs.ts";
import { silentLog, type TestPlatform, testPlatform } from "./platform.ts";

/** 2026-01-02T03:04:05Z in ms. */
export const TEST_TIME = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A grid of `options`, with EPSG:4326 and tiles of 16 x 16 pixels unless told otherwise. */
export function testGrid(name: string, options: GridOptions = {}) {
  const defaults = { base: "GLOBAL_GEODETIC", num_levels: 13, tile_size: [16, 16], origin: "nw" };
  return defineGrid(name, { ...defaults, ...options } as GridOptions, {
    srs: parseSrs,
    options: (other) => PREDEFINED_GRIDS[other],
  });
}

/** The disk, SQLite and file locks of this machine with a clock that tests move. */
export function diskPlatform(): TestPlatform {
  const platform = testPlatform({ files: localFiles(), sqlite: localSqlite });
  const clock: Clock = platform.clock;
  platform.time = TEST_TIME;
  return Object.assign(platform, {
    locksIn: (directory: string, options?: WriteOptions) => fileLocks(directory, clock, options),
  });
}

/**
 * What a cache called `tiles` in a grid `g` is told in tests.
 *
 * @param directory where it keeps its files; relative paths count from `<directory>/conf`
 */
export function cacheDeps(directory: string, overrides: Partial<CacheDeps> = {}): CacheDeps {
  const platform = overrides.platform ?? diskPlatform();
  const globals = { formats: {}, resampling: "nearest", paletted: false, jpegQuality: 90 } as const;
  return {
    name: "tiles",
    grid: testGrid("g"),
    gridCount: 1,
    image: resolveImageOptions("image/png", undefined, globals),
    platform,
    log: silentLog,
    baseDirectory: directory,
    path: (configured) =>
      configured.startsWith("/")
        ? configured
        : `${directory}/conf/${configured.replace(/^\.\//, "")}`,
    coverage: undefined,
    linkSingleColor: undefined,
    fileMode: undefined,
    directoryMode: undefined,
    http: createHttpClient({}, platform, "tiles"),
    global: () => undefined,
    ...overrides,
  };
}
