import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type RequestOptions, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandOf, target } from "./server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A server process, started as users do. */
export interface Process {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Resolves when the output matches; rejects with the output when the process ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** SIGTERM and wait. */
  stop(): Promise<number | null>;
}

/** ms for anything that a process is expected to say. */
const PATIENCE = 40_000;

/** Starts the server with these arguments, on the runtime that `RHUMB_TARGET` chooses. */
export function startProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Process {
  // `deno task` passes no signals on: the command that the task runs is started itself.
  const command =
    target === "deno"
      ? [process.env.RHUMB_DENO ?? "deno", "run", "-A", "src/server.ts", ...args]
      : commandOf(target, args);
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const listeners = new Set<() => void>();
  const heard = (part: unknown) => {
    output += part;
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", heard);
  child.stderr.on("data", heard);
  let hasEnded = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const end = (act: () => void) => {
        clearTimeout(late);
        listeners.delete(look);
        act();
      };
      const fail = (why: string) =>
        end(() => reject(new Error(`${why}, expected ${pattern}:\n${output}`)));
      const look = () => {
        const match = pattern.exec(output);
        if (match) end(() => resolve(match));
        else if (hasEnded) fail("The process ended");
      };
      const late = setTimeout(() => fail("Too late"), PATIENCE);
      listeners.add(look);
      void ended.then(look);
      look();
    });
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    said,
    kill,
    ended,
    stop() {
      kill("SIGTERM");
      const late = setTimeout(() => kill("SIGKILL"), 20_000);
      return ended.finally(() => clearTimeout(late));
    },
  };
}

/** The URL that a server says it listens on, without the base path. */
export async function urlOf(server: Process): Promise<string> {
  const [, url = ""] = await server.said(/listening url=(\S+?)(?:\/proxy)?\/? workers/);
  return url;
}

/** A directory of its own, removed with `dispose`. */
export async function scratch(): Promise<{ path: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "rhumb-"));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}

export interface Got {
  readonly status: number;
  readonly body: string;
}

/** GET over a Unix socket. */
export function getBySocket(socketPath: string, path: string): Promise<Got> {
  return get({ socketPath, path });
}

/** GET over a connection of its own: with several workers, whichever takes it. */
export function getAlone(url: string): Promise<Got> {
  const { hostname: host, port, pathname, search } = new URL(url);
  return get({ host, port, path: pathname + search, agent: false });
}

function get(options: RequestOptions): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (part) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
