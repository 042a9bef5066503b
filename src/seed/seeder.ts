import type { Context } from "../core/context.ts";
import type { TileCoord } from "../grid/grid.ts";
import { metaSize } from "../grid/meta.ts";
import { isInGrid } from "../grid/tiles.ts";
import type { TileKey } from "../model/cache.ts";
import { type Maker, makeTiles } from "../tile/make.ts";
import { isFresh, tileManager } from "../tile/manager.ts";
import type { TileSettings } from "../tile/settings.ts";
import { singleFlight } from "../tile/single-flight.ts";
import { storage } from "../tile/storage.ts";
import type { UnitWorker } from "./run.ts";
import { metaOf, type SeedTask, type Task } from "./task.ts";
import type { Unit } from "./walk.ts";

export interface SeederOptions {
  /** Only tiles that are there and expired. */
  readonly skipUncached: boolean;
  /** Every tile of a unit is read, not only looked for the one that names it: holes are filled. */
  readonly verify: boolean;
}

/**
 * Makes the tiles of a task's units. A unit is wanted if its first tile is missing or expired; without
 * `refreshBefore`, or in a store that knows no times, each one is looked at when it is worked on.
 */
export function seeder(task: SeedTask, options: SeederOptions): UnitWorker {
  const { manager, refreshBefore } = task;
  const { meta } = manager.settings;
  const settings: TileSettings = {
    ...manager.settings,
    // whole meta tiles, whatever is missing
    meta: meta.kind === "meta" ? { ...meta, minimal: false } : meta,
    refreshBefore: refreshBefore === undefined ? undefined : () => refreshBefore,
  };
  const { cache, clock } = settings;
  const isCurrent = (tile: { timestamp: number | undefined }) => isFresh(tile, settings);
  const store = storage(cache, clock, { strict: true });
  const look = async (key: TileKey, ctx: Context) =>
    cache?.stat ? cache.stat(key, ctx) : cache?.get(key, ctx);

  const isWanted: UnitWorker["isWanted"] = async (unit, ctx) => {
    const found = await look(unit, ctx);
    return found ? !isCurrent(found) : !options.skipUncached;
  };

  /** What a unit lacks, as far as its first tile tells. */
  const lacksFirst = async (unit: Unit, ctx: Context): Promise<TileCoord[]> => {
    const found = await look(unit, ctx);
    return found && isCurrent(found) ? [] : [unit];
  };
  /** What a unit lacks: each tile is read. */
  const lacks = async (unit: Unit, ctx: Context): Promise<TileCoord[]> => {
    const tiles = tilesOf(task, unit);
    const found = await store.getMany(tiles, ctx);
    return tiles.filter((_, i) => !(found[i] && isCurrent(found[i])));
  };
  const rescaling = settings.rescale && tileManager(settings);
  // what is rescaled is made tile by tile
  const isThorough = options.verify || rescaling !== undefined;
  const missing = isThorough ? lacks : lacksFirst;
  const isTimed = refreshBefore !== undefined && cache?.keepsTimestamps;

  const maker: Maker = {
    settings,
    storage: store,
    alone: singleFlight(settings.locks, {
      ...settings,
      // seeding has times of its own at which it tries again
      failureTimes: { failed: 0, absent: 0 },
    }),
    isFresh: isCurrent,
  };

  return {
    isWanted: isTimed && (options.skipUncached || !isThorough) ? isWanted : undefined,
    async work(unit, ctx) {
      const wanted = await missing(unit, ctx);
      if (wanted.length === 0) return 0;
      if (rescaling) {
        const tiles = await rescaling.load(wanted, undefined, ctx);
        return tiles.filter((tile) => tile !== undefined).length;
      }
      if (settings.cacheOnly) return 0;
      await makeTiles(maker, wanted, undefined, ctx);
      return tilesOf(task, unit).length;
    },
  };
}

/** The tiles of a unit that the grid has. */
export function tilesOf({ manager }: Pick<Task, "manager">, unit: Unit): TileCoord[] {
  const { grid } = manager;
  const [columns, rows] = metaSize(grid, unit.level, metaOf(manager));
  const tiles: TileCoord[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const tile = { x: unit.x + column, y: unit.y + row, level: unit.level };
      if (isInGrid(grid, tile)) tiles.push(tile);
    }
  }
  return tiles;
}
