import { limitHotTiles } from "../cache/hot-tiles.ts";
import type { Log } from "../core/context.ts";
import { ConfigError } from "../core/errors.ts";
import { gate } from "../core/gate.ts";
import type { Grid } from "../grid/grid.ts";
import { limitDecodedTiles } from "../image/decoded-tiles.ts";
import { ConfigFault, type ServiceDeps, type ServiceType } from "../model/define.ts";
import type { Hooks } from "../model/hooks.ts";
import type { LayerNode, LayerTree } from "../model/layer.ts";
import type { Plugin } from "../model/plugin.ts";
import type { Service } from "../model/service.ts";
import type { Platform } from "../platform/platform.ts";
import { owsRoutes } from "../service/ows.ts";
import { DEFAULT_EXTENT } from "../srs/extent.ts";
import { type BuiltCache, buildCache } from "./build-caches.ts";
import { type BuildContext, buildContext } from "./build-context.ts";
import { hooksOf } from "./build-hooks.ts";
import { buildTileLayers, buildTree } from "./build-layers.ts";
import { buildPurge, type PurgeParts } from "./build-purge.ts";
import { sourceBuilder } from "./build-sources.ts";
import { checkGlobals, makeUnused } from "./check-parts.ts";
import { layerShapes } from "./layer-shape.ts";
import type { LoadedConfig } from "./load.ts";
import { checkNeeds } from "./needs.ts";
import { type Readiness, readinessCheck } from "./readiness.ts";
import type { ServerConfig } from "./schema-parts.ts";

/** Everything an application is made of. */
export interface AppParts {
  readonly services: readonly Service[];
  readonly log: Log;
  /** Prefix under which requests are served as well as at the root: `/proxy`. */
  readonly basePath: string;
  /** `scheme://host[/prefix]` that all links begin with, whatever the request says. */
  readonly publicUrl: string | undefined;
  /** Networks whose word about the client's request counts; see `networks()`. */
  readonly trustedProxies: readonly string[];
  /** Whether each request is logged. */
  readonly accessLog: boolean;
  /** Value of `Access-Control-Allow-Origin`; `undefined`: no such header. */
  readonly allowOrigin: string | undefined;
  /** Whether the front page links to the demo. */
  readonly hasDemo: boolean;
  /** Functions of plug-ins that see each request before anything else. */
  readonly interceptors: readonly NonNullable<Plugin["intercept"]>[];
  /** `undefined`: there is no `/purge`. */
  readonly purge: PurgeParts | undefined;
  /** Whether caches and sources answer. */
  check(): Promise<Readiness>;
  close(): Promise<void>;
}

/**
 * Makes the objects of a configuration: sources, caches, layers, services, in the order in which they
 * need each other.
 *
 * @throws ConfigError with all faults that show only now: files that are missing, needs of a store
 *   that the platform does not meet
 */
export async function build(
  loaded: LoadedConfig,
  platform: Platform,
  log: Log,
  hooks?: Hooks,
): Promise<AppParts> {
  try {
    return await buildParts(loaded, { platform, log, hooks });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.faults.map(loaded.place));
  }
}

interface Around {
  readonly platform: Platform;
  readonly log: Log;
  readonly hooks: Hooks | undefined;
}

async function buildParts(
  loaded: LoadedConfig,
  { platform, log, hooks }: Around,
): Promise<AppParts> {
  const { config } = loaded;
  const context = await buildContext(config, platform, { log, seeding: false });
  const caches = await buildCaches(loaded, context);
  const parts = { context, sources: sourceBuilder(context), caches };
  await checkGlobals(context);
  await makeUnused(loaded, parts);
  const shapes = layerShapes(config);
  const layers = shapes.root ? await buildTree(shapes.root, parts) : emptyTree();
  const tiles = await buildTileLayers(shapes.tiles, parts);
  const demoExtensions = loaded.plugins.flatMap(({ demo }) => demo ?? []);
  const deps = serviceDeps(context, { layers, tiles, demoExtensions, hooks });
  const services: Service[] = [];
  for (const name of Object.keys(config.services)) {
    const service = await context.attempt(`services.${name}`, () =>
      makeService(name, config.kinds.serviceTypes, deps),
    );
    if (service) services.push(service);
  }
  const purge = await context.attempt("server", () =>
    buildPurge(context, caches.values(), shapes.tiles),
  );
  context.check();
  giveDecodedTiles(config.server, platform);
  const { hot_tiles, hot_tiles_look } = config.server;
  limitHotTiles(platform.budget ? 0 : hot_tiles * 2 ** 20, hot_tiles_look * 1000);
  if (config.services.demo) log.warn("demo-enabled", { hint: "disable it in production" });
  return {
    services: [...services, { routes: owsRoutes(services) }],
    log,
    basePath: config.server.base_path,
    publicUrl: config.server.public_url,
    trustedProxies:
      platform.env.RHUMB_TRUSTED_PROXIES?.split(/[\s,]+/) ?? config.server.trusted_proxies,
    accessLog: config.server.access_log,
    allowOrigin: config.allowOrigin,
    hasDemo: config.services.demo !== undefined,
    interceptors: loaded.plugins.flatMap(({ intercept }) => intercept ?? []),
    purge,
    check: readinessCheck(context, caches, loaded.order.sources),
    async close() {
      for (const service of services) await service.close?.();
      await closeCaches(caches.values());
    },
  };
}

