import { build } from "../config/build.ts";
import { type LoadedConfig, loadConfig, readDepsOf } from "../config/load.ts";
import type { Readiness } from "../config/readiness.ts";
import type { ServerConfig } from "../config/schema-parts.ts";
import type { Log } from "../core/context.ts";
import { formatFault } from "../core/errors.ts";
import type { Hooks } from "../model/hooks.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Platform } from "../platform/platform.ts";
import { createHono, type RequestEnv } from "./app.ts";

export type AppFetch = (request: Request, env?: RequestEnv) => Promise<Response>;

/** An application that answers. */
export interface LoadedApp {
  readonly fetch: AppFetch;
  readonly server: ServerConfig;
  /** The files it was made of, with their times (ms since 1970). */
  readonly files: ReadonlyMap<string, number>;
  /** Reads the files again; false if they are broken and the application stays as it is. */
  reload?(): Promise<boolean>;
  /** Whether its caches and sources answer. */
  check?(): Promise<Readiness>;
  close(): Promise<void>;
}

/** What applications share with each other, and with those that come after them. */
export interface AppDeps {
  readonly platform: Platform;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** Functions of an embedding program. */
  readonly hooks?: Hooks | undefined;
  /** The configuration, where it has been read already. */
  readonly loaded?: LoadedConfig | undefined;
  /** Whether another process tells what is doubtful in the configuration. */
  readonly isQuiet?: boolean;
}

/** Makes the application of one configuration. */
export async function loadOne(
  file: string,
  { platform, log: usual, metrics, hooks, loaded: given, isQuiet = false }: AppDeps,
): Promise<LoadedApp> {
  const loaded = given ?? (await loadConfig(file, readDepsOf(platform)));
  let isMaking = true;
  const log = isQuiet ? withoutWarnings(usual, () => isMaking) : usual;
  for (const fault of loaded.warnings) log.warn("configuration", { fault: formatFault(fault) });
  const times = new Map<string, number>();
  for (const { path } of loaded.files) {
    times.set(path, (await platform.files?.stat(path))?.modified ?? 0);
  }
  const parts = await build(loaded, platform, log, hooks);
  const hono = createHono(parts, metrics);
  isMaking = false;
  return {
    fetch: async (request, env) => hono.fetch(request, env ?? {}),
    server: loaded.config.server,
    files: times,
    check: parts.check,
    close: parts.close,
  };
}

/** The log without its warnings as long as `isQuiet` says so. */
function withoutWarnings(log: Log, isQuiet: () => boolean): Log {
  return {
    debug: (event, fields) => log.debug(event, fields),
    info: (event, fields) => log.info(event, fields),
    warn: (event, fields) => {
      if (!isQuiet()) log.warn(event, fields);
    },
    error: (event, fields) => log.error(event, fields),
  };
}
