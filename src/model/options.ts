/** Pieces of schema that several kinds of sources, caches and services share. */
import * as v from "valibot";
import { isNetwork } from "../http/networks.ts";

/** A number; booleans and numeric strings are not numbers. */
export const number = v.number();
export const integer = v.pipe(v.number(), v.integer());
export const strings = v.array(v.string());

/** `[r, g, b]`, `[r, g, b, a]`, `#rrggbb`, `0xrrggbb`, each with two more digits for alpha. */
export const color = v.union([v.string(), v.array(v.number())]);

/** `[minx, miny, maxx, maxy]` or the same as a comma-separated string. */
export const bbox = v.union([v.string(), v.array(v.number())]);

/** Options of an image format: `globals.image.formats.*`, `caches.*.image`, `sources.*.image`. */
export const imageEntries = {
  format: v.optional(v.string()),
  mode: v.optional(v.string()),
  colors: v.optional(number),
  transparent: v.optional(v.boolean()),
  resampling_method: v.optional(v.string()),
  encoding_options: v.optional(v.record(v.string(), v.unknown())),
  opacity: v.optional(number),
  merge_method: v.optional(v.string()),
};
export const imageConfig = v.strictObject(imageEntries);
export type ImageConfig = v.InferOutput<typeof imageConfig>;

/** `sources.*.image` of the kinds whose pictures are asked for in any size. */
export const sourceImageConfig = v.strictObject({
  ...imageEntries,
  transparent_color: v.optional(color),
  transparent_color_tolerance: v.optional(number),
});

/** Addresses, networks and names of them; see `http/networks.ts`. */
export const networkList = v.array(
  v.pipe(
    v.string(),
    v.check(
      isNetwork,
      (issue) => `Cannot use "${issue.input}": expected loopback, private, *, 10.1.0.0/16 or so`,
    ),
  ),
);

/** `http` of a source, and `globals.http`. */
export const httpEntries = {
  method: v.optional(v.string()),
  client_timeout: v.optional(number),
  /** Further attempts for a GET that failed in a way that may pass; absent: none. */
  retries: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(10))),
  ssl_no_cert_checks: v.optional(v.boolean()),
  ssl_ca_certs: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string())),
  /** SHA-256 of pictures that servers send with status 200 where they have none: such an answer counts as 404. */
  placeholders: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[\da-f]{64}$/i, "Expected 64 hexadecimal digits"))),
  ),
  /** Networks in which servers may have their addresses; absent: any. */
  upstream_networks: v.optional(networkList),
  hide_error_details: v.optional(v.boolean()),
  manage_cookies: v.optional(v.boolean()),
};
export const httpConfig = v.strictObject(httpEntries);
export type HttpConfig = v.InferOutput<typeof httpConfig>;

/** What to paint for upstream statuses: key is a status or `other`. */
export const onErrorConfig = v.record(
  v.string(),
  v.strictObject({
    response: v.union([v.string(), v.array(v.number())]),
    cache: v.optional(v.boolean(), false),
    authorize_stale: v.optional(v.boolean(), false),
  }),
);
export type OnErrorConfig = v.InferOutput<typeof onErrorConfig>;

/** Definition of an area; which keys go together is checked when it is loaded. */
export interface CoverageConfig {
  bbox?: string | number[] | undefined;
  bbox_srs?: string | undefined;
  srs?: string | undefined;
  datasource?: string | number[] | undefined;
  where?: string | undefined;
  polygons?: string | undefined;
  polygons_srs?: string | undefined;
  ogr_datasource?: string | undefined;
  ogr_where?: string | undefined;
  ogr_srs?: string | undefined;
  expire_tiles?: string | undefined;
  union?: CoverageConfig[] | undefined;
  difference?: CoverageConfig[] | undefined;
  intersection?: CoverageConfig[] | undefined;
  clip?: boolean | undefined;
}
export const coverageConfig: v.GenericSchema<CoverageConfig> = v.strictObject({
  bbox: v.optional(bbox),
  bbox_srs: v.optional(v.string()),
  srs: v.optional(v.string()),
  datasource: v.optional(bbox),
  where: v.optional(v.string()),
  polygons: v.optional(v.string()),
  polygons_srs: v.optional(v.string()),
  ogr_datasource: v.optional(v.string()),
  ogr_where: v.optional(v.string()),
  ogr_srs: v.optional(v.string()),
  expire_tiles: v.optional(v.string()),
  union: v.optional(v.array(v.lazy(() => coverageConfig))),
  difference: v.optional(v.array(v.lazy(() => coverageConfig))),
  intersection: v.optional(v.array(v.lazy(() => coverageConfig))),
  clip: v.optional(v.boolean()),
}) as v.GenericSchema<CoverageConfig>;

/** Options that every source but `debug` has; they reach the kind resolved, in its deps. */
export const sourceEntries = {
  coverage: v.optional(coverageConfig),
  min_res: v.optional(number),
  max_res: v.optional(number),
  min_scale: v.optional(number),
  max_scale: v.optional(number),
  seed_only: v.optional(v.boolean(), false),
  /** Requests at a time to one host, over all processes that share `globals.cache.lock_dir`; 0: any number. */
  concurrent_requests: v.optional(integer),
};

/** Options that every store has; they reach the kind resolved, in its deps. */
export const cacheEntries = {
  coverage: v.optional(coverageConfig),
  tile_lock_dir: v.optional(v.string()),
  directory_permissions: v.optional(v.string()),
  file_permissions: v.optional(v.string()),
};

/** `md` of a service. */
export const serviceMetadata = v.looseObject({
  title: v.optional(v.string()),
  abstract: v.optional(v.string()),
  online_resource: v.optional(v.string()),
  fees: v.optional(v.string()),
  access_constraints: v.optional(v.string()),
  contact: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
  keyword_list: v.optional(
    v.nullable(
      v.array(v.looseObject({ vocabulary: v.optional(v.string()), keywords: v.optional(strings) })),
    ),
  ),
});
