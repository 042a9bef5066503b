/** Entry for Cloudflare Workers. */

import configText from "../etc/worker.toml";
import { createHono } from "./app/app.ts";
import { build } from "./config/build.ts";
import { loadConfig } from "./config/load.ts";
import type { Log } from "./core/context.ts";
import { lineLog } from "./observe/log.ts";
import type { Env, ExecutionContext } from "./runtime/edge/bindings.ts";
import { type ConfigEdition, storedConfig } from "./runtime/edge/config-store.ts";
import { type EdgeCache, throughCache } from "./runtime/edge/front-cache.ts";
import { workersPlatform } from "./runtime/workers.ts";

// biome-ignore lint/performance/noBarrelFile: the runtime finds the class by its export here
export { TileLock } from "./runtime/locks/durable-object.ts";

const BUNDLED_FILE = "etc/worker.toml";
const BUNDLE = { [BUNDLED_FILE]: configText };

/** ms between two looks at the version of a stored configuration. */
const CHECK_INTERVAL = 30_000;

/** The application of this isolate. */
interface Running {
  readonly version: string;
  readonly app: ReturnType<typeof createHono>;
}

let running: Running | undefined;
let checked = 0;

const log: Log = lineLog("info", (line) => console.log(line), Date.now);

async function edition(env: Env): Promise<ConfigEdition> {
  const platform = workersPlatform(env, BUNDLE);
  const bundled = { version: "bundled", file: BUNDLED_FILE, read: platform.resource };
  return (await storedConfig(env)) ?? bundled;
}

/** Makes the application, or keeps the one there is if the version is still in force. */
async function refresh(env: Env): Promise<Running> {
  const { version, file, read } = await edition(env);
  if (running?.version === version) return running;
  const platform = workersPlatform(env, BUNDLE);
  const resource: typeof read = async (path) =>
    (await read(path)) ?? (await platform.resource(path));
  const loaded = await loadConfig(file, { read: resource, env: platform.env });
  const parts = await build(loaded, { ...platform, resource }, log);
  running = { version, app: createHono(parts) };
  return running;
}

/** The application in force. A new version that cannot be built leaves the old one in place. */
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

export default {
  async fetch(request: Request, env: Env, execution: ExecutionContext): Promise<Response> {
    const { app, version } = await current(env, execution);
    const waitUntil = (work: Promise<unknown>) => execution.waitUntil(work);
    const cache = (globalThis.caches as unknown as { default: EdgeCache }).default;
    return await throughCache(request, { cache, version }, execution, async () =>
      app.fetch(request, { waitUntil }),
    );
  },
};
