import { sha1Hex } from "../core/hash.ts";
import type { SeedJob } from "./fleet.ts";
import { comesBefore, justBefore, type Position } from "./position.ts";
import { tilesOf } from "./seeder.ts";
import { metaOf, planOf, type SeedTask, taskId } from "./task.ts";
import { type Unit, Walk } from "./walk.ts";

export interface SplitOptions {
  /** Units of one job, at least 1. */
  readonly size: number;
  readonly skipGeometry: number;
  readonly skipUncached: boolean;
  readonly verify: boolean;
}

/** Names what a task walks over: workers whose configuration says something else would leave holes. */
export function planId(task: SeedTask): string {
  const { grid } = task.manager;
  const { bbox, resolutions, origin, tileSize } = grid;
  const about = [bbox, resolutions, origin, tileSize, metaOf(task.manager).size, task.area.bbox];
  return sha1Hex(JSON.stringify([taskId(task), about]));
}

/**
 * Cuts the walk over a task into jobs, in its order: every unit is in exactly one. They are made while one
 * walks, so that memory does not grow with the plan.
 */
export function* splitTask(task: SeedTask, options: SplitOptions): Generator<SeedJob> {
  const { size, ...rest } = options;
  const common = { task: planId(task), refreshBefore: task.refreshBefore, ...rest };
  const walk = new Walk(planOf(task, { skipGeometry: rest.skipGeometry }));
  let from: Position | undefined;
  let units = 0;
  let tiles = 0;
  let count = 0;
  const job = (until: Position | undefined): SeedJob => {
    const id = sha1Hex(JSON.stringify([common.task, rest, size, count++]));
    return { ...common, id, from: from && justBefore(from), until, units, tiles };
  };
  for (const unit of walk) {
    if (units === size) {
      const at = walk.position();
      yield job(at);
      from = at;
      units = 0;
      tiles = 0;
    }
    units++;
    tiles += tilesOf(task, unit).length;
  }
  if (units > 0) yield job(undefined);
}

/** The units of a job, always in the same order. */
export function* unitsOf(
  task: SeedTask,
  { from, until, skipGeometry }: Pick<SeedJob, "from" | "until" | "skipGeometry">,
): Generator<Unit> {
  const walk = new Walk(planOf(task, { from, skipGeometry }));
  for (const unit of walk) {
    if (until && !comesBefore(walk.position(), until)) return;
    yield unit;
  }
}
