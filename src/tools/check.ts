import { checkParts } from "../config/check-parts.ts";
import { readDepsOf, resolveConfig } from "../config/load.ts";
import { readConfig } from "../config/read.ts";
import { isSeedFile, resolveSeedFile } from "../config/seed-load.ts";
import { ConfigError, type Fault, formatFault } from "../core/errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { Terminal } from "./terminal.ts";

export const CHECK_USAGE = `Usage: rhumb check FILE [--json] [--strict]

Prints every fault of a configuration, or of a file for seeding, with file, line, path and the
nearest known word.

  --json    one JSON document instead of lines
  --strict  warnings fail too

Exit code: 0 good, 1 warnings with --strict, 2 errors.`;

/**
 * Reads a configuration and tells what is wrong with it, and with the files that it names; nobody is asked.
 *
 * @returns exit code
 */
export async function check(
  argv: readonly string[],
  platform: Platform,
  terminal: Terminal,
): Promise<number> {
  const flags = argv.filter((word) => word.startsWith("-"));
  const [file, ...more] = argv.filter((word) => !word.startsWith("-"));
  const unknown = flags.find((flag) => !["--json", "--strict"].includes(flag));
  if (flags.includes("--help")) {
    terminal.out(CHECK_USAGE);
    return 0;
  }
  if (file === undefined || more.length > 0 || unknown) {
    terminal.err(CHECK_USAGE);
    return 2;
  }
  const faults = await faultsOf(file, platform);
  if (flags.includes("--json")) terminal.out(JSON.stringify({ file, faults }, null, 2));
  else for (const fault of faults) terminal.out(`${fault.severity}: ${formatFault(fault)}`);
  if (faults.some(({ severity }) => severity === "error")) return 2;
  return faults.length > 0 && flags.includes("--strict") ? 1 : 0;
}

async function faultsOf(file: string, platform: Platform): Promise<readonly Fault[]> {
  try {
    const raw = await readConfig(file, readDepsOf(platform));
    if (isSeedFile(raw)) return resolveSeedFile(raw).warnings;
    const loaded = resolveConfig(raw);
    return [...(await checkParts(loaded, platform)), ...loaded.warnings];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
