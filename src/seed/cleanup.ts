import { walkFiles } from "../cache/walk-files.ts";
import type { Context } from "../core/context.ts";
import type { TileCache } from "../model/cache.ts";
import type { Files } from "../platform/platform.ts";
import { clockTime } from "./report.ts";
import { NOTHING, type Outcome, type RunOptions, runUnits, type UnitWorker } from "./run.ts";
import { tilesOf } from "./seeder.ts";
import type { CleanupTask } from "./task.ts";

export interface CleanupOptions extends RunOptions {
  readonly files: Files | undefined;
  /** A path as people in the working directory write it. */
  readonly shortPath: (path: string) => string;
}

/**
 * Removes the tiles of a task: whole levels at once where it is not limited to an area and the store
 * can, else tile by tile in the meta tiles that touch the area.
 *
 * @throws the reason of `ctx.signal` when it aborts
 */
export async function runCleanupTask(
  task: CleanupTask,
  options: CleanupOptions,
  ctx: Context,
): Promise<Outcome> {
  const { cache } = task.manager.settings;
  if (!cache || task.area.isEmpty) return NOTHING;
  if (task.isLimited || !cache.deleteLevel) {
    return runUnits({ task, worker: remover(task, cache) }, options, ctx);
  }
  for (const [i, level] of task.levels.entries()) {
    ctx.signal.throwIfAborted();
    if (i < (options.from?.[0]?.[0] ?? 0)) continue;
    const directory = cache.levelDirectory?.(level);
    const where = directory ? `in ${options.shortPath(directory)}` : `for level ${level}`;
    options.reporter.note(`${clockTime(options.clock.now())} removing old tiles ${where}`);
    if (options.dryRun) await listFiles(task, directory, options);
    else await cache.deleteLevel(level, task.removeBefore, ctx);
    options.reached?.([[i + 1, task.levels.length]]);
  }
  return NOTHING;
}

async function listFiles(
  { removeBefore }: CleanupTask,
  directory: string | undefined,
  { files, reporter, shortPath }: CleanupOptions,
): Promise<void> {
  if (!files || !directory) return;
  for await (const path of walkFiles(files, directory)) {
    const stat = removeBefore === undefined ? undefined : await files.stat(path);
    const isKept = stat && removeBefore !== undefined && stat.modified >= removeBefore;
    if (!isKept) reporter.note(`removing ${shortPath(path)}`);
  }
}

/** Removes those tiles of a unit that are old enough, also where the unit sticks out of the area. */
export function remover(task: CleanupTask, cache: TileCache): UnitWorker {
  const { removeBefore } = task;
  const isOld = (timestamp: number | undefined) =>
    removeBefore === undefined ||
    (timestamp !== undefined && Math.trunc(timestamp / 1000) <= Math.trunc(removeBefore / 1000));
  return {
    isWanted: undefined,
    async work(unit, ctx) {
      let removed = 0;
      for (const key of tilesOf(task, unit)) {
        const found = await (cache.stat ? cache.stat(key, ctx) : cache.get(key, ctx));
        if (!found || !isOld(found.timestamp)) continue;
        await cache.delete(key, ctx);
        removed++;
      }
      return removed;
    },
  };
}
