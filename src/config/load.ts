import type * as v from "valibot";
import { ConfigError, type Fault } from "../core/errors.ts";
import type { Plugin } from "../model/plugin.ts";
import type { Platform } from "../platform/platform.ts";
import { buildSchema } from "./build-schema.ts";
import { applyDefaults } from "./defaults.ts";
import type { Finding } from "./finding.ts";
import { checkShape } from "./layer-shape.ts";
import { replaceLegacy } from "./legacy.ts";
import { type BuildOrder, link } from "./link.ts";
import { pathIn } from "./plain.ts";
import { withPlugins } from "./plugins.ts";
import { faultAt, type RawConfig, type ReadDeps, readConfig } from "./read.ts";
import { type Config, configSchema, registries, type WrittenConfig } from "./schema.ts";
import { validate } from "./validate.ts";

/** A configuration that can be built. */
export interface LoadedConfig {
  readonly config: Config;
  readonly order: BuildOrder;
  readonly plugins: readonly Plugin[];
  readonly warnings: readonly Fault[];
  /** A fault that shows only later, with the file and the line of its path. */
  place(fault: Fault): Fault;
  /** All files that were read, the main one first: to watch. */
  readonly files: readonly { path: string; modified?: number }[];
}

/** Reads as a platform does: its files, its environment, its modules. */
export function readDepsOf(platform: Platform): ReadDeps {
  return {
    read: (path) => platform.resource(path),
    env: platform.env,
    module: platform.module,
  };
}

/**
 * Reads a configuration and brings it through all steps but those that need a platform.
 *
 * @param path of a `.toml`, `.yaml` or `.yml` file
 * @throws ConfigError with all faults, warnings among them, if any is an error
 */
export async function loadConfig(path: string, deps: ReadDeps): Promise<LoadedConfig> {
  return resolveConfig(await readConfig(path, deps));
}

/**
 * The steps behind reading: `raw.value` is changed by them.
 *
 * @throws ConfigError as {@linkcode loadConfig} does
 */
export function resolveConfig(
  raw: RawConfig,
  ownSchema: v.GenericSchema<unknown, WrittenConfig> = configSchema,
): LoadedConfig {
  const { plugins = [] } = raw;
  const kinds = withPlugins(registries, plugins);
  const schema = plugins.length > 0 ? (buildSchema(kinds) as typeof ownSchema) : ownSchema;
  const place = (finding: Finding): Fault => faultAt(raw, finding.path, finding);
  const faults = [...raw.warnings, ...replaceLegacy(raw.value, raw.marks).map(place)];
  const { value: written, faults: invalid } = validate(raw, schema);
  faults.push(...invalid);
  if (!written) throw new ConfigError(errorsFirst(faults));
  const { config, brokenGrids, findings } = applyDefaults(written, raw.file, kinds);
  const { order, findings: unlinked } = link(config, brokenGrids);
  faults.push(...[...findings, ...unlinked, ...checkShape(config)].map(place));
  if (faults.some((fault) => fault.severity === "error"))
    throw new ConfigError(errorsFirst(faults));
  return {
    config,
    order,
    plugins,
    warnings: faults,
    files: raw.files,
    place: (fault) => ({ ...faultAt(raw, pathIn(raw.value, fault.path), fault), path: fault.path }),
  };
}

function errorsFirst(faults: readonly Fault[]): Fault[] {
  return faults.toSorted(
    (a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"),
  );
}
