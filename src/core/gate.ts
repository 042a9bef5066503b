import type { Context } from "./context.ts";
import { RequestError } from "./errors.ts";

/** Lets so much work in at a time; the rest waits in line, and beyond the line is sent away. */
export interface Gate {
  /** @throws RequestError with status 503 if the line is full or the wait too long */
  run<T>(work: () => Promise<T>, visitor: Visitor): Promise<T>;
}

/** Who wants to be let in. */
export interface Visitor {
  /** Aborts while we wait: then the place in the line is given up. Asked for only by those who wait. */
  readonly signal: AbortSignal;
  /** Address of the client; those of whom none is known count as one. */
  readonly client?: string | undefined;
  /** What the work is about, such as the layers of a map. */
  readonly subject?: string | undefined;
}

/** Whoever sent the request of `ctx`, for something. */
export function visitorOf(ctx: Context, subject: string): Visitor {
  return new ContextVisitor(ctx, subject);
}

class ContextVisitor implements Visitor {
  readonly client: string | undefined;
  readonly subject: string;
  readonly #ctx: Context;

  constructor(ctx: Context, subject: string) {
    this.client = ctx.incoming?.client;
    this.subject = subject;
    this.#ctx = ctx;
  }

  get signal(): AbortSignal {
    return this.#ctx.signal;
  }
}

/** Size of a {@linkcode Gate}. */
export interface GateOptions {
  /** Works that go on at the same time. */
  readonly atOnce: number;
  /** Works that wait at the most. */
  readonly waiting: number;
  /** ms that a work waits at the most. */
  readonly patience: number;
}

interface Waiter {
  readonly client: string | undefined;
  readonly subject: string | undefined;
  enter(): void;
  leave(reason: unknown): void;
}

/**
 * A gate that is fair to clients (threats T21): next is the one of whom the fewest works go on, of equals whose turn is
 * longest ago, then who came first. Into a full line comes a client with less in it than another, whose last has to leave.
 *
 * A quarter of the places is not for works of one subject alone: a layer whose server hangs does not keep the others out.
 */
export function gate({ atOnce, waiting, patience }: GateOptions): Gate {
  /** In the order of arrival; a set, so that whoever gives up leaves the line at once. */
  const line = new Set<Waiter>();
  const inside = new Map<string | undefined, number>();
  /** Works that go on, by subject. */
  const subjects = new Map<string | undefined, number>();
  const mostOfOne = atOnce - Math.floor(atOnce / 4);
  /** Number of the last turn, of clients with works inside or in the line. */
  const turns = new Map<string | undefined, number>();
  let turn = 0;
  let total = 0;

  /** Works of a client that go on. */
  const share = (client: string | undefined): number => inside.get(client) ?? 0;

  /** Whether there is a place for a subject. */
  const hasPlace = (subject: string | undefined): boolean =>
    total < atOnce && (subjects.get(subject) ?? 0) < mostOfOne;

  function begin({ client, subject }: Omit<Visitor, "signal">): void {
    total++;
    turns.set(client, ++turn);
    change(inside, client, 1);
    change(subjects, subject, 1);
  }

  function end({ client, subject }: Visitor): void {
    total--;
    change(inside, client, -1);
    change(subjects, subject, -1);
    if (line.size === 0) {
      if (!inside.has(client)) turns.delete(client);
      return;
    }
    const [first, ...others] = [...line].filter((waiter) => hasPlace(waiter.subject));
    if (first) others.reduce((best, each) => (isBefore(each, best) ? each : best), first).enter();
    const isGone = !inside.has(client) && ![...line].some((waiter) => waiter.client === client);
    if (isGone) turns.delete(client);
  }

  function isBefore({ client: a }: Waiter, { client: b }: Waiter): boolean {
    return (share(a) - share(b) || (turns.get(a) ?? 0) - (turns.get(b) ?? 0)) < 0;
  }

  /** Sends somebody away for a client who has less in the line; false if there is nobody. */
  function makeRoom(client: string | undefined): boolean {
    const crowds = Map.groupBy(line, (waiter) => waiter.client);
    const [most = []] = [...crowds.values()].sort((a, b) => b.length - a.length);
    if (most.length <= (crowds.get(client)?.length ?? 0) + 1) return false;
    most.at(-1)?.leave(busy());
    return true;
  }

  const wait = ({ signal, client, subject }: Visitor): Promise<void> => {
    signal.throwIfAborted();
    if (line.size >= waiting && !makeRoom(client)) throw busy();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = {
      client,
      subject,
      enter() {
        line.delete(waiter);
        // the place is taken here, so that nobody slips in before the line
        begin(waiter);
        resolve();
      },
      leave(reason) {
        line.delete(waiter);
        reject(reason);
      },
    };
    const timer = setTimeout(() => waiter.leave(busy()), patience);
    const aborted = () => waiter.leave(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    line.add(waiter);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
    });
  };

  return {
    async run(work, visitor) {
      if (hasPlace(visitor.subject)) begin(visitor);
      else await wait(visitor);
      try {
        return await work();
      } finally {
        end(visitor);
      }
    },
  };
}

/** Counts up or down; what is at zero is forgotten. */
function change<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function busy(): RequestError {
  return new RequestError(
    undefined,
    "Too many maps are asked for at the same time; try again in a few seconds",
    undefined,
    503,
  );
}
