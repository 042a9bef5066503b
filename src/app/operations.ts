import type { Readiness } from "../config/readiness.ts";
import { networks } from "../http/networks.ts";
import { type MetricsSnapshot, prometheusText } from "../observe/metrics.ts";
import type { RequestEnv } from "./app.ts";
import type { AppFetch, LoadedApp } from "./one.ts";

/** Headers by which proxies say that somebody else asks. */
const PROXY_HEADERS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-script-name",
] as const;

export interface OperationsOptions {
  /** Counts of all processes. */
  collect(): Promise<MetricsSnapshot>;
}

/**
 * Answers those who run the server, at the root and below no mount:
 *
 * - `/healthz`: 200 while the process answers at all
 * - `/readyz`: 200 if all caches and sources answer, else 503
 * - `/metrics`: counts for Prometheus
 *
 * Metrics, and which part is not ready, are for `server.metrics_for` only, and not through a proxy.
 */
export function withOperations(
  app: Pick<LoadedApp, "fetch" | "server" | "check">,
  { collect }: OperationsOptions,
): AppFetch {
  const pages: Readonly<Record<string, (isTold: boolean) => Promise<Response>>> = {
    "/healthz": async () => plain("ok\n"),
    "/readyz": async (isTold) =>
      readyPage((await app.check?.()) ?? { isReady: true, parts: [] }, isTold),
    "/metrics": async (isTold) =>
      isTold
        ? plain(prometheusText(await collect()), 200, "text/plain; version=0.0.4; charset=utf-8")
        : plain("forbidden\n", 403),
  };
  const mayKnow = (request: Request, env: RequestEnv): boolean =>
    networks(app.server.metrics_for)(env.peer) &&
    !PROXY_HEADERS.some((name) => request.headers.get(name));

  return async (request, env = {}) => {
    const page = isAtRoot(env) ? pages[pathOf(request.url)] : undefined;
    return page ? await page(mayKnow(request, env)) : await app.fetch(request, env);
  };
}

function isAtRoot({ gateway }: RequestEnv): boolean {
  return gateway === undefined || gateway.mount === "";
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const query = url.indexOf("?", start);
  return url.slice(start, query < 0 ? undefined : query);
}

function readyPage({ isReady, parts }: Readiness, isTold: boolean): Response {
  const status = isReady ? 200 : 503;
  if (!isTold) return plain(isReady ? "ready\n" : "not ready\n", status);
  return plain(`${JSON.stringify({ ready: isReady, parts })}\n`, status, "application/json");
}

function plain(body: string, status = 200, type = "text/plain; charset=utf-8"): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": type,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}
