import { type LoadedConfig, readDepsOf, resolveConfig } from "../config/load.ts";
import { type RawConfig, type ReadDeps, readConfig } from "../config/read.ts";
import { ConfigError, formatFault } from "../core/errors.ts";
import { joinPath } from "../core/path.ts";
import { type ToolDeps, ToolFailure } from "./tool.ts";

/** A configuration as tools use it. */
export interface ToolConfig {
  readonly raw: RawConfig;
  readonly loaded: LoadedConfig;
}

/**
 * Loads the configuration that a command line names.
 *
 * @param file relative to the working directory
 * @param prepare changes what the file says before it is checked
 * @throws ToolFailure with exit code 2 if it cannot be read or used; its faults were printed
 */
export async function loadForTool(
  file: string,
  deps: ToolDeps,
  prepare: (raw: RawConfig) => void = () => {},
): Promise<ToolConfig> {
  return orFailure(deps, async () => {
    const raw = await readConfig(await existingPath(file, deps), readDeps(deps));
    prepare(raw);
    return { raw, loaded: resolveConfig(raw) };
  });
}

/**
 * Absolute path of a file that a command line names.
 *
 * @throws ToolFailure with exit code 2 if there is none
 */
export async function existingPath(
  file: string,
  { platform, workingDirectory }: ToolDeps,
): Promise<string> {
  const path = joinPath(workingDirectory, file);
  if (await platform.resource(path)) return path;
  throw new ToolFailure(2, `ERROR:  No such file or directory: '${path}'`);
}

/** How tools read configurations and seed files. */
export function readDeps({ platform }: ToolDeps): ReadDeps {
  return readDepsOf(platform);
}

/** Runs a part that may find faults in a configuration: they are printed, warnings first. */
export async function orFailure<T>(deps: ToolDeps, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { faults } = error;
    for (const fault of faults.toReversed()) {
      deps.terminal.err(`${fault.severity}: ${formatFault(fault)}`);
    }
    throw new ToolFailure(2, "ERROR: invalid configuration (see above)");
  }
}
