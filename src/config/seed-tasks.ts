import type { Coverage } from "../coverage/coverage.ts";
import { loadCoverage } from "../coverage/load.ts";
import { ConfigFault } from "../model/define.ts";
import type { CoverageConfig } from "../model/options.ts";
import { areaOf } from "../seed/area.ts";
import { chosenLevels } from "../seed/levels.ts";
import type { CleanupTask, SeedTask } from "../seed/task.ts";
import { parseSrs } from "../srs/srs.ts";
import { TransformError } from "../srs/transform.ts";
import type { TileManager } from "../tile/manager.ts";
import { buildCaches, giveDecodedTiles } from "./build.ts";
import type { BuiltCache } from "./build-caches.ts";
import type { BuildContext } from "./build-context.ts";
import type { BuildOrder } from "./link.ts";
import type { LoadedConfig } from "./load.ts";
import { resolveSource, sourceEntries } from "./references.ts";
import { refreshThreshold } from "./refresh.ts";
import type { RefreshBefore } from "./schema-parts.ts";
import type { CleanupConfig, SeedConfig, SeedFile } from "./seed-schema.ts";

/** What a seed file asks for, with the caches that it names. */
export interface SeedTasks {
  readonly seeds: readonly SeedTask[];
  readonly cleanups: readonly CleanupTask[];
  readonly caches: ReadonlyMap<string, BuiltCache>;
}

/**
 * Makes the tasks of a seed file, in its order; one entry becomes a task for each of its grids and,
 * within, of its caches. Only what `names` asks for is built.
 *
 * @throws ConfigError with all faults
 */
export async function buildSeedTasks(
  file: SeedFile,
  loaded: LoadedConfig,
  context: BuildContext,
  names: { readonly seeds: readonly string[]; readonly cleanups: readonly string[] },
): Promise<SeedTasks> {
  const used = [
    ...names.seeds.map((name) => file.seeds[name]!.caches),
    ...names.cleanups.map((name) => file.cleanups[name]!.caches),
  ].flat();
  const builder = new TaskBuilder(file, context);
  builder.caches = await buildCaches(
    { config: loaded.config, order: neededOrder(loaded, used) },
    context,
  );
  context.check();
  const seeds = await builder.each(names.seeds, "seeds", (name) => builder.seed(name));
  const cleanups = await builder.each(names.cleanups, "cleanups", (name) => builder.cleanup(name));
  context.check();
  giveDecodedTiles(loaded.config.server, context.platform);
  return { seeds, cleanups, caches: builder.caches };
}

/** The caches of `names` and all they read from, in the order in which they are built. */
export function neededOrder({ config, order }: LoadedConfig, names: readonly string[]): BuildOrder {
  const caches: string[] = [];
  const sources = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const cache = config.caches[name];
    if (!cache || seen.has(name)) return;
    seen.add(name);
    for (const { text } of sourceEntries(cache)) {
      const ref = resolveSource(config, text, "cache");
      if (ref?.kind === "cache") visit(ref.name);
      else if (ref) sources.add(ref.name);
    }
    caches.push(name);
  };
  for (const name of names) visit(name);
  return { ...order, caches, sources: [...sources] };
}

class TaskBuilder {
  caches: ReadonlyMap<string, BuiltCache> = new Map();
  readonly #file: SeedFile;
  readonly #context: BuildContext;
  readonly #coverages = new Map<string, Promise<Coverage>>();
  readonly #started: number;

  constructor(file: SeedFile, context: BuildContext) {
    this.#file = file;
    this.#context = context;
    this.#started = context.platform.clock.now();
  }

  /** Tasks of all names; what is wrong with one does not hide what is wrong with the next. */
  async each<T>(
    names: readonly string[],
    section: string,
    make: (name: string) => Promise<T[]>,
  ): Promise<T[]> {
    const tasks: T[] = [];
    for (const name of names) {
      const made = await this.#context.attempt(`${section}.${name}`, () => make(name));
      tasks.push(...(made ?? []));
    }
    return tasks;
  }

  async seed(name: string): Promise<SeedTask[]> {
    const config = this.#file.seeds[name]!; // a name that was looked up
    const refreshBefore = await this.#threshold(config.refresh_before);
    const targets = await this.#targets(name, config);
    return targets.flatMap(({ manager, area, levels }): SeedTask[] => {
      const { refreshBefore: own, rescale } = manager.settings;
      const task = { kind: "seed" as const, name, manager, area, levels };
      const whole = { ...task, refreshBefore: own ? own() : refreshBefore };
      if (!rescale) return [whole];
      // each level is made of the one before it
      const order = rescale.levels < 0 ? levels : levels.toReversed();
      return order.map((level) => ({ ...whole, levels: [level] }));
    });
  }

