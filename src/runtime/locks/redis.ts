import type { Log } from "../../core/context.ts";
import { LockTimeout } from "../../core/errors.ts";
import type { Clock, Locks } from "../../platform/platform.ts";
import { newToken } from "./owner.ts";

/** ms for which a lock is lent; an owner that lives renews it at a third of that. */
const LEASE = 30_000;

/** ms between two attempts: doubled from the first to the last. */
const FIRST_POLL = 5;
const LONGEST_POLL = 100;

/** ms to wait for a connection, and for an answer. */
const PATIENCE = 2000;

/** ms after a failure in which the server is not tried again. */
const REST = 1000;

/** At most one line in this many ms says that the server is out of reach. */
const LOG_INTERVAL = 60_000;

/** Scripts that renew, or release, only what is still ours: the lease may have ended and gone to somebody else. */
export const RENEW =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) end return 0';
export const RELEASE =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0';

export interface RedisLocksOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What the caller has below: excludes within the machine, whatever happens to the server. */
  readonly local: Locks;
  /** ms; for tests. */
  readonly lease?: number;
}

/**
 * Locks that exclude between all machines that use the same Redis server, one key a lock.
 *
 * Each machine asks the server once for a lock, since its own lock comes first. A lock whose owner dies ends with its
 * lease, by the clock of the server. Where the server does not answer, the machine's own lock has to do: a tile made
 * twice is better than none.
 *
 * @param url `redis://[[user]:password@]host[:port][/db]`, or `rediss:` for TLS
 */
export function redisLocks(url: string, options: RedisLocksOptions): Locks {
  const { clock, local } = options;
  const lease = options.lease ?? LEASE;
  const server = lockServer(url, options);

  /** The token of the lock; `undefined`: the server is out of reach. */
  async function acquire(name: string, deadline: number, timeout: number) {
    const token = newToken();
    for (let pause = FIRST_POLL; ; pause = Math.min(2 * pause, LONGEST_POLL)) {
      const answer = await server.send("SET", keyOf(name), token, "NX", "PX", String(lease));
      if (answer === "unreachable") return undefined;
      if (answer === "OK") return token;
      const left = deadline - performance.now();
      if (left <= 0) throw new LockTimeout(name, timeout);
      await clock.sleep(Math.min(pause, left));
    }
  }

  return {
    withLock(name, timeout, work) {
      const deadline = performance.now() + timeout;
      return local.withLock(name, timeout, async () => {
        const token = await acquire(name, deadline, timeout);
        if (token === undefined) return work();
        const renewal = setInterval(() => {
          void server.send("EVAL", RENEW, "1", keyOf(name), token, String(lease));
        }, lease / 3);
        try {
          return await work();
        } finally {
          clearInterval(renewal);
          await server.send("EVAL", RELEASE, "1", keyOf(name), token);
        }
      });
    },
  };
}

function keyOf(name: string): string {
  return `rhumb-lock:${name}`;
}

/**
 * One connection, made when first needed. After a failure nobody waits for the server, until the next attempt a little
 * later; nothing goes on by itself, so that no process is kept from ending.
 */
function lockServer(url: string, { clock, log }: RedisLocksOptions) {
  let client: ReturnType<typeof connect> | undefined;
  let reported = Number.NEGATIVE_INFINITY;
  let restUntil = Number.NEGATIVE_INFINITY;
  const giveUp = (error: unknown): void => {
    client?.then((lost) => lost.destroy()).catch(() => {}); // it may be gone already
    client = undefined;
    restUntil = performance.now() + REST;
    if (clock.now() - reported < LOG_INTERVAL) return;
    reported = clock.now();
    log.warn("lock-server-lost", { host: URL.parse(url)?.host, error });
  };
  const connect = async () => {
    const { createClient } = await import("redis");
    const socket = { connectTimeout: PATIENCE, reconnectStrategy: false as const };
    const made = createClient({ url, socket, disableOfflineQueue: true, RESP: 2 });
    made.on("error", () => {}); // the command that meets it reports it
    await made.connect();
    // an idle connection keeps no process from ending; who waits for an answer has a timer
    made.unref();
    return made;
  };
  return {
    async send(...command: string[]): Promise<unknown> {
      if (!client && performance.now() < restUntil) return "unreachable";
      client ??= connect();
      const used = client;
      try {
        return await withinPatience(used.then((server) => server.sendCommand(command)));
      } catch (error) {
        // another command may have given it up, and made a new one, meanwhile
        if (client === used) giveUp(error);
        return "unreachable";
      }
    },
  };
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
