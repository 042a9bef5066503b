import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import type { HttpAnswer } from "../http/client.ts";
import type { CacheDeps } from "../model/define.ts";
import type { Clock } from "../platform/platform.ts";

/** Answers that mean "later": too many requests, trouble inside, slow down. */
const LATER = new Set([429, 500, 502, 503]);

/** ms before the second attempt; doubled for each further one. */
const FIRST_PAUSE = 100;
const ATTEMPTS = 3;

/** Result of `ask`, or `undefined` if the answer has one of the statuses that say "not there". */
export async function unlessStatus<T>(
  statuses: readonly number[],
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const status = error instanceof SourceError ? error.status : undefined;
    if (status !== undefined && statuses.includes(status)) return undefined;
    throw error;
  }
}

/** Asks again when the store says that it is busy; `ask` is called anew, to sign anew. */
export async function patiently(
  clock: Clock,
  ask: () => Promise<HttpAnswer>,
  ctx: Context,
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const status = error instanceof SourceError ? error.status : undefined;
      if (attempt === ATTEMPTS || status === undefined || !LATER.has(status)) throw error;
    }
    await clock.sleep(FIRST_PAUSE * 2 ** (attempt - 1), ctx.signal);
  }
}

/** ms since 1970 of `Last-Modified`; `undefined` if the answer has none. */
export function lastModified(headers: Headers): number | undefined {
  const time = Date.parse(headers.get("last-modified") ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** Path of a key within a URL: each part percent-encoded by RFC 3986, slashes as they are. */
export function encodeKey(key: string): string {
  return key
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replace(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join("/");
}

/** What a cache does on its own account, such as looking for its bucket when it is built. */
export function ownContext(deps: CacheDeps): Context {
  return { signal: AbortSignal.timeout(30_000), log: deps.log, waitUntil: () => {} };
}
