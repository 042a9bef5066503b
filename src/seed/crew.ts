import type { Context } from "../core/context.ts";
import { CacheError, ImageError, LockTimeout, SourceError } from "../core/errors.ts";
import type { Clock } from "../platform/platform.ts";

/** Something to do, with what is needed to do it again. */
export interface Job<T> {
  readonly item: T;
  /** How often it has failed. */
  failures: number;
}

export interface CrewOptions<T> {
  /** How many jobs are done at the same time. */
  readonly concurrency: number;
  /** How often a job is tried again after it has failed. */
  readonly retries: number;
  readonly clock: Clock;
  /** The next job, or `undefined` when there are no more. */
  next(): T | undefined;
  work(item: T): Promise<void>;
  /** A job failed and comes up again after `wait` seconds. */
  failed(item: T, error: Error, again: { readonly wait: number; readonly left: number }): void;
  /** A job is over: done, or given up with its last error. */
  finished(item: T, error: Error | undefined): void;
}

/** ms after which one looks for work again when all of it waits. */
const IDLE = 50;
/** ms before work is tried again that could not get a lock. */
const LOCKED = 10;
/** ms after which timers and signals get their turn, though no job has waited for anything. */
export const TURN = 50;
/** Longest pause before a failed job comes up again, in seconds. */
const LONGEST_WAIT = 600;

/**
 * Does jobs, some at a time. A failed one comes up again after 2, 4, 8 … seconds while others go on;
 * after some tries it is given up. While nothing succeeds, no new job is begun.
 *
 * @returns `false` if it stopped because everything failed: as many jobs as run at a time were given
 *   up one after the other, none having succeeded between them
 * @throws what is no failure of a source, of a store or of a file: a bug
 * @throws the reason of `ctx.signal` when it aborts
 */
export async function runCrew<T>(options: CrewOptions<T>, ctx: Context): Promise<boolean> {
  const { concurrency, clock } = options;
  const waiting: { job: Job<T>; due: number }[] = [];
  let exhausted = false;
  let failuresInRow = 0;
  let givenUpInRow = 0;
  let since = clock.now();
  const isOver = () => givenUpInRow >= concurrency;

  /** A failed job whose time has come, else a new one. */
  const take = (): Job<T> | undefined => {
    const now = clock.now();
    const at = waiting.findIndex(({ due }) => due <= now);
    if (at >= 0) return waiting.splice(at, 1)[0]?.job;
    if (exhausted || failuresInRow >= concurrency) return undefined;
    const item = options.next();
    exhausted = item === undefined;
    return item === undefined ? undefined : { item, failures: 0 };
  };

  const fail = (job: Job<T>, error: Error): void => {
    failuresInRow++;
    job.failures++;
    const left = options.retries - job.failures;
    if (left < 0) {
      givenUpInRow++;
      // what was given up no longer holds the others back
      failuresInRow = Math.min(failuresInRow, concurrency - 1);
      options.finished(job.item, error);
      return;
    }
    const wait = waitBeforeRetry(job.failures);
    waiting.push({ job, due: clock.now() + wait * 1000 });
    options.failed(job.item, error, { wait, left });
  };

  const lane = async (): Promise<void> => {
    for (let job = take(); !isOver(); job = take()) {
      ctx.signal.throwIfAborted();
      if (!job) {
        if (exhausted && waiting.length === 0) return;
        await clock.sleep(IDLE, ctx.signal);
        continue;
      }
      const error = await attempt(() => options.work(job.item), clock, ctx);
      if (error) fail(job, error);
      else {
        failuresInRow = 0;
        givenUpInRow = 0;
        options.finished(job.item, undefined);
      }
      if (clock.now() - since > TURN) {
        await clock.sleep(0, ctx.signal);
        since = clock.now();
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return !isOver();
}

/** Seconds before work that has failed so often comes up again. */
export function waitBeforeRetry(failures: number): number {
  return Math.min(2 ** failures, LONGEST_WAIT);
}

/**
 * The failure of `work`, if there was one. Who only waits for a lock tries until he has it.
 *
 * @throws what is no failure of a source, of a store or of a file: a bug
 * @throws the reason of `ctx.signal` when it aborts
 */
export async function attempt(
  work: () => Promise<void>,
  clock: Clock,
  ctx: Context,
): Promise<Error | undefined> {
  for (;;) {
    try {
      await work();
      return undefined;
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!isLockTimeout(error)) {
        if (isFailure(error)) return error;
        throw error;
      }
    }
    await clock.sleep(LOCKED, ctx.signal);
  }
}

function isLockTimeout(error: unknown): boolean {
  return (
    error instanceof LockTimeout || (error instanceof Error && error.cause instanceof LockTimeout)
  );
}

/** Whether the world failed, and not the program: system errors have a code. */
function isFailure(error: unknown): error is Error {
  return (
    error instanceof SourceError ||
    error instanceof CacheError ||
    error instanceof ImageError ||
    (error instanceof Error && typeof (error as { code?: unknown }).code === "string")
  );
}
