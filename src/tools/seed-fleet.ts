import { closeCaches } from "../config/build.ts";
import type { SeedTasks } from "../config/seed-tasks.ts";
import { type OptionValues, UsageError } from "../core/command-line.ts";
import type { Log } from "../core/context.ts";
import { sha1Hex } from "../core/hash.ts";
import { joinPath } from "../core/path.ts";
import { redactUrl } from "../http/url.ts";
import { failedList } from "../seed/failed-list.ts";
import {
  type FleetRun,
  type FleetState,
  isOver,
  type SeedJob,
  type SeedQueue,
} from "../seed/fleet.ts";
import type { Reporter } from "../seed/report.ts";
import { planId, splitTask } from "../seed/split.ts";
import type { CleanupTask, SeedTask } from "../seed/task.ts";
import { fleetReporter } from "./fleet-reporter.ts";
import { askForTasks, refuseAbsurdPlans } from "./seed-choice.ts";
import { seedLog } from "./seed-log.ts";
import { readSeedOptions, type SEED_OPTIONS, type SeedOptions } from "./seed-options.ts";
import { jsonReporter, lineReporter } from "./seed-reporter.ts";
import { type RunDeps, runTasks, shortPath } from "./seed-run.ts";
import { setUpTasks } from "./seed-setup.ts";
import { type ToolDeps, ToolFailure } from "./tool.ts";

type Values = OptionValues<typeof SEED_OPTIONS>;

/** Where the workers' jobs are kept. */
export interface QueueChoice {
  readonly url: string;
  readonly name: string;
  /** ms; see `SeedQueueOptions.lease`. */
  readonly lease: number;
}

/** Meta tiles of a job: a minute's work or so, and few enough that a dead worker costs little. */
const JOB_SIZE = 64;

/** Jobs that are added in one call. */
const BATCH = 200;

/** ms between two looks at the fleet. */
const POLL = 500;

/** Exit codes beyond those of usage and configuration, as those of a run in one process. */
const INTERRUPTED = 2;
const STOPPED = 3;
const SOME_FAILED = 4;

/** Options of `rhumb seed` that each worker has for itself. */
const OF_WORKERS = ["concurrency", "retries", "rate", "max-requests"] as const;

/** Options that say something about one run in one process. */
const OF_ONE_PROCESS = [
  "dry-run",
  "continue",
  "progress-file",
  "duration",
  "reseed-file",
  "reseed-interval",
  "use-cache-lock",
  "log-config",
] as const;

/** Options that only mean something with `--queue`. */
const OF_QUEUE = ["queue-name", "job-size", "watch", "restart"] as const;

/** @throws UsageError if an option is given that says nothing without `--queue` */
export function refuseQueueOptions(values: Values): void {
  for (const name of OF_QUEUE) {
    if (isGiven(values[name])) throw new UsageError(`option --${name}: needs --queue`);
  }
}

/**
 * Splits the seeds into jobs of a queue, for any number of `rhumb seed-worker`s; with `--watch` it tells how they get
 * on until all is done, and does the cleanups then. With `--watch` and without a seed file it only looks.
 *
 * @returns exit code
 */
export async function seedByFleet(
  values: Values,
  words: readonly string[],
  deps: ToolDeps,
): Promise<number> {
  for (const name of OF_WORKERS) {
    if (isGiven(values[name])) {
      throw new UsageError(`option --${name}: give it to rhumb seed-worker, not with --queue`);
    }
  }
  for (const name of OF_ONE_PROCESS) {
    if (isGiven(values[name])) throw new UsageError(`option --${name}: not with --queue`);
  }
  const size = Number(values["job-size"] ?? JOB_SIZE);
  if (size < 1) throw new UsageError(`option --job-size: expected 1 or more: '${size}'`);
  const isPlanner = values["seed-conf"] !== undefined || words.length > 0;
  if (!isPlanner && !values.watch) throw new UsageError("missing seed file: -s/--seed-conf");
  if (values.cleanup.length > 0 && !values.watch) {
    throw new UsageError("option --cleanup: with --queue it needs --watch");
  }
  const options = isPlanner ? readSeedOptions(values, words) : undefined;
  const choice = { url: values.queue!, name: values["queue-name"] ?? "seed", lease: 30_000 }; // only called with it
  const queue = await openQueue(choice, deps);
  const { json, restart, watch: isWatched } = values;
  const watched = { json, failedFile: values["failed-file"] ?? ".rhumb_seed_failed" };
  try {
    if (!options) return await watch(queue, watched, deps);
    const how = { size, restart, watched: isWatched ? watched : undefined };
    return await planAndWatch(queue, options, how, deps);
  } finally {
    await queue.close();
  }
}

