import type { Context } from "../core/context.ts";
import { LockTimeout, NotModified, SourceError } from "../core/errors.ts";
import { sha256Hex } from "../core/hash.ts";
import { VERSION } from "../core/version.ts";
import type { Platform } from "../platform/platform.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "./client.ts";
import { type Exchange, exchange } from "./exchange.ts";
import { HttpFailure } from "./failure.ts";
import { HttpPool } from "./pool.ts";
import { withRetries } from "./retry.ts";
import { tlsOptions } from "./tls.ts";
import { addressCheck } from "./upstream-address.ts";
import { redactText, redactUrl, splitCredentials } from "./url.ts";

/** Options of outgoing HTTP, in the spelling of the configuration; absent ones have the defaults. */
export interface HttpOptions {
  /**
   * Seconds for each wait: until the answer begins, and from one piece of it to the next; all of an
   * exchange (redirects and authorization included) may take twice as long. Default 60.
   */
  readonly client_timeout?: number | undefined;
  readonly ssl_no_cert_checks?: boolean | undefined;
  /** Absolute path of a PEM file; default: the certificates of the system. */
  readonly ssl_ca_certs?: string | undefined;
  /** Replace the default ones of the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Networks in which servers may have their addresses; default: any. */
  readonly upstream_networks?: readonly string[] | undefined;
  /** SHA-256 (hex) of answers that count as 404. */
  readonly placeholders?: readonly string[] | undefined;
  /** Further attempts for a GET that failed in a way that may pass, within one `client_timeout`. Default 0. */
  readonly retries?: number | undefined;
  /** Default true. */
  readonly hide_error_details?: boolean | undefined;
  readonly manage_cookies?: boolean | undefined;
  /** Most requests to one host at the same time; 0 (default): any number. */
  readonly concurrent_requests?: number | undefined;
  /** Shared by all clients of one configuration; a client without has a pool of its own. */
  readonly pool?: HttpPool | undefined;
}

/** Most bytes of an answer, after decompression. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Outgoing HTTP of one source.
 *
 * Only `http:` and `https:` URLs are asked, redirects are followed only within the origin that was
 * asked (an upgrade from `http` to `https` of the same host included), and user and password of the
 * URL are sent only after the server asked for them.
 *
 * @param source name, for errors and logs
 * @throws ConfigError if the runtime cannot use certificates of its own for requests, or look at addresses
 */
export function createHttpClient(
  options: HttpOptions,
  platform: Platform,
  source: string,
): HttpClient {
  const tls = tlsOptions(
    { ca: options.ssl_ca_certs, verify: !options.ssl_no_cert_checks },
    platform,
  );
  const checkAddress = addressCheck(options.upstream_networks, platform);
  const pool = options.pool ?? new HttpPool(platform.clock);
  const timeout = (options.client_timeout ?? 60) * 1000;
  const slots = options.concurrent_requests ?? 0;
  const headers = defaultHeaders(options.headers);
  const placeholders = new Set(options.placeholders?.map((hash) => hash.toLowerCase()));
  const { clock } = platform;
  const retrying = { retries: options.retries ?? 0, time: timeout, clock };
  const once = { ...retrying, retries: 0 };
  const wording = { source, hide: options.hide_error_details ?? true };
  const settings: Omit<Exchange, "url" | "credentials" | "init"> = {
    fetch: platform.fetch,
    headers,
    timeout,
    maxBytes: MAX_BYTES,
    tls,
    jar: options.manage_cookies ? pool.jar(tls.id) : undefined,
  };

  const limit = <T>(key: string, work: () => Promise<T>, ctx: Context): Promise<T> =>
    slots > 0 ? pool.limit(key, { slots, timeout, signal: ctx.signal }, work) : work();

  return {
    redact: redactUrl,
    limit,
    async request(configured: string, init: HttpRequest, ctx: Context): Promise<HttpAnswer> {
      const { url, credentials } = splitCredentials(configured);
      const begin = platform.clock.now();
      const method = init.method ?? "GET";
      const origin = init.isPicture && method === "GET" ? ctx.origin : undefined;
      const conditions = origin?.conditions;
      const headers = { ...init.headers, ...conditions };
      let answer: HttpAnswer | undefined;
      try {
        const target = parseTarget(url);
        const attempt = async (): Promise<HttpAnswer> => {
          const work = () =>
            exchange({ ...settings, url: target, credentials, init: { ...init, headers } }, ctx);
          if (checkAddress) {
            await checkAddress(target);
            ctx.signal.throwIfAborted();
          }
          answer = await limit(target.host, work, ctx);
          if (conditions && answer.status === 304) {
            origin?.note(answer.headers);
            throw new NotModified();
          }
          checkStatus(answer, method);
          checkPlaceholder(answer, placeholders);
          origin?.note(answer.headers);
          return answer;
        };
        return await withRetries(attempt, method === "GET" ? retrying : once, ctx);
      } catch (error) {
        ctx.signal.throwIfAborted(); // the client has gone: not the source's fault
        if (error instanceof NotModified) throw error;
        throw describe(error, configured, wording);
      } finally {
        const ms = platform.clock.now() - begin;
        ctx.trace?.upstream(source, ms, answer && answer.status < 400 ? "ok" : "failed");
        ctx.log.info("upstream-request", {
          source,
          method,
          url: redactUrl(configured),
          status: answer?.status,
          kib: answer && Math.round(answer.bytes.length / 102.4) / 10,
          ms,
        });
      }
    },
  };
}

