import type * as v from "valibot";
import type { Log } from "../core/context.ts";
import type { Gate } from "../core/gate.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { Grid } from "../grid/grid.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import type { HttpClient } from "../http/client.ts";
import type { ImageOptions } from "../image/options.ts";
import type { Capability, Platform } from "../platform/platform.ts";
import type { Srs } from "../srs/srs.ts";
import type { Authorizer } from "./auth.ts";
import type { TileCache } from "./cache.ts";
import type { LayerTree, TileLayer } from "./layer.ts";
import type { ImageConfig } from "./options.ts";
import type { Decorator, DemoExtension, Service } from "./service.ts";
import type { InfoDocument, Source } from "./source.ts";

/** A kind of upstream: options, needs and code, declared in one file of `src/source`. */
export interface SourceType<S extends v.GenericSchema = v.GenericSchema> {
  readonly type: string;
  /** What the platform must offer; checked before anything is built. */
  readonly needs: readonly Capability[];
  readonly options: S;
  /**
   * Made at the start even where nothing uses it: what a source needs of this machine shall not turn out to
   * be missing on the day when a layer is added.
   */
  readonly isAlwaysMade?: true;
  /**
   * Called once for each use of a source (a cache, a layer), after all options were checked.
   *
   * @throws ConfigFault if an option is wrong in a way only the kind can tell
   */
  create(options: v.InferOutput<S>, deps: SourceDeps): Source | Promise<Source>;
}

/** What a source is told; the options common to all kinds arrive resolved. */
export interface SourceDeps {
  readonly name: string;
  readonly platform: Platform;
  readonly log: Log;
  /** With the source's `http` options over the global ones. */
  readonly http: HttpClient;
  /**
   * Format that the using cache asks for (`image/png`, a name of `globals.image.formats`);
   * `undefined` where the source is drawn directly, in the format of each request.
   */
  readonly requestFormat: string | undefined;
  /** Layers after the colon of a tagged use (`name:a,b`). */
  readonly taggedLayers: string | undefined;
  readonly coverage: Coverage | undefined;
  readonly resolutions: ResolutionRange | undefined;
  /** Options for a format name with local settings over it, by the rules of the globals. */
  imageOptions(format: string | undefined, local: ImageConfig | undefined): ImageOptions;
  grid(name: string): Grid;
  srs(code: string): Srs;
  /** The best of `available` to ask for, when `target` is wanted. */
  bestSrs(target: Srs, available: readonly Srs[]): Srs;
  /** Absolute path of a configured one. */
  path(configured: string): string;
  /** A value that all uses of the source share; `make` runs once. */
  shared<T>(key: string, make: () => T): T;
  /** Environment and globals a kind may fall back to, by dotted key below `globals`. */
  global(key: string): unknown;
  /** Applies a stylesheet (its text) to a document about features; see `featureinfo_xslt`. */
  readonly transformInfo?:
    | ((
        document: InfoDocument,
        stylesheet: string,
        outFormat: "html" | "xml",
      ) => Promise<InfoDocument>)
    | undefined;
}

/** A kind of tile store, declared in one file of `src/cache`. */
export interface CacheType<S extends v.GenericSchema = v.GenericSchema> {
  readonly type: string;
  readonly needs: readonly Capability[];
  readonly options: S;
  create(options: v.InferOutput<S>, deps: CacheDeps): TileCache | Promise<TileCache>;
}

export interface CacheDeps {
  /** Name of the cache in the configuration. */
  readonly name: string;
  readonly grid: Grid;
  /** How many grids the cache has: some stores hold only one. */
  readonly gridCount: number;
  readonly image: ImageOptions;
  readonly platform: Platform;
  readonly log: Log;
  /** Absolute `cache_dir` of the cache, or of the globals. */
  readonly baseDirectory: string;
  /** Absolute path of a configured one, against the configuration's directory. */
  path(configured: string): string;
  /** Limits the tiles; GeoPackage stores its bbox. */
  readonly coverage: Coverage | undefined;
  /** `link_single_color_images`. */
  readonly linkSingleColor: "symbolic" | "hard" | undefined;
  /** Permission bits (`file_permissions`, `directory_permissions`). */
  readonly fileMode: number | undefined;
  readonly directoryMode: number | undefined;
  readonly http: HttpClient;
  /** Value below `globals`, by dotted key: `cache.s3.bucket_name`. */
  global(key: string): unknown;
}

/** A protocol, declared in one folder of `src/service`. */
export interface ServiceType<S extends v.GenericSchema = v.GenericSchema> {
  readonly type: string;
  readonly options: S;
  create(options: v.InferOutput<S>, deps: ServiceDeps): Service | Promise<Service>;
}

/** What shared caches between Rhumb and its clients are told of tiles. */
export interface Sharing {
  /** Seconds (RFC 5861); absent: not said. */
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
  /** Whether tiles carry tags; see `service/cache-tags.ts`. */
  readonly hasTags: boolean;
}

export interface ServiceDeps {
  readonly layers: LayerTree;
  /** In the order of the layer tree (children first), then of each cache's grids. */
  readonly tiles: readonly TileLayer[];
  /** All grids of the configuration, the three predefined first. */
  readonly grids: ReadonlyMap<string, Grid>;
  readonly platform: Platform;
  readonly log: Log;
  readonly authorizer: Authorizer;
  /** Where maps wait for their turn to be drawn; absent: nowhere. */
  readonly gate?: Gate;
  /** Changes pictures before they are encoded; absent: nobody asked for it. */
  readonly decorate: Decorator | undefined;
  imageOptions(format: string | undefined, local: ImageConfig | undefined): ImageOptions;
  srs(code: string): Srs;
  bestSrs(target: Srs, available: readonly Srs[]): Srs;
  /** Seconds for which tiles may be kept by clients. */
  readonly maxAge: number;
  /** What else shared caches are told. */
  readonly sharing: Sharing;
  /** Where legends are kept; absolute. */
  readonly legendDirectory: string;
  /** Absolute path of a configured one (stylesheet, …), against the configuration's directory. */
  path(configured: string): string;
  /** Which other services run, for links between them, with their options as configured. */
  readonly services: ReadonlyMap<string, unknown>;
  /** What plug-ins add to the demo. */
  readonly demoExtensions: readonly DemoExtension[];
  /** URL template of the demo's background map. */
  readonly backgroundUrl: string | undefined;
  global(key: string): unknown;
}

/** A fault that only the kind itself could find. `path` is relative to its options. */
export class ConfigFault extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

export function defineSource<S extends v.GenericSchema>(type: SourceType<S>): SourceType<S> {
  return type;
}
export function defineCache<S extends v.GenericSchema>(type: CacheType<S>): CacheType<S> {
  return type;
}
export function defineService<S extends v.GenericSchema>(type: ServiceType<S>): ServiceType<S> {
  return type;
}
