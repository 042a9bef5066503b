import type { Context } from "./context.ts";
import { RequestError } from "./errors.ts";

/** Lets so much work in at a time; the rest waits in line, and beyond the line is sent away. */
export interface Gate {
  /** @throws RequestError with status 503 if the line is full or the wait too long */
  run<T>(work: () => Promise<T>, visitor: Visitor): Promise<T>;
}

/** Who wants to be let in, one object for each work. Neither signal nor client are looked at before somebody has to wait. */
export interface Visitor {
  /** Aborts while we wait: then the place in the line is given up. */
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
  readonly subject: string;
  readonly #ctx: Context;

  constructor(ctx: Context, subject: string) {
    this.subject = subject;
    this.#ctx = ctx;
  }

  get client(): string | undefined {
    return this.#ctx.incoming?.client;
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
  readonly visitor: Visitor;
  readonly client: string | undefined;
  enter(): void;
  leave(reason: unknown): void;
}

/** What a client has had: works that go on, and the number of its last turn. */
interface Standing {
  works: number;
  turn: number;
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
  /** Works that go on, with the number of their turn. */
  const inside = new Map<Visitor, number>();
  /** Works that go on, by subject. */
  const subjects = new Map<string | undefined, number>();
  const mostOfOne = atOnce - Math.floor(atOnce / 4);
  /** Last turns of clients in the line whose works have ended. */
  const rested = new Map<string | undefined, number>();
  let turn = 0;

  /** Whether there is a place for a subject. */
  const hasPlace = ({ subject }: Visitor): boolean =>
    inside.size < atOnce && (subjects.get(subject) ?? 0) < mostOfOne;

  function begin(visitor: Visitor): void {
    inside.set(visitor, ++turn);
    change(subjects, visitor.subject, 1);
  }

  function end(visitor: Visitor): void {
    const ended = inside.get(visitor) ?? 0;
    inside.delete(visitor);
    change(subjects, visitor.subject, -1);
    if (line.size === 0) {
      rested.clear();
      return;
    }
    const { client } = visitor;
    rested.set(client, Math.max(ended, rested.get(client) ?? 0));
    const standings = standingsOf();
    const isBefore = (a: Waiter, b: Waiter): boolean => {
      const [one, other] = [standings(a.client), standings(b.client)];
      return (one.works - other.works || one.turn - other.turn) < 0;
    };
    const [first, ...others] = [...line].filter((waiter) => hasPlace(waiter.visitor));
    if (first) others.reduce((best, each) => (isBefore(each, best) ? each : best), first).enter();
    if (![...line].some((waiter) => waiter.client === client)) rested.delete(client);
  }

  function standingsOf(): (client: string | undefined) => Standing {
    const standings = new Map<string | undefined, Standing>();
    const of = (client: string | undefined): Standing => {
      const known = standings.get(client) ?? { works: 0, turn: rested.get(client) ?? 0 };
      standings.set(client, known);
      return known;
    };
    for (const [visitor, its] of inside) {
      const standing = of(visitor.client);
      standing.works++;
      standing.turn = Math.max(standing.turn, its);
    }
    return of;
  }

  /** Sends somebody away for a client who has less in the line; false if there is nobody. */
  function makeRoom(client: string | undefined): boolean {
    const crowds = Map.groupBy(line, (waiter) => waiter.client);
    const [most = []] = [...crowds.values()].sort((a, b) => b.length - a.length);
    if (most.length <= (crowds.get(client)?.length ?? 0) + 1) return false;
    most.at(-1)?.leave(busy());
    return true;
  }

  const wait = (visitor: Visitor): Promise<void> => {
    const { signal, client } = visitor;
    signal.throwIfAborted();
    if (line.size >= waiting && !makeRoom(client)) throw busy();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = {
      visitor,
      client,
      enter() {
        line.delete(waiter);
        // the place is taken here, so that nobody slips in before the line
        begin(visitor);
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
      if (hasPlace(visitor)) begin(visitor);
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