function defaultHeaders(configured: HttpOptions["headers"]): Headers {
  // Compressed pictures gain nothing, and sizes can be checked while they come in.
  const headers = new Headers({
    "user-agent": `Rhumb/${VERSION}`,
    "accept-encoding": "identity",
  });
  for (const [name, value] of Object.entries(configured ?? {})) headers.set(name, value);
  return headers;
}

function parseTarget(url: string): URL {
  const target = URL.parse(url);
  if (!target) throw new HttpFailure("url", "not a URL");
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new HttpFailure("url", `unknown url type: ${target.protocol.slice(0, -1)}`);
  }
  return target;
}

/** A map server that answers "no content" to a question about a map has failed. */
function checkStatus({ status }: HttpAnswer, method: string): void {
  if (status < 200 || status > 299) throw new HttpFailure("status", String(status), status);
  if (status === 204 && (method === "GET" || method === "POST")) {
    throw new HttpFailure("empty", "204 No Content", status);
  }
}

/** "Map not available" as a picture, with status 200. */
function checkPlaceholder({ bytes }: HttpAnswer, placeholders: ReadonlySet<string>): void {
  if (placeholders.size === 0 || !placeholders.has(sha256Hex(bytes))) return;
  throw new HttpFailure("status", "404: the answer is one of http.placeholders", 404);
}

const MESSAGES: Record<HttpFailure["kind"], string> = {
  status: "HTTP Error",
  empty: "HTTP Error",
  network: "No response from URL",
  tls: "Could not verify connection to URL",
  url: "URL not correct",
  other: "Internal HTTP error",
};

function describe(
  error: unknown,
  url: string,
  { source, hide }: { source: string; hide: boolean },
): SourceError {
  const failure =
    error instanceof HttpFailure
      ? error
      : error instanceof LockTimeout
        ? new HttpFailure("network", "too many concurrent requests")
        : new HttpFailure("other", error instanceof Error ? error.message : String(error));
  const message = MESSAGES[failure.kind];
  const reason = redactText(failure.message, url);
  const redacted = redactUrl(url);
  const detail =
    failure.kind === "empty" ? `${message} "${reason}"` : `${message} "${redacted}": ${reason}`;
  const short =
    hide && failure.kind !== "empty" ? `${message} (see logs for URL and reason).` : detail;
  return new SourceError(source, short, {
    url: redacted,
    status: failure.status,
    detail: failure.kind === "empty" ? `${message} "${redacted}": ${reason}` : detail,
    cause: error,
  });
}
