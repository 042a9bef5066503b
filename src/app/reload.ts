import type { Log } from "../core/context.ts";
import type { Platform } from "../platform/platform.ts";
import type { LoadedApp } from "./one.ts";

/** ms between two looks at the files. */
const INTERVAL = 500;

/** ms that requests under way keep the old application. */
const DRAIN = 30_000;

/**
 * An application that is made anew when one of its configuration files changes. A broken change
 * keeps the old application and says why.
 *
 * @throws ConfigError if the first configuration is broken
 */
export async function reloading(
  load: () => Promise<LoadedApp>,
  platform: Platform,
  log: Log,
): Promise<LoadedApp> {
  let current = await load();
  const stop = new AbortController();

  async function watch(): Promise<void> {
    let tried = current.files;
    while (!stop.signal.aborted) {
      await platform.clock.sleep(INTERVAL, stop.signal);
      const times = await timesOf(tried.keys(), platform);
      if (sameTimes(times, tried)) continue;
      tried = times;
      try {
        const next = await load();
        const old = current;
        current = next;
        tried = next.files;
        log.info("configuration-reloaded");
        void platform.clock.sleep(DRAIN).then(old.close);
      } catch (error) {
        log.error("configuration-refused", { reason: (error as Error).message });
      }
    }
  }
  void watch().catch(() => {
    // Only the abort of `sleep` ends the loop.
  });

  return {
    fetch: (request, env) => current.fetch(request, env),
    get server() {
      return current.server;
    },
    get files() {
      return current.files;
    },
    close: async () => {
      stop.abort();
      await current.close();
    },
  };
}

/** Times of files as they are now; a file that has gone has the time 0. */
export async function timesOf(
  paths: Iterable<string>,
  platform: Platform,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const path of paths) times.set(path, (await platform.files?.stat(path))?.modified ?? 0);
  return times;
}

export function sameTimes(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, time] of a) if (b.get(path) !== time) return false;
  return true;
}
