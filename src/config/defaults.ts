import { directoryOf, joinPath } from "../core/path.ts";
import type { Registries } from "./build-schema.ts";
import { expandDimension } from "./dimensions.ts";
import type { Finding } from "./finding.ts";
import { firstTwo, resolveGrids } from "./grids.ts";
import { notHonoured } from "./not-honoured.ts";
import type { Path } from "./plain.ts";
import {
  type CacheConfig,
  type Config,
  type ImageGlobals,
  type LayerConfig,
  registries,
  type ServiceConfig,
  type SourceConfig,
  type StoreConfig,
  type WrittenConfig,
} from "./schema.ts";
import type { GlobalsConfig, ServerConfig, WrittenLayer } from "./schema-parts.ts";

/** Where tiles go when nobody says: the choice of `mapproxy.yaml`, whose name it is. */
const DEFAULT_GRID = "GLOBAL_MERCATOR";
const DEFAULT_FORMAT = "image/png";
const DEFAULT_TITLE = "MapProxy WMS";

export interface Defaulted {
  readonly config: Config;
  /** Grids that cannot be used, with the reason; a fault only where something uses them. */
  readonly brokenGrids: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
}

/**
 * Puts every default in its place: what a part leaves out comes from the globals, what those leave
 * out is built in. A part's own value replaces that of the globals as a whole (headers, lists);
 * `false` and 0 are values.
 */
export function applyDefaults(
  written: WrittenConfig,
  file: string,
  kinds: Registries = registries,
): Defaulted {
  const { globals } = written;
  const findings: Finding[] = notHonoured(globals);
  const { grids, broken } = resolveGrids(written.grids, globals);
  const config: Config = {
    kinds,
    file,
    directory: directoryOf(file),
    server: serverOf(written.server, directoryOf(file)),
    globals,
    imageGlobals: imageGlobals(globals),
    preferredSrs: byName(globals.srs.preferred_src_proj, (codes) => codes),
    maxAge: globals.tiles.expires_hours * 3600,
    allowOrigin: allowOrigin(globals.http.access_control_allow_origin),
    backgroundUrl: globals.background.url,
    legendDirectory: joinPath(globals.cache.base_dir, "legends"),
    grids,
    sources: byName(written.sources as Record<string, unknown>, (source) =>
      resolveSourceOptions(source as SourceConfig, globals),
    ),
    caches: byName(written.caches as Record<string, WrittenCache>, (cache) =>
      resolveCache(cache, globals),
    ),
    layers: (written.layers ?? []).map((layer, i) => resolveLayer(layer, ["layers", i], findings)),
    services: resolveServices((written.services ?? {}) as Record<string, ServiceConfig>),
  };
  return { config, brokenGrids: broken, findings };
}

function serverOf(server: ServerConfig, directory: string): ServerConfig {
  return server.socket === undefined
    ? server
    : { ...server, socket: joinPath(directory, server.socket) };
}

type WrittenCache = WrittenConfig["caches"][string] & { cache?: StoreConfig | undefined };

/** The same names, without prototype, in the same order. */
function byName<A, B>(entries: Readonly<Record<string, A>>, make: (value: A) => B) {
  const made: Record<string, B> = Object.create(null);
  for (const [name, value] of Object.entries(entries)) made[name] = make(value);
  return made;
}

function imageGlobals({ image }: GlobalsConfig): ImageGlobals {
  return {
    formats: byName(image.formats, (format) => format),
    resampling: image.resampling_method,
    paletted: image.paletted,
    jpegQuality: image.jpeg_quality,
    transparentColorTolerance: image.transparent_color_tolerance,
  };
}

/** Only the empty text switches the header off; an empty mapping stands for nothing said. */
function allowOrigin(configured: string | object): string | undefined {
  if (typeof configured !== "string") return "*";
  return configured === "" ? undefined : configured;
}

