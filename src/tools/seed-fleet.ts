import { closeCaches } from "../config/build.ts";
import { type OptionValues, UsageError } from "../core/command-line.ts";
import { sha1Hex } from "../core/hash.ts";
import { joinPath } from "../core/path.ts";
import { redactUrl } from "../http/url.ts";
import type { FleetState, SeedJob, SeedQueue } from "../seed/fleet.ts";
import { isOver } from "../seed/fleet.ts";
import { planId, splitTask } from "../seed/split.ts";
import type { SeedTask } from "../seed/task.ts";
import { fleetReporter } from "./fleet-reporter.ts";
import { askForTasks, refuseAbsurdPlans } from "./seed-choice.ts";
import { seedLog } from "./seed-log.ts";
import { readSeedOptions, type SEED_OPTIONS, type SeedOptions } from "./seed-options.ts";
import { jsonReporter, lineReporter } from "./seed-reporter.ts";
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

/** Exit codes beyond those of usage and configuration. */
const INTERRUPTED = 2;
const SOME_FAILED = 4;

/** Options of `rhumb seed` that each worker has for itself. */
const OF_WORKERS = ["concurrency", "retries", "rate", "max-requests"] as const;

/** Options that say something about one run in one process. */
const OF_ONE_PROCESS = [
  "cleanup",
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
 * on until all is done. With `--watch` and without a seed file it only looks.
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
  const options = isPlanner ? readSeedOptions(values, words) : undefined;
  const choice = { url: values.queue!, name: values["queue-name"] ?? "seed", lease: 30_000 }; // only called with it
  const queue = await openQueue(choice, deps);
  try {
    if (options) await plan(queue, { options, size, restart: values.restart }, deps);
    if (!values.watch) return 0;
    const failedFile = values["failed-file"] ?? ".rhumb_seed_failed";
    return await watch(queue, { json: values.json, failedFile }, deps);
  } finally {
    await queue.close();
  }
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

async function plan(
  queue: SeedQueue,
  what: { readonly options: SeedOptions; readonly size: number; readonly restart: boolean },
  deps: ToolDeps,
): Promise<void> {
  const { platform, terminal, session, workingDirectory } = deps;
  const { options } = what;
  const { clock } = platform;
  const log = seedLog("warn", options.json ? terminal.err : terminal.out, clock.now);
  const make = options.json ? jsonReporter : lineReporter;
  const reporter = make({ terminal, session, clock, quiet: options.quiet });
  const setup = {
    ...options,
    proxyFile: joinPath(workingDirectory, options.proxyFile),
    seedFile: joinPath(workingDirectory, options.seedFile),
  };
  const tasks = await setUpTasks(setup, platform, log);
  try {
    if (tasks.cleanups.length > 0) {
      log.warn("cleanups-not-queued", { hint: "rhumb cleanup does them, in one process" });
    }
    const queued = { ...tasks, cleanups: [] };
    const { seeds } = options.interactive ? await askForTasks(queued, session, reporter) : queued;
    reporter.banner("seed", options.summary ? undefined : seeds.length);
    for (const task of seeds) reporter.task(task);
    if (options.summary) return;
    refuseAbsurdPlans({ ...queued, seeds }, options);
    const totals = await fill(queue, seeds, what, deps);
    const { jobs, units, tiles } = totals;
    reporter.note(`Planned ${jobs} jobs: ${units} meta tiles, ${tiles} tiles`);
  } finally {
    await closeCaches(tasks.caches.values());
  }
}

/** Puts the jobs of all tasks into the queue. Those of a run that is under way are there already. */
async function fill(
  queue: SeedQueue,
  tasks: readonly SeedTask[],
  what: { readonly options: SeedOptions; readonly size: number; readonly restart: boolean },
  { platform, session }: ToolDeps,
): Promise<FleetState["planned"]> {
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
  return totals;
}

/** Tells how the fleet gets on, until its run is over. */
async function watch(
  queue: SeedQueue,
  { json, failedFile }: { readonly json: boolean; readonly failedFile: string },
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
