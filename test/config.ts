import { type LoadedConfig, loadConfig } from "../src/config/load.ts";
import type { ReadDeps } from "../src/config/read.ts";
import type { Fault } from "../src/core/errors.ts";
import { ConfigError } from "../src/core/errors.ts";

/** Files in memory, by path; text is UTF-8. */
export function filesOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  env: ReadDeps["env"] = {},
): ReadDeps {
  return {
    env,
    async read(path) {
      const file = files[path];
      return typeof file === "string" ? new TextEncoder().encode(file) : file;
    },
    modified: async (path) => (Object.hasOwn(files, path) ? 1000 : undefined),
  };
}

/** Loads a single file. */
export function loadText(text: string, path = "rhumb.yaml"): Promise<LoadedConfig> {
  return loadConfig(path, filesOf({ [path]: text }));
}

/** Faults of a file that is refused; fails if it is accepted. */
export async function faultsOf(load: Promise<LoadedConfig>): Promise<readonly Fault[]> {
  try {
    await load;
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error("expected faults, but the configuration was loaded");
}
