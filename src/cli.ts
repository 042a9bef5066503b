/** Entry of the command line: `rhumb COMMAND …`, or `bun run src/cli.ts COMMAND …`. */
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { VERSION } from "./core/version.ts";
import { localPlatform } from "./runtime/local.ts";
import { logFrom } from "./runtime/log-config.ts";
import { localSession } from "./runtime/session.ts";
import type { Tool, ToolDeps } from "./tools/tool.ts";
import { commandTable, type ToolEntry, UTILITIES } from "./tools/util.ts";

/** Commands by name; each is loaded when it is called. */
const COMMANDS: Readonly<Record<string, ToolEntry>> = {
  serve: {
    about: "Serve a configuration over HTTP.",
    load: async () => (await import("./server.ts")).serve,
  },
  check: {
    about: "Tell what is wrong with a configuration.",
    load: async () => checkTool((await import("./tools/check.ts")).check),
  },
  config: {
    about: "Convert a configuration between YAML and TOML.",
    load: async () => (await import("./tools/config.ts")).config,
  },
  seed: {
    about: "Make the tiles that a seed file names, and remove old ones.",
    load: async () => (await import("./tools/seed.ts")).seed,
  },
  "seed-worker": {
    about: "Do jobs that `rhumb seed --queue` has planned, together with others.",
    load: async () => (await import("./tools/seed-worker.ts")).seedWorker,
  },
  cleanup: {
    about: "Remove the tiles that a seed file names.",
    load: async () => (await import("./tools/cleanup.ts")).cleanup,
  },
  util: {
    about: "The commands below, with the exit codes of mapproxy-util.",
    load: async () => (await import("./tools/util.ts")).util,
  },
  ...UTILITIES,
};

function checkTool(check: typeof import("./tools/check.ts").check): Tool {
  return (argv, { platform, terminal }) => check(argv, platform, terminal);
}

function toolDeps(): ToolDeps {
  return {
    platform: localPlatform(),
    terminal: { out: console.log, err: console.error },
    session: localSession(),
    input: () => text(process.stdin),
    workingDirectory: process.cwd(),
    packageDirectory: dirname(import.meta.dirname),
    openSeedQueue: async (options) =>
      (await import("./runtime/seed-queue.ts")).openSeedQueue(options),
    logFrom,
    serve: async (argv, env) => {
      Object.assign(process.env, env);
      return (await import("./server.ts")).serve(argv);
    },
  };
}

/** @returns exit code: 2 for a command that does not exist */
async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === "--version" || name === "-V") {
    console.log(VERSION);
    return 0;
  }
  const isHelp = name === undefined || name === "help" || name === "--help" || name === "-h";
  const command = !isHelp && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return (await command.load())(argv, toolDeps());
  if (!isHelp) {
    const { pluginCommand } = await import("./tools/plugin-command.ts");
    const added = await pluginCommand(name, argv, localPlatform());
    if (added) return added.run(argv);
  }
  const usage = `Usage: rhumb COMMAND [options]\n\nCommands:\n${commandTable(COMMANDS)}\n\nrhumb COMMAND --help says more.`;
  if (isHelp) {
    console.log(usage);
    return name === undefined ? 2 : 0;
  }
  console.error(`Cannot run "${name}": no such command\n\n${usage}`);
  return 2;
}

process.exit(await main(process.argv.slice(2)));
