import type { Grid } from "../grid/grid.ts";
import type { MetaSize } from "../grid/meta.ts";
import type { TileManager } from "../tile/manager.ts";
import type { Area } from "./area.ts";
import type { Position } from "./position.ts";
import type { WalkPlan } from "./walk.ts";

/** What seeding and cleaning up have in common: one cache in one grid. */
interface Target {
  /** Name in the seed file; one name may stand for several tasks. */
  readonly name: string;
  readonly manager: TileManager;
  readonly area: Area;
  /** Rising. */
  readonly levels: readonly number[];
}

/** Tiles to make. */
export interface SeedTask extends Target {
  readonly kind: "seed";
  /** ms since 1970: tiles that are not younger are made anew; `undefined`: what is there is kept. */
  readonly refreshBefore: number | undefined;
}

/** Tiles to remove. */
export interface CleanupTask extends Target {
  readonly kind: "cleanup";
  /** ms since 1970: tiles that are older are removed; `undefined`: all. */
  readonly removeBefore: number | undefined;
  /** Whether the task names coverages, so that it must look at each tile. */
  readonly isLimited: boolean;
}

export type Task = SeedTask | CleanupTask;

/** Names a task in a progress file; other levels make it another task. */
export function taskId(task: Task): string {
  const parts = [task.name, task.manager.name, task.manager.grid.name];
  return JSON.stringify(task.kind === "seed" ? [...parts, task.levels] : ["cleanup", ...parts]);
}

/** Blocks in which the tiles of a cache are made; single tiles where it makes them one by one. */
export function metaOf({ settings }: TileManager): MetaSize {
  return { size: settings.meta.kind === "single" ? [1, 1] : settings.meta.size, buffer: 0 };
}

/** The walk over a task's units. */
export function planOf(
  { manager, area, levels }: Task,
  options: {
    readonly skipGeometry?: number | undefined;
    readonly from?: Position | undefined;
    readonly entered?: WalkPlan["entered"];
  } = {},
): WalkPlan & { readonly grid: Grid } {
  return { grid: manager.grid, levels, area, meta: metaOf(manager), ...options };
}
