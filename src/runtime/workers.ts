import { normalizePath } from "../core/path.ts";
import type { Platform } from "../platform/platform.ts";
import { type Env, isDurableObjectNamespace, isFetcher, isR2Bucket } from "./edge/bindings.ts";
import { r2Bucket } from "./edge/bucket.ts";
import { durableObjectLocks } from "./locks/durable-object.ts";
import { memoryLocks } from "./locks/memory.ts";

/** Of the 128 MB of an isolate: what is left beside the program, for one request's pixels. */
const MEMORY = 80 * 2 ** 20;

/** Of the 1,000 that the paid plan allows a request to R2, Durable Objects and the web. */
const SUBREQUESTS = 900;

/**
 * Cloudflare Workers: no files, no processes. What the configuration names comes with the Worker.
 *
 * Locks reach all isolates where the namespace `LOCKS` of Durable Objects is bound, else one isolate;
 * callers stay correct without them: a tile may be made twice.
 *
 * @param texts files that are part of the script, by path; all others are static assets (`ASSETS`)
 */
export function workersPlatform(env: Env, texts: Readonly<Record<string, string>>): Platform {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === "string") variables[name] = value;
  }
  return {
    name: "workers",
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          setTimeout(resolve, ms);
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    },
    locks: isDurableObjectNamespace(env.LOCKS) ? durableObjectLocks(env.LOCKS) : memoryLocks(),
    fetch: (input, init) => fetch(input, init),
    env: variables,
    budget: {
      memory: MEMORY,
      subrequests: Number(variables.RHUMB_SUBREQUESTS) || SUBREQUESTS,
    },
    async resource(path) {
      const name = normalizePath(path);
      const text = texts[name];
      if (text !== undefined) return new TextEncoder().encode(text);
      return await asset(env, name);
    },
    buckets: (name) => {
      const bucket = env[name];
      return isR2Bucket(bucket) ? r2Bucket(bucket) : undefined;
    },
  };
}

/** A static asset of the Worker; `undefined` if there is none of that path. */
async function asset(env: Env, name: string): Promise<Uint8Array | undefined> {
  if (!isFetcher(env.ASSETS)) return undefined;
  const path = name.split("/").map(encodeURIComponent).join("/");
  const response = await env.ASSETS.fetch(`https://assets/${path}`);
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  return new Uint8Array(await response.arrayBuffer());
}
