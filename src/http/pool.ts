import { LockTimeout } from "../core/errors.ts";
import type { Clock, Locks } from "../platform/platform.ts";
import { CookieJar } from "./cookies.ts";

/** ms between two looks for a free slot of other processes: doubled from the first to the last. */
const FIRST_POLL = 5;
const LONGEST_POLL = 50;

/**
 * What the HTTP clients of one configuration have in common: how many requests a host is doing, and
 * the cookies.
 */
export class HttpPool {
  readonly #clock: Clock;
  readonly #locks: Locks | undefined;
  readonly #gates = new Map<string, Gate>();
  readonly #jars = new Map<string, CookieJar>();

  /** @param locks reach all processes that share the limits; absent: the limits are those of this process */
  constructor(clock: Clock, locks?: Locks) {
    this.#clock = clock;
    this.#locks = locks;
  }

  /** The jar of all sources with the same TLS options. */
  jar(tls: string): CookieJar {
    let jar = this.#jars.get(tls);
    if (!jar) {
      jar = new CookieJar(() => this.#clock.now());
      this.#jars.set(tls, jar);
    }
    return jar;
  }

  /**
   * Runs `work` as soon as fewer than `slots` others run under the same `key`: in this process in the
   * order of asking, between processes whoever finds a free slot first.
   *
   * @throws LockTimeout if no slot was free within `timeout` ms
   */
  async limit<T>(key: string, o: Limit, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    let gate = this.#gates.get(key);
    if (!gate) {
      gate = { busy: 0, waiting: [] };
      this.#gates.set(key, gate);
    }
    await enter(gate, key, o);
    try {
      if (!this.#locks) return await work();
      const left = o.timeout - (performance.now() - begin);
      return await this.#inSlot(this.#locks, key, { ...o, timeout: left }, work);
    } finally {
      gate.busy--;
      gate.waiting[0]?.wake();
      if (gate.busy === 0 && gate.waiting.length === 0) this.#gates.delete(key);
    }
  }

  /** Holds one of the slots that all processes share, tried from a random one on. */
  async #inSlot<T>(locks: Locks, key: string, o: Limit, work: () => Promise<T>): Promise<T> {
    const end = performance.now() + o.timeout;
    for (let pause = FIRST_POLL; ; pause = Math.min(2 * pause, LONGEST_POLL)) {
      const first = Math.floor(Math.random() * o.slots);
      for (let i = 0; i < o.slots; i++) {
        const name = `upstream ${key} ${(first + i) % o.slots}`;
        const done = await ifFree(locks, name, work);
        if (done) return done.value;
        o.signal.throwIfAborted();
      }
      if (performance.now() >= end) throw new LockTimeout(key, o.timeout);
      await this.#clock.sleep(pause, o.signal);
    }
  }
}

/** Requests at a time, and ms to wait for a place. */
interface Limit {
  readonly slots: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Runs `work` under the lock; `undefined` if somebody else holds it. */
async function ifFree<T>(
  locks: Locks,
  name: string,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  let isOurs = false;
  try {
    return await locks.withLock(name, 0, async () => {
      isOurs = true;
      return { value: await work() };
    });
  } catch (error) {
    if (!isOurs && error instanceof LockTimeout) return undefined;
    throw error;
  }
}

interface Gate {
  busy: number;
  readonly waiting: Waiter[];
}

interface Waiter {
  readonly slots: number;
  readonly wake: () => void;
}

/** Resolves holding a slot. Users of one host may allow different numbers: each keeps to its own. */
async function enter(gate: Gate, key: string, { slots, timeout, signal }: Limit): Promise<void> {
  signal.throwIfAborted();
  if (gate.busy < slots && gate.waiting.length === 0) {
    gate.busy++;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      gate.waiting.splice(gate.waiting.indexOf(waiter), 1);
      gate.waiting[0]?.wake();
    };
    const waiter: Waiter = {
      slots,
      wake: () => {
        if (gate.busy >= slots) return;
        gate.busy++;
        leave();
        resolve();
      },
    };
    const onAbort = (): void => {
      leave();
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      leave();
      reject(new LockTimeout(key, timeout));
    }, timeout);
    signal.addEventListener("abort", onAbort);
    gate.waiting.push(waiter);
  });
}
