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

/**
 * A module with the server of a configuration: its default export has the `fetch` that Bun and Deno
 * start, and that other applications mount.
 *
 * @param config absolute path of the configuration
 * @param packageDirectory absolute
 */
export function appModule(config: string, packageDirectory: string): string {
  const log = `${directoryOf(config)}/log.txt`;
  const module = (path: string) => JSON.stringify(`${packageDirectory}/src/${path}`);
  return `// The application of a configuration, for Bun and Deno: \`bun run FILE\`, \`deno serve -A FILE\`.
import { loadApp } from ${module("app/load.ts")};
import { lineLog } from ${module("observe/log.ts")};
import { localPlatform } from ${module("runtime/local.ts")};

const write = console.error;
// Uncomment the following lines to log into a file beside the configuration.
// import { appendFileSync } from "node:fs";
// const write = (line) => appendFileSync(${JSON.stringify(log)}, \`\${line}\\n\`);

const file = ${JSON.stringify(config)};
const application = await loadApp({ file }, localPlatform(), lineLog("info", write, Date.now));

export default { fetch: (request) => application.fetch(request) };
`;
}
