/** The sections of a configuration file that belong to no kind of source, cache or service. */
import * as v from "valibot";
import {
  bbox,
  color,
  httpEntries,
  imageConfig,
  integer,
  networkList,
  number,
  strings,
} from "../model/options.ts";

/** Two numbers; more are read as the first two, as a merged `base` file may have left them. */
const pair = v.pipe(v.array(number), v.minLength(2, "Expected two numbers"));

const seconds = v.pipe(number, v.minValue(0, "Expected seconds, 0 or more"));

const resampling = v.picklist(["nearest", "bilinear", "bicubic"]);

const webUrl = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "Expected a URL"));

/** A secret that a client has to send. */
export const secretSchema = v.pipe(
  v.string(),
  v.minLength(16, "Expected at least 16 characters"),
  v.check((secret) => !secret.startsWith("$"), "Expected a secret: its variable is not set"),
);

/** How Rhumb itself listens; not part of `mapproxy.yaml`. */
export const serverSchema = v.strictObject({
  /** Path below which all services lie; empty for the root. */
  base_path: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:\/[^\s?#/]+)*\/?$/, 'Expected a path such as "/proxy", or ""'),
      v.transform((path) => path.replace(/\/$/, "")),
    ),
    "/proxy",
  ),
  host: v.optional(v.string(), "127.0.0.1"),
  port: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(65535)), 8080),
  /** Unix socket to listen on in place of host and port; relative to the file. */
  socket: v.optional(v.pipe(v.string(), v.minLength(1, "Expected a path"))),
  /** Permission bits of the socket, octal. */
  socket_mode: v.optional(
    v.pipe(v.string(), v.regex(/^0?[0-7]{3}$/, 'Expected octal digits such as "0660"')),
    "0666",
  ),
  protocol: v.optional(v.picklist(["http", "fastcgi"]), "http"),
  /** Processes that answer; `auto`: as many as the machine has processors. */
  workers: v.optional(v.union([v.literal("auto"), v.pipe(integer, v.minValue(1))]), 1),
  /** Maps that a process draws at the same time; tiles are not counted. */
  max_maps: v.optional(v.pipe(integer, v.minValue(1)), 32),
  /** MiB of each thread that draws for tiles it has decoded lately; 0: none. Workers keep none. */
  decoded_tiles: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(4096)), 48),
  /** MiB of each process for tiles that it has read lately from files; 0: none. Workers keep none. */
  hot_tiles: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(65536)), 24),
  /** Seconds for which a look at the file of such a tile holds; 0: each use looks. */
  hot_tiles_look: v.optional(v.pipe(number, v.minValue(0), v.maxValue(60)), 1),
  /** Maps that wait for their turn; beyond, the answer is 503. */
  map_queue: v.optional(v.pipe(integer, v.minValue(0)), 256),
  /** Seconds that a map waits for its turn; then the answer is 503. */
  map_wait: v.optional(v.pipe(number, v.minValue(0.1), v.maxValue(600)), 30),
  /** MiB of memory at which a process that answers is replaced by a fresh one; absent: none. */
  worker_memory: v.optional(v.pipe(integer, v.minValue(64))),
  /** Service that decides about every request. `RHUMB_AUTHORIZE_URL` wins. */
  authorize_url: v.optional(webUrl),
  /** Service that changes pictures on their way out. `RHUMB_DECORATE_URL` wins. */
  decorate_url: v.optional(webUrl),
  /** Seconds that these two get; then the request fails. */
  hook_timeout: v.optional(v.pipe(number, v.minValue(0.1), v.maxValue(60)), 10),
  /** Addresses or networks that may read `/metrics` and what `/readyz` says in detail. */
  metrics_for: v.optional(networkList, () => ["loopback"]),
  /** Whether each request is logged. */
  access_log: v.optional(v.boolean(), false),
  /** Lines for people, or a JSON object a line. `RHUMB_LOG_FORMAT` wins. */
  log_format: v.optional(v.picklist(["text", "json"]), "text"),
  /** Least level that is logged. `RHUMB_LOG` wins. */
  log_level: v.optional(v.picklist(["debug", "info", "warn", "error"]), "info"),
  /** Whether changed files are noticed and the configuration is read again. */
  reload: v.optional(v.boolean(), false),
  /** URL of the mount as clients see it; where absent, each request tells it. */
  public_url: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^https?:\/\/[^\s?#]+$/, "Expected a URL"),
      v.transform((url) => url.replace(/\/+$/, "")),
    ),
  ),
  /** Secret that `POST /purge` asks for; absent: there is no `/purge`. `RHUMB_PURGE_TOKEN` wins. */
  purge_token: v.optional(secretSchema),
  /** Addresses or networks whose `X-Forwarded-*`, `Forwarded` and `X-Script-Name` are believed. */
  trusted_proxies: v.optional(networkList, () => ["loopback"]),
});
export type ServerConfig = v.InferOutput<typeof serverSchema>;

