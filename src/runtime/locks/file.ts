import { LockTimeout } from "../../core/errors.ts";
import type { Clock, Locks } from "../../platform/platform.ts";
import { lockFileName } from "./file-name.ts";
import { LockFiles, type LockFilesOptions } from "./lock-files.ts";
import { LockQueues } from "./memory.ts";

/** ms between two attempts: doubled from the first to the last. */
const FIRST_POLL = 5;
const LONGEST_POLL = 50;

/**
 * Locks that exclude between all processes that use `directory`, by files in it: `<name>.lck`.
 *
 * Nothing but the existence of a file is relied on, since Bun and Node offer no `flock`. No lock
 * outlives its owner: one of a killed process is found out at the first attempt. Waiters within a
 * process queue in memory, so that each process polls a lock once at a time.
 *
 * @param directory absolute; made when first needed, and without files when no lock is held
 */
export function fileLocks(directory: string, clock: Clock, options: LockFilesOptions = {}): Locks {
  const elapsed = options.elapsed ?? (() => performance.now());
  const files = new LockFiles(directory, { ...options, elapsed });
  const queues = new LockQueues();

  const take = async (path: string, name: string, deadline: number, timeout: number) => {
    for (let pause = FIRST_POLL; !(await files.tryTake(path)); pause *= 2) {
      const left = deadline - elapsed();
      if (left <= 0) throw new LockTimeout(name, timeout);
      await clock.sleep(Math.min(pause, LONGEST_POLL, left));
    }
  };

  return {
    async withLock(name, timeout, work) {
      const deadline = elapsed() + timeout;
      await queues.enter(name, timeout);
      try {
        return await files.using(async () => {
          const path = `${directory}/${lockFileName(name)}.lck`;
          await take(path, name, deadline, timeout);
          try {
            return await work();
          } finally {
            await files.release(path);
          }
        });
      } finally {
        queues.leave(name);
      }
    },
  };
}
