import type { Log } from "../core/context.ts";
import type { Platform } from "../platform/platform.ts";
import type { AppDeps, LoadedApp } from "./one.ts";
import { retirable } from "./retire.ts";

/** ms between two looks at the files. */
const INTERVAL = 500;

/** Looks between two attempts to load what was broken: a file that was missing may be there now. */
const RETRY_LOOKS = 10;

export interface ReloadOptions extends AppDeps {
  /** Whether changed files are noticed; else only `reload()` reads them again. */
  readonly watch: boolean;
}

/**
 * An application that is made anew from its files: when they change, or when it is told to. A broken
 * change keeps the old application and says why. Requests under way end on the old one.
 *
 * @throws ConfigError if the first configuration is broken
 */
export async function reloading(
  load: () => Promise<LoadedApp>,
  { platform, log, metrics, watch, isQuiet = false }: ReloadOptions,
): Promise<LoadedApp> {
  let current = retirable(await load());
  let refused: string | undefined;
  let loading: Promise<boolean> | undefined;
  const stop = new AbortController();

  async function replace(): Promise<boolean> {
    try {
      const next = await load();
      if (!isQuiet) warnOfRestart(current.app, next, log);
      current.retire();
      current = retirable(next);
      refused = undefined;
      log.info("configuration-reloaded");
      metrics?.add("rhumb_configuration_reloads_total", ["ok"]);
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      metrics?.add("rhumb_configuration_reloads_total", ["refused"]);
      if (reason !== refused) log.error("configuration-refused", { reason });
      refused = reason;
      return false;
    }
  }

  /** One load at a time; whoever asks meanwhile gets the same answer. */
  function reload(): Promise<boolean> {
    loading ??= replace().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function look(): Promise<void> {
    let seen = current.app.files;
    for (let looks = 0; ; looks++) {
      await platform.clock.sleep(INTERVAL, stop.signal);
      const times = await timesOf(seen.keys(), platform);
      const isRetry = refused !== undefined && looks % RETRY_LOOKS === 0;
      if (sameTimes(times, seen) && !isRetry) continue;
      seen = (await reload()) ? current.app.files : times;
    }
  }
  if (watch) {
    void look().catch((error) => {
      if (!stop.signal.aborted) log.error("watching-ended", { error });
    });
  }

  return {
    fetch: (request, env) => current.fetch(request, env),
    get server() {
      return current.app.server;
    },
    get files() {
      return current.app.files;
    },
    reload,
    check: async () => (await current.app.check?.()) ?? { isReady: true, parts: [] },
    close: async () => {
      stop.abort();
      await current.app.close();
    },
  };
}

/** Keys of `[server]` that only a start reads. */
const AT_START = ["host", "port", "socket", "socket_mode", "protocol", "workers"] as const;

function warnOfRestart(old: LoadedApp, next: LoadedApp, log: Log): void {
  for (const key of AT_START) {
    if (old.server[key] !== next.server[key]) log.warn("restart-needed", { key: `server.${key}` });
  }
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
