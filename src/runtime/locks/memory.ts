import { LockTimeout } from "../../core/errors.ts";
import type { Locks } from "../../platform/platform.ts";

/** Locks that exclude within the process, granted in the order of asking. */
export function memoryLocks(): Locks {
  const queues = new LockQueues();
  return {
    async withLock(name, timeout, work) {
      await queues.enter(name, timeout);
      try {
        return await work();
      } finally {
        queues.leave(name);
      }
    },
  };
}

/** One queue a lock name: the first is in, the others wait. Queues without anybody do not exist. */
export class LockQueues {
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * Resolves when it is our turn; {@linkcode LockQueues.leave} must follow.
   *
   * @param timeout ms
   * @throws LockTimeout, and then nothing is to be left
   */
  async enter(name: string, timeout: number): Promise<void> {
    const waiting = this.#waiting.get(name);
    if (!waiting) {
      this.#waiting.set(name, []);
      return;
    }
    await new Promise<void>((granted, rejected) => {
      const grant = () => {
        clearTimeout(timer);
        granted();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(grant), 1);
        rejected(new LockTimeout(name, timeout));
      }, timeout);
      waiting.push(grant);
    });
  }

  /** Whether somebody waits behind us. */
  hasWaiting(name: string): boolean {
    return (this.#waiting.get(name)?.length ?? 0) > 0;
  }

  /** Lets the next one in. */
  leave(name: string): void {
    const next = this.#waiting.get(name)?.shift();
    if (next) next();
    else this.#waiting.delete(name);
  }
}