  async cleanup(name: string): Promise<CleanupTask[]> {
    const config = this.#file.cleanups[name]!; // a name that was looked up
    const before = await this.#threshold(config.remove_before);
    const targets = await this.#targets(name, config);
    return targets.map(({ manager, area, levels }): CleanupTask => {
      const timed = manager.settings.cache?.keepsTimestamps ?? false;
      if (!config.remove_all && before !== undefined && !timed) {
        throw new ConfigFault(
          "remove_before",
          `cleanup does not support remove_before for '${name}' because cache '${manager.name}' does not support timestamps`,
        );
      }
      const isAll = config.remove_all || !timed;
      return {
        kind: "cleanup",
        name,
        manager,
        area,
        levels,
        removeBefore: isAll ? undefined : (before ?? this.#started),
        isLimited: (config.coverages?.length ?? 0) > 0,
      };
    });
  }

  /** Each grid with each cache, in this order. */
  async #targets(name: string, config: SeedConfig | CleanupConfig) {
    const caches = config.caches.map((cache) => this.#cache(cache));
    const grids = config.grids ?? commonGrids(caches);
    const coverages: Coverage[] = [];
    for (const coverage of config.coverages ?? []) coverages.push(await this.#coverage(coverage));
    return grids.flatMap((gridName) =>
      caches.map((cache) => {
        const manager = managerOf(cache, gridName);
        if (!manager) throw new ConfigFault("grids", `${gridName} not defined for caches`);
        const area = this.#area(name, coverages, manager);
        return { manager, area, levels: chosenLevels(manager.grid, config) };
      }),
    );
  }

  #area(name: string, coverages: readonly Coverage[], { grid }: TileManager) {
    try {
      return areaOf(coverages, grid);
    } catch (error) {
      if (!(error instanceof TransformError)) throw error;
      throw new ConfigFault("coverages", `${name}: coverage transformation error`);
    }
  }

  #cache(name: string): BuiltCache {
    const cache = this.caches.get(name);
    if (!cache) {
      const known = Object.keys(this.#context.config.caches).join(",");
      throw new ConfigFault("caches", `cache ${name} not found. available caches: ${known}`);
    }
    if (cache.config.disable_storage) {
      throw new ConfigFault("caches", `can't seed cache ${name} (disable_storage: true)`);
    }
    return cache;
  }

  #coverage(name: string): Promise<Coverage> {
    const config = this.#file.coverages[name];
    if (!config) {
      const known = Object.keys(this.#file.coverages).join(",");
      const message = `coverage ${name} not found. available coverages: ${known}`;
      throw new ConfigFault("coverages", message);
    }
    const loading = this.#coverages.get(name) ?? loadNamed(name, config, this.#context);
    this.#coverages.set(name, loading);
    return loading;
  }

  /** An empty mapping means now. */
  async #threshold(before: RefreshBefore | undefined): Promise<number | undefined> {
    if (!before) return undefined;
    const threshold = await refreshThreshold(before, this.#context);
    return threshold ? threshold() : Math.floor(this.#started / 1000) * 1000;
  }
}

function managerOf({ config, managers }: BuiltCache, grid: string): TileManager | undefined {
  return managers[config.grids.indexOf(grid)];
}

/** @throws ConfigFault if the caches have different grids */
function commonGrids(caches: readonly BuiltCache[]): readonly string[] {
  const [first] = caches;
  const key = ({ config }: BuiltCache) => JSON.stringify([...config.grids].sort());
  if (!first || caches.some((cache) => key(cache) !== key(first))) {
    throw new ConfigFault("caches", "caches in same seed task require identical grids");
  }
  return first.config.grids;
}

async function loadNamed(
  name: string,
  config: CoverageConfig,
  { platform, path, log }: BuildContext,
): Promise<Coverage> {
  const { files } = platform;
  try {
    const coverage = await loadCoverage(config, {
      read: (file) => platform.resource(file),
      ...(files && { list: (directory) => files.list(directory) }),
      srs: parseSrs,
      path,
      log,
      allowEmpty: true,
      // a walk asks what its tiles touch, and nothing else
      mayOverlap: true,
    });
    if (!coverage) throw new RangeError("the definition is empty");
    return coverage;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigFault("", `can't load coverage '${name}'. ${error.message}`);
  }
}