async function planAndWatch(
  queue: SeedQueue,
  options: SeedOptions,
  { watched, ...how }: { size: number; restart: boolean; watched: WatchOptions | undefined },
  deps: ToolDeps,
): Promise<number> {
  const { terminal, platform } = deps;
  const log = seedLog("warn", options.json ? terminal.err : terminal.out, platform.clock.now);
  const tasks = await readTasks(options, log, deps);
  try {
    const reporter = reporterOf(options, deps);
    const planned = await plan(queue, tasks, { ...how, options, reporter }, deps);
    if (!planned) return 0;
    if (!watched) {
      const hint = "with --watch they are done when all workers are done";
      if (planned.cleanups.length > 0) log.warn("cleanups-left-out", { hint });
      return 0;
    }
    const code = await watch(queue, watched, deps);
    if (code === INTERRUPTED) return code;
    return (await cleanUp(planned, { options, log }, deps)) || code;
  } finally {
    await closeCaches(tasks.caches.values());
  }
}

function readTasks(options: SeedOptions, log: Log, deps: ToolDeps): Promise<SeedTasks> {
  const absolute = (path: string) => joinPath(deps.workingDirectory, path);
  const { proxyFile, seedFile } = options;
  const setup = { ...options, proxyFile: absolute(proxyFile), seedFile: absolute(seedFile) };
  return setUpTasks(setup, deps.platform, log);
}

function reporterOf(
  { json, quiet }: SeedOptions,
  { terminal, session, platform }: ToolDeps,
): Reporter {
  const make = json ? jsonReporter : lineReporter;
  return make({ terminal, session, clock: platform.clock, quiet });
}

/** @throws ToolFailure if it cannot be reached */
export async function openQueue(choice: QueueChoice, deps: ToolDeps): Promise<SeedQueue> {
  if (!/^rediss?:\/\/[^/]/.test(choice.url)) {
    throw new UsageError("option --queue: expected redis://HOST[:PORT][/DB] or rediss://…");
  }
  if (!/^[\w.-]+$/.test(choice.name)) {
    throw new UsageError("option --queue-name: expected letters, digits, '.', '-' and '_'");
  }
  try {
    return await deps.openSeedQueue(choice);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ToolFailure(2, `Cannot reach the queue at ${redactUrl(choice.url)}: ${why}`);
  }
}

/** What a fleet is to do, and what is left for whoever has planned it. */
interface Planned {
  readonly run: FleetRun;
  readonly cleanups: readonly CleanupTask[];
}

interface PlanOptions {
  readonly options: SeedOptions;
  readonly size: number;
  readonly restart: boolean;
  readonly reporter: Reporter;
}

/** @returns `undefined` where only a summary is wanted */
async function plan(
  queue: SeedQueue,
  tasks: SeedTasks,
  what: PlanOptions,
  deps: ToolDeps,
): Promise<Planned | undefined> {
  const { options, reporter } = what;
  const chosen = options.interactive ? await askForTasks(tasks, deps.session, reporter) : tasks;
  const { seeds, cleanups } = chosen;
  reporter.banner("seed", options.summary ? undefined : seeds.length);
  for (const task of seeds) reporter.task(task);
  if (options.summary) {
    reporter.banner("cleanup", undefined);
    for (const task of cleanups) reporter.task(task);
    return undefined;
  }
  refuseAbsurdPlans(chosen, options);
  const { run, totals } = await fill(queue, seeds, what, deps);
  const { jobs, units, tiles } = totals;
  reporter.note(`Planned ${jobs} jobs: ${units} meta tiles, ${tiles} tiles`);
  return { run, cleanups };
}

