import type { Log } from "../core/context.ts";
import { ConfigError, type Fault } from "../core/errors.ts";
import { joinPath } from "../core/path.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { loadCoverage } from "../coverage/load.ts";
import { defineGrid } from "../grid/define.ts";
import type { Grid } from "../grid/grid.ts";
import { HttpPool } from "../http/pool.ts";
import type { ImageOptions } from "../image/options.ts";
import { resolveImageOptions } from "../image/resolve.ts";
import { ConfigFault } from "../model/define.ts";
import type { CoverageConfig, ImageConfig } from "../model/options.ts";
import type { Locks, Platform } from "../platform/platform.ts";
import { bestSrs } from "../srs/preferred.ts";
import { parseSrs, type Srs } from "../srs/srs.ts";
import { withSpareLocks } from "../tile/spare-locks.ts";
import type { Config } from "./schema.ts";
import { loadSystems } from "./systems.ts";

/** What all parts of the builder share: the configuration and what it names. */
export interface BuildContext {
  readonly config: Config;
  readonly platform: Platform;
  readonly log: Log;
  /** Sources that are only for seeding are real. */
  readonly seeding: boolean;
  /** Connections and limits that all sources share. */
  readonly pool: HttpPool;
  srs(code: string): Srs;
  bestSrs(target: Srs, available: readonly Srs[]): Srs;
  /** @throws ConfigFault if there is no such grid or it cannot be used */
  grid(name: string): Grid;
  coverage(config: CoverageConfig | undefined): Promise<Coverage | undefined>;
  imageOptions(format: string | undefined, local: ImageConfig | undefined): ImageOptions;
  /** Path of a configured one, against the directory of the configuration. */
  path(configured: string): string;
  /** Value below `globals`, by dotted key. */
  global(key: string): unknown;
  /** Locks that reach all processes that use the same tile locks. */
  locks(directory: string): Locks;
  /**
   * Runs a part of the build; a fault of the configuration is noted, and the rest goes on.
   *
   * @param path of the options that the part reads
   * @returns `undefined` if it failed
   */
  attempt<T>(path: string, work: () => T | Promise<T>): Promise<T | undefined>;
  /** @throws ConfigError with all faults noted */
  check(): void;
}

/** Reads what the reference systems need, and makes the context. */
export async function buildContext(
  config: Config,
  platform: Platform,
  { log, seeding }: { readonly log: Log; readonly seeding: boolean },
): Promise<BuildContext> {
  const { systems, faults: wrong } = await loadSystems(config, platform, log);
  const srs = (code: string | number): Srs => parseSrs(code, systems);
  const faults: Fault[] = [...wrong];
  const grids = new Map<string, Grid>();
  const locks = new Map<string, Locks>();
  const preferred = preferredSystems(config, srs);

  const locksIn = (directory: string): Locks => {
    const known = locks.get(directory) ?? openLocks(directory, config, platform, log);
    locks.set(directory, known);
    return known;
  };
  /** A runtime without files has one process for each configuration, or none that we could ask. */
  const slotLocks = (): Locks | undefined =>
    platform.locksIn && locksIn(joinPath(config.directory, config.globals.cache.lock_dir));

  const context: BuildContext = {
    config,
    platform,
    log,
    seeding,
    pool: new HttpPool(platform.clock, slotLocks()),
    srs,
    bestSrs: (target, available) => bestSrs(target, available, preferred),
    path: (configured) => joinPath(config.directory, configured),
    global: (key) => valueAt(config.globals, key),
    imageOptions: (format, local) => ({
      ...resolveImageOptions(format, local, config.imageGlobals),
    }),
    grid(name) {
      const known = grids.get(name);
      if (known) return known;
      const options = config.grids[name];
      if (!options) throw new ConfigFault("", `unknown grid "${name}"`);
      const grid = defineGrid(name, options, {
        srs,
        options: (other) => config.grids[other],
      });
      grids.set(name, grid);
      return grid;
    },
    coverage: async (coverage) =>
      coverage &&
      loadCoverage(coverage, {
        read: (path) => platform.resource(path),
        srs,
        path: context.path,
        log,
      }),
    locks: locksIn,
    async attempt(path, work) {
      try {
        return await work();
      } catch (error) {
        faults.push(...faultsOf(error, path));
        return undefined;
      }
    },
    check() {
      // what is wrong with a source shows at each of its uses
      const unique = new Map(faults.map((fault) => [`${fault.path}\n${fault.message}`, fault]));
      if (faults.length > 0) throw new ConfigError([...unique.values()]);
    },
  };
  return context;
}

/**
 * Runs a part of the build that reads the options at `path`.
 *
 * @throws ConfigError with the faults of the configuration, each with its whole path
 */
export async function reading<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ConfigError(faultsOf(error, path));
  }
}

/** What is wrong with the options at `path`; an error that says nothing of them is thrown again. */
function faultsOf(error: unknown, path: string): readonly Fault[] {
  if (error instanceof ConfigError) return error.faults;
  const inner = error instanceof ConfigFault ? error.path : "";
  if (!(error instanceof ConfigFault) && !(error instanceof RangeError)) throw error;
  return [{ path: inner ? `${path}.${inner}` : path, message: error.message, severity: "error" }];
}

/**
 * Reference systems to ask sources for, by code of the target, best first.
 *
 * @throws ConfigError if a code means nothing
 */
function preferredSystems(
  { preferredSrs }: Config,
  srs: (code: string) => Srs,
): Map<string, readonly Srs[]> {
  const preferred = new Map<string, readonly Srs[]>();
  for (const [code, list] of Object.entries(preferredSrs)) {
    try {
      preferred.set(
        srs(code).code,
        list.map((other) => srs(other)),
      );
    } catch (error) {
      throw new ConfigError(faultsOf(error, `globals.srs.preferred_src_proj.${code}`));
    }
  }
  return preferred;
}

/** @throws ConfigFault if the runtime cannot use the configured lock server */
function openLocks(directory: string, config: Config, platform: Platform, log: Log): Locks {
  const files = platform.locksIn?.(directory);
  const local = files
    ? withSpareLocks(files, platform.locks, { clock: platform.clock, log })
    : platform.locks;
  const { lock_server: server } = config.globals.cache;
  if (server === undefined) return local;
  if (platform.locksAt) return platform.locksAt(server, local, log);
  throw new ConfigFault(
    "",
    `Cannot use globals.cache.lock_server on ${platform.name}: it needs a runtime with TCP`,
  );
}

function valueAt(root: unknown, key: string): unknown {
  let value = root;
  for (const part of key.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
