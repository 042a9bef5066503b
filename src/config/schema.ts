import type * as v from "valibot";
import { cacheTypes } from "../cache/index.ts";
import type { Dimension } from "../model/layer.ts";
import type { CoverageConfig, HttpConfig, ImageConfig } from "../model/options.ts";
import { serviceTypes } from "../service/index.ts";
import { sourceTypes } from "../source/index.ts";
import { buildSchema, type Registries } from "./build-schema.ts";
import type {
  BandSources,
  GlobalsConfig,
  RefreshBefore,
  ServerConfig,
  WatermarkConfig,
  WrittenGrid,
  WrittenLayer,
} from "./schema-parts.ts";

/** The kinds of this build. */
export const registries: Registries = { sourceTypes, cacheTypes, serviceTypes };

/** The file as users write it. Keys keep MapProxy's spelling. */
export const configSchema = buildSchema(registries);

/** What a file says, checked, with the defaults of single options. */
export type WrittenConfig = v.InferOutput<typeof configSchema>;

/**
 * A configuration with every default in its place: whoever reads it needs neither the globals nor
 * the built-in values. Keys keep MapProxy's spelling; paths are as configured (see `directory`).
 * All mappings by name have no prototype.
 */
export interface Config {
  /** The kinds that it may name: those of Rhumb and those of plug-ins. */
  readonly kinds: Registries;
  /** The main file. */
  readonly file: string;
  /** Its directory: what relative paths are relative to. */
  readonly directory: string;
  readonly server: ServerConfig;
  /** With built-in defaults; for `deps.global(key)`. */
  readonly globals: GlobalsConfig;
  readonly imageGlobals: ImageGlobals;
  /** `globals.srs.preferred_src_proj`: codes of sources by code of the target, best first. */
  readonly preferredSrs: Readonly<Record<string, readonly string[]>>;
  /** Seconds for which clients may keep tiles. */
  readonly maxAge: number;
  /** Value of `Access-Control-Allow-Origin`; `undefined`: not sent. */
  readonly allowOrigin: string | undefined;
  /** URL template of the demo's background map; `undefined`: none, no request leaves the origin. */
  readonly backgroundUrl: string | undefined;
  /** Where legends are kept. */
  readonly legendDirectory: string;
  /** The three predefined grids first, unless the file names them anew. */
  readonly grids: Readonly<Record<string, GridConfig>>;
  readonly sources: Readonly<Record<string, SourceConfig>>;
  readonly caches: Readonly<Record<string, CacheConfig>>;
  readonly layers: readonly LayerConfig[];
  /** Options by service, in the order of the file; each as its kind's schema gives them. */
  readonly services: Readonly<Record<string, ServiceConfig>>;
}

/** What images fall back to (`globals.image`). */
export interface ImageGlobals {
  readonly formats: Readonly<Record<string, ImageConfig>>;
  readonly resampling: "nearest" | "bilinear" | "bicubic";
  /** Whether PNG without explicit `colors` gets a palette of 256. */
  readonly paletted: boolean;
  readonly jpegQuality: number;
  /** Of `transparent_color`, 0 to 255. */
  readonly transparentColorTolerance: number;
}

/** Options of a grid with those of its bases below, and the globals' below those. */
export interface GridConfig extends Omit<WrittenGrid, "base"> {
  /** Identifier in paths and documents; the key where the file gives none. */
  readonly name: string;
  readonly tile_size: [width: number, height: number];
  readonly stretch_factor: number;
  readonly max_shrink_factor: number;
}

/** Options of a source: what all kinds share, resolved, and the kind's own. */
export interface SourceConfig {
  readonly type: string;
  /** Over the globals; every option has a value but `ssl_ca_certs` and `headers`. */
  readonly http: HttpConfig & Pick<GlobalsConfig["http"], "client_timeout">;
  /** Requests at the same time to the host; 0: no limit. */
  readonly concurrent_requests: number;
  readonly seed_only: boolean;
  readonly coverage?: CoverageConfig | undefined;
  readonly min_res?: number | undefined;
  readonly max_res?: number | undefined;
  readonly min_scale?: number | undefined;
  readonly max_scale?: number | undefined;
  readonly [option: string]: unknown;
}

/** Options of a tile store: what all kinds share, and the kind's own. */
export interface StoreConfig {
  readonly type: string;
  readonly coverage?: CoverageConfig | undefined;
  readonly tile_lock_dir?: string | undefined;
  readonly [option: string]: unknown;
}

export interface CacheConfig {
  /** References as written (see `resolveSource()`), or bands. */
  readonly sources: readonly string[] | BandSources;
  /** At least one name. */
  readonly grids: readonly string[];
  /** MIME type, name in `imageGlobals.formats`, or `mixed`: `image.format`, else `format`, … */
  readonly format: string;
  /** What sources are asked for. */
  readonly request_format: string;
  readonly image: ImageConfig | undefined;
  readonly cache: StoreConfig;
  /** Base directory of the store. */
  readonly cache_dir: string;
  readonly meta_size: readonly [columns: number, rows: number];
  /** Pixels. */
  readonly meta_buffer: number;
  readonly bulk_meta_tiles: boolean;
  readonly minimize_meta_requests: boolean;
  readonly concurrent_tile_creators: number;
  /** Seconds. */
  readonly failure_ttl: number;
  /** Seconds; `undefined`: as `failure_ttl`. */
  readonly negative_ttl: number | undefined;
  readonly max_tile_limit: number;
  readonly link_single_color_images: "symlink" | "hardlink" | false;
  readonly disable_storage: boolean;
  readonly use_direct_from_level: number | undefined;
  readonly use_direct_from_res: number | undefined;
  readonly upscale_tiles: number;
  readonly downscale_tiles: number;
  readonly cache_rescaled_tiles: boolean;
  readonly refresh_before: RefreshBefore | undefined;
  readonly freshness: "upstream" | undefined;
  readonly watermark: WatermarkConfig | undefined;
  /** Octal text, of the store, the cache or the globals. */
  readonly directory_permissions: string | undefined;
  readonly file_permissions: string | undefined;
  /** Of the store or the globals; `undefined`: `tile_locks` in the store's directory. */
  readonly tile_lock_dir: string | undefined;
}

export interface LayerConfig extends Omit<WrittenLayer, "dimensions" | "layers"> {
  /** Expanded: intervals are lists of values. */
  readonly dimensions: readonly Dimension[];
  readonly layers?: readonly LayerConfig[] | undefined;
}

/** Options of a service as its kind's schema gives them, `md` merged over that of WMS. */
export interface ServiceConfig {
  readonly md?: Readonly<Record<string, unknown>> | undefined;
  readonly [option: string]: unknown;
}
