import { type LoadedConfig, loadConfig, readDepsOf } from "../config/load.ts";
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
  /** What `file` holds, where it has been read already. */
  readonly loaded?: LoadedConfig | undefined;
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
  let first = options.loaded;
  const load = () => {
    const loaded = first;
    first = undefined; // whoever loads again wants what the files say then
    return loadOne(options.file, { ...deps, loaded });
  };
  return reloading(load, { ...deps, watch: options.reload ?? false });
}

/**
 * The configuration that is served; `undefined` for a directory of them.
 *
 * @throws ConfigError with all faults
 */
export async function readServed(
  { file, multi }: LoadOptions,
  platform: Platform,
): Promise<LoadedConfig | undefined> {
  if (multi !== undefined) return undefined;
  return await loadConfig(file, readDepsOf(platform));
}