/** What holds where no configuration says otherwise. */
export const DEFAULT_SERVER: ServerConfig = v.parse(serverSchema, {});

const globalImage = v.strictObject({
  resampling_method: v.optional(resampling, "bicubic"),
  paletted: v.optional(v.boolean(), true),
  stretch_factor: v.optional(number, 1.15),
  max_shrink_factor: v.optional(number, 4.0),
  jpeg_quality: v.optional(number, 90),
  formats: v.optional(v.record(v.string(), imageConfig), () => ({})),
  font_dir: v.optional(v.string()),
  merge_method: v.optional(v.string()),
  transparent_color_tolerance: v.optional(number, 5),
});

const globalHttp = v.strictObject({
  ...httpEntries,
  method: v.optional(v.string(), "AUTO"),
  client_timeout: v.optional(number, 60),
  ssl_no_cert_checks: v.optional(v.boolean(), false),
  hide_error_details: v.optional(v.boolean(), true),
  manage_cookies: v.optional(v.boolean(), false),
  /** Sent with every answer; the empty string sends none. */
  access_control_allow_origin: v.optional(v.union([v.string(), v.strictObject({})]), "*"),
  /** Requests at a time to one host, over all processes that share `globals.cache.lock_dir`; 0: any number. */
  concurrent_requests: v.optional(integer, 0),
});

const linkSingleColor = v.union([v.boolean(), v.picklist(["symlink", "hardlink"])]);

const globalCache = v.strictObject({
  base_dir: v.optional(v.string(), "./cache_data"),
  /** Where the places of `concurrent_requests` are handed out. */
  lock_dir: v.optional(v.string(), "./cache_data/tile_locks"),
  tile_lock_dir: v.optional(v.string()),
  /** Redis server whose locks reach all machines that share the caches. */
  lock_server: v.optional(
    v.pipe(v.string(), v.regex(/^rediss?:\/\/[^\s/]+/, "Expected a URL such as redis://host:6379")),
  ),
  directory_permissions: v.optional(v.string()),
  file_permissions: v.optional(v.string()),
  meta_size: v.optional(pair, () => [4, 4]),
  meta_buffer: v.optional(number, 80),
  bulk_meta_tiles: v.optional(v.boolean(), false),
  max_tile_limit: v.optional(number, 500),
  minimize_meta_requests: v.optional(v.boolean(), false),
  concurrent_tile_creators: v.optional(integer, 2),
  /** Seconds for which a source that failed for a tile is not asked for it again. */
  failure_ttl: v.optional(seconds, 1),
  /** The same where the server said that there is no such tile (204, 404, 410); absent: as for other failures. */
  negative_ttl: v.optional(seconds),
  link_single_color_images: v.optional(linkSingleColor, false),
  sqlite_timeout: v.optional(number),
  sqlite_wal: v.optional(v.boolean()),
  s3: v.optional(
    v.strictObject({
      bucket_name: v.optional(v.string()),
      profile_name: v.optional(v.string()),
      region_name: v.optional(v.string()),
      endpoint_url: v.optional(v.string()),
      access_control_list: v.optional(v.string()),
      use_http_get: v.optional(v.boolean()),
      include_grid_name: v.optional(v.boolean()),
    }),
  ),
  azureblob: v.optional(
    v.strictObject({
      connection_string: v.optional(v.string()),
      container_name: v.optional(v.string()),
    }),
  ),
});

