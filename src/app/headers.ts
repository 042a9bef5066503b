/** Request headers that shape the links in documents. */
const VARY = "X-Script-Name, X-Forwarded-Host, X-Forwarded-Proto";

/** Response headers that scripts of other origins may read. */
const EXPOSED =
  "Cache-Status, Content-Bbox, Content-Crs, ETag, Link, Link-Template, Server-Timing, X-Request-Id, X-Rhumb-Stale";

/** Seconds after which a client that was sent away may come back. */
const RETRY_AFTER = "5";

export interface Finish {
  /** `undefined`: no such header. */
  readonly allowOrigin: string | undefined;
  readonly id: string;
  readonly cacheStatus: string | undefined;
  readonly timing: string;
  readonly variesByForwarded: boolean;
}

/** Adds the headers that every answer carries. */
export function finish({ headers, status }: Response, o: Finish): void {
  if (status === 503 && !headers.has("retry-after")) headers.set("retry-after", RETRY_AFTER);
  if (o.allowOrigin) {
    headers.set("access-control-allow-origin", o.allowOrigin);
    headers.set("access-control-expose-headers", EXPOSED);
  }
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-request-id", o.id);
  headers.set("server-timing", o.timing);
  if (o.cacheStatus !== undefined) headers.set("cache-status", o.cacheStatus);
  const type = headers.get("content-type");
  const isDocument = type?.startsWith("text/") || type?.startsWith("application/");
  if (isDocument && !headers.has("vary")) headers.set("vary", VARY);
  if (isDocument && o.variesByForwarded) headers.append("vary", "Forwarded");
}

/** Answers what browsers ask before a request of another origin. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
      "access-control-allow-headers": "*",
      "access-control-max-age": "86400",
    },
  });
}

export function notFound(): Response {
  return new Response("not found", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
