import type { Log } from "../core/context.ts";
import { LockTimeout } from "../core/errors.ts";
import type { Clock, Locks } from "../platform/platform.ts";

/** At most one line in this many ms says that locks are out of order. */
const LOG_INTERVAL = 60_000;

/**
 * Locks that fall back on others when their place (a directory that cannot be written, a disk that is full) is out
 * of order: two processes may then make the same tile, which is better than an error for each map.
 *
 * @param spare exclude within the process
 */
export function withSpareLocks(
  locks: Locks,
  spare: Locks,
  deps: { readonly clock: Clock; readonly log: Log },
): Locks {
  let reported = Number.NEGATIVE_INFINITY;
  const report = (error: unknown): void => {
    if (deps.clock.now() - reported < LOG_INTERVAL) return;
    reported = deps.clock.now();
    deps.log.error("locks-failed", { error });
  };
  return {
    async withLock<T>(name: string, timeout: number, work: () => Promise<T>): Promise<T> {
      let isBegun = false;
      let done: { readonly value: T } | undefined;
      try {
        await locks.withLock(name, timeout, async () => {
          isBegun = true;
          done = { value: await work() };
        });
      } catch (error) {
        const isOurs = !(error instanceof LockTimeout) && (!isBegun || done !== undefined);
        if (!isOurs) throw error;
        report(error);
      }
      return done ? done.value : spare.withLock(name, timeout, work);
    },
  };
}
