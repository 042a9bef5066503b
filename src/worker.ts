/** Entry for Cloudflare Workers. */

import configText from "../etc/worker.toml";
import seedText from "../etc/worker-seed.toml";
import { createHono, type RequestEnv } from "./app/app.ts";
import type { AppFetch } from "./app/one.ts";
import { withOperations } from "./app/operations.ts";
import { build } from "./config/build.ts";
import { buildContext } from "./config/build-context.ts";
import { loadConfig } from "./config/load.ts";
import { loadSeedFile } from "./config/seed-load.ts";
import { buildSeedTasks } from "./config/seed-tasks.ts";
import type { Context, Log } from "./core/context.ts";
import { lineLog } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import type { Env, ExecutionContext } from "./runtime/edge/bindings.ts";
import {
  type ConfigEdition,
  lastPurge,
  notePurge,
  storedConfig,
} from "./runtime/edge/config-store.ts";
import { type EdgeCache, throughCache } from "./runtime/edge/front-cache.ts";
import { type MessageBatch, type Queue, startSeeding, workOn } from "./runtime/edge/seed-queue.ts";
import { workersPlatform } from "./runtime/workers.ts";
import type { Task } from "./seed/task.ts";

// biome-ignore lint/performance/noBarrelFile: the runtime finds the class by its export here
export { TileLock } from "./runtime/locks/durable-object.ts";

const BUNDLED_FILE = "etc/worker.toml";
const BUNDLED_SEED = "etc/worker-seed.toml";
const BUNDLE = { [BUNDLED_FILE]: configText, [BUNDLED_SEED]: seedText };

/** ms between two looks at the version of a stored configuration. */
const CHECK_INTERVAL = 30_000;

/** What this isolate runs. */
interface Running {
  readonly edition: ConfigEdition;
  readonly fetch: AppFetch;
}

let running: Running | undefined;
let checked = 0;
/** Mark of the last purge: pictures of the data centre's cache from before it are not found. */
let purged = "";

const log: Log = lineLog("info", (line) => console.log(line), Date.now);

/** The configuration in force: of the store if one is bound, else the bundled one. */
async function editionOf(env: Env): Promise<ConfigEdition> {
  const { resource } = workersPlatform(env, BUNDLE);
  const stored = await storedConfig(env);
  if (!stored) {
    return { version: "bundled", file: BUNDLED_FILE, seedFile: BUNDLED_SEED, read: resource };
  }
  return { ...stored, read: async (path) => (await stored.read(path)) ?? (await resource(path)) };
}

/** Makes the application, or keeps the one there is if the version is still in force. */
async function refresh(env: Env): Promise<Running> {
  purged = await lastPurge(env);
  const edition = await editionOf(env);
  if (running?.edition.version === edition.version) return running;
  const platform = {
    ...workersPlatform(env, BUNDLE),
    resource: edition.read,
    forgetFront: async () => {
      purged = await notePurge(env, Date.now());
    },
  };
  const loaded = await loadConfig(edition.file, { read: edition.read, env: platform.env });
  const parts = await build(loaded, platform, log);
  const metrics = createMetrics();
  const app = createHono(parts, metrics);
  const answering = {
    fetch: async (request: Request, about: RequestEnv = {}) => app.fetch(request, about),
    server: loaded.config.server,
    check: parts.check,
  };
  // counts are those of this isolate
  const fetch = withOperations(answering, { collect: async () => metrics.snapshot() });
  running = { edition, fetch };
  return running;
}

/** What is in force. A new version that cannot be built leaves the old one in place. */
async function current(env: Env, execution: ExecutionContext): Promise<Running> {
  const now = Date.now();
  if (!running) {
    // Two first requests may both make one: promises are not shared between requests here.
    checked = now;
    return await refresh(env);
  }
  if (env.CONFIG !== undefined && now - checked > CHECK_INTERVAL) {
    checked = now;
    execution.waitUntil(
      refresh(env).catch((error) => log.error("configuration-refused", { error })),
    );
  }
  return running;
}

/** The tasks of the seed file in force; none where there is no such file. */
async function seedTasks(env: Env): Promise<readonly Task[]> {
  const { file, seedFile, read } = await editionOf(env);
  if (!(await read(seedFile))) return [];
  const platform = { ...workersPlatform(env, BUNDLE), resource: read };
  const deps = { read, env: platform.env };
  const loaded = await loadConfig(file, deps);
  const { file: seeds } = await loadSeedFile(seedFile, deps);
  const context = await buildContext(loaded.config, platform, { log, seeding: true });
  const tasks = await buildSeedTasks(seeds, loaded, context, {
    seeds: Object.keys(seeds.seeds),
    cleanups: Object.keys(seeds.cleanups),
  });
  return [...tasks.seeds, ...tasks.cleanups];
}

function seedQueue(env: Env): Queue {
  if (env.SEED_QUEUE === undefined) {
    throw new Error("Cannot seed: no queue is bound as SEED_QUEUE, see wrangler.toml");
  }
  return env.SEED_QUEUE as Queue;
}

/** The answer where there is no configuration to answer with. */
function refused(error: unknown): Response {
  log.error("configuration-refused", { error });
  const text = "The configuration cannot be used: the log of the Worker says why.\n";
  return new Response(text, {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}

export default {
  async fetch(request: Request, env: Env, execution: ExecutionContext): Promise<Response> {
    const now = await current(env, execution).catch((error) => refused(error));
    if (now instanceof Response) return now;
    const { edition } = now;
    const waitUntil = (work: Promise<unknown>) => execution.waitUntil(work);
    const cache = (globalThis.caches as unknown as { default: EdgeCache }).default;
    const version = `${edition.version} ${purged}`.trim();
    return await throughCache(request, { cache, version }, execution, async () =>
      now.fetch(request, { waitUntil }),
    );
  },

  /** A cron trigger: begins all tasks of the seed file. */
  async scheduled(event: { readonly scheduledTime: number }, env: Env): Promise<void> {
    await startSeeding(await seedTasks(env), seedQueue(env), event.scheduledTime);
  },

  /** Parts of tasks. */
  async queue(batch: MessageBatch, env: Env, execution: ExecutionContext): Promise<void> {
    const ctx: Context = {
      signal: new AbortController().signal,
      log,
      waitUntil: (work) => execution.waitUntil(work),
    };
    const budget = {
      units: Math.max(1, Number(env.RHUMB_SEED_UNITS) || 20),
      pause: Math.max(0, Number(env.RHUMB_SEED_PAUSE) || 0),
    };
    const tasks = await seedTasks(env);
    await workOn(batch, { tasks, queue: seedQueue(env), budget }, ctx);
  },
};
