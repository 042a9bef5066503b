import { buildCaches } from "../../config/build.ts";
import type { BuiltCache } from "../../config/build-caches.ts";
import { type BuildContext, buildContext } from "../../config/build-context.ts";
import { child, childMap, emptyMap, type PlainMap } from "../../config/plain.ts";
import type { RawConfig } from "../../config/read.ts";
import { resolveSource, sourceEntries } from "../../config/references.ts";
import type { Config } from "../../config/schema.ts";
import { neededOrder } from "../../config/seed-tasks.ts";
import type { Log } from "../../core/context.ts";
import type { Grid } from "../../grid/grid.ts";
import { isSubsetOf } from "../../grid/tiles.ts";
import { cacheAsTileSource } from "../../layer/as-source.ts";
import type { TileCache } from "../../model/cache.ts";
import { type TileManager, tileManager } from "../../tile/manager.ts";
import { loadForTool, orFailure } from "../configuration.ts";
import { type ToolDeps, ToolFailure } from "../tool.ts";
import { storeOptions } from "./destination.ts";
import { invalidGrid } from "./options.ts";

/** Names that the export puts into the configuration beside those of the user. */
const EXPORT = "-export-";
export const CUSTOM_GRID = "-custom-";

/** What is copied to where. */
export interface ExportPlan {
  readonly configFile: string;
  /** Cache or source. */
  readonly source: string;
  /** Name of a grid, or its options. */
  readonly grid: string | PlainMap;
  /** Kind of the new store; `cache`: `destination` is a cache of the configuration. */
  readonly type: string;
  /** Absolute path, or the name of a cache. */
  readonly destination: string;
  readonly fetchMissing: boolean;
  /** A store to write to instead of a configured one; throws ToolFailure if the grid does not fit. */
  readonly store?: ((grid: Grid) => TileCache) | undefined;
}

export interface ExportSetup {
  /** Makes the tiles of the destination. */
  readonly manager: TileManager;
  /** Stored tiles are copied as they are; otherwise maps are drawn. */
  readonly isCopy: boolean;
  readonly context: BuildContext;
  readonly caches: ReadonlyMap<string, BuiltCache>;
}

/**
 * Builds the caches of an export: that of the source, and one that reads from it and stores into the
 * destination.
 *
 * @throws ToolFailure
 */
export async function setUpExport(
  plan: ExportPlan,
  deps: ToolDeps,
  log: Log,
): Promise<ExportSetup> {
  const gridName = typeof plan.grid === "string" ? plan.grid : CUSTOM_GRID;
  const { loaded } = await loadForTool(plan.configFile, deps, (raw) => addExport(raw, plan));
  const { config } = loaded;
  const ofGrid = loaded.warnings.filter(({ path }) => path.startsWith(`grids.${CUSTOM_GRID}`));
  if (ofGrid.length > 0) throw invalidGrid(ofGrid.map(({ message }) => message));
  checkNames(config, plan, gridName);
  const offline = plan.fetchMissing ? config : withoutSources(config);
  const context = await buildContext(offline, deps.platform, { log, seeding: plan.fetchMissing });
  const roots = [EXPORT, ...(plan.type === "cache" ? [plan.destination] : [])];
  const order = neededOrder({ ...loaded, config: offline }, roots);
  return orFailure(deps, async () => {
    const caches = await buildCaches({ config: offline, order }, context);
    context.check();
    const made = caches.get(EXPORT)!.managers[0]!; // without it the check would have thrown
    const target = plan.type === "cache" ? managerIn(caches, plan, gridName) : made;
    const tiles = tileSourceFor(target, caches.get(plan.source));
    const settings = {
      ...target.settings,
      sources: tiles ? [tiles] : made.settings.sources,
      bands: undefined,
      cacheOnly: tiles ? false : made.settings.cacheOnly,
      meta: tiles ? ({ kind: "single" } as const) : made.settings.meta,
      filter: undefined,
      rescale: undefined,
      cache: plan.store ? plan.store(target.grid) : target.settings.cache,
    };
    return { manager: tileManager(settings), isCopy: tiles !== undefined, context, caches };
  });
}

function addExport(raw: RawConfig, plan: ExportPlan): void {
  const caches = childMap(raw.value, "caches") ?? emptyMap();
  const source = childMap(caches, plan.source);
  const copied: PlainMap = emptyMap();
  for (const key of ["format", "request_format", "image"]) {
    const value = child(source, key);
    if (value !== undefined) copied[key] = value;
  }
  const grid = typeof plan.grid === "string" ? plan.grid : CUSTOM_GRID;
  if (typeof plan.grid !== "string") {
    raw.value.grids = { ...(childMap(raw.value, "grids") ?? {}), [CUSTOM_GRID]: plan.grid };
  }
  const isOwn = plan.type !== "cache" && !plan.store;
  caches[EXPORT] = {
    ...copied,
    sources: [plan.source],
    grids: [grid],
    link_single_color_images: false,
    ...(isOwn ? { cache: storeOptions(plan.type, plan.destination) } : { disable_storage: true }),
  };
  raw.value.caches = caches;
}

function checkNames(config: Config, { source, type, destination }: ExportPlan, grid: string): void {
  const fail = (message: string): never => {
    throw new ToolFailure(2, `ERROR: ${message}`);
  };
  if (!resolveSource(config, source, "layer")) fail(`source or cache '${source}' not found`);
  if (!config.grids[grid]) {
    fail(`grid '${grid}' not found. available grids: ${Object.keys(config.grids).join(", ")}`);
  }
  if (type !== "cache") return;
  const target = config.caches[destination];
  if (!target || target.disable_storage) fail(`cache '${destination}' to export to not found`);
  else if (!target.grids.includes(grid)) fail(`cache '${destination}' has no grid '${grid}'`);
}

/** Every cache knows only what is stored in it, or in those that it reads from. */
function withoutSources(config: Config): Config {
  const caches: Record<string, Config["caches"][string]> = Object.create(null);
  for (const [name, cache] of Object.entries(config.caches)) {
    const refs = sourceEntries(cache).map(({ text }) => resolveSource(config, text, "cache"));
    caches[name] = refs.every((ref) => ref?.kind === "cache") ? cache : { ...cache, sources: [] };
  }
  return { ...config, caches };
}

function managerIn(
  caches: ReadonlyMap<string, BuiltCache>,
  { destination }: ExportPlan,
  grid: string,
): TileManager {
  const cache = caches.get(destination)!; // it was built, or the check would have thrown
  return cache.managers[cache.config.grids.indexOf(grid)]!; // checkNames() saw it
}

/** The source's tiles as they are, if its grid holds those of the target in the same format. */
function tileSourceFor(target: TileManager, source: BuiltCache | undefined) {
  const fitting = source?.managers.find(
    ({ grid, options }) =>
      options.format === target.options.format && isSubsetOf(target.grid, grid),
  );
  return source && fitting && cacheAsTileSource(source.name, fitting, source);
}
