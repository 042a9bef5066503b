import { directoryOf } from "../../core/path.ts";

/** Files of the package, below its `etc`, and where they go below the destination. */
export interface CopiedFile {
  readonly from: string;
  readonly to: string;
}

/** Two small configurations that work, two large ones to read. */
export const BASE_CONFIG: readonly CopiedFile[] = [
  "mapproxy.yaml",
  "seed.yaml",
  "full_example.yaml",
  "full_seed_example.yaml",
].map((name) => ({ from: `templates/${name}`, to: name }));

/** Configurations of a server with a map of its own: what this package itself is started with. */
export const PROJECT: readonly CopiedFile[] = [
  "develop.toml",
  "config.toml",
  "seed.toml",
  "data/world.jpg",
  "data/README.md",
].map((name) => ({ from: name, to: `etc/${name}` }));

/** Loggers of MapProxy's programs: everything into one file, requests to sources into another. */
export const LOG_INI = "templates/log.ini";

/** A module with the server of a configuration; see {@linkcode fillAppModule}. */
export const APP_MODULE = "templates/app.js";

/**
 * The module for one configuration: its default export has the `fetch` that Bun and Deno start, and
 * that other applications mount.
 *
 * @param config absolute path of the configuration
 * @param packageDirectory absolute
 */
export function fillAppModule(template: string, config: string, packageDirectory: string): string {
  const values: Readonly<Record<string, string>> = {
    config,
    package: packageDirectory,
    directory: directoryOf(config),
  };
  return template.replace(/%\((\w+)\)s/g, (_, name: string) =>
    JSON.stringify(values[name] ?? "").slice(1, -1),
  );
}
