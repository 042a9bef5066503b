import { LockTimeout } from "../../core/errors.ts";
import type { Locks } from "../../platform/platform.ts";
import type { DurableObjectNamespace } from "../edge/bindings.ts";
import { Leases } from "../edge/leases.ts";

/** ms for which a lock is lent; an owner that lives renews it at a third of that. */
const LEASE = 30_000;

/**
 * The Durable Object behind one lock: its name is the lock's.
 *
 * `POST /acquire?wait=…&lease=…` answers 200 with a token, or 409 after `wait` ms; `/renew` and
 * `/release` take `token=…`. What it knows is in memory only: if it is evicted while a lock is held, a second
 * owner may come in, and a tile is made twice.
 */
export class TileLock {
  readonly #leases = new Leases();

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const token = searchParams.get("token") ?? "";
    const lease = Number(searchParams.get("lease"));
    switch (pathname) {
      case "/acquire": {
        const granted = await this.#leases.acquire(Number(searchParams.get("wait")), lease);
        return granted ? new Response(granted) : new Response(null, { status: 409 });
      }
      case "/renew":
        return new Response(null, { status: this.#leases.renew(token, lease) ? 204 : 410 });
      case "/release":
        this.#leases.release(token);
        return new Response(null, { status: 204 });
      default:
        return new Response(null, { status: 404 });
    }
  }
}

/**
 * Locks that reach every isolate of a Worker, one Durable Object a name.
 *
 * Where the object does not answer the work is done without a lock: a tile made twice is better than
 * none.
 */
export function durableObjectLocks(namespace: DurableObjectNamespace): Locks {
  const send = (name: string, path: string): Promise<Response> =>
    namespace.get(namespace.idFromName(name)).fetch(`https://lock${path}`, { method: "POST" });

  /** `undefined`: the object is out of reach. */
  async function acquire(name: string, timeout: number): Promise<string | undefined> {
    // An object that was evicted while we waited answers with an error once.
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const answer = await send(name, `/acquire?wait=${timeout}&lease=${LEASE}`);
        if (answer.status === 409) throw new LockTimeout(name, timeout);
        if (answer.ok) return await answer.text();
      } catch (error) {
        if (error instanceof LockTimeout) throw error;
      }
    }
    return undefined;
  }

  return {
    async withLock(name, timeout, work) {
      const token = await acquire(name, timeout);
      if (token === undefined) return await work();
      const renewal = setInterval(() => {
        // A renewal that fails ends the lease, which is what an owner out of reach has to expect.
        send(name, `/renew?token=${token}&lease=${LEASE}`).catch(() => {});
      }, LEASE / 3);
      try {
        return await work();
      } finally {
        clearInterval(renewal);
        await send(name, `/release?token=${token}`).catch(() => {}); // the lease ends by itself
      }
    },
  };
}
