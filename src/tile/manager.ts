import type { Context } from "../core/context.ts";
import { RequestError, SourceError } from "../core/errors.ts";
import { coverageContains, coverageIntersects } from "../coverage/predicates.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import { tileBBox } from "../grid/tiles.ts";
import { decode, encode } from "../image/codec.ts";
import { maskView } from "../image/mask.ts";
import type { ImageOptions } from "../image/options.ts";
import type { StoredTile, TileKey } from "../model/cache.ts";
import type { TileAnswer } from "../model/layer.ts";
import type { Dimensions } from "../model/source.ts";
import { createFreshness } from "./freshness.ts";
import { type Maker, makeTiles, nameOf } from "./make.ts";
import { rescaler } from "./rescale.ts";
import type { TileSettings } from "./settings.ts";
import { singleFlight } from "./single-flight.ts";
import { storage as openStorage } from "./storage.ts";

/** The tiles of one cache in one grid: loaded where they are stored, made where they are not. */
export interface TileManager {
  readonly name: string;
  readonly grid: Grid;
  readonly options: ImageOptions;
  readonly settings: TileSettings;
  /**
   * Loads or makes tiles of one level.
   *
   * @param coords `undefined` entries stay so
   * @returns in the order of `coords`; `undefined` where nobody has anything
   * @throws SourceError if a source fails and nothing stale stands in
   */
  load(
    coords: readonly (TileCoord | undefined)[],
    dimensions: Dimensions | undefined,
    ctx: Context,
  ): Promise<(TileAnswer | undefined)[]>;
  /** Forgets a stored tile, such as one that turned out to be unreadable. */
  remove(coord: TileCoord, dimensions: Dimensions | undefined, ctx: Context): Promise<void>;
}

const ASK_AGAIN = { failed: 0, absent: 0 };

