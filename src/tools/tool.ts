import {
  describeOptions,
  type OptionSpecs,
  type OptionValues,
  parseCommandLine,
  UsageError,
} from "../core/command-line.ts";
import type { Log } from "../core/context.ts";
import type { Platform } from "../platform/platform.ts";
import type { OpenSeedQueue } from "../seed/fleet.ts";
import type { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** What commands are given by the entry. */
export interface ToolDeps {
  readonly platform: Platform;
  readonly terminal: Terminal;
  readonly session: Session;
  /** All of the standard input. */
  readonly input: () => Promise<string>;
  /** Absolute; what relative paths are meant against. */
  readonly workingDirectory: string;
  /** Absolute directory of the package: its `etc` holds the configurations that come with it. */
  readonly packageDirectory: string;
  /** The jobs of a fleet that seeds together. */
  readonly openSeedQueue: OpenSeedQueue;
  /** The log that a logging configuration describes. @param here what `%(here)s` stands for */
  readonly logFrom: (path: string, here: string) => Log;
  /** Runs the server with the arguments of `rhumb serve`, and variables over the environment. */
  readonly serve: (
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => Promise<number>;
}

/** Runs with its arguments and gives the exit code. */
export type Tool = (argv: readonly string[], deps: ToolDeps) => Promise<number>;

/** A call of a tool: its options and the other words. */
export interface ToolCall<S extends OptionSpecs> {
  readonly options: OptionValues<S>;
  readonly words: readonly string[];
  /** Text of `--help`. */
  readonly help: string;
}

/** What a tool is: a line of usage, its options, and what it does. */
export interface ToolDefinition<S extends OptionSpecs> {
  readonly name: string;
  /** What stands behind the name: `[options] FILE`. */
  readonly usage: string;
  readonly options: S;
  /** @throws UsageError, which prints the usage and ends with 2 */
  run(call: ToolCall<S>, deps: ToolDeps): Promise<number>;
}

/** A tool that fails with an exit code and a message of its own, already worded. */
export class ToolFailure extends Error {
  readonly exitCode: number;
  /** Where the message goes: most of the reference's go to the error output. */
  readonly channel: "out" | "err";
  constructor(exitCode: number, message: string, channel: "out" | "err" = "err") {
    super(message);
    this.exitCode = exitCode;
    this.channel = channel;
  }
}

/**
 * Makes a command of a definition. `--help` prints help and ends with 0; wrong usage prints the usage
 * and `error: …` to the error output and ends with 2.
 */
export function defineTool<const S extends OptionSpecs>(definition: ToolDefinition<S>): Tool {
  const { name } = definition;
  const specs = {
    help: { short: "h", about: "show this help and exit" },
    ...definition.options,
  };
  const usage = `Usage: rhumb ${name} ${definition.usage}`;
  const help = `${usage}\n\nOptions:\n${describeOptions(specs)}`;
  return async (argv, deps) => {
    try {
      const { values, positionals } = parseCommandLine(argv, specs);
      if (values.help) {
        deps.terminal.out(help);
        return 0;
      }
      const call = { options: values as OptionValues<S>, words: positionals, help };
      return await definition.run(call, deps);
    } catch (error) {
      if (error instanceof UsageError) {
        deps.terminal.err(`${usage}\n\nrhumb ${name}: error: ${error.message}`);
        return 2;
      }
      if (error instanceof ToolFailure) {
        deps.terminal[error.channel](error.message);
        return error.exitCode;
      }
      throw error;
    }
  };
}
