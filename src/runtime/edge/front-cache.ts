import { isNotModified } from "../../service/caching.ts";
import type { ExecutionContext } from "./bindings.ts";

/** The part of the Cache API that is used: one cache a data centre, shared by all isolates in it. */
export interface EdgeCache {
  match(key: Request): Promise<Response | undefined>;
  put(key: Request, response: Response): Promise<void>;
  delete(key: Request): Promise<boolean>;
}

/** Name of this cache in `Cache-Status` (RFC 9211). */
const NAME = "rhumb-edge";

/**
 * Answers from the cache of the data centre where it may, else by `answer`, whose pictures are kept.
 *
 * Only pictures are kept: they depend on path and query alone, while documents carry the URL that they
 * were asked at. What an answer forbids (`private`, `no-store`) is not kept, and so neither is what
 * depends on who asks.
 *
 * @param version of the configuration: pictures of another one are not found
 */
export async function throughCache(
  request: Request,
  { cache, version }: { readonly cache: EdgeCache; readonly version: string },
  execution: ExecutionContext,
  answer: () => Promise<Response>,
): Promise<Response> {
  if (!isCacheable(request)) return await answer();
  const key = cacheKey(request.url, version, request.headers.get("accept") ?? "");
  const stored = await cache.match(key);
  if (stored) return conditional(stored, request);
  const response = await answer();
  if (mayKeep(response)) {
    const copy = new Response(response.clone().body, response);
    copy.headers.delete("cache-status");
    execution.waitUntil(cache.put(key, copy));
  }
  return response;
}

/**
 * Under which request a picture is kept: without host, since pictures have no URLs in them, and with
 * what of `Accept` may have chosen the format.
 */
export function cacheKey(url: string, version: string, accept: string): Request {
  const { pathname, search } = new URL(url);
  const variant = /\bimage\/(?:webp|avif)\b/g;
  const formats = [...accept.matchAll(variant)].map(([type]) => type.slice(6)).sort();
  const query = search === "" ? "?" : `${search}&`;
  const marks = new URLSearchParams({ "rhumb-version": version, "rhumb-accept": formats.join() });
  return new Request(`https://rhumb.cache${pathname}${query}${marks}`);
}

function isCacheable(request: Request): boolean {
  const { headers } = request;
  return (
    request.method === "GET" &&
    !headers.has("authorization") &&
    !headers.has("cookie") &&
    !headers.has("range") &&
    // It may move the path.
    !headers.has("x-script-name")
  );
}

function mayKeep(response: Response): boolean {
  const control = response.headers.get("cache-control") ?? "";
  return (
    response.status === 200 &&
    (response.headers.get("content-type") ?? "").startsWith("image/") &&
    /\bpublic\b/.test(control) &&
    !/\bmax-age=0\b|\bno-store\b|\bno-cache\b/.test(control)
  );
}

function conditional(stored: Response, request: Request): Response {
  const headers = new Headers(stored.headers);
  headers.set("cache-status", `${NAME}; hit`);
  const modified = headers.get("last-modified");
  const validators = {
    etag: (headers.get("etag") ?? "").replace(/^W\//, "").replaceAll('"', ""),
    modified: modified === null ? undefined : Date.parse(modified),
  };
  if (isNotModified(request.headers, validators)) {
    headers.delete("content-length");
    headers.delete("content-type");
    return new Response(null, { status: 304, headers });
  }
  return new Response(stored.body, { status: stored.status, headers });
}
