import { DelayedError, type Job, Queue, Worker } from "bullmq";
import { createClient } from "redis";
import type {
  FleetRun,
  FleetState,
  SeedJob,
  SeedQueue,
  SeedQueueOptions,
  TakenJob,
  Tally,
  WorkOptions,
} from "../seed/fleet.ts";
import { NO_TALLY } from "../seed/fleet.ts";
import { takeTurn } from "./locks/redis-turn.ts";

/** What travels through the queue. */
interface Message {
  readonly job: SeedJob;
  readonly run: FleetRun;
}

const PREFIX = "rhumb-seed";

/** ms to wait for the server at the beginning; later it is waited for without end. */
const PATIENCE = 10_000;
/** ms between two attempts at a connection, at most. */
const RECONNECT = 2000;

/** How often a job comes up that fails for other reasons than its tiles', and the ms between. */
const ATTEMPTS = 3;
const BACK_OFF = 5000;

/** How often a job may outlive its worker: one that kills each of them would end the fleet. */
const MOST_DEATHS = 10;

/** s for which sums are kept after the last change. */
const KEPT = 30 * 86_400;

/** Open jobs are in one of these states. */
const OPEN = ["wait", "active", "delayed", "prioritized", "waiting-children"] as const;

/**
 * Puts down what a job has come to and moves the sums by the difference, in one step. A worker that was taken for
 * dead and goes on counts only where it is ahead of its successor.
 */
