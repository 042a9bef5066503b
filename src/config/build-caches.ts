import { joinPath } from "../core/path.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { Grid } from "../grid/grid.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import { mergeRanges } from "../grid/scales.ts";
import { isSubsetOf } from "../grid/tiles.ts";
import { createHttpClient } from "../http/create.ts";
import type { ImageOptions } from "../image/options.ts";
import { formatOf, parseColor } from "../image/resolve.ts";
import { watermark } from "../image/text.ts";
import { cacheAsMapSource, cacheAsTileSource } from "../layer/as-source.ts";
import { cachedLayer } from "../layer/cached.ts";
import { directLayer } from "../layer/direct.ts";
import type { TileCache } from "../model/cache.ts";
import { ConfigFault } from "../model/define.ts";
import type { MapLayer } from "../model/layer.ts";
import type { Source } from "../model/source.ts";
import type { Extent } from "../srs/extent.ts";
import { mergeExtents } from "../srs/extent.ts";
import { type TileManager, tileManager } from "../tile/manager.ts";
import { renderd } from "../tile/renderd.ts";
import type { Band, MetaSettings, TileSettings } from "../tile/settings.ts";
import { type BuildContext, reading } from "./build-context.ts";
import type { SourceBuilder } from "./build-sources.ts";
import { isList, resolveSource, sourceEntries } from "./references.ts";
import { refreshThreshold } from "./refresh.ts";
import type { CacheConfig } from "./schema.ts";

/** A cache that runs: its tiles in each grid, and itself as a map. */
export interface BuiltCache {
  readonly name: string;
  readonly config: CacheConfig;
  /** One a grid, in the order of the configuration. */
  readonly managers: readonly TileManager[];
  readonly layer: MapLayer;
  readonly extent: Extent;
  readonly coverage: Coverage | undefined;
  readonly resolutions: ResolutionRange | undefined;
  /** Real sources at the end of all chains of caches: for feature info and legends. */
  readonly origins: readonly Source[];
}

export type Caches = ReadonlyMap<string, BuiltCache>;

/**
 * Makes one cache.
 *
 * @param caches those it may read from
 * @throws ConfigFault if its options do not fit together
 */
export async function buildCache(
  name: string,
  context: BuildContext,
  parts: { readonly sources: SourceBuilder; readonly caches: Caches },
): Promise<BuiltCache> {
  const config = context.config.caches[name]!;
  checkMixed(config);
  // the globals' directory is no choice of this cache
  const isChosen = config.cache_dir !== context.config.globals.cache.base_dir;
  if (config.cache.directory !== undefined && isChosen) {
    context.log.warn("option-ignored", {
      cache: name,
      reason: `found cache.directory and cache_dir option for ${name}, ignoring cache_dir`,
    });
  }
  const coverage = await reading(`caches.${name}.cache.coverage`, () =>
    context.coverage(config.cache.coverage),
  );
  const refreshBefore = await refreshThreshold(config.refresh_before, context);
  const managers: TileManager[] = [];
  let inputs: Inputs | undefined;
  for (const gridName of config.grids) {
    const grid = context.grid(gridName);
    inputs = await inputsOf(config, grid, context, parts);
    const options = cacheImageOptions(config, inputs.sources, context);
    const cache = config.disable_storage
      ? undefined
      : await openStore(name, { config, grid, options, coverage }, context);
    managers.push(
      tileManager({
        ...inputs,
        name,
        grid,
        options,
        requestFormat: formatOf(config.request_format),
        cache,
        coverage,
        meta: metaSettings(config, inputs.sources),
        concurrency: config.concurrent_tile_creators,
        refreshBefore,
        freshness: checkFreshness(config, context),
        rescale: rescaleSettings(config),
        filter: watermarkFilter(config, context),
        renderd: renderdFor(`${name}_${grid.name}`, config, context),
        failureTimes: {
          failed: config.failure_ttl * 1000,
          absent: (config.negative_ttl ?? config.failure_ttl) * 1000,
        },
        locks: context.locks(lockDirectory(config, context)),
        clock: context.platform.clock,
        lockTimeout: (context.config.globals.http.client_timeout ?? 60) * 1000,
      }),
    );
  }
  return publish(name, { config, coverage, managers, inputs: inputs! }, context);
}

/** @throws ConfigFault if nobody says what servers are to be asked for in place of "mixed" */
function checkMixed({ format, request_format }: CacheConfig): void {
  if (format !== "mixed" || request_format !== "mixed") return;
  throw new ConfigFault(
    "request_format",
    "request_format must be set to image/png or image/vnd.jpeg-png if mixed mode is enabled",
  );
}

/**
 * `freshness` where it can be kept.
 *
 * @throws ConfigFault where tiles are not kept, or another program makes them
 */
