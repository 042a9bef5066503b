import { md5Hex, sha1Hex } from "../core/hash.ts";
import type { ServiceDeps } from "../model/define.ts";
import { VARY, varies } from "./responses.ts";

/** How long clients and shared caches may keep what a service answers. */
export interface CachePolicy {
  /** Seconds (`globals.tiles.expires_hours`). */
  readonly maxAge: number;
  /** False where the answer depended on who asked: shared caches must not keep it. */
  readonly isPublic: boolean;
  /** Seconds for which shared caches may send what has expired (RFC 5861). */
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
}

/** The policy of a service for one answer. @param maxAge that of the layer, in place of the service's */
export function policyOf(
  { maxAge: standard, sharing }: Pick<ServiceDeps, "maxAge" | "sharing">,
  { maxAge = standard, isPublic }: { maxAge: number | undefined; isPublic: boolean },
): CachePolicy {
  const { staleWhileRevalidate, staleIfError } = sharing;
  return { maxAge, isPublic, staleWhileRevalidate, staleIfError };
}

/** What identifies one state of an answer (RFC 9110, 8.8). */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  /** ms since 1970; `undefined` if unknown. */
  readonly modified: number | undefined;
  /** Of a tile that is kept in memory: the headers that went out with it last. */
  sent?: SentHeaders;
}

interface SentHeaders {
  readonly type: string;
  readonly policy: CachePolicy;
  readonly headers: Headers;
}

/** Validators of tiles that are kept in memory, by their bytes. */
const known = new WeakMap<Uint8Array, { timestamp: number; validators: Validators }>();

/** Seconds for which a tile may be kept that stands in for one that could not be made anew. */
const STALE_MAX_AGE = 60;

/**
 * What an answer says in whose place a stale copy is served, because the source failed (RFC 9211, 2): it was found,
 * was too old, and nothing newer could be had.
 */
export const STALE: Readonly<Record<string, string>> = {
  "cache-status": 'Rhumb; fwd=stale; detail="source failed, stored copy served"',
};

/** Value of `Cache-Control` for an answer that may be kept. */
export function cacheControl(policy: CachePolicy): string {
  const { maxAge, isPublic, staleWhileRevalidate: whileRevalidate, staleIfError: ifError } = policy;
  if (!isPublic) return `private, max-age=${maxAge}`;
  const more =
    (whileRevalidate === undefined ? "" : `, stale-while-revalidate=${whileRevalidate}`) +
    (ifError === undefined ? "" : `, stale-if-error=${ifError}`);
  return `public, max-age=${maxAge}, s-maxage=${maxAge}${more}`;
}

/** The policy for a stale tile: clients ask again soon, when the source may be back. */
function stalePolicy(policy: CachePolicy): CachePolicy {
  return { isPublic: policy.isPublic, maxAge: Math.min(STALE_MAX_AGE, policy.maxAge) };
}

/**
 * Entity tag of a stored tile: MD5 of its time in seconds and its length, so that no byte of it is
 * looked at. The same number that users of the reference have in their browsers.
 *
 * @param timestamp ms since 1970
 * @param size bytes
 * @example tileEtag(1234567890000, 10214) // MD5 of "1234567890.010214"
 */
export function tileEtag(timestamp: number, size: number): string {
  const seconds = timestamp / 1000;
  return md5Hex(Number.isInteger(seconds) ? `${seconds}.0${size}` : `${seconds}${size}`);
}

/**
 * Validators of a stored tile. Where the store knows no time the bytes speak for themselves: by 128 bits of SHA-1, which processors have
 * instructions for.
 *
 * A time ahead of the clock is not passed on: a client could not use it before it has come
 * (RFC 9110, 8.8.2.1).
 *
 * @param now ms since 1970
 */
export function tileValidators(
  tile: { readonly bytes: Uint8Array; readonly timestamp: number | undefined },
  now: number,
): Validators {
  const { bytes, timestamp } = tile;
  if (timestamp === undefined) return { etag: sha1Hex(bytes).slice(0, 32), modified: undefined };
  const etag = (): string => tileEtag(timestamp, bytes.length);
  if (timestamp > now) return { etag: etag(), modified: now };
  const found = known.get(bytes);
  if (found?.timestamp === timestamp) return found.validators;
  const validators = { etag: etag(), modified: timestamp };
  known.set(bytes, { timestamp, validators });
  return validators;
}

