import { closeCaches } from "../config/build.ts";
import type { SeedTasks } from "../config/seed-tasks.ts";
import type { Context, Log } from "../core/context.ts";
import { joinPath } from "../core/path.ts";
import { LogIniError } from "../observe/log-ini.ts";
import { type CacheLock, cacheLock } from "../seed/cache-lock.ts";
import { failedList } from "../seed/failed-list.ts";
import { pacedFetch } from "../seed/pace.ts";
import { progressFile } from "../seed/progress-file.ts";
import type { Reporter } from "../seed/report.ts";
import type { Task } from "../seed/task.ts";
import { askForTasks, beginReseed, refuseAbsurdPlans } from "./seed-choice.ts";
import { refuseQueueOptions, seedByFleet } from "./seed-fleet.ts";
import { seedLog } from "./seed-log.ts";
import { readSeedOptions, SEED_OPTIONS, type SeedOptions } from "./seed-options.ts";
import { jsonReporter, lineReporter } from "./seed-reporter.ts";
import { type RunDeps, runTasks, shortPath } from "./seed-run.ts";
import { setUpTasks } from "./seed-setup.ts";
import { defineTool, type ToolDeps, ToolFailure } from "./tool.ts";

/** Exit codes beyond those of usage and configuration. */
const INTERRUPTED = 2;
const STOPPED = 3;
const SOME_FAILED = 4;

/** Makes the tiles that a seed file names, and removes old ones, as mapproxy-seed does. */
export const seed = defineTool({
  name: "seed",
  usage: "[options] seed_conf",
  options: SEED_OPTIONS,
  async run({ options: values, words, help }, deps) {
    const { out } = deps.terminal;
    const isNamed = values["seed-conf"] !== undefined || words.length > 0;
    if (!isNamed && values.queue === undefined) {
      out(help);
      return 1;
    }
    try {
      if (values.queue !== undefined) return await seedByFleet(values, words, deps);
      refuseQueueOptions(values);
      const options = readSeedOptions(values, words);
      return await run(options, deps);
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
      // on the output, as the reference has it
      out(error.message);
      return error.exitCode;
    }
  },
});

function seedRunLog({ json, logConfig }: SeedOptions, deps: ToolDeps): Log {
  const { platform, terminal, workingDirectory } = deps;
  if (logConfig !== undefined) {
    try {
      return deps.logFrom(joinPath(workingDirectory, logConfig), workingDirectory);
    } catch (error) {
      throw error instanceof LogIniError ? new ToolFailure(2, error.message) : error;
    }
  }
  return seedLog("warn", json ? terminal.err : terminal.out, platform.clock.now);
}

async function run(options: SeedOptions, deps: ToolDeps): Promise<number> {
  const { platform, terminal, session, workingDirectory } = deps;
  const quiet = options.quiet > 0 || session.isTerminal ? options.quiet : 1;
  const log = seedRunLog(options, deps);
  const make = options.json ? jsonReporter : lineReporter;
  const reporter = make({ terminal, session, clock: platform.clock, quiet });
  const absolute = (path: string) => joinPath(workingDirectory, path);
  const setup = {
    ...options,
    proxyFile: absolute(options.proxyFile),
    seedFile: absolute(options.seedFile),
  };
  if (options.skipUncached && options.verify) {
    log.warn("skip-uncached-and-verify", { hint: "holes are no cached tiles: they stay" });
  }
  const { rate, maxRequests } = options;
  const fetch = pacedFetch(platform.fetch, platform.clock, { rate, maxRequests });
  if (platform.files) {
    await beginReseed(options, {
      files: platform.files,
      now: platform.clock.now(),
      path: absolute,
    });
  }
  const tasks = await setUpTasks(setup, { ...platform, fetch }, log);
  try {
    if (options.summary) return summarize(tasks, reporter);
    const chosen = options.interactive ? await askForTasks(tasks, session, reporter) : tasks;
    refuseAbsurdPlans(chosen, options);
    return await runAll(chosen, { options, deps, reporter, log });
  } finally {
    await closeCaches(tasks.caches.values());
  }
}

function summarize({ seeds, cleanups }: SeedTasks, reporter: Reporter): number {
  reporter.banner("seed", undefined);
  for (const task of seeds) reporter.task(task);
  reporter.banner("cleanup", undefined);
  for (const task of cleanups) reporter.task(task);
  return 0;
}

async function runAll(
  tasks: SeedTasks,
  parts: { options: SeedOptions; deps: ToolDeps; reporter: Reporter; log: Log },
): Promise<number> {
  const { options, deps, reporter, log } = parts;
  const { platform, session, terminal, workingDirectory } = deps;
  const { files } = platform;
  const stop = stopSignal(options.duration, session.interrupted);
  const ctx: Context = { signal: stop, log, waitUntil: () => {} };
  const at = options.progressFile && joinPath(workingDirectory, options.progressFile);
  const progress =
    at !== undefined && files
      ? await progressFile(at, files, { isContinued: options.isContinued, warn: terminal.err })
      : undefined;
  const failed = failedList(joinPath(workingDirectory, options.failedFile), files);
  const run: RunDeps = {
    options,
    platform,
    reporter,
    progress,
    failed,
    shortPath: (path) => shortPath(path, workingDirectory),
    cacheLock: lockOf(options, deps),
  };
  try {
    for (const [kind, list] of [
      ["seed", tasks.seeds],
      ["cleanup", tasks.cleanups],
    ] as const) {
      if (list.length === 0) continue;
      reporter.banner(kind, list.length);
      if (!(await runTasks(list as readonly Task[], run, ctx))) {
        log.error("no workers left, stopping");
        terminal.out("\ninterrupted...");
        return STOPPED;
      }
    }
    await progress?.remove();
    return failed.count > 0 ? SOME_FAILED : 0;
  } catch (error) {
    if (!stop.aborted) throw error;
    await progress?.flush();
    if (!session.interrupted.aborted) return 0;
    terminal.out("\nexiting...");
    return INTERRUPTED;
  } finally {
    run.cacheLock?.close();
    if (!options.dryRun) await failed.save();
  }
}

function lockOf({ useCacheLock }: SeedOptions, deps: ToolDeps): CacheLock | undefined {
  const { platform, session, workingDirectory } = deps;
  if (!useCacheLock || !platform.sqlite) return undefined;
  const path = joinPath(workingDirectory, ".mapproxy_seed.lck");
  const { pid, isRunning } = session;
  return cacheLock(path, platform.sqlite, { pid, isRunning, clock: platform.clock });
}

function stopSignal(duration: number | undefined, interrupted: AbortSignal): AbortSignal {
  if (duration === undefined) return interrupted;
  return AbortSignal.any([interrupted, AbortSignal.timeout(duration)]);
}