function checkFreshness(config: CacheConfig, context: BuildContext): TileSettings["freshness"] {
  if (config.freshness === undefined) return undefined;
  const why = config.disable_storage
    ? "disable_storage keeps no tiles"
    : context.config.globals.renderd.address
      ? "with globals.renderd another process asks the servers"
      : undefined;
  if (why) throw new ConfigFault("freshness", `freshness cannot be kept: ${why}`);
  return config.freshness;
}

/** What the tiles of one grid are made of. */
interface Inputs extends Pick<TileSettings, "sources" | "bands" | "cacheOnly"> {
  readonly origins: readonly Source[];
  /** The only source as it answers without the cache: in the format that the client wants. */
  readonly direct: Source | undefined;
}

async function inputsOf(
  config: CacheConfig,
  grid: Grid,
  context: BuildContext,
  { sources, caches }: { sources: SourceBuilder; caches: Caches },
): Promise<Inputs> {
  const names = [...new Set(sourceEntries(config).map(({ text }) => text))];
  const list: Source[] = [];
  const origins: Source[] = [];
  const refs = names.map((text) => resolveSource(context.config, text, "cache"));
  const tiledOnly = refs.every(
    (ref) => ref?.kind === "cache" && isTiledSource(caches.get(ref.name), config, grid),
  );
  const { use_direct_from_res: res, use_direct_from_level: level } = config;
  let direct: Source | undefined;
  let dummies = 0;
  for (const [i, ref] of refs.entries()) {
    if (!ref) throw new ConfigFault("sources", `unknown source ${names[i]}`);
    if (ref.kind === "cache") {
      const cache = caches.get(ref.name);
      if (!cache) throw new ConfigFault("sources", `cache "${ref.name}" cannot be built`);
      origins.push(...cache.origins);
      const [manager] = cache.managers;
      list.push(
        tiledOnly
          ? cacheAsTileSource(ref.name, manager!, cache)
          : cacheAsMapSource(ref.name, cache, grid),
      );
    } else {
      const source = await sources.build(ref.name, {
        requestFormat: config.request_format,
        tag: ref.tag,
      });
      if (context.config.sources[ref.name]?.seed_only && !context.seeding) dummies++;
      origins.push(source);
      list.push(source);
      if (res !== undefined || level !== undefined) {
        direct = await sources.build(ref.name, { requestFormat: undefined, tag: ref.tag });
      }
    }
  }
  return {
    sources: list,
    bands: isList(config.sources) ? undefined : bandsOf(config.sources, names),
    cacheOnly: list.length === 0 || (list.length === 1 && dummies === 1),
    origins,
    direct: list.length === 1 ? (direct ?? list[0]) : undefined,
  };
}

/** Whether the tiles of `source` can be taken as they are. */
function isTiledSource(source: BuiltCache | undefined, config: CacheConfig, grid: Grid): boolean {
  const [manager] = source?.managers ?? [];
  if (!manager || source?.managers.length !== 1) return false;
  return (
    formatOf(config.request_format) === manager.options.format && isSubsetOf(grid, manager.grid)
  );
}

function bandsOf(
  bands: Exclude<CacheConfig["sources"], readonly string[]>,
  names: readonly string[],
): Band[] {
  return Object.entries(bands).flatMap(([to, parts]) =>
    (parts ?? []).map(({ source, band, factor }) => ({
      to: to as Band["to"],
      source: names.indexOf(source),
      band,
      factor,
    })),
  );
}

/** Options that the cache leaves open follow from its sources. */
function cacheImageOptions(
  config: CacheConfig,
  sources: readonly Source[],
  context: BuildContext,
): ImageOptions {
  const resolved = context.imageOptions(config.format, config.image);
  const own = resolved.format
    ? resolved
    : { ...resolved, format: "png" as const, mime: "image/png" };
  const of = <K extends keyof ImageOptions>(key: K) => sources.map(({ options }) => options[key]);
  const colors = of("colors").some((n) => n === 0)
    ? 0
    : Math.max(0, ...of("colors").map((n) => n ?? 0));
  const transparent = of("transparent").includes(false)
    ? false
    : of("transparent").includes(true) || undefined;
  const mode = of("mode")
    .filter((m) => m !== undefined)
    .sort()
    .at(-1);
  return {
    ...own,
    colors: own.colors ?? colors,
    transparent: own.transparent ?? transparent,
    mode: own.mode ?? mode,
  };
}

function metaSettings(config: CacheConfig, sources: readonly Source[]): MetaSettings {
  const size = config.meta_size;
  const isSingle = size[0] === 1 && size[1] === 1;
  if (config.meta_buffer <= 0 && isSingle) return { kind: "single" };
  const able = sources.filter((source) => source.map?.metaTiles).length;
  if (able === sources.length) {
    const { meta_buffer: buffer, minimize_meta_requests: minimal } = config;
    return { kind: "meta", size, buffer, minimal };
  }
  if (able > 0) {
    throw new ConfigFault("", "meta tiling configured but not supported by all sources");
  }
  return config.bulk_meta_tiles && !isSingle ? { kind: "bulk", size } : { kind: "single" };
}

