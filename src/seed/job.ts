import type { Context } from "../core/context.ts";
import type { TileKey } from "../model/cache.ts";
import type { Clock } from "../platform/platform.ts";
import { attempt, waitBeforeRetry } from "./crew.ts";
import { failedLine } from "./failed-list.ts";
import type { TakenJob } from "./fleet.ts";
import type { Reporter } from "./report.ts";
import type { UnitWorker } from "./run.ts";
import { seeder, tilesOf } from "./seeder.ts";
import { unitsOf } from "./split.ts";
import type { SeedTask } from "./task.ts";
import type { Unit } from "./walk.ts";

export interface JobOptions {
  /** How often a unit is tried again. */
  readonly retries: number;
  readonly clock: Clock;
  readonly reporter: Pick<Reporter, "retry" | "gaveUp">;
}

/** ms: stores keep times no finer than this. */
const SECOND = 1000;

/**
 * Does a job of a fleet, one unit after the other, and reports after each. A job that somebody else had begun goes on
 * after the last unit that was reported; there every tile is looked at, for its worker may have died between two tiles.
 *
 * @throws what is no failure of a source, of a store or of a file: a bug
 * @throws the reason of `ctx.signal` when it aborts
 */
export async function runJob(
  planned: SeedTask,
  taken: TakenJob,
  options: JobOptions,
  ctx: Context,
): Promise<void> {
  const { job, run, before, isAgain } = taken;
  const { refreshBefore: limit, skipUncached } = job;
  // nothing that this run has made is made anew; times are compared by the second
  const refreshBefore = limit === undefined ? undefined : Math.min(limit, run.started - SECOND);
  const task = { ...planned, refreshBefore };
  const worker = seeder(task, { skipUncached, verify: job.verify || isAgain });
  let tally = before;
  let index = 0;
  for (const unit of unitsOf(task, job)) {
    if (index++ < before.units) continue;
    ctx.signal.throwIfAborted();
    const { size, ...result } = await doUnit({ task, worker, unit }, options, ctx);
    let { made } = result;
    if (result.error) await taken.gaveUp(index - 1, failedLine(task, unit, result.error));
    else if (made === 0 && isAgain && (await isOfRun(task, unit, run.started, ctx))) made = size;
    tally = {
      units: index,
      tiles: tally.tiles + size,
      made: tally.made + made,
      failed: tally.failed + (result.error ? size : 0),
    };
    await taken.report(tally);
  }
}

/** Tries until it is done or was tried too often. */
async function doUnit(
  { task, worker, unit }: { task: SeedTask; worker: UnitWorker; unit: Unit },
  { retries, clock, reporter }: JobOptions,
  ctx: Context,
): Promise<{ size: number; made: number; error: Error | undefined }> {
  const size = tilesOf(task, unit).length;
  for (let failures = 1; ; failures++) {
    let made = 0;
    const work = async () => {
      if (worker.isWanted && !(await worker.isWanted(unit, ctx))) return;
      made = await worker.work(unit, ctx);
    };
    const error = await attempt(work, clock, ctx);
    if (!error) return { size, made, error };
    if (failures > retries) {
      reporter.gaveUp(task, unit, error);
      return { size, made: 0, error };
    }
    const wait = waitBeforeRetry(failures);
    reporter.retry(error, { wait, left: retries - failures });
    await clock.sleep(wait * 1000, ctx.signal);
  }
}

/** Whether a unit that is there was made in this run: by a worker that died before it could say so. */
async function isOfRun(
  { manager }: SeedTask,
  unit: TileKey,
  started: number,
  ctx: Context,
): Promise<boolean> {
  const { cache } = manager.settings;
  const found = await (cache?.stat ? cache.stat(unit, ctx) : cache?.get(unit, ctx));
  return found?.timestamp !== undefined && found.timestamp >= Math.trunc(started / SECOND) * SECOND;
}
