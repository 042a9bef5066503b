import type { Clock } from "../platform/platform.ts";

export interface PaceOptions {
  /** Requests a second to one server, at most; `undefined`: any number. */
  readonly rate: number | undefined;
  /** Requests at a time to one server, at most; `undefined`: any number. */
  readonly maxRequests: number | undefined;
}

/** ms between two looks for a free place. */
const POLL = 20;
/** ms for which a server is left alone that says it has too much to do, without saying how long. */
const PAUSE = 1000;
/** Longest pause that a server may ask for, ms. */
const LONGEST_PAUSE = 300_000;
/** Requests at a time from which a server without limit is slowed down. */
const UNLIMITED = 64;

/** What is going on with one server. */
interface Server {
  busy: number;
  /** Requests at a time that it is given now; falls when it complains, rises while it answers. */
  width: number;
  /** ms since 1970: not before. */
  next: number;
}

/**
 * Outgoing requests within limits for each server. A server that answers 429 or 503 gets half as many
 * at a time, and none for as long as it asks (`Retry-After`, RFC 9110, 10.2.3); each good answer gives
 * it a little more, up to the limit.
 */
export function pacedFetch(
  fetch: typeof globalThis.fetch,
  clock: Clock,
  { rate, maxRequests }: PaceOptions,
): typeof globalThis.fetch {
  const servers = new Map<string, Server>();
  const most = maxRequests ?? UNLIMITED;

  const enter = async (server: Server, signal: AbortSignal | undefined): Promise<void> => {
    while (server.busy >= Math.floor(server.width) || clock.now() < server.next) {
      const wait = server.next - clock.now();
      await clock.sleep(wait > 0 ? wait : POLL, signal);
    }
    server.busy++;
    if (rate !== undefined) server.next = Math.max(server.next, clock.now()) + 1000 / rate;
  };

  const paced = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { host } = new URL(input instanceof Request ? input.url : input);
    const server = servers.get(host) ?? { busy: 0, width: most, next: 0 };
    servers.set(host, server);
    await enter(server, init?.signal ?? undefined);
    try {
      const response = await fetch(input, init);
      if (response.status === 429 || response.status === 503) {
        server.width = Math.max(1, server.width / 2);
        server.next = Math.max(server.next, clock.now() + pauseOf(response, clock.now()));
      } else server.width = Math.min(most, server.width + 1 / server.width);
      return response;
    } finally {
      server.busy--;
    }
  };
  return paced as typeof globalThis.fetch;
}

/** ms that a server asks to be left alone: seconds, or a date. */
function pauseOf({ headers }: Response, now: number): number {
  const text = headers.get("retry-after");
  if (text === null) return PAUSE;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_PAUSE) : PAUSE;
}
