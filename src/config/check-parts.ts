import type { Log } from "../core/context.ts";
import { ConfigError, type Fault } from "../core/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { type BuildContext, buildContext } from "./build-context.ts";
import { type SourceBuilder, sourceBuilder } from "./build-sources.ts";
import type { LoadedConfig } from "./load.ts";

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Drawn directly, whole. */
const ANY_USE = { requestFormat: undefined, tag: undefined };

/**
 * Faults that do not show in the file alone: grids that cannot be, areas and other files that are missing or broken.
 * Nobody is asked, no store is opened, and sources that need something of the machine are left out, so that it holds
 * wherever it runs.
 */
export async function checkParts(
  { config, order, place }: LoadedConfig,
  platform: Platform,
): Promise<Fault[]> {
  try {
    const context = await buildContext(config, platform, { log: SILENT, seeding: false });
    const sources = sourceBuilder(context);
    await checkGlobals(context);
    for (const name of order.sources) {
      const kind = config.kinds.sourceTypes.find(({ type }) => type === config.sources[name]?.type);
      if (kind?.needs.length === 0) {
        await context.attempt(`sources.${name}`, () => sources.build(name, ANY_USE));
      }
    }
    for (const name of order.caches) {
      const { cache, grids } = config.caches[name]!; // the order names caches that there are
      await context.attempt(`caches.${name}.cache.coverage`, () =>
        context.coverage(cache.coverage),
      );
      for (const grid of grids) await context.attempt(`grids.${grid}`, () => context.grid(grid));
    }
    context.check();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(place);
    throw error;
  }
}

/** Formats of the globals have to make sense, whether anything uses them or not. */
export async function checkGlobals(context: BuildContext): Promise<void> {
  for (const name of Object.keys(context.config.imageGlobals.formats)) {
    await context.attempt(`globals.image.formats.${name}`, () =>
      context.imageOptions(name, undefined),
    );
  }
}

/** Tries sources that need a program of this machine, where nothing else does. */
export async function makeUnused(
  { config, order }: LoadedConfig,
  { context, sources }: { readonly context: BuildContext; readonly sources: SourceBuilder },
): Promise<void> {
  const kinds = config.kinds.sourceTypes.filter(
    ({ isAlwaysMade, needs }) =>
      isAlwaysMade && needs.every((need) => context.platform[need] !== undefined),
  );
  for (const [name, { type }] of Object.entries(config.sources)) {
    if (order.sources.includes(name) || !kinds.some((kind) => kind.type === type)) continue;
    await context.attempt(`sources.${name}`, () => sources.build(name, ANY_USE));
  }
}
