import type { Context } from "../core/context.ts";
import { joinPath } from "../core/path.ts";
import type { Platform } from "../platform/platform.ts";
import type { CacheLock } from "../seed/cache-lock.ts";
import { runCleanupTask } from "../seed/cleanup.ts";
import type { FailedList } from "../seed/failed-list.ts";
import type { ProgressFile } from "../seed/progress-file.ts";
import type { Reporter } from "../seed/report.ts";
import { type Outcome, type RunOptions, runUnits } from "../seed/run.ts";
import { seeder } from "../seed/seeder.ts";
import { type CleanupTask, type SeedTask, type Task, taskId } from "../seed/task.ts";
import type { SeedOptions } from "./seed-options.ts";

/** What the tasks of one run share. */
export interface RunDeps {
  readonly options: SeedOptions;
  readonly platform: Platform;
  readonly reporter: Reporter;
  /** `undefined`: no progress is kept. */
  readonly progress: ProgressFile | undefined;
  readonly failed: FailedList;
  readonly shortPath: (path: string) => string;
  readonly cacheLock: CacheLock | undefined;
}

/** ms between two looks at a lock that another run holds. */
const LOCK_POLL = 100;

/**
 * Does tasks one after the other. One whose cache is locked goes to the end; the last waits.
 *
 * @returns `false` if everything failed, so that the rest was left undone
 */
export async function runTasks(
  tasks: readonly Task[],
  deps: RunDeps,
  ctx: Context,
): Promise<boolean> {
  const queue = [...tasks];
  for (let task = queue.shift(); task; task = queue.shift()) {
    deps.reporter.task(task);
    const release = await locked(task, queue, deps, ctx);
    if (release === "busy") {
      deps.reporter.note("    ...cache is locked, skipping");
      queue.push(task);
      continue;
    }
    try {
      if (!(await runTask(task, deps, ctx))) return false;
    } finally {
      release?.();
    }
  }
  return true;
}

async function locked(
  task: Task,
  others: readonly Task[],
  { cacheLock, platform }: RunDeps,
  ctx: Context,
): Promise<(() => void) | undefined | "busy"> {
  if (!cacheLock || task.kind !== "seed" || task.area.isEmpty) return undefined;
  for (;;) {
    const release = cacheLock.take(task.manager.name);
    if (release) return release;
    if (others.length > 0) return "busy";
    await platform.clock.sleep(LOCK_POLL, ctx.signal);
  }
}

async function runTask(task: Task, deps: RunDeps, ctx: Context): Promise<boolean> {
  const { options, platform, progress } = deps;
  const id = taskId(task);
  const from = progress?.position(id);
  const run: RunOptions = {
    concurrency: options.concurrency,
    dryRun: options.dryRun,
    skipGeometry: options.skipGeometry,
    retries: options.retries,
    from,
    clock: platform.clock,
    reporter: { ...deps.reporter, gaveUp: gaveUp(deps) },
    reached: progress && ((position) => progress.note(id, position)),
  };
  const outcome = await (task.kind === "seed"
    ? seedTask(task, run, deps, ctx)
    : cleanupTask(task, run, deps, ctx));
  await progress?.flush();
  return !outcome.isStopped;
}

/** A unit that was given up is told and listed. */
function gaveUp({ reporter, failed }: RunDeps): Reporter["gaveUp"] {
  return (task, unit, error) => {
    reporter.gaveUp(task, unit, error);
    failed.add(task, unit, error);
  };
}

function seedTask(
  task: SeedTask,
  run: RunOptions,
  { options }: RunDeps,
  ctx: Context,
): Promise<Outcome> {
  const { skipUncached, verify } = options;
  return runUnits({ task, worker: seeder(task, { skipUncached, verify }) }, run, ctx);
}

function cleanupTask(
  task: CleanupTask,
  run: RunOptions,
  { platform, shortPath }: RunDeps,
  ctx: Context,
): Promise<Outcome> {
  return runCleanupTask(task, { ...run, files: platform.files, shortPath }, ctx);
}

/** Relative to the working directory, unless it lies more than one level above. */
export function shortPath(path: string, workingDirectory: string): string {
  const parts = joinPath(workingDirectory, path).split("/");
  const here = workingDirectory.split("/");
  let shared = 0;
  while (shared < here.length && shared < parts.length && here[shared] === parts[shared]) shared++;
  const up = here.length - shared;
  return up > 1 ? path : [...new Array(up).fill(".."), ...parts.slice(shared)].join("/");
}
