import type { Context } from "../core/context.ts";
import type { TileCoord } from "../grid/grid.ts";
import type { ImageFormat } from "../image/picture.ts";
import type { Dimensions } from "./source.ts";

/** An encoded tile as it lies in a cache and as it leaves through a service. */
export interface StoredTile {
  readonly bytes: Uint8Array;
  /** What the bytes are (looked at where the store does not know). */
  readonly format: ImageFormat;
  /** When it was made: ms since 1970, or `undefined` if the store does not know. */
  readonly timestamp: number | undefined;
}

export interface TileKey extends TileCoord {
  readonly dimensions?: Dimensions | undefined;
}

/** A store of encoded tiles of one grid. A miss is `undefined`; only failures throw CacheError. */
export interface TileCache {
  readonly name: string;
  /** Whether tiles with different dimension values are kept apart. */
  readonly keepsDimensions: boolean;
  /** Whether `timestamp` is known; without, `refresh_before` makes every tile stale. */
  readonly keepsTimestamps: boolean;
  /** Names the store among all stores, for locks: equal for caches that share tiles. */
  readonly lockId: string;
  get(key: TileKey, ctx: Context): Promise<StoredTile | undefined>;
  put(key: TileKey, tile: StoredTile, ctx: Context): Promise<void>;
  delete(key: TileKey, ctx: Context): Promise<void>;

  /** Age without the bytes, where that is cheaper than `get`; what is there may turn out unusable. */
  stat?(key: TileKey, ctx: Context): Promise<{ timestamp: number | undefined } | undefined>;
  /** One round trip for many tiles; the answer is in the order of `keys`. */
  getMany?(keys: readonly TileKey[], ctx: Context): Promise<(StoredTile | undefined)[]>;
  putMany?(tiles: readonly (readonly [TileKey, StoredTile])[], ctx: Context): Promise<void>;
  /** Every tile of a level, in no order: for cleanup, export and defragmentation. */
  keys?(level: number, ctx: Context): AsyncIterable<TileKey>;
  /** Removes a whole level at once; `before` (ms since 1970): only tiles older than that. */
  deleteLevel?(level: number, before: number | undefined, ctx: Context): Promise<void>;
  /** Directory that holds all tiles of a level and no others, where there is one. */
  levelDirectory?(level: number): string | undefined;
  /** Looks at each file of a store that keeps dead bytes, and writes those anew that are wanted. */
  defragment?(decide: (file: Fragmentation) => boolean, ctx: Context): Promise<void>;
  close?(): Promise<void>;
}

/** How much of a file of a store is of no use any more. */
export interface Fragmentation {
  readonly path: string;
  /** Which of all files this is, from 1. */
  readonly index: number;
  readonly count: number;
  /** Bytes. */
  readonly unused: number;
  readonly size: number;
}
