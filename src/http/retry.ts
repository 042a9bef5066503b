import type { Context } from "../core/context.ts";
import type { Clock } from "../platform/platform.ts";
import { HttpFailure } from "./failure.ts";

/** ms before the first further attempt; doubled for each later one. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** Statuses by which servers say that it may work later (RFC 9110, 15; RFC 6585, 4). */
const PASSING = new Set([429, 502, 503, 504]);

/**
 * Asks again after failures that may pass: no connection, or a status that says so. Each pause is a random part of
 * twice the one before ("full jitter"), so that clients of one server do not come back at the same time.
 *
 * @param limits `retries`: attempts after the first; `time`: ms, after which nobody asks again; `random`: 0 up to 1
 * @throws whatever the last attempt threw
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  limits: {
    readonly retries: number;
    readonly time: number;
    readonly clock: Clock;
    readonly random?: () => number;
  },
  ctx: Context,
): Promise<T> {
  const { clock, retries, time, random = Math.random } = limits;
  const deadline = clock.now() + time;
  for (let made = 0; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (made >= retries || ctx.signal.aborted || !isPassing(error)) throw error;
      const pause = random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** made);
      if (clock.now() + pause >= deadline) throw error;
      await clock.sleep(pause, ctx.signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof HttpFailure)) return false;
  return error.status === undefined ? error.kind === "network" : PASSING.has(error.status);
}
