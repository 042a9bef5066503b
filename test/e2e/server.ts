import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Runtimes the suite can be run against; `RHUMB_TARGET` chooses. */
export const TARGETS = ["bun", "deno", "node", "workers"] as const;
export type Target = (typeof TARGETS)[number];

export const target: Target = TARGETS.find((name) => name === process.env.RHUMB_TARGET) ?? "bun";

export interface Server {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  /** Everything it has printed. */
  output(): string;
  /** Sends SIGTERM and waits; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** The command line with which users of a runtime start the server. */
export function commandOf(runtime: Target, args: readonly string[]): readonly string[] {
  const bin = `${ROOT}node_modules/.bin`;
  switch (runtime) {
    case "bun":
      return [`${bin}/bun`, "run", "src/server.ts", ...args];
    case "deno":
      return [process.env.RHUMB_DENO ?? "deno", "task", "serve", ...args];
    case "node":
      return [process.env.RHUMB_NODE ?? "node", "src/server.ts", ...args];
    case "workers":
      return [
        `${bin}/wrangler`,
        "dev",
        "--ip",
        "127.0.0.1",
        "--show-interactive-dev-session=false",
        // buckets and objects of this run only
        ...(args.includes("--persist-to")
          ? []
          : ["--persist-to", mkdtempSync(`${tmpdir()}/rhumb-edge-`)]),
        ...args,
      ];
  }
}

/** ms until a server must answer; wrangler bundles first. */
const START_TIMEOUT = 60_000;

/**
 * Starts a server as its users do, and waits until `/` answers.
 *
 * @param args after the port
 * @throws Error with all it printed if it ends or does not answer in time
 */
export async function startServer(args: readonly string[] = []): Promise<Server> {
  const port = await freePort();
  const [program = "", ...rest] = commandOf(target, ["--port", String(port), ...args]);
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  child.stdout.on("data", (part) => {
    output += part;
  });
  child.stderr.on("data", (part) => {
    output += part;
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`The server ended:\n${output}`);
    if (Date.now() > deadline) {
      killGroup(child, "SIGKILL");
      throw new Error(`The server does not answer:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, output: () => output, stop: () => stop(child) };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function stop(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve(child.exitCode);
    const late = setTimeout(() => killGroup(child, "SIGKILL"), 15_000);
    child.once("exit", (code) => {
      clearTimeout(late);
      resolve(code);
    });
    // Task runners pass signals on to what they started only if the whole group gets them.
    killGroup(child, "SIGTERM");
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? 0), signal);
  } catch {
    // it has gone already
  }
}
