import type { Log } from "../core/context.ts";
import type { Platform } from "../platform/platform.ts";
import { multiApp } from "./multi.ts";
import { type LoadedApp, loadOne } from "./one.ts";
import { reloading } from "./reload.ts";

export interface LoadOptions {
  /** Configuration, TOML or YAML. */
  readonly file: string;
  /** Directory of configurations to serve instead. */
  readonly multi?: string | undefined;
  readonly allowListing?: boolean;
  readonly reload?: boolean;
}

/**
 * Makes the application of a configuration, or of a directory of them.
 *
 * @throws ConfigError with all faults
 */
export async function loadApp(
  options: LoadOptions,
  platform: Platform,
  log: Log,
): Promise<LoadedApp> {
  if (options.multi !== undefined) {
    return multiApp(options.multi, options.allowListing ?? false, { platform, log });
  }
  const load = () => loadOne(options.file, platform, log);
  return options.reload ? reloading(load, platform, log) : load();
}
