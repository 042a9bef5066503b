/** What a server says about how long its answer is good for (RFC 9111). */
export interface ServerWord {
  /** ms from now for which the answer is fresh; `undefined`: the server does not say. */
  readonly life: number | undefined;
  /** False if caches that serve many may not keep it (`no-store`, `private`). */
  readonly mayStore: boolean;
  /** As sent, for `If-None-Match`. */
  readonly etag: string | undefined;
  /** As sent, for `If-Modified-Since`. */
  readonly lastModified: string | undefined;
}

/** Longest life that is believed, in ms: a year. */
const LONGEST = 365 * 24 * 3600_000;

/** Share of its age for which an answer without statement is fresh, and the most in ms (RFC 9111, 4.2.2). */
const HEURISTIC_SHARE = 0.1;
const HEURISTIC_LONGEST = 24 * 3600_000;

/**
 * What the headers of an answer say to a shared cache: `s-maxage` before `max-age` before `Expires`
 * (RFC 9111, 4.2.1), less its `Age`; with `Last-Modified` alone a tenth of the time since then.
 *
 * @param now ms since 1970
 */
export function serverWord(headers: Headers, now: number): ServerWord {
  const directives = readDirectives(headers.get("cache-control") ?? "");
  const etag = headers.get("etag") ?? undefined;
  const lastModified = headers.get("last-modified") ?? undefined;
  const life = lifeOf(headers, directives, now);
  return {
    life: life === undefined ? undefined : Math.min(Math.max(life, 0), LONGEST),
    mayStore: !directives.has("no-store") && !directives.has("private"),
    etag,
    lastModified,
  };
}

function lifeOf(
  headers: Headers,
  directives: ReadonlyMap<string, string>,
  now: number,
): number | undefined {
  if (directives.has("no-cache")) return 0;
  const age = Math.max(0, Number(headers.get("age")) || 0);
  const maxAge = directives.get("s-maxage") ?? directives.get("max-age");
  // what cannot be read counts as stale (RFC 9111, 4.2.1)
  if (maxAge !== undefined) return /^\d+$/.test(maxAge) ? (Number(maxAge) - age) * 1000 : 0;
  const date = timeOf(headers.get("date")) ?? now;
  const expires = headers.get("expires");
  if (expires !== null) return (timeOf(expires) ?? date) - date - age * 1000;
  const modified = timeOf(headers.get("last-modified"));
  if (modified === undefined) return undefined;
  return Math.min((date - modified) * HEURISTIC_SHARE, HEURISTIC_LONGEST);
}

/** Values by lower-case name, without quotes; empty for directives without value. */
function readDirectives(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(/([\w-]+)(?:\s*=\s*("[^"]*"|[^,\s]*))?/g)) {
    found.set(name.toLowerCase(), value.replaceAll('"', ""));
  }
  return found;
}

function timeOf(date: string | null): number | undefined {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : time;
}
