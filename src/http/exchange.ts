import type { Context } from "../core/context.ts";
import type { HttpAnswer, HttpRequest } from "./client.ts";
import type { CookieJar } from "./cookies.ts";
import { authorize } from "./digest.ts";
import { HttpFailure } from "./failure.ts";
import type { TlsOptions } from "./tls.ts";
import type { Credentials } from "./url.ts";

/** One question to a server, with all that it takes to ask it. */
export interface Exchange {
  readonly fetch: typeof globalThis.fetch;
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  readonly init: HttpRequest;
  /** Sent unless the request has its own. */
  readonly headers: Headers;
  /** ms for each single wait; twice that for all. */
  readonly timeout: number;
  readonly maxBytes: number;
  readonly tls: TlsOptions;
  readonly jar: CookieJar | undefined;
}

/** Redirects that are followed for one request. */
const MAX_REDIRECTS = 10;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Asks, follows redirects and answers a challenge, and reads the answer to its end.
 *
 * @throws HttpFailure if there is no answer; one with an error status is an answer
 */
export async function exchange(e: Exchange, ctx: Context): Promise<HttpAnswer> {
  const watch = startWatch(e.timeout, ctx.signal);
  try {
    if (e.tls.warning && e.url.protocol === "https:") {
      ctx.log.warn("tls-option-ignored", { reason: e.tls.warning });
    }
    const response = await ask(e, watch);
    return {
      status: response.status,
      contentType: response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase(),
      headers: response.headers,
      bytes: await readBody(response, e.maxBytes, watch),
    };
  } catch (error) {
    if (error instanceof HttpFailure) throw error;
    if (watch.expired()) throw new HttpFailure("network", "timed out");
    const reason = reasonOf(error);
    throw new HttpFailure(isTlsReason(reason) ? "tls" : "network", reason);
  } finally {
    watch.stop();
  }
}

/** Sends until the answer is neither a redirect nor a challenge that can be met. */
async function ask(e: Exchange, watch: Watch): Promise<Response> {
  let { url } = e;
  let { method = "GET", body } = e.init;
  let authorization: string | undefined;
  for (let redirects = 0; ; ) {
    const response = await send(e, { url, method, body, authorization }, watch);
    e.jar?.store(url, response.headers);

    const challenge = response.headers.get("www-authenticate");
    if (response.status === 401 && e.credentials && challenge && authorization === undefined) {
      authorization = await authorize(
        challenge,
        e.credentials,
        { method, url: url.href },
        crypto.randomUUID().replaceAll("-", ""),
      );
      if (authorization === undefined) return response;
      await response.body?.cancel();
      continue;
    }

    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    url = redirectTarget(location, url, response.status);
    if (++redirects > MAX_REDIRECTS) {
      throw new HttpFailure("status", "too many redirects", response.status);
    }
    // a digest is made for one URL
    authorization = undefined;
    const becomesGet = response.status < 304 && method !== "HEAD";
    if (becomesGet) {
      method = "GET";
      body = undefined;
    }
  }
}

async function send(
  e: Exchange,
  to: {
    url: URL;
    method: string;
    body: HttpRequest["body"];
    authorization: string | undefined;
  },
  watch: Watch,
): Promise<Response> {
  const headers = new Headers(e.headers);
  for (const [name, value] of Object.entries(e.init.headers ?? {})) {
    if (to.body !== undefined || name.toLowerCase() !== "content-type") headers.set(name, value);
  }
  if (to.authorization !== undefined) headers.set("authorization", to.authorization);
  const cookies = e.jar?.header(to.url);
  if (cookies !== undefined && !headers.has("cookie")) headers.set("cookie", cookies);

  const init: RequestInit & { tls?: object } = {
    method: to.method,
    headers,
    redirect: "manual",
    signal: watch.signal,
  };
  if (to.body !== undefined) init.body = to.body;
  if (to.url.protocol === "https:" && (!e.tls.verify || e.tls.ca)) {
    init.tls = {
      rejectUnauthorized: e.tls.verify,
      ...(e.tls.ca ? { ca: await e.tls.ca() } : {}),
    };
  }
  watch.restart();
  return e.fetch(to.url.href, init);
}