/**
 * Does the cleanups, when the fleet is done. What is old is reckoned from the time when the run began, by whoever began it: what the
 * fleet has made since stays.
 *
 * @returns exit code
 */
async function cleanUp(
  { run, cleanups }: Planned,
  { options, log }: { readonly options: SeedOptions; readonly log: Log },
  deps: ToolDeps,
): Promise<number> {
  if (cleanups.length === 0) return 0;
  const { platform, session, terminal, workingDirectory } = deps;
  const reporter = reporterOf(options, deps);
  const failed = failedList(joinPath(workingDirectory, options.failedFile), platform.files);
  const shared: RunDeps = {
    options,
    platform,
    reporter,
    progress: undefined,
    failed,
    shortPath: (path) => shortPath(path, workingDirectory),
    cacheLock: undefined,
  };
  const old = cleanups.map((task) => ({
    ...task,
    removeBefore: task.removeBefore && Math.min(task.removeBefore, run.started),
  }));
  reporter.banner("cleanup", old.length);
  try {
    const ctx = { signal: session.interrupted, log, waitUntil: () => {} };
    if (!(await runTasks(old, shared, ctx))) return STOPPED;
    return failed.count > 0 ? SOME_FAILED : 0;
  } catch (error) {
    if (!session.interrupted.aborted) throw error;
    terminal.out("\nexiting...");
    return INTERRUPTED;
  }
}

/** Puts the jobs of all tasks into the queue. Those of a run that is under way are there already. */
async function fill(
  queue: SeedQueue,
  tasks: readonly SeedTask[],
  what: PlanOptions,
  { platform, session }: ToolDeps,
): Promise<{ run: FleetRun; totals: FleetState["planned"] }> {
  const { skipGeometry, skipUncached, verify } = what.options;
  const how = { size: what.size, skipGeometry, skipUncached, verify };
  const name = sha1Hex(JSON.stringify([tasks.map(planId), how]));
  const run = await queue.begin(name, { now: platform.clock.now(), restart: what.restart });
  if (run === "busy") {
    throw new ToolFailure(
      1,
      "Cannot plan: a run of another plan is under way in this queue; wait for its end, choose another --queue-name, or end it with --restart",
    );
  }
  const totals = { jobs: 0, units: 0, tiles: 0 };
  let batch: SeedJob[] = [];
  const flush = async () => {
    session.interrupted.throwIfAborted();
    await queue.add(run, batch);
    batch = [];
  };
  for (const task of tasks) {
    for (const job of splitTask(task, how)) {
      totals.jobs++;
      totals.units += job.units;
      totals.tiles += job.tiles;
      batch.push(job);
      if (batch.length === BATCH) await flush();
    }
  }
  if (batch.length > 0) await flush();
  await queue.planned(run, totals);
  return { run, totals };
}

interface WatchOptions {
  readonly json: boolean;
  readonly failedFile: string;
}

/** Tells how the fleet gets on, until its run is over. */
async function watch(
  queue: SeedQueue,
  { json, failedFile }: WatchOptions,
  { platform, session, terminal, workingDirectory }: ToolDeps,
): Promise<number> {
  const report = fleetReporter({ terminal, session, clock: platform.clock, json });
  try {
    for (;;) {
      const state = await queue.state();
      const isLast = isOver(state) || state.run === undefined;
      report(state, isLast);
      if (isLast) {
        const lines = await queue.failures();
        const path = joinPath(workingDirectory, failedFile);
        const text = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
        if (lines.length > 0) await platform.files?.write(path, text);
        else await platform.files?.remove(path);
        return state.done.failed > 0 || state.jobs.failed > 0 ? SOME_FAILED : 0;
      }
      await platform.clock.sleep(POLL, session.interrupted);
    }
  } catch (error) {
    if (!session.interrupted.aborted) throw error;
    terminal.out("\nexiting, the workers go on...");
    return INTERRUPTED;
  }
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