/**
 * Makes all caches that are used, each after those it reads from.
 *
 * @throws ConfigError through `context.check()` of the caller: faults are noted in the context
 */
export async function buildCaches(
  { config, order }: Pick<LoadedConfig, "config" | "order">,
  context: BuildContext,
): Promise<Map<string, BuiltCache>> {
  const sources = sourceBuilder(context);
  const caches = new Map<string, BuiltCache>();
  await context.attempt("", () => checkNeeds(config, order, context.platform));
  for (const name of order.caches) {
    const cache = await context.attempt(`caches.${name}`, () =>
      buildCache(name, context, { sources, caches }),
    );
    if (cache) caches.set(name, cache);
  }
  return caches;
}

/** Sets the memory for decoded tiles; none on Workers, which have little, and often a fresh isolate. */
export function giveDecodedTiles(
  { decoded_tiles }: ServerConfig,
  { budget }: Pick<Platform, "budget">,
): void {
  limitDecodedTiles(budget ? 0 : decoded_tiles * 2 ** 20);
}

export async function closeCaches(caches: Iterable<BuiltCache>): Promise<void> {
  for (const { managers } of caches) {
    for (const { settings } of managers) await settings.cache?.close?.();
  }
}

function makeService(
  name: string,
  kinds: readonly ServiceType[],
  deps: ServiceDeps,
): Service | Promise<Service> {
  const type = kinds.find((kind) => kind.type === name);
  if (!type) throw new ConfigFault("", `unknown service: ${name}`);
  return type.create(deps.services.get(name), deps);
}

function serviceDeps(
  context: BuildContext,
  o: Pick<ServiceDeps, "layers" | "tiles" | "demoExtensions"> & {
    readonly hooks: Hooks | undefined;
  },
): ServiceDeps {
  const { config, platform, log } = context;
  return {
    layers: o.layers,
    tiles: o.tiles,
    grids: gridsOf(context),
    platform,
    log,
    gate: gate({
      atOnce: config.server.max_maps,
      waiting: config.server.map_queue,
      patience: 1000 * config.server.map_wait,
    }),
    ...hooksOf(context, o.hooks),
    imageOptions: context.imageOptions,
    srs: context.srs,
    bestSrs: context.bestSrs,
    path: context.path,
    maxAge: config.maxAge,
    sharing: {
      staleWhileRevalidate: config.globals.tiles.stale_while_revalidate,
      staleIfError: config.globals.tiles.stale_if_error,
      hasTags: config.globals.tiles.cache_tags,
    },
    legendDirectory: context.path(config.legendDirectory),
    services: new Map(Object.entries(config.services)),
    demoExtensions: o.demoExtensions,
    backgroundUrl: config.backgroundUrl,
    global: context.global,
  };
}

/** All grids; one that cannot be used is only a fault where something uses it. */
function gridsOf({ config, grid, log }: BuildContext): ReadonlyMap<string, Grid> {
  const grids = new Map<string, Grid>();
  for (const name of Object.keys(config.grids)) {
    try {
      grids.set(name, grid(name));
    } catch (error) {
      log.warn("grid-unusable", { grid: name, error });
    }
  }
  return grids;
}

function emptyTree(): LayerTree {
  const root: LayerNode = {
    name: undefined,
    title: "",
    metadata: {},
    children: [],
    maps: undefined,
    infos: [],
    legends: [],
    extent: DEFAULT_EXTENT,
    resolutions: undefined,
    dimensions: [],
  };
  return { root, byName: new Map() };
}
