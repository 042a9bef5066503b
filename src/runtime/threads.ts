import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Threads } from "../platform/platform.ts";
import type { ThreadAnswer } from "./thread-entry.ts";

/** One thread and the work it has not answered yet. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve(output: unknown): void; reject(error: Error): void }>;
}

/**
 * Threads worth having beside the one that answers: one for each other core of those that fall to this process, at least
 * one. They start only when all others are busy. On two cores one thread is better than two (test/bench/README.md).
 *
 * @param processes that share the cores
 */
export function spareCores(processes: number, cores = availableParallelism()): number {
  return Math.max(1, Math.floor(cores / processes) - 1);
}

/**
 * Threads of this process, started by the first task and kept. A task goes to the thread that has the least to do.
 *
 * A thread that dies fails the tasks it had, and the next task starts another one. Threads do not keep the process
 * alive.
 *
 * @param count most threads at a time, at least 1
 */
export function workerThreads(count: number): Threads {
  const threads = new Set<Thread>();
  let lastId = 0;

  const start = (): Thread => {
    const worker = new Worker(new URL("./thread-entry.ts", import.meta.url));
    const thread: Thread = { worker, waiting: new Map() };
    const end = (error: Error) => {
      threads.delete(thread);
      for (const { reject } of thread.waiting.values()) reject(error);
      thread.waiting.clear();
    };
    worker.on("message", ({ id, output, error }: ThreadAnswer) => {
      const task = thread.waiting.get(id);
      thread.waiting.delete(id);
      if (thread.waiting.size === 0) worker.unref();
      if (error !== undefined) task?.reject(new Error(`Cannot finish in a thread: ${error}`));
      else task?.resolve(output);
    });
    worker.on("error", (error) => end(error as Error));
    worker.on("exit", (code) => end(new Error(`Cannot finish in a thread: it ended with ${code}`)));
    worker.unref();
    threads.add(thread);
    return thread;
  };

  const idlest = (): Thread => {
    let best: Thread | undefined;
    for (const thread of threads) {
      if (thread.waiting.size === 0) return thread;
      if (!best || thread.waiting.size < best.waiting.size) best = thread;
    }
    return best && threads.size >= count ? best : start();
  };

  return {
    run(task, input, moved = []) {
      const thread = idlest();
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        thread.waiting.set(id, { resolve, reject });
        thread.worker.ref();
        thread.worker.postMessage({ id, task, input }, [...moved]);
      });
    },
  };
}