const REPORT = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
local was = old and cjson.decode(old) or {units = 0, tiles = 0, made = 0, failed = 0}
local now = cjson.decode(ARGV[2])
if now.units <= was.units then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for key, value in pairs(now) do redis.call('HINCRBY', KEYS[2], key, value - was[key]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1`;

/**
 * Jobs of a fleet in BullMQ on a Redis server. A worker's lock on a job is renewed while it lives; when it is not, the
 * job goes back to the others. Sums stand beside the queue, so that looking at them costs no look at the jobs.
 *
 * @throws Error if the server does not answer within 10 s
 */
export async function openSeedQueue({ url, name, lease }: SeedQueueOptions): Promise<SeedQueue> {
  const client = await connect(url);
  const keys = keysOf(name);
  const queue = new Queue<Message>(name, { connection: client, prefix: PREFIX });
  queue.on("error", () => {}); // the client connects again, and calls wait for it

  async function currentRun(): Promise<{ run: FleetRun | undefined; fields: Fields }> {
    const fields: Fields = await client.hGetAll(keys.run);
    const { id, started } = fields;
    return { run: id ? { id, started: Number(started) } : undefined, fields };
  }

  async function openJobs(): Promise<number> {
    const counts = await queue.getJobCounts(...OPEN);
    return OPEN.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  }

  async function begin(plan: string, { now, restart }: { now: number; restart: boolean }) {
    const { run, fields } = await currentRun();
    if (run && !restart && (fields.jobs === undefined || (await openJobs()) > 0)) {
      return fields.plan === plan ? run : "busy";
    }
    await queue.obliterate({ force: true });
    if (run) await client.del([keys.tallies(run), keys.sums(run), keys.failed(run)]);
    const begun = { id: String(now), started: now };
    await client.del(keys.run);
    await client.hSet(keys.run, { id: begun.id, started: String(now), plan });
    return begun;
  }

  function taken({ data, attemptsStarted }: Job<Message>, before: Tally): TakenJob {
    const { job, run } = data;
    return {
      job,
      run,
      before,
      isAgain: attemptsStarted > 1,
      async report(tally) {
        const args = [job.id, JSON.stringify(tally), String(KEPT)];
        await client.eval(REPORT, { keys: [keys.tallies(run), keys.sums(run)], arguments: args });
      },
      async gaveUp(unit, line) {
        await client.hSet(keys.failed(run), `${job.id}/${unit}`, line);
        await client.expire(keys.failed(run), KEPT);
      },
    };
  }

  async function work(handle: (taken: TakenJob) => Promise<void>, options: WorkOptions) {
    const { signal } = options;
    const process = async (job: Job<Message>, token: string | undefined): Promise<void> => {
      const old = await client.hGet(keys.tallies(job.data.run), job.data.job.id);
      try {
        await handle(taken(job, old ? JSON.parse(old) : NO_TALLY));
      } catch (error) {
        if (!signal.aborted) throw error;
        // goes back at once, and costs none of its attempts
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
    };
    const worker = new Worker<Message>(name, process, {
      connection: client,
      prefix: PREFIX,
      concurrency: options.concurrency,
      lockDuration: lease,
      stalledInterval: lease,
      maxStalledCount: MOST_DEATHS,
    });
    worker.on("failed", (_job, error) => options.failed(error));
    worker.on("error", options.failed);
    await aborted(signal);
    await worker.close();
  }

  return {
    begin: (plan, options) => takeTurn({ client, key: keys.lock }, () => begin(plan, options)),
    async add(run, jobs) {
      const opts = { attempts: ATTEMPTS, backoff: { type: "fixed", delay: BACK_OFF } };
      await queue.addBulk(
        jobs.map((job) => ({
          name: "seed",
          data: { job, run },
          opts: { ...opts, jobId: `${run.id}-${job.id}` },
        })),
      );
    },
    async planned(run, totals) {
      // a planner that was overtaken by another run says nothing about that
      if ((await client.hGet(keys.run, "id")) !== run.id) return;
      await client.hSet(keys.run, numbersToText(totals));
    },
    async state() {
      const { run, fields } = await currentRun();
      const sums: Fields = run ? await client.hGetAll(keys.sums(run)) : {};
      const counts = await queue.getJobCounts("active", "failed");
      return {
        run,
        isPlanned: fields.jobs !== undefined,
        planned: numbers(fields, { jobs: 0, units: 0, tiles: 0 }),
        done: numbers(sums, NO_TALLY),
        jobs: {
          open: await openJobs(),
          active: counts.active ?? 0,
          failed: counts.failed ?? 0,
        },
        workers: await queue.getWorkersCount(),
      } satisfies FleetState;
    },
    async failures() {
      const { run } = await currentRun();
      return run ? Object.values(await client.hGetAll(keys.failed(run))) : [];
    },
    work,
    async close() {
      await queue.close();
      client.destroy();
    },
  };
}

type Fields = Partial<Record<string, string>>;

/** A client that has connected once, and connects again for as long as it is open. */
async function connect(url: string) {
  let hasConnected = false;
  const client = createClient({
    url,
    socket: {
      connectTimeout: PATIENCE,
      // before the first success a failure is told; afterwards the server is only away for a while
      reconnectStrategy: (tries, cause) =>
        hasConnected ? Math.min(2 ** tries * 50, RECONNECT) : cause,
    },
  });
  client.on("error", () => {}); // told by the call that fails
  await client.connect();
  hasConnected = true;
  return client;
}

function keysOf(name: string) {
  const base = `${PREFIX}-run:${name}`;
  return {
    /** The run: id, start, plan; and its totals when it is planned. */
    run: base,
    /** Two planners that begin at the same time are to have one run. */
    lock: `${base}:lock`,
    /** What each job has come to. */
    tallies: ({ id }: FleetRun) => `${base}:${id}:tallies`,
    sums: ({ id }: FleetRun) => `${base}:${id}:sums`,
    failed: ({ id }: FleetRun) => `${base}:${id}:failed`,
  };
}

/** The fields that `defaults` names. */
function numbers<T extends { readonly [K in keyof T]: number }>(fields: Fields, defaults: T): T {
  const entries = Object.entries(defaults).map(([key, value]) => [
    key,
    Number(fields[key] ?? value),
  ]);
  return Object.fromEntries(entries);
}

function numbersToText(values: object): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
