import type { Coverage } from "../coverage/coverage.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import type { ImageOptions } from "../image/options.ts";
import type { ImageFormat, RasterView } from "../image/picture.ts";
import type { TileCache } from "../model/cache.ts";
import type { Source } from "../model/source.ts";
import type { Clock, Locks } from "../platform/platform.ts";
import type { Renderd } from "./renderd.ts";
import type { FailureTimes } from "./single-flight.ts";

/** Everything that decides how the tiles of one cache in one grid come to be. */
export interface TileSettings {
  /** Name of the cache. */
  readonly name: string;
  readonly grid: Grid;
  /** Encoding of the tiles. */
  readonly options: ImageOptions;
  /** What sources are asked for; `undefined`: their own choice. */
  readonly requestFormat: ImageFormat | undefined;
  /** Bottom first. */
  readonly sources: readonly Source[];
  /** Bands instead of layers: how the channels of `sources` become those of the tile. */
  readonly bands: readonly Band[] | undefined;
  /** Nothing can be made, only loaded: there is no source, or the only one is for seeding. */
  readonly cacheOnly: boolean;
  /** `undefined`: tiles are made for each request and kept nowhere. */
  readonly cache: TileCache | undefined;
  /** False: caches among the sources must keep nothing either. */
  readonly keep?: false;
  /** Tiles outside do not exist; with `clip` those on the edge are cut when they leave. */
  readonly coverage: Coverage | undefined;
  readonly meta: MetaSettings;
  /** How many tiles or meta tiles are made at the same time for one request. */
  readonly concurrency: number;
  /** ms since 1970: tiles that are not younger are made anew; `undefined`: never. */
  readonly refreshBefore: (() => number | undefined) | undefined;
  /** By what the servers say; before `refreshBefore`, which then is for those that say nothing. */
  readonly freshness?: "upstream" | undefined;
  readonly rescale: RescaleSettings | undefined;
  /** Changes each new tile before it is stored (watermark). */
  readonly filter: ((view: RasterView, coord: TileCoord) => RasterView) | undefined;
  /** Makes the tiles in place of this process; the sources are then asked by nobody here. */
  readonly renderd?: Renderd | undefined;
  readonly failureTimes: FailureTimes;
  readonly locks: Locks;
  readonly clock: Clock;
  /** ms to wait for another maker of the same tile. */
  readonly lockTimeout: number;
}

/** How tiles are made together. */
export type MetaSettings =
  /** One by one. */
  | { readonly kind: "single" }
  /** From one large picture; `minimal`: only as large as what is missing in the request. */
  | {
      readonly kind: "meta";
      readonly size: readonly [columns: number, rows: number];
      /** Pixels on each side. */
      readonly buffer: number;
      readonly minimal: boolean;
    }
  /** One by one, but all of a block at once. */
  | { readonly kind: "bulk"; readonly size: readonly [columns: number, rows: number] };

/** Missing tiles from stored ones of other levels. */
export interface RescaleSettings {
  /** Levels to look at: below 0 coarser ones (enlarged), above 0 finer ones (reduced). */
  readonly levels: number;
  /** Whether what was rescaled is stored. */
  readonly store: boolean;
}

/** One step of a band merge: a channel of a source goes to a channel of the tile. */
export interface Band {
  readonly to: "r" | "g" | "b" | "a" | "l";
  /** Index into the sources. */
  readonly source: number;
  /** Channel of the source's picture, from 0. */
  readonly band: number;
  /** 1 replaces; anything else is multiplied and added. */
  readonly factor: number;
}
