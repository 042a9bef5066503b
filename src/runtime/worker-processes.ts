import { type ChildProcess, spawn } from "node:child_process";
import type { Log } from "../core/context.ts";

/** Environment variable that tells a process it is one of several on the same port. */
const MARK = "RHUMB_WORKER";

export function isWorker(): boolean {
  return process.env[MARK] !== undefined;
}

/** Calls `act` when the process that started this worker has gone, however it ended. */
export function parentGone(act: () => void): void {
  // The parent holds the other end of this pipe and never writes to it.
  process.stdin.on("end", act);
  process.stdin.on("error", act);
  process.stdin.resume();
}

/** ms to wait before a worker that died is started again. */
const RESTART_DELAY = 500;

/**
 * Starts `count` more processes of the same program; each shares the port. One that dies is replaced.
 *
 * @param script entry file
 * @param argv its arguments
 * @returns stops them all: politely, after `grace` ms by force
 */
export function startWorkers(
  count: number,
  script: string,
  argv: readonly string[],
  log: Log,
): (grace: number) => Promise<void> {
  const children = new Set<ChildProcess>();
  let stopping = false;

  const start = (): void => {
    if (stopping) return;
    const child = spawn(process.execPath, [...process.execArgv, ...runArgs(), script, ...argv], {
      env: { ...process.env, [MARK]: "1" },
      stdio: ["pipe", "inherit", "inherit"],
    });
    children.add(child);
    child.on("exit", (code, signal) => {
      children.delete(child);
      if (stopping) return;
      log.error("worker-died", { pid: child.pid, code, signal });
      setTimeout(start, RESTART_DELAY);
    });
    child.on("error", (error) => log.error("worker-failed", { error }));
  };
  for (let i = 0; i < count; i++) start();

  return async (grace) => {
    stopping = true;
    await Promise.all(
      [...children].map(
        (child) =>
          new Promise<void>((resolve) => {
            child.once("exit", () => resolve());
            child.kill("SIGTERM");
            setTimeout(() => child.kill("SIGKILL"), grace).unref();
          }),
      ),
    );
  };
}

/** Deno's `execPath` is the tool itself, which needs to be told to run, and with what rights. */
function runArgs(): string[] {
  return "Deno" in globalThis ? ["run", "-A"] : [];
}
