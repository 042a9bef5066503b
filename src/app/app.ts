import { Hono } from "hono";
import type { AppParts } from "../config/build.ts";
import type { Context } from "../core/context.ts";
import { escapeXml } from "../core/text.ts";
import { VERSION } from "../core/version.ts";
import type { Handler, ServiceRequest } from "../model/service.ts";
import { errorResponse } from "./errors.ts";
import {
  encodePath,
  type Mounted,
  mountOf,
  parseTarget,
  publicOrigin,
  type Target,
} from "./url.ts";

/** What a runtime, or the host of several applications, tells about a single request. */
export interface RequestEnv {
  /** Where the application was reached, if its host has worked that out already. */
  mounted?: Mounted;
  /** Address of the other end of the connection; `unix` for a socket in the file system. */
  readonly peer?: string | undefined;
  waitUntil?(work: Promise<unknown>): void;
}

/** Request headers that shape the links in documents. */
const VARY = "X-Script-Name, X-Forwarded-Host, X-Forwarded-Proto";

/** Response headers that scripts of other origins may read. */
const EXPOSED = "Content-Bbox, Content-Crs, ETag, Link, Link-Template, X-Rhumb-Stale";

/**
 * The application as a Hono app: mount it, serve it, or call its `fetch`.
 *
 * The first word of the path below the mount chooses the service; what follows is the service's.
 */
export function createHono(parts: AppParts): Hono<{ Bindings: RequestEnv }> {
  const handlers = new Map<string, Handler>();
  for (const service of parts.services) {
    for (const [segment, handler] of Object.entries(service.routes)) handlers.set(segment, handler);
  }
  const home = parts.services.find((service) => service.home)?.home;

  async function respond(request: Request, env: RequestEnv): Promise<Response> {
    const target = parseTarget(request.url);
    if (target.path === undefined) return notFound();
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return preflight();
    }
    const mounted =
      env.mounted ?? mountOf(target.path, request.headers.get("x-script-name"), parts.basePath);
    const serviceRequest = requestFor(parts, request, { target, env, ...mounted }, (path) => {
      const url = new URL(mounted.mount + path, request.url);
      const inner = { mount: mounted.mount, path: url.pathname.slice(mounted.mount.length) };
      return respond(new Request(url, { headers: request.headers }), { ...env, mounted: inner });
    });
    const handler = handlers.get(firstWord(mounted.path));
    try {
      const response = await handler?.(serviceRequest);
      if (response) return response;
    } catch (error) {
      return errorResponse(error, serviceRequest);
    }
    if (mounted.path !== "" && mounted.path !== "/") return notFound();
    const demoUrl = parts.hasDemo ? `${serviceRequest.scriptUrl}/demo/` : undefined;
    return (await home?.(serviceRequest)) ?? welcome(demoUrl);
  }

  const app = new Hono<{ Bindings: RequestEnv }>();
  app.all("*", async (c) => finish(await respond(c.req.raw, executionOf(c)), parts.allowOrigin));
  return app;
}

/** `waitUntil` of the runtime, where it has one. */
function executionOf(c: { env: RequestEnv | undefined; executionCtx: unknown }): RequestEnv {
  if (c.env?.waitUntil || c.env?.mounted) return c.env;
  try {
    return c.executionCtx as RequestEnv;
  } catch {
    return {}; // Hono throws where the runtime gave no execution context
  }
}

/** The word that chooses the service: the leading slash and what follows it, up to a non-word. */
function firstWord(path: string): string {
  return /^\/([\p{L}\p{N}_]+)/u.exec(path)?.[1] ?? "";
}

/** A request as services see it; links are only worked out by those that write some. */
function requestFor(
  parts: AppParts,
  request: Request,
  at: Mounted & { readonly target: Target; readonly env: RequestEnv },
  dispatch: ServiceRequest["dispatch"],
): ServiceRequest {
  const { target, env, mount, path } = at;
  const incoming = {
    method: request.method,
    mount,
    path,
    query: target.query,
    headers: request.headers,
  };
  const ctx: Context = {
    get signal() {
      return request.signal;
    },
    log: parts.log,
    waitUntil: (work) => {
      const guarded = work.catch((error) => parts.log.error("background-failed", { error }));
      env.waitUntil?.(guarded);
    },
    incoming,
  };
  return {
    ...incoming,
    ctx,
    get scriptUrl() {
      return parts.publicUrl ?? publicOrigin(target, request.headers) + encodePath(mount);
    },
    get baseUrl() {
      return this.scriptUrl + encodePath(path);
    },
    dispatch,
  };
}

/** Headers that every answer carries. */
function finish(response: Response, allowOrigin: string | undefined): Response {
  const { headers } = response;
  if (allowOrigin) {
    headers.set("access-control-allow-origin", allowOrigin);
    headers.set("access-control-expose-headers", EXPOSED);
  }
  headers.set("x-content-type-options", "nosniff");
  const type = headers.get("content-type");
  const isDocument = type?.startsWith("text/") || type?.startsWith("application/");
  if (isDocument && !headers.has("vary")) headers.set("vary", VARY);
  return response;
}

function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
      "access-control-allow-headers": "*",
      "access-control-max-age": "86400",
    },
  });
}

function notFound(): Response {
  return new Response("not found", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function welcome(demoUrl: string | undefined): Response {
  const link = demoUrl ? `<p>See the <a href="${escapeXml(demoUrl)}">demo</a>.</p>` : "";
  return new Response(
    `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Rhumb ${VERSION}</title></head>
<body><h1>Welcome to Rhumb ${VERSION}</h1><p>A map proxy and tile cache that reads the configuration of MapProxy.</p>${link}</body>
</html>
`,
    { headers: { "content-type": "text/html; charset=utf-8" } },
  );
}