function rescaleSettings(config: CacheConfig): TileSettings["rescale"] {
  const { upscale_tiles: up, downscale_tiles: down, cache_rescaled_tiles: store } = config;
  if (up && down) throw new ConfigFault("", "cannot use both upscale_tiles and downscale_tiles");
  return up || down ? { levels: up ? -up : down, store } : undefined;
}

function watermarkFilter(config: CacheConfig, context: BuildContext): TileSettings["filter"] {
  const mark = config.watermark;
  if (!mark?.text) return undefined;
  const [red, green, blue] = parseColor(mark.color);
  const color = [red, green, blue] as const;
  const { text, opacity, font_size: fontSize, spacing } = mark;
  void context;
  return (view, coord) => watermark(view, coord, { text, color, opacity, fontSize, spacing });
}

/** The daemon of `globals.renderd`, if tiles are stored at all, so that they can be found afterwards. */
function renderdFor(
  cacheIdentifier: string,
  config: CacheConfig,
  { config: { globals }, pool, platform, seeding }: BuildContext,
): TileSettings["renderd"] {
  const { address } = globals.renderd;
  // the protocol knows no bands
  if (!address || config.disable_storage || !isList(config.sources)) return undefined;
  const { client_timeout, hide_error_details } = globals.http;
  const http = createHttpClient({ client_timeout, hide_error_details, pool }, platform, "renderd");
  return renderd({ address, http, seeding }, cacheIdentifier);
}

function lockDirectory(config: CacheConfig, context: BuildContext): string {
  if (config.tile_lock_dir) return context.path(config.tile_lock_dir);
  const base = config.cache.directory ?? config.cache_dir;
  return joinPath(context.path(String(base)), "tile_locks");
}

async function openStore(
  name: string,
  parts: {
    readonly config: CacheConfig;
    readonly grid: Grid;
    readonly options: ImageOptions;
    readonly coverage: Coverage | undefined;
  },
  context: BuildContext,
): Promise<TileCache> {
  const { config, grid, options, coverage } = parts;
  const type = context.config.kinds.cacheTypes.find((t) => t.type === config.cache.type);
  if (!type) throw new ConfigFault("cache.type", `unknown type "${config.cache.type}"`);
  const link = config.link_single_color_images;
  return type.create(config.cache, {
    name,
    grid,
    gridCount: config.grids.length,
    image: options,
    platform: context.platform,
    log: context.log,
    baseDirectory: context.path(config.cache_dir),
    path: context.path,
    coverage,
    linkSingleColor: link === false ? undefined : link === "hardlink" ? "hard" : "symbolic",
    fileMode: mode(config.file_permissions),
    directoryMode: mode(config.directory_permissions),
    http: createHttpClient({ pool: context.pool }, context.platform, name),
    global: context.global,
  });
}

function mode(octal: string | undefined): number | undefined {
  return octal === undefined ? undefined : Number.parseInt(octal, 8);
}

function publish(
  name: string,
  parts: {
    readonly config: CacheConfig;
    readonly coverage: Coverage | undefined;
    readonly managers: readonly TileManager[];
    readonly inputs: Inputs;
  },
  context: BuildContext,
): BuiltCache {
  const { config, coverage, managers, inputs } = parts;
  const [first] = managers;
  if (!first) throw new ConfigFault("grids", "a cache needs at least one grid");
  const merged = mergeExtents(inputs.sources.map((source) => source.extent));
  const extent: Extent = coverage
    ? { bbox: coverage.bbox, srs: coverage.srs }
    : merged.isDefault
      ? { bbox: first.grid.bbox, srs: first.grid.srs }
      : merged;
  const resolutions = rescaleSettings(config)
    ? undefined
    : mergeRanges(inputs.sources.map((source) => source.resolutions));
  const layer = cachedLayer({
    name,
    managers,
    extent,
    resolutions,
    coverage,
    maxTiles: config.max_tile_limit,
    budget: context.platform.budget,
    direct: directFrom(config, first.grid, inputs.direct),
    bestSrs: context.bestSrs,
  });
  const { origins } = inputs;
  return { name, config, managers, layer, extent, coverage, resolutions, origins };
}

function directFrom(config: CacheConfig, grid: Grid, source: Source | undefined) {
  const { use_direct_from_res: res, use_direct_from_level: level } = config;
  const resolution = res ?? (level === undefined ? undefined : grid.resolutions[level]);
  if (resolution === undefined) return undefined;
  if (!source?.map) {
    throw new ConfigFault("", "use_direct_from_level/res only supports single sources");
  }
  return { layer: directLayer(source), resolution };
}