/** What every part of the file may fall back to, with the built-in defaults. */
export const globalsSchema = v.strictObject({
  image: v.optional(globalImage, {}),
  http: v.optional(globalHttp, {}),
  cache: v.optional(globalCache, {}),
  grid: v.optional(v.strictObject({ tile_size: v.optional(pair, () => [256, 256]) }), {}),
  srs: v.optional(
    v.strictObject({
      axis_order_ne: v.optional(strings),
      axis_order_en: v.optional(strings),
      proj_data_dir: v.optional(v.string()),
      /** Systems of one's own, or in place of the table's: proj4 strings, or another code, by code. */
      definitions: v.optional(v.record(v.string(), v.string()), () => ({})),
      preferred_src_proj: v.optional(v.record(v.string(), strings), () => ({})),
    }),
    {},
  ),
  tiles: v.optional(
    v.strictObject({
      expires_hours: v.optional(number, 72),
      /** Seconds for which a shared cache may send what has expired while it asks for news (RFC 5861, 3). */
      stale_while_revalidate: v.optional(seconds),
      /** Seconds for which a cache may send what has expired while Rhumb cannot be reached (RFC 5861, 4). */
      stale_if_error: v.optional(seconds),
      /** Whether tiles carry `Cache-Tag` and `Surrogate-Key`, by which a delivery network forgets them. */
      cache_tags: v.optional(v.boolean(), false),
    }),
    {},
  ),
  mapserver: v.optional(
    v.strictObject({ binary: v.optional(v.string()), working_dir: v.optional(v.string()) }),
    {},
  ),
  renderd: v.optional(v.strictObject({ address: v.optional(v.string()) }), {}),
  background: v.optional(
    v.strictObject({
      url: v.optional(v.string()),
    }),
    {},
  ),
});
export type GlobalsConfig = v.InferOutput<typeof globalsSchema>;

/** A grid as written; what it leaves out comes from its base and from the globals. */
export const gridSchema = v.strictObject({
  base: v.optional(v.string()),
  name: v.optional(v.string()),
  srs: v.optional(v.string()),
  bbox: v.optional(bbox),
  bbox_srs: v.optional(v.string()),
  origin: v.optional(v.string()),
  tile_size: v.optional(pair),
  res: v.optional(v.array(number)),
  res_factor: v.optional(v.union([number, v.literal("sqrt2")])),
  num_levels: v.optional(integer),
  min_res: v.optional(number),
  max_res: v.optional(number),
  threshold_res: v.optional(v.array(number)),
  stretch_factor: v.optional(number),
  max_shrink_factor: v.optional(number),
  align_resolutions_with: v.optional(v.string()),
});
export type WrittenGrid = v.InferOutput<typeof gridSchema>;

const bandList = v.optional(
  v.array(v.strictObject({ source: v.string(), band: integer, factor: v.optional(number, 1) })),
);
const bands = v.strictObject({
  r: bandList,
  g: bandList,
  b: bandList,
  a: bandList,
  l: bandList,
});
export type BandSources = v.InferOutput<typeof bands>;

export const refreshBefore = v.strictObject({
  seconds: v.optional(number),
  minutes: v.optional(number),
  hours: v.optional(number),
  days: v.optional(number),
  weeks: v.optional(number),
  /** ISO date and time, local. */
  time: v.optional(v.string()),
  /** File whose time of change counts. */
  mtime: v.optional(v.string()),
});
export type RefreshBefore = v.InferOutput<typeof refreshBefore>;

const watermark = v.strictObject({
  text: v.optional(v.string(), ""),
  spacing: v.optional(v.picklist(["wide"])),
  font_size: v.optional(number, 24),
  opacity: v.optional(number, 30),
  color: v.optional(color, () => [128, 128, 128]),
});
export type WatermarkConfig = v.InferOutput<typeof watermark>;

