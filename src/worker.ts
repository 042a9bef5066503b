/** Entry for Cloudflare Workers. */

import world from "../etc/data/world.jpg";
import configText from "../etc/worker.toml";
import { createHono } from "./app/app.ts";
import { build } from "./config/build.ts";
import { loadConfig } from "./config/load.ts";
import { lineLog } from "./observe/log.ts";
import { workersPlatform } from "./runtime/workers.ts";

/** Files that travel with the Worker, by path as the configuration names them. */
const BUNDLE: Readonly<Record<string, Uint8Array>> = {
  "etc/worker.toml": new TextEncoder().encode(configText),
  "etc/data/world.jpg": new Uint8Array(world),
};

type Hono = ReturnType<typeof createHono>;

/** The application of this isolate, once it is made. */
let app: Hono | undefined;

async function makeApp(env: Record<string, unknown>): Promise<Hono> {
  const platform = workersPlatform(env, BUNDLE);
  const log = lineLog("info", (_line) => {}, platform.clock.now);
  const loaded = await loadConfig("etc/worker.toml", {
    read: (path) => platform.resource(path),
    env: platform.env,
  });
  return createHono(await build(loaded, platform, log));
}

export default {
  async fetch(
    request: Request,
    env: Record<string, unknown>,
    execution: { waitUntil(work: Promise<unknown>): void },
  ): Promise<Response> {
    // Two first requests may both make one; promises are not shared between requests here.
    app ??= await makeApp(env);
    return app.fetch(request, { waitUntil: (work) => execution.waitUntil(work) });
  },
};
