import type { Context } from "../core/context.ts";
import { Lru } from "../core/lru.ts";
import type { Locks } from "../platform/platform.ts";

/** Runs `work` under a lock; who waited for it while it failed gets that failure, not a new try. */
export type SingleFlight = <T>(name: string, ctx: Context, work: () => Promise<T>) => Promise<T>;

/** Failures remembered for those who were waiting already. */
const REMEMBERED = 1000;

/**
 * Without it, forty clients that wait for a tile of a broken source would ask it forty times, one
 * after the other. Who comes after the failure asks again.
 *
 * @param timeout ms to wait for the lock
 */
export function singleFlight(locks: Locks, timeout: number): SingleFlight {
  const failures = new Lru<string, { error: unknown; ticket: number }>(REMEMBERED);
  let ticket = 0;
  return (name, ctx, work) => {
    const arrived = ++ticket;
    return locks.withLock(name, timeout, async () => {
      ctx.signal.throwIfAborted();
      const failure = failures.get(name);
      if (failure && failure.ticket > arrived) throw failure.error;
      try {
        return await work();
      } catch (error) {
        // A client that left is no failure of the source: the next one tries.
        if (!ctx.signal.aborted) failures.set(name, { error, ticket: ++ticket });
        throw error;
      }
    });
  };
}
