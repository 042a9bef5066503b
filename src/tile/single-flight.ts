import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { Lru } from "../core/lru.ts";
import type { Clock, Locks } from "../platform/platform.ts";

/**
 * Runs `work` under a lock; who waited for it while it failed, or comes shortly after, gets that failure, not a new
 * try.
 */
export type SingleFlight = <T>(name: string, ctx: Context, work: () => Promise<T>) => Promise<T>;

/** For how many ms the failure of a source is remembered, by name; 0: only for those who wait already. */
export interface FailureTimes {
  /** No answer, or one that is of no use. */
  readonly failed: number;
  /** The server said that there is no such tile. */
  readonly absent: number;
}

/** Failures kept at most; the oldest are forgotten first. */
const REMEMBERED = 1000;

/** Statuses by which servers say that there is nothing. */
const ABSENT = new Set([204, 404, 410]);

interface Failure {
  readonly error: unknown;
  readonly ticket: number;
  /** ms since 1970. */
  readonly until: number;
}

/**
 * Without it, forty clients that wait for a tile of a broken source would ask it forty times, one after the other.
 *
 * @param timing `lockTimeout`: ms to wait for the lock
 */
export function singleFlight(
  locks: Locks,
  timing: {
    readonly clock: Clock;
    readonly lockTimeout: number;
    readonly failureTimes: FailureTimes;
  },
): SingleFlight {
  const { clock, lockTimeout, failureTimes } = timing;
  const failures = new Lru<string, Failure>(REMEMBERED);
  let ticket = 0;
  const throwRemembered = (name: string, arrived: number): void => {
    const failure = failures.get(name);
    if (failure && (failure.ticket > arrived || failure.until > clock.now())) throw failure.error;
  };
  return async (name, ctx, work) => {
    const arrived = ++ticket;
    throwRemembered(name, arrived);
    return locks.withLock(name, lockTimeout, async () => {
      ctx.signal.throwIfAborted();
      throwRemembered(name, arrived);
      try {
        return await work();
      } catch (error) {
        // A client that left is no failure of the source: the next one tries.
        if (!ctx.signal.aborted) {
          const until = clock.now() + timeFor(error, failureTimes);
          failures.set(name, { error, ticket: ++ticket, until });
        }
        throw error;
      }
    });
  };
}

function timeFor(error: unknown, { failed, absent }: FailureTimes): number {
  if (!(error instanceof SourceError)) return 0;
  return error.status !== undefined && ABSENT.has(error.status) ? absent : failed;
}
