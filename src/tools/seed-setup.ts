import { type BuildContext, buildContext } from "../config/build-context.ts";
import { loadConfig, readDepsOf } from "../config/load.ts";
import type { ReadDeps } from "../config/read.ts";
import { loadSeedFile } from "../config/seed-load.ts";
import type { SeedFile } from "../config/seed-schema.ts";
import { buildSeedTasks, type SeedTasks } from "../config/seed-tasks.ts";
import type { Log } from "../core/context.ts";
import { ConfigError, type Fault, formatFault } from "../core/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { ToolFailure } from "./tool.ts";

/** What to load, and which of the tasks. */
export interface SetupOptions {
  readonly proxyFile: string;
  readonly seedFile: string;
  /** Names asked for, `ALL` among them; `undefined`: not said. */
  readonly seeds: readonly string[] | undefined;
  readonly cleanups: readonly string[] | undefined;
}

/**
 * Loads both configurations and makes the tasks that were asked for. Without `seeds` and `cleanups` all
 * are; if only one of them is given, nothing of the other.
 *
 * @throws ToolFailure with the words and the exit code of mapproxy-seed
 */
export async function setUpTasks(
  options: SetupOptions,
  platform: Platform,
  log: Log,
): Promise<SeedTasks> {
  const deps: ReadDeps = readDepsOf(platform);
  const loaded = await loadConfig(options.proxyFile, deps).catch((error) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new ToolFailure(2, `ERROR: ${indented(error.faults.map(formatFault))}`);
  });
  for (const fault of loaded.warnings) {
    // here a cache is used without being published
    if (!fault.message.startsWith("Nothing uses")) log.warn(formatFault(fault));
  }
  const file = await loadTasks(options.seedFile, deps, log);
  const names = {
    seeds: chosen("seed", file, options),
    cleanups: chosen("cleanup", file, options),
  };
  const context: BuildContext = await buildContext(loaded.config, platform, { log, seeding: true });
  try {
    return await buildSeedTasks(file, loaded, context, names);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ToolFailure(2, `error in configuration: ${indented(error.faults.map(textOf))}`);
  }
}

async function loadTasks(path: string, deps: ReadDeps, log: Log): Promise<SeedFile> {
  try {
    const { file, warnings } = await loadSeedFile(path, deps);
    for (const fault of warnings) log.warn(formatFault(fault));
    return file;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [only] = error.faults;
    // one about the whole file says all there is to say
    if (only?.path === "." || only?.path === "views") {
      throw new ToolFailure(2, `error in configuration: ${only.message}`);
    }
    for (const fault of error.faults) log.warn(formatFault(fault));
    throw new ToolFailure(2, "error in configuration: invalid configuration");
  }
}

/** @throws ToolFailure if a name is unknown */
function chosen(
  kind: "seed" | "cleanup",
  file: SeedFile,
  { seeds, cleanups }: SetupOptions,
): readonly string[] {
  const known = Object.keys(kind === "seed" ? file.seeds : file.cleanups);
  const [asked, others] = kind === "seed" ? [seeds, cleanups] : [cleanups, seeds];
  if (asked === undefined) return others === undefined ? known : [];
  if (asked.includes("ALL")) return known;
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length === 0) return asked;
  const lines = [
    `unknown ${kind} tasks: ${unknown.join(", ")}`,
    `available ${kind} tasks: ${known.join(", ")}`,
  ];
  throw new ToolFailure(1, lines.join("\n"));
}

function textOf({ message, path }: Fault): string {
  return path.startsWith("seeds.") || path.startsWith("cleanups.")
    ? message
    : `${path}  ${message}`;
}

/** Further lines stand under the first. */
function indented(lines: readonly string[]): string {
  return lines.join("\n").replaceAll("\n", "\n\t");
}