function resolveSourceOptions(source: SourceConfig, globals: GlobalsConfig): SourceConfig {
  const { access_control_allow_origin: _, concurrent_requests, ...http } = globals.http;
  return {
    ...source,
    seed_only: source.seed_only ?? false,
    concurrent_requests: source.concurrent_requests ?? concurrent_requests,
    http: { ...http, ...source.http },
  };
}

function resolveCache(cache: WrittenCache, globals: GlobalsConfig): CacheConfig {
  const all = globals.cache;
  const store: StoreConfig = cache.cache ?? { type: "file" };
  const linking = cache.link_single_color_images ?? all.link_single_color_images;
  return {
    sources: cache.sources,
    grids: cache.grids ?? [DEFAULT_GRID],
    format: cache.image?.format ?? cache.format ?? cache.request_format ?? DEFAULT_FORMAT,
    request_format: cache.request_format ?? cache.format ?? DEFAULT_FORMAT,
    image: cache.image,
    cache: store,
    cache_dir: cache.cache_dir ?? all.base_dir,
    meta_size: firstTwo(cache.meta_size ?? all.meta_size),
    meta_buffer: cache.meta_buffer ?? all.meta_buffer,
    bulk_meta_tiles: cache.bulk_meta_tiles ?? all.bulk_meta_tiles,
    minimize_meta_requests: cache.minimize_meta_requests ?? all.minimize_meta_requests,
    concurrent_tile_creators: cache.concurrent_tile_creators ?? all.concurrent_tile_creators,
    failure_ttl: cache.failure_ttl ?? all.failure_ttl,
    negative_ttl: cache.negative_ttl ?? all.negative_ttl,
    max_tile_limit: cache.max_tile_limit ?? all.max_tile_limit,
    link_single_color_images: linking === true ? "symlink" : linking,
    disable_storage: cache.disable_storage,
    use_direct_from_level: cache.use_direct_from_level,
    use_direct_from_res: cache.use_direct_from_res,
    upscale_tiles: cache.upscale_tiles,
    downscale_tiles: cache.downscale_tiles,
    cache_rescaled_tiles: cache.cache_rescaled_tiles,
    refresh_before: cache.refresh_before,
    freshness: cache.freshness,
    watermark: cache.watermark,
    directory_permissions:
      text(store.directory_permissions) ?? cache.directory_permissions ?? all.directory_permissions,
    file_permissions:
      text(store.file_permissions) ?? cache.file_permissions ?? all.file_permissions,
    tile_lock_dir: store.tile_lock_dir ?? all.tile_lock_dir,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function resolveLayer(layer: WrittenLayer, path: Path, findings: Finding[]): LayerConfig {
  const { dimensions: written = {}, layers, ...rest } = layer;
  const dimensions: LayerConfig["dimensions"][number][] = [];
  for (const [name, dimension] of Object.entries(written)) {
    try {
      dimensions.push(expandDimension(name, dimension));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const at = [...path, "dimensions", name];
      findings.push({ path: at, message: error.message, severity: "error" });
    }
  }
  const children = layers?.map((below, i) => resolveLayer(below, [...path, "layers", i], findings));
  return { ...rest, dimensions, ...(children && { layers: children }) };
}

/** Services that describe themselves as WMS does, where they say nothing else. */
const DESCRIBED_BY_WMS = new Set(["tms", "kml", "wmts", "demo"]);

function resolveServices(services: Record<string, ServiceConfig>): Record<string, ServiceConfig> {
  const wms = services.wms;
  const wmsMetadata = wms ? (wms.md ?? { title: DEFAULT_TITLE }) : {};
  const resolved: Record<string, ServiceConfig> = Object.create(null);
  for (const [name, options] of Object.entries(services)) {
    if (name === "wms") resolved[name] = { ...options, md: wmsMetadata };
    else if (DESCRIBED_BY_WMS.has(name)) {
      resolved[name] = { ...options, md: { ...wmsMetadata, ...options.md } };
    } else resolved[name] = options;
  }
  return resolved;
}
