import { VERSION } from "../core/version.ts";
import type { Tool, ToolDeps } from "./tool.ts";

/** A command that is loaded when it is called. */
export interface ToolEntry {
  readonly about: string;
  load(): Promise<Tool>;
}

/** The commands of `rhumb util`, which are commands of their own too, in the order of its table. */
export const UTILITIES: Readonly<Record<string, ToolEntry>> = {
  "serve-develop": {
    about: "Run a server for development.",
    load: async () => (await import("./serve-develop.ts")).serveDevelop,
  },
  "serve-multiapp-develop": {
    about: "Run a server for development of many configurations.",
    load: async () => (await import("./serve-develop.ts")).serveMultiappDevelop,
  },
  create: {
    about: "Create example configurations.",
    load: async () => (await import("./create/create.ts")).create,
  },
  scales: {
    about: "Convert between scales and resolutions.",
    load: async () => (await import("./scales.ts")).scales,
  },
  "wms-capabilities": {
    about: "Display WMS capabilities.",
    load: async () => (await import("./wms-capabilities.ts")).wmsCapabilities,
  },
  grids: {
    about: "Display detailed information about configured grids.",
    load: async () => (await import("./grids.ts")).grids,
  },
  export: {
    about: "Export existing caches.",
    load: async () => (await import("./export/export.ts")).exportTool,
  },
  autoconfig: {
    about: "Create a configuration from WMS capabilities or a GeoPackage.",
    load: async () => (await import("./autoconfig/autoconfig.ts")).autoconfig,
  },
  "defrag-compact-cache": {
    about: "Remove unused bytes from compact caches.",
    load: async () => (await import("./defrag.ts")).defragCompactCache,
  },
  "gridconf-from-ogcapitilematrixset": {
    about: "Create grid configuration from the tile matrix sets of an OGC API.",
    load: async () => (await import("./gridconf.ts")).gridconf,
  },
};

/** Lines of a table: two spaces, the name padded to the longest, two spaces, what it is about. */
export function commandTable(entries: Readonly<Record<string, { about: string }>>): string {
  const width = Math.max(...Object.keys(entries).map((name) => name.length));
  return Object.entries(entries)
    .map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`)
    .join("\n");
}

/**
 * Runs one of the utilities, as the reference's `mapproxy-util` does.
 *
 * @returns its exit code; 1 for help, version and unknown commands: scripts depend on it
 */
export async function util([name, ...argv]: readonly string[], deps: ToolDeps): Promise<number> {
  const { out } = deps.terminal;
  if (name === "--version" && argv.length === 0) {
    out(`Rhumb ${VERSION}`);
    return 1;
  }
  const entry = name !== undefined && Object.hasOwn(UTILITIES, name) ? UTILITIES[name] : undefined;
  if (entry) return (await entry.load())(argv, deps);
  out(`Usage: rhumb util COMMAND [options]\n\nCommands:\n${commandTable(UTILITIES)}`);
  if (name !== undefined && name !== "--help" && name !== "-h") {
    out(`\nERROR: unknown command ${name}`);
  }
  return 1;
}