/**
 * Answers with `body`, or with 304 if the client has it already (RFC 9110, 13.1).
 *
 * Dates are looked at only where the client sends no tag (13.1.3).
 */
export function cachedResponse(
  body: Uint8Array,
  about: {
    type: string;
    validators: Validators;
    policy: CachePolicy;
    /** A stale tile that stands in: clients ask again soon, and are told. */
    isStale?: boolean;
  },
  asked: Headers,
): Response {
  const { type, validators, policy, isStale = false } = about;
  if (isNotModified(asked, validators)) {
    return new Response(null, { status: 304, headers: keepingHeaders(about) });
  }
  const { sent } = validators;
  if (sent?.type === type && sent.policy === policy && !isStale) {
    return new Response(body as BodyInit, { headers: sent.headers });
  }
  const headers = new Headers(keepingHeaders(about));
  headers.set("content-type", type);
  headers.set("content-length", String(body.length));
  if (!isStale) validators.sent = { type, policy, headers };
  return new Response(body as BodyInit, { headers });
}

/** How long to keep an answer, and how to ask for it again. */
function keepingHeaders(about: {
  readonly type: string;
  readonly validators: Validators;
  readonly policy: CachePolicy;
  readonly isStale?: boolean;
}): Record<string, string> {
  const { etag, modified } = about.validators;
  const policy = about.isStale ? stalePolicy(about.policy) : about.policy;
  return {
    etag: `"${etag}"`,
    "cache-control": cacheControl(policy),
    ...(about.isStale && STALE),
    ...(modified !== undefined && { "last-modified": new Date(modified).toUTCString() }),
    ...(varies(about.type) && { vary: VARY }),
  };
}

/** Whether the conditions of the request say that the client's copy is still good (RFC 9110, 13.2.2). */
export function isNotModified(asked: Headers, validators: Validators): boolean {
  const tags = asked.get("if-none-match");
  if (tags !== null) return matchesTag(tags, validators.etag);
  if (validators.modified === undefined) return false;
  const since = asked.get("if-modified-since");
  if (since === null) return false;
  const date = parseHttpDate(since);
  // HTTP dates have whole seconds: a tile made within the second that the client names is the same.
  return date !== undefined && Math.floor(validators.modified / 1000) * 1000 <= date;
}

/** A quoted tag, weak or not, or a bare word as the reference sends its tags. */
const TAG = /(?:W\/)?"([^"]*)"|([^\s",]+)/g;

/** `*`, one tag or a list (RFC 9110, 13.1.2): weak ones match too, as they do where bodies are not changed. */
function matchesTag(header: string, etag: string): boolean {
  if (header === etag) return true;
  if (header.length > 8192) return false;
  for (const [, quoted, bare] of header.matchAll(TAG)) {
    if (quoted === etag || bare === etag || bare === "*") return true;
  }
  return false;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** `Fri, 13 Feb 2009 23:31:30 GMT` and `Friday, 13-Feb-09 23:31:30 GMT`. */
const RFC_DATE = /^(?:[a-z]{3,9},? )?(\d{1,2})[ -]([a-z]{3})[ -](\d{2}|\d{4}) (\d\d):(\d\d):(\d\d)/;
/** `Fri Feb 13 23:31:30 2009`. */
const ASCTIME = /^(?:[a-z]{3} )?([a-z]{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4}|\d{2})/;

/**
 * Reads a date in any of the three forms of RFC 9110, 5.6.7: ms since 1970.
 *
 * The weekday is not looked at; years of two digits are 1970 to 2069. `undefined` if it is no date.
 */
export function parseHttpDate(text: string): number | undefined {
  const lower = text.trim().slice(0, 64).toLowerCase();
  const rfc = RFC_DATE.exec(lower);
  if (rfc) return utc(rfc[3]!, rfc[2]!, [rfc[1]!, rfc[4]!, rfc[5]!, rfc[6]!]);
  const asc = ASCTIME.exec(lower);
  if (asc) return utc(asc[6]!, asc[1]!, [asc[2]!, asc[3]!, asc[4]!, asc[5]!]);
  return undefined;
}

function utc(
  year: string,
  month: string,
  [day, hour, minute, second]: readonly [string, string, string, string],
): number | undefined {
  const index = MONTHS.indexOf(month);
  if (index < 0 || Number(day) < 1 || Number(day) > 31) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  let full = Number(year);
  if (year.length === 2) full += full >= 70 ? 1900 : 2000;
  return Date.UTC(full, index, Number(day), Number(hour), Number(minute), Number(second));
}