export function tileManager(settings: TileSettings): TileManager {
  const { name, grid, options, cache, coverage, clock } = settings;
  const store = openStorage(cache, clock);
  const freshness = settings.freshness && createFreshness(clock);
  const maker: Maker = {
    settings,
    storage: store,
    alone: singleFlight(settings.locks, {
      ...settings,
      // a daemon knows itself what failed
      ...(settings.renderd && { failureTimes: ASK_AGAIN }),
    }),
    freshness,
    isFresh: (tile, key) => freshness?.isFresh(key) ?? isFresh(tile, settings),
  };

  const load: TileManager["load"] = async (coords, dimensions, ctx) => {
    const wanted = coords.filter((coord) => coord !== undefined && isCovered(coord)) as TileCoord[];
    if (wanted.length === 0) return coords.map(() => undefined);
    const keys = wanted.map((coord): TileKey => ({ ...coord, dimensions }));
    const stored = await store.getMany(keys, ctx);
    const isGood = (tile: StoredTile | undefined, key: TileKey): tile is StoredTile =>
      tile !== undefined && (settings.cacheOnly || maker.isFresh(tile, key));
    const [first] = stored;
    if (coords.length === 1 && isGood(first, keys[0]!)) {
      // what nearly every request is for
      ctx.trace?.cache(name, "hit", 1);
      const { bytes, format, timestamp } = first;
      const tile = { bytes, format, timestamp, cacheable: true };
      return [coverage?.clip ? await clipped(tile, wanted[0]!) : tile];
    }
    const tiles = new Map<string, TileAnswer>();
    const missing: TileCoord[] = [];
    for (const [i, coord] of wanted.entries()) {
      const tile = stored[i];
      if (tile) tiles.set(nameOf(coord), { ...tile, cacheable: true });
      if (!isGood(tile, keys[i]!)) missing.push(coord);
    }
    if (missing.length < wanted.length) {
      ctx.trace?.cache(name, "hit", wanted.length - missing.length);
    }
    if (missing.length > 0) ctx.trace?.cache(name, "miss", missing.length);
    if (missing.length > 0) await complete(missing, tiles, dimensions, ctx);
    const answers: (TileAnswer | undefined)[] = [];
    for (const coord of coords) {
      const tile = coord && tiles.get(nameOf(coord));
      answers.push(coord && tile && coverage?.clip ? await clipped(tile, coord) : tile);
    }
    return answers;
  };

  /** Makes the missing tiles; a stale tile is better than an error. */
  async function complete(
    missing: readonly TileCoord[],
    tiles: Map<string, TileAnswer>,
    dimensions: Dimensions | undefined,
    ctx: Context,
  ): Promise<void> {
    if (!settings.cacheOnly) {
      try {
        for (const [coord, tile] of await makeTiles(maker, missing, dimensions, ctx)) {
          const stale = tiles.get(nameOf(coord));
          // A stand-in that says so gives way to what was stored.
          tiles.set(nameOf(coord), tile.stale && stale ? { ...stale, stale: true } : tile);
        }
      } catch (error) {
        const stale = missing.map((coord) => tiles.get(nameOf(coord)));
        if (!(error instanceof SourceError) || stale.some((tile) => !tile)) throw error;
        ctx.trace?.cache(name, "stale", missing.length);
        ctx.log.warn("stale-tiles-served", { cache: name, tiles: stale.length, error });
        for (const coord of missing) {
          tiles.set(nameOf(coord), { ...tiles.get(nameOf(coord))!, stale: true });
        }
      }
    }
    await rescaleMissing(missing, tiles, ctx);
  }

  async function rescaleMissing(
    missing: readonly TileCoord[],
    tiles: Map<string, TileAnswer>,
    ctx: Context,
  ): Promise<void> {
    const { rescale } = settings;
    const gaps = missing.filter((coord) => !tiles.has(nameOf(coord)));
    const [first] = gaps;
    if (!rescale || !first) return;
    const stop = Math.min(Math.max(first.level + rescale.levels, 0), grid.resolutions.length);
    const rescaled = rescaler(settings, store, stop);
    for (const coord of gaps) {
      const tile = await rescaled(coord, ctx);
      if (tile) tiles.set(nameOf(coord), tile);
    }
  }

  function isCovered(coord: TileCoord): boolean {
    return !coverage || coverageIntersects(coverage, tileBBox(grid, coord), grid.srs);
  }

  async function clipped(tile: TileAnswer, coord: TileCoord): Promise<TileAnswer> {
    const bbox = tileBBox(grid, coord);
    if (!coverage || coverageContains(coverage, bbox, grid.srs)) return tile;
    const view = maskView(await decode(tile.bytes), { bbox, srs: grid.srs }, coverage);
    const png: ImageOptions = { ...options, format: "png", mime: "image/png", transparent: true };
    return { ...tile, ...(await encode(view, png)) };
  }

  return {
    name,
    grid,
    options,
    settings,
    load,
    remove: (coord, dimensions, ctx) => store.remove({ ...coord, dimensions }, ctx),
  };
}

/** The same tiles, made anew for each request and kept nowhere. */
export function withoutStore({ settings }: TileManager): TileManager {
  return tileManager({ ...settings, cache: undefined, keep: false });
}

/** Whether a stored tile needs not be made anew, by the cache's own threshold. */
export function isFresh(
  { timestamp }: { timestamp: number | undefined },
  { refreshBefore, clock }: Pick<TileSettings, "refreshBefore" | "clock">,
): boolean {
  const threshold = refreshBefore?.();
  if (threshold === undefined) return true;
  // A tile from the future says nothing about its age: make it anew once.
  if (timestamp === undefined || timestamp > clock.now() + FUTURE_TOLERANCE) return false;
  return Math.trunc(timestamp / 1000) > Math.trunc(threshold / 1000);
}

/** ms by which the clocks of machines that share a cache may differ. */
const FUTURE_TOLERANCE = 60_000;

/**
 * Refuses a request that needs too many tiles.
 *
 * @throws RequestError if `count` reaches `limit`
 */
export function checkTileCount(count: number, limit: number | undefined): void {
  if (limit !== undefined && count >= limit) {
    throw new RequestError(
      undefined,
      `Request too large or invalid BBOX. (too many tiles, max_tile_limit: ${limit}, num_tiles: ${count})`,
    );
  }
}