/** Options of a cache; `store` is the union of all kinds of stores. */
export function cacheSchema<S extends v.GenericSchema>(store: S) {
  return v.strictObject({
    name: v.optional(v.string()),
    sources: v.union([strings, bands]),
    grids: v.optional(strings),
    format: v.optional(v.string()),
    request_format: v.optional(v.string()),
    image: v.optional(imageConfig),
    cache: v.optional(store, { type: "file" } as v.InferInput<S>),
    cache_dir: v.optional(v.string()),
    meta_size: v.optional(pair),
    meta_buffer: v.optional(number),
    bulk_meta_tiles: v.optional(v.boolean()),
    minimize_meta_requests: v.optional(v.boolean()),
    concurrent_tile_creators: v.optional(integer),
    failure_ttl: v.optional(seconds),
    negative_ttl: v.optional(seconds),
    max_tile_limit: v.optional(number),
    link_single_color_images: v.optional(linkSingleColor),
    disable_storage: v.optional(v.boolean(), false),
    use_direct_from_level: v.optional(number),
    use_direct_from_res: v.optional(number),
    upscale_tiles: v.optional(v.pipe(integer, v.minValue(0, "upscale_tiles must be positive")), 0),
    downscale_tiles: v.optional(
      v.pipe(integer, v.minValue(0, "downscale_tiles must be positive")),
      0,
    ),
    cache_rescaled_tiles: v.optional(v.boolean(), false),
    refresh_before: v.optional(refreshBefore),
    /** Tiles are asked for again when what their servers said of them has run out. */
    freshness: v.optional(v.literal("upstream")),
    watermark: v.optional(watermark),
    directory_permissions: v.optional(v.string()),
    file_permissions: v.optional(v.string()),
  });
}

const link = { url: v.optional(v.string()), format: v.optional(v.string()) };

const layerMetadata = v.strictObject({
  abstract: v.optional(v.string()),
  keyword_list: v.optional(
    v.array(
      v.strictObject({
        vocabulary: v.optional(v.string()),
        keywords: v.optional(strings, () => []),
      }),
    ),
  ),
  attribution: v.optional(
    v.strictObject({
      title: v.optional(v.string()),
      url: v.optional(v.string()),
      logo: v.optional(
        v.strictObject({
          ...link,
          width: v.optional(integer),
          height: v.optional(integer),
        }),
      ),
    }),
  ),
  identifier: v.optional(
    v.array(
      v.strictObject({
        url: v.optional(v.string()),
        name: v.optional(v.string()),
        value: v.optional(v.string()),
      }),
    ),
  ),
  metadata: v.optional(v.array(v.strictObject({ ...link, type: v.optional(v.string()) }))),
  data: v.optional(v.array(v.strictObject(link))),
  feature_list: v.optional(v.array(v.strictObject(link))),
});
export type WrittenLayerMetadata = v.InferOutput<typeof layerMetadata>;

const dimension = v.strictObject({
  values: v.array(v.union([v.string(), number, v.boolean()])),
  default: v.optional(v.union([v.string(), number, v.boolean()])),
});
export type WrittenDimension = v.InferOutput<typeof dimension>;

const layerEntries = {
  name: v.optional(v.string()),
  title: v.string(),
  sources: v.optional(strings),
  tile_sources: v.optional(strings),
  min_res: v.optional(number),
  max_res: v.optional(number),
  min_scale: v.optional(number),
  max_scale: v.optional(number),
  nominal_res: v.optional(number),
  nominal_scale: v.optional(number),
  /** Hours for which clients may keep tiles; `globals.tiles.expires_hours` where absent. */
  expires_hours: v.optional(v.pipe(number, v.minValue(0))),
  /** Tiles are sent in these formats to clients whose `Accept` names them, whatever the path says. */
  accept_formats: v.optional(v.array(v.picklist(["image/webp"]))),
  legendurl: v.optional(v.string()),
  wmts_kvp_legendurl: v.optional(v.string()),
  wmts_rest_legendurl: v.optional(v.string()),
  md: v.optional(layerMetadata),
  dimensions: v.optional(v.record(v.string(), dimension)),
};
const layerBase = v.strictObject(layerEntries);

/** A layer as written. */
export interface WrittenLayer extends v.InferOutput<typeof layerBase> {
  layers?: WrittenLayer[] | undefined;
}
export const layerSchema: v.GenericSchema<WrittenLayer> = v.strictObject({
  ...layerEntries,
  layers: v.optional(v.array(v.lazy(() => layerSchema))),
}) as unknown as v.GenericSchema<WrittenLayer>;

/** `parts` and other free areas. */
export const anything = v.unknown();
