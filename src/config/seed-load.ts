import { ConfigError, type Fault } from "../core/errors.ts";
import { faultAt, type RawConfig, type ReadDeps, readConfig } from "./read.ts";
import { type SeedFile, seedFileSchema } from "./seed-schema.ts";
import { validate } from "./validate.ts";

/** A seed file that was read and checked. */
export interface LoadedSeedFile {
  readonly file: SeedFile;
  readonly warnings: readonly Fault[];
}

/**
 * Reads what to seed and clean up: YAML or TOML by extension.
 *
 * @throws ConfigError with all faults, warnings among them, if any is an error
 */
export async function loadSeedFile(path: string, deps: ReadDeps): Promise<LoadedSeedFile> {
  return resolveSeedFile(await readConfig(path, deps));
}

/**
 * The step behind reading: `raw.value` is changed by it.
 *
 * @throws ConfigError as {@linkcode loadSeedFile} does
 */
export function resolveSeedFile(raw: RawConfig): LoadedSeedFile {
  if (Object.hasOwn(raw.value, "views")) {
    const message =
      "The old seeding config style is no longer supported. Name caches, grids and coverages in each seed";
    throw new ConfigError([faultAt(raw, ["views"], { message, severity: "error" })]);
  }
  const { value, faults } = validate(raw, seedFileSchema);
  const all = [...raw.warnings, ...faults];
  if (!value) throw new ConfigError(all);
  return { file: value, warnings: all };
}

/** Whether a file says what to seed and clean up, and is no configuration of a server. */
export function isSeedFile({ value }: Pick<RawConfig, "value">): boolean {
  return ["seeds", "cleanups", "views"].some((key) => Object.hasOwn(value, key));
}
