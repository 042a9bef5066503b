import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Log } from "../core/context.ts";
import { TASK, type WorkerMessage, type WorkerTask } from "./worker-link.ts";

export interface SuperviseOptions {
  readonly count: number;
  /** Entry file and its arguments. */
  readonly script: string;
  readonly argv: readonly string[];
  /**
   * Task of a worker by its serial number, which no other worker ever had, and by its place, 0 to
   * `count - 1`, which it takes over from the one that it replaces.
   */
  task(serial: number, place: number): WorkerTask;
  /** Descriptor that each finds as {@linkcode INHERITED}. */
  readonly inherit?: number | undefined;
  readonly log: Log;
}

/** Several processes of the same program. */
export interface Supervisor {
  /** Resolves when all answer; to the exit code of a worker that could not even start. */
  readonly started: Promise<number | undefined>;
  /** Serial numbers of the workers that answer. */
  ready(): readonly number[];
  /** Makes all read the configuration again. */
  reload(): void;
  /** Stops all: politely, after `grace` ms by force. */
  stop(grace: number): Promise<void>;
}

interface Worker {
  readonly serial: number;
  readonly place: number;
  readonly child: ChildProcess;
  /** ms since 1970. */
  readonly since: number;
  isReady: boolean;
  /** Its successor has been started, or it has been told to stop. */
  isLeaving: boolean;
}

/** ms to wait before a worker that died is started again; doubled while they go on dying young. */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;

/** ms of life after which a worker that dies has not died young. */
const YOUNG = 10_000;

/** ms that a worker gets to end what it is doing after its successor answers. */
const HANDOVER = 30_000;

/**
 * Starts `count` workers and keeps that many alive: one that dies is replaced, and one that says it
 * has grown too large is told to stop when its successor answers.
 */
export function supervise(options: SuperviseOptions): Supervisor {
  const { count, script, argv, task, inherit, log } = options;
  const workers = new Map<number, Worker>();
  let serials = 0;
  let delay = FIRST_DELAY;
  let isStopping = false;
  let finish: (code: number | undefined) => void;
  let isStarted = false;
  const started = new Promise<number | undefined>((resolve) => {
    finish = (code) => {
      isStarted = true;
      resolve(code);
    };
  });

  function start(place: number, predecessor?: Worker): void {
    if (isStopping) return;
    const serial = ++serials;
    const child = spawn(process.execPath, [...process.execArgv, ...runArgs(), script, ...argv], {
      env: { ...process.env, [TASK]: JSON.stringify(task(serial, place)) },
      stdio: ["pipe", "inherit", "inherit", "pipe", ...(inherit === undefined ? [] : [inherit])],
    });
    const since = Date.now();
    const worker: Worker = { serial, place, child, since, isReady: false, isLeaving: false };
    workers.set(serial, worker);
    child.on("error", (error) => log.error("worker-failed", { error }));
    child.on("exit", (code, signal) => ended(worker, code, signal));
    createInterface({ input: child.stdio[3] as Readable }).on("line", (line) => {
      if ((line as WorkerMessage) === "replace") replace(worker);
      else if ((line as WorkerMessage) === "ready") {
        worker.isReady = true;
        if (predecessor) leave(predecessor, HANDOVER);
        if (!isStarted && ready().length === count) finish(undefined);
      }
    });
  }

  function ended(worker: Worker, code: number | null, signal: NodeJS.Signals | null): void {
    workers.delete(worker.serial);
    if (isStopping || worker.isLeaving) return;
    if (!isStarted && !worker.isReady && code !== null && code > 0) {
      // What keeps the first worker from starting will keep all of them.
      finish(code);
      return;
    }
    log.error("worker-died", { pid: worker.child.pid, code, signal });
    delay = Date.now() - worker.since < YOUNG ? Math.min(2 * delay, LONGEST_DELAY) : FIRST_DELAY;
    setTimeout(() => start(worker.place), delay);
  }

  function replace(worker: Worker): void {
    if (worker.isLeaving) return;
    worker.isLeaving = true;
    log.warn("worker-replaced", { pid: worker.child.pid, reason: "memory" });
    start(worker.place, worker);
  }

  function leave({ child }: Worker, grace: number): Promise<void> {
    return new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      const late = setTimeout(() => child.kill("SIGKILL"), grace);
      child.once("exit", () => {
        clearTimeout(late);
        resolve();
      });
      child.kill("SIGTERM");
    });
  }

  function ready(): number[] {
    return [...workers.values()].filter((w) => w.isReady).map(({ serial }) => serial);
  }

  for (let place = 0; place < count; place++) start(place);
  return {
    started,
    ready,
    reload() {
      // Not `child.kill`: Deno takes that for the end of the child, whatever the signal.
      for (const { child } of workers.values()) if (child.pid) process.kill(child.pid, "SIGHUP");
    },
    async stop(grace) {
      isStopping = true;
      await Promise.all([...workers.values()].map((worker) => leave(worker, grace)));
    },
  };
}

/**
 * Deno's `execPath` is the tool itself, which needs to be told to run, and with what rights; that
 * several processes share a port is one of them.
 */
function runArgs(): string[] {
  return "Deno" in globalThis ? ["run", "-A", "--unstable-net"] : [];
}
