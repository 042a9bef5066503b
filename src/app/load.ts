import { loadConfig, readDepsOf } from "../config/load.ts";
import { DEFAULT_SERVER, type ServerConfig } from "../config/schema-parts.ts";
import type { Platform } from "../platform/platform.ts";
import { multiApp } from "./multi.ts";
import { type AppDeps, type LoadedApp, loadOne } from "./one.ts";
import { reloading } from "./reload.ts";

export interface LoadOptions {
  /** Configuration, TOML or YAML. */
  readonly file: string;
  /** Directory of configurations to serve instead. */
  readonly multi?: string | undefined;
  readonly allowListing?: boolean;
  /** Whether changes of the files are taken over without being told. */
  readonly reload?: boolean | undefined;
}

/**
 * Makes the application of a configuration, or of a directory of them.
 *
 * @throws ConfigError with all faults
 */
export async function loadApp(options: LoadOptions, deps: AppDeps): Promise<LoadedApp> {
  if (options.multi !== undefined) {
    return multiApp(options.multi, options.allowListing ?? false, deps);
  }
  return reloading(() => loadOne(options.file, deps), { ...deps, watch: options.reload ?? false });
}

/**
 * `[server]` of a configuration; a directory of them has what holds by default.
 *
 * @throws ConfigError with all faults
 */
export async function serverSettings(
  { file, multi }: LoadOptions,
  platform: Platform,
): Promise<ServerConfig> {
  if (multi !== undefined) return DEFAULT_SERVER;
  const { config } = await loadConfig(file, readDepsOf(platform));
  return config.server;
}
