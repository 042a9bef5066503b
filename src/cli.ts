/** Entry of the command line: `rhumb COMMAND …`, or `bun run src/cli.ts COMMAND …`. */
import { VERSION } from "./core/version.ts";

/** Runs a command with its arguments and gives the exit code. */
type Command = (argv: readonly string[]) => Promise<number>;

/** Commands by name; each is loaded when it is called. */
const COMMANDS: Readonly<Record<string, { about: string; load(): Promise<Command> }>> = {
  serve: {
    about: "serve a configuration over HTTP",
    load: async () => (await import("./server.ts")).serve,
  },
  check: {
    about: "tell what is wrong with a configuration",
    load: async () => {
      const { check } = await import("./tools/check.ts");
      const { localPlatform } = await import("./runtime/local.ts");
      const terminal = { out: console.log, err: console.error };
      return (argv) => check(argv, localPlatform(), terminal);
    },
  },
};

/** @returns exit code: 2 for a command that does not exist */
async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === "--version" || name === "-V") {
    console.log(VERSION);
    return 0;
  }
  const isHelp = name === undefined || name === "help" || name === "--help" || name === "-h";
  const command = isHelp ? undefined : COMMANDS[name];
  if (command) return (await command.load())(argv);
  const lines = Object.entries(COMMANDS).map(([key, { about }]) => `  ${key.padEnd(10)} ${about}`);
  const usage = `Usage: rhumb COMMAND [options]\n\n${lines.join("\n")}\n\nrhumb COMMAND --help says more.`;
  if (isHelp) {
    console.log(usage);
    return name === undefined ? 2 : 0;
  }
  console.error(`Cannot run "${name}": no such command\n\n${usage}`);
  return 2;
}

process.exit(await main(process.argv.slice(2)));
