import { closeCaches } from "../config/build.ts";
import { type OptionValues, parseCommandLine, UsageError } from "../core/command-line.ts";
import type { Context, Log } from "../core/context.ts";
import { joinPath } from "../core/path.ts";
import { isOver, type SeedQueue, type TakenJob } from "../seed/fleet.ts";
import { runJob } from "../seed/job.ts";
import { pacedFetch } from "../seed/pace.ts";
import type { Reporter } from "../seed/report.ts";
import { planId } from "../seed/split.ts";
import type { SeedTask } from "../seed/task.ts";
import { openQueue } from "./seed-fleet.ts";
import { seedLog } from "./seed-log.ts";
import { readSeedOptions, SEED_OPTIONS } from "./seed-options.ts";
import { jsonReporter, lineReporter } from "./seed-reporter.ts";
import { setUpTasks } from "./seed-setup.ts";
import { defineTool, type ToolDeps, ToolFailure } from "./tool.ts";

const { "seed-conf": seedConf, "proxy-conf": proxyConf, retries, rate, json } = SEED_OPTIONS;
const { "max-requests": maxRequests, concurrency, quiet } = SEED_OPTIONS;

const WORKER_OPTIONS = {
  "seed-conf": seedConf,
  "proxy-conf": proxyConf,
  queue: { value: "URL", about: "the queue of the jobs: redis://HOST:PORT/DB; required" },
  "queue-name": SEED_OPTIONS["queue-name"],
  concurrency: { ...concurrency, about: "jobs that are done at the same time" },
  retries,
  rate,
  "max-requests": maxRequests,
  lease: {
    value: "SECONDS",
    type: "number",
    default: "30",
    about: "after so long the jobs of a worker that died go to others",
  },
  once: { about: "end when all jobs of the run are done, instead of waiting for the next run" },
  quiet,
  json,
} as const;

/** ms between two looks whether the run is over. */
const POLL = 1000;

const INTERRUPTED = 2;

/** Does jobs that `rhumb seed --queue` has planned, together with any number of other processes. */
export const seedWorker = defineTool({
  name: "seed-worker",
  usage: "[options] seed_conf",
  options: WORKER_OPTIONS,
  async run({ options: values, words }, deps) {
    const { queue: url } = values;
    if (url === undefined) throw new UsageError("missing queue: --queue redis://HOST:PORT");
    if (values["seed-conf"] === undefined && words.length === 0) {
      throw new UsageError("missing seed file: -s/--seed-conf");
    }
    const lease = Number(values.lease ?? 30) * 1000;
    if (!(lease >= 1000)) throw new UsageError("option --lease: expected 1 or more");
    const name = values["queue-name"] ?? "seed";
    const queue = await openQueue({ url, name, lease }, deps);
    try {
      return await workFor(queue, { values, words }, deps);
    } finally {
      await queue.close();
    }
  },
});

async function workFor(
  queue: SeedQueue,
  call: { readonly values: OptionValues<typeof WORKER_OPTIONS>; readonly words: readonly string[] },
  deps: ToolDeps,
): Promise<number> {
  const { platform, terminal, session, workingDirectory } = deps;
  const { clock } = platform;
  // a worker has some of the options of `rhumb seed`
  const notGiven = parseCommandLine([], SEED_OPTIONS).values;
  const options = readSeedOptions({ ...notGiven, ...call.values }, call.words);
  const log = seedLog("warn", options.json ? terminal.err : terminal.out, clock.now);
  const make = options.json ? jsonReporter : lineReporter;
  const reporter = make({ terminal, session, clock, quiet: options.quiet });
  const setup = {
    proxyFile: joinPath(workingDirectory, options.proxyFile),
    seedFile: joinPath(workingDirectory, options.seedFile),
    seeds: ["ALL"],
    cleanups: undefined,
  };
  const fetch = pacedFetch(platform.fetch, clock, options);
  const tasks = await setUpTasks(setup, { ...platform, fetch }, log);
  const { retries, concurrency } = options;
  try {
    const work = { queue, tasks: tasks.seeds, reporter, log, retries, concurrency };
    return await takeJobs({ ...work, once: call.values.once }, deps);
  } finally {
    await closeCaches(tasks.caches.values());
  }
}

interface Work {
  readonly queue: SeedQueue;
  readonly tasks: readonly SeedTask[];
  readonly reporter: Reporter;
  readonly log: Log;
  readonly retries: number;
  readonly concurrency: number;
  readonly once: boolean;
}

async function takeJobs(work: Work, { platform, session, terminal }: ToolDeps): Promise<number> {
  const { queue, log, reporter, retries, concurrency } = work;
  const { clock } = platform;
  const tasks = new Map(work.tasks.map((task) => [planId(task), task]));
  const over = new AbortController();
  const signal = AbortSignal.any([session.interrupted, over.signal]);
  const ctx: Context = { signal, log, waitUntil: () => {} };

  const handle = async (taken: TakenJob): Promise<void> => {
    const task = tasks.get(taken.job.task);
    if (!task) {
      over.abort(
        new ToolFailure(
          2,
          "Cannot do a job: it is of a plan that differs from this configuration; give each worker the files of the planner",
        ),
      );
      signal.throwIfAborted();
      return;
    }
    await runJob(task, taken, { retries, clock, reporter }, ctx);
    const { job } = taken;
    reporter.note(`${task.name}: job done (${job.units} meta tiles, ${job.tiles} tiles)`);
  };
  const failed = (error: Error) => log.error("seed-job-failed", { error });
  const watching = work.once ? untilOver(queue, { clock, over, signal }) : undefined;
  await queue.work(handle, { concurrency, signal, failed });
  await watching;
  if (over.signal.reason instanceof ToolFailure) throw over.signal.reason;
  if (over.signal.aborted) return 0;
  terminal.out("\nexiting...");
  return INTERRUPTED;
}

/** Ends the work when the run is over. */
async function untilOver(
  queue: SeedQueue,
  parts: {
    readonly clock: ToolDeps["platform"]["clock"];
    readonly over: AbortController;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, over, signal } = parts;
  while (!signal.aborted) {
    if (isOver(await queue.state())) over.abort(new Error("the run is over"));
    else await clock.sleep(POLL, signal).catch(() => {}); // interrupted: the loop ends
  }
}
