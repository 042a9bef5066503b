/** What a worker process and the one that started it tell each other. */
import { writeSync } from "node:fs";
import type { Listening } from "./endpoint.ts";

/** Environment variable by which a worker learns its task. */
export const TASK = "RHUMB_WORKER";

/** What one of several processes is to do. */
export interface WorkerTask {
  readonly listening: Listening;
  /** How many there are. */
  readonly workers: number;
  /** Whether another one tells what is doubtful in the configuration: all of them would say the same. */
  readonly isQuiet: boolean;
  /** Directory in which the workers leave their metrics for each other. */
  readonly metrics: string;
}

/** Lines that a worker sends. */
export type WorkerMessage = "ready" | "replace";

/** File descriptor of the pipe to the process that started this one. */
const PARENT = 3;

/** File descriptor of the socket that all workers share, if there is one. */
export const INHERITED = 4;

/** The task of this process; `undefined` if nobody started it as a worker. */
export function workerTask(): WorkerTask | undefined {
  const task = process.env[TASK];
  return task === undefined ? undefined : (JSON.parse(task) as WorkerTask);
}

/** Tells the process that started this worker; nothing happens if that has gone. */
export function tellParent(message: WorkerMessage): void {
  try {
    writeSync(PARENT, `${message}\n`);
  } catch {
    // The end of standard input says the same, and stops this worker.
  }
}

/** Calls `act` when the process that started this worker has gone, however it ended. */
export function parentGone(act: () => void): void {
  // The parent holds the other end of this pipe and never writes to it.
  process.stdin.on("end", act);
  process.stdin.on("error", act);
  process.stdin.resume();
}
