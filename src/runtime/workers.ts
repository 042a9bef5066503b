import { normalizePath } from "../core/path.ts";
import type { Platform } from "../platform/platform.ts";
import { memoryLocks } from "./locks/memory.ts";

/**
 * Cloudflare Workers: no files, no processes; what the configuration names comes from the bundle.
 *
 * Locks reach one isolate. Callers stay correct without them: a tile may be made twice.
 */
export function workersPlatform(
  env: Readonly<Record<string, unknown>>,
  bundle: Readonly<Record<string, Uint8Array>>,
): Platform {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (typeof value === "string") text[name] = value;
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
    locks: memoryLocks(),
    fetch: (input, init) => fetch(input, init),
    env: text,
    resource: async (path) => bundle[normalizePath(path)],
  };
}
