import type { createClient } from "redis";
import { formatOwner, isAlive, type Owner, ownOwner, parseOwner } from "./owner.ts";
import { RELEASE, RENEW } from "./redis.ts";

/** ms for which the key is lent; an owner that lives renews it at a third of that. */
const LEASE = 15_000;

/** ms between two attempts. */
const POLL = 100;

export interface TurnOptions {
  /** ms; for tests. */
  readonly lease?: number;
  /** Who we are; tests pretend to be others. */
  readonly self?: Owner;
}

type Client = Pick<ReturnType<typeof createClient>, "set" | "get" | "eval">;

/**
 * Runs `work` while no other process that uses the same Redis key does; waits for its turn without end.
 *
 * The key says who holds it. The key of a dead process of this machine is taken at once, that of another machine when its
 * lease is over. A living owner renews the lease, however long his work takes, and nobody gives back but his own.
 */
export async function takeTurn<T>(
  { client, key }: { readonly client: Client; readonly key: string },
  work: () => Promise<T>,
  { lease = LEASE, self = ownOwner() }: TurnOptions = {},
): Promise<T> {
  const own = formatOwner(self);
  const mine = { keys: [key], arguments: [own, String(lease)] };
  const expiration = { type: "PX", value: lease } as const;
  while ((await client.set(key, own, { condition: "NX", expiration })) === null) {
    const holder = await client.get(key);
    const owner = holder === null ? undefined : parseOwner(String(holder));
    if (holder !== null && owner && (await isAlive(owner, self)) === false) {
      // only if it is still his: others have found him dead too
      await client.eval(RELEASE, { keys: [key], arguments: [String(holder)] });
    } else await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  // a renewal that fails is followed by another one within the lease
  const renewal = setInterval(() => client.eval(RENEW, mine).catch(() => {}), lease / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await client.eval(RELEASE, mine);
  }
}
