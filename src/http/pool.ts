import { LockTimeout } from "../core/errors.ts";
import type { Clock } from "../platform/platform.ts";
import { CookieJar } from "./cookies.ts";

/**
 * What the HTTP clients of one configuration have in common: how many requests a host is doing, and
 * the cookies.
 */
export class HttpPool {
  readonly #clock: Clock;
  readonly #gates = new Map<string, Gate>();
  readonly #jars = new Map<string, CookieJar>();

  constructor(clock: Clock) {
    this.#clock = clock;
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
   * Runs `work` as soon as fewer than `slots` others run under the same `key`, in the order of
   * asking.
   *
   * @throws LockTimeout if no slot was free within `timeout` ms
   */
  async limit<T>(
    key: string,
    o: { slots: number; timeout: number; signal: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T> {
    let gate = this.#gates.get(key);
    if (!gate) {
      gate = { busy: 0, waiting: [] };
      this.#gates.set(key, gate);
    }
    await enter(gate, key, o);
    try {
      return await work();
    } finally {
      gate.busy--;
      gate.waiting[0]?.wake();
      if (gate.busy === 0 && gate.waiting.length === 0) this.#gates.delete(key);
    }
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
async function enter(
  gate: Gate,
  key: string,
  { slots, timeout, signal }: { slots: number; timeout: number; signal: AbortSignal },
): Promise<void> {
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