/**
 * Where a redirect leads. A server that was configured is trusted with its own URLs, not with those
 * of its neighbours: everything but the same origin, or the same host by `https`, is refused.
 */
function redirectTarget(location: string, from: URL, status: number): URL {
  const target = URL.parse(location, from);
  if (target && target.username === "" && staysOnServer(from, target)) return target;
  throw new HttpFailure(
    "status",
    `${status}, redirect to another server refused (${target?.origin ?? "no URL"})`,
    status,
  );
}

/** Whether two URLs are of one origin, or the second is that of the same host by `https`. */
export function staysOnServer(from: URL, to: URL): boolean {
  const isUpgrade =
    from.protocol === "http:" &&
    to.protocol === "https:" &&
    from.port === "" &&
    to.port === "" &&
    from.hostname === to.hostname;
  return to.origin === from.origin || isUpgrade;
}

async function readBody(response: Response, maxBytes: number, watch: Watch): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  const expected = Number(response.headers.get("content-length") ?? 0);
  if (expected > maxBytes) {
    await response.body.cancel();
    throw tooLarge(maxBytes);
  }
  const bytes = await readStream(response.body, { maxBytes, expected }, watch);
  // Deno leaves what was compressed against our wish as it came, the others do not
  const isPacked =
    response.headers.get("content-encoding") === "gzip" && bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isPacked) return bytes;
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const unpacked = packed.pipeThrough(new DecompressionStream("gzip"));
  return readStream(unpacked, { maxBytes, expected: 0 }, watch);
}

/** Bytes for which room is made on the word of the sender alone. */
const MOST_AHEAD = 4 * 2 ** 20;

/** @param size `expected` bytes, if the sender has told the truth: what comes is put in its place at once */
async function readStream(
  stream: ReadableStream<Uint8Array>,
  { maxBytes, expected }: { readonly maxBytes: number; readonly expected: number },
  watch: Watch,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(expected > 0 ? Math.min(expected, MOST_AHEAD) : 0);
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    watch.restart();
    const { done, value } = await untilAborted(reader.read(), watch.signal);
    if (done) return bytes.subarray(0, length);
    const end = length + value.length;
    if (end > maxBytes) {
      await reader.cancel();
      throw tooLarge(maxBytes);
    }
    if (length === 0 && end >= expected) bytes = value as Uint8Array<ArrayBuffer>;
    else {
      if (end > bytes.length) {
        const more = new Uint8Array(Math.max(2 * bytes.length, end));
        more.set(bytes.subarray(0, length));
        bytes = more;
      }
      bytes.set(value, length);
    }
    length = end;
  }
}

function tooLarge(maxBytes: number): HttpFailure {
  return new HttpFailure("other", `answer is larger than ${maxBytes} bytes`);
}

/** Not every runtime lets go of a body that is being read when the request is aborted. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface Watch {
  /** Aborts when a wait, or all of them, took too long, or when the client is gone. */
  readonly signal: AbortSignal;
  /** Begins the next wait. */
  restart(): void;
  expired(): boolean;
  stop(): void;
}

function startWatch(timeout: number, client: AbortSignal): Watch {
  const controller = new AbortController();
  const expire = (): void => controller.abort(new HttpFailure("network", "timed out"));
  const total = setTimeout(expire, 2 * timeout);
  let wait = setTimeout(expire, timeout);
  return {
    signal: AbortSignal.any([controller.signal, client]),
    restart() {
      clearTimeout(wait);
      wait = setTimeout(expire, timeout);
    },
    expired: () => controller.signal.aborted,
    stop() {
      clearTimeout(wait);
      clearTimeout(total);
    },
  };
}

/** The innermost cause: the outer ones only say that fetching failed. */
function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return String(inner);
  const code = (inner as { code?: unknown }).code;
  return typeof code === "string" && !inner.message.includes(code)
    ? `${inner.message} (${code})`
    : inner.message;
}

function isTlsReason(reason: string): boolean {
  return /certificate|\bTLS\b|\bSSL\b|CERT_|self[- ]signed|UNABLE_TO_(?:VERIFY|GET_ISSUER)/i.test(
    reason,
  );
}
