import { Hono, type Context as HonoContext } from "hono";
import { basePath } from "hono/route";
import type { AppParts } from "../config/build.ts";
import { networks } from "../http/networks.ts";
import { redactUrl } from "../http/url.ts";
import type { Handler } from "../model/service.ts";
import { withFields } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { RequestTrace } from "../observe/request-trace.ts";
import { errorResponse, internalError } from "./errors.ts";
import { type Front, frontOf } from "./forwarded.ts";
import { finish, notFound, preflight } from "./headers.ts";
import { welcome } from "./pages.ts";
import { purgeHandler } from "./purge.ts";
import { OwnRequest } from "./request.ts";
import { encodePath, type Mounted, mountOf, parseTarget, publicOrigin } from "./url.ts";

/** What a runtime, or the host of several applications, tells about a single request. */
export interface RequestEnv {
  /** Where the application was reached, if its host has worked that out already. */
  readonly mounted?: Mounted;
  /** What a gateway (FastCGI, an embedding application) has mapped here. */
  readonly gateway?: Mounted | undefined;
  /** Name of the configuration, where one server has several. */
  readonly instance?: string;
  /** Address of the other end of the connection; `unix` for a socket in the file system. */
  readonly peer?: string | undefined;
  /** Address of the client, where the gateway knows it. */
  readonly client?: string | undefined;
  waitUntil?(work: Promise<unknown>): void;
}

/** What is known of a request before anybody looks at its path. */
interface RequestNotes {
  readonly front: Front;
  readonly id: string;
  readonly trace: RequestTrace;
}

/** Gives the time in ms, from any start; steady. */
const elapsed = (): number => performance.now();

/**
 * The application as a Hono app: mount it, serve it, or call its `fetch`.
 *
 * The first word of the path below the mount chooses the service; what follows is the service's.
 */
export function createHono(parts: AppParts, metrics?: Metrics): Hono<{ Bindings: RequestEnv }> {
  const handlers = handlersOf(parts);
  const home = parts.services.find((service) => service.home)?.home;
  const isTrusted = networks(parts.trustedProxies);

  async function respond(request: Request, env: RequestEnv): Promise<Response> {
    const begin = elapsed();
    const front = frontOf(request.headers, () => isTrusted(env.peer));
    const id = requestId(front.get("x-request-id"));
    const trace = new RequestTrace(metrics);
    metrics?.change("rhumb_requests_in_progress", 1);
    const [service, response] = await answerAlways(request, env, { front, id, trace });
    metrics?.change("rhumb_requests_in_progress", -1);
    const ms = elapsed() - begin;
    metrics?.add("rhumb_requests_total", [service, String(response.status)]);
    metrics?.observe("rhumb_request_duration_seconds", [service], ms / 1000);
    finish(response, {
      allowOrigin: parts.allowOrigin,
      id,
      cacheStatus: trace.cacheStatus,
      timing: trace.serverTiming(ms),
      variesByForwarded: front.get("forwarded") !== null,
    });
    if (parts.accessLog) {
      parts.log.info("request", {
        request: id,
        client: clientOf(front, env),
        method: request.method,
        url: redactUrl(request.url),
        status: response.status,
        bytes: response.headers.get("content-length") ?? undefined,
        ms: Math.round(ms * 10) / 10,
        cache: trace.cacheStatus,
      });
    }
    return response;
  }

  /** An answer whatever happens: nothing that a plug-in throws reaches the runtime. */
  async function answerAlways(
    request: Request,
    env: RequestEnv,
    o: RequestNotes,
  ): Promise<[service: string, Response]> {
    try {
      const asked = parts.interceptors.length > 0 ? await intercepted(request) : request;
      return await answer(asked, env, o);
    } catch (error) {
      parts.log.error("request-failed", { request: o.id, error });
      return ["none", internalError()];
    }
  }

  async function intercepted(request: Request): Promise<Request> {
    let current = request;
    for (const intercept of parts.interceptors) current = await intercept(current);
    return current;
  }

  /** @returns name of the service for the metrics, and its answer */
  async function answer(
    request: Request,
    env: RequestEnv,
    o: RequestNotes,
  ): Promise<[service: string, Response]> {
    const target = parseTarget(request.url);
    if (target.path === undefined) return ["none", notFound()];
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return ["none", preflight()];
    }
    const at = env.gateway ?? { mount: "", path: target.path };
    const mounted = env.mounted ?? mountOf(at, o.front.get("x-script-name"), parts.basePath);
    const own = new OwnRequest(request, {
      ...mounted,
      query: target.query,
      instance: env.instance,
      client: () => clientOf(o.front, env),
      scriptUrl: () =>
        parts.publicUrl ??
        publicOrigin(target, request.headers, o.front.forwarded()) + encodePath(mounted.mount),
      log: withFields(parts.log, { request: o.id }),
      trace: o.trace,
      waitUntil: (work) => env.waitUntil?.(work),
      async dispatch(path) {
        const url = new URL(encodePath(mounted.mount) + path, request.url);
        const { path: below = "" } = parseTarget(new URL(path, request.url).href);
        const inner = { ...env, mounted: { mount: mounted.mount, path: below } };
        const [, response] = await answer(new Request(url, { headers: request.headers }), inner, o);
        return response;
      },
    });
    const word = firstWord(mounted.path);
    const handler = handlers.get(word);
    try {
      const response = await handler?.(own);
      if (response) return [word, response];
    } catch (error) {
      return [word, errorResponse(error, own)];
    }
    if (mounted.path !== "" && mounted.path !== "/") return ["none", notFound()];
    const demoUrl = parts.hasDemo ? `${own.scriptUrl}/demo/` : undefined;
    return ["home", (await home?.(own)) ?? welcome(demoUrl)];
  }

  const app = new Hono<{ Bindings: RequestEnv }>();
  app.all("*", (c) => respond(c.req.raw, envOf(c)));
  return app;
}

function handlersOf(parts: AppParts): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const service of parts.services) {
    for (const [segment, handler] of Object.entries(service.routes)) handlers.set(segment, handler);
  }
  if (parts.purge) handlers.set("purge", purgeHandler(parts.purge));
  return handlers;
}

/** What a runtime says of a request, or where another Hono app has mounted this one. */
export function envOf(c: HonoContext<{ Bindings: RequestEnv }>): RequestEnv {
  const { env } = c;
  if (env && ("peer" in env || "mounted" in env || "waitUntil" in env)) return env;
  const mount = basePath(c).replace(/\/$/, "");
  const waitUntil = (work: Promise<unknown>): void => {
    try {
      c.executionCtx.waitUntil(work);
    } catch {
      // Hono throws where the runtime has none: there work goes on by itself.
    }
  };
  if (mount === "") return { waitUntil };
  const path = (parseTarget(c.req.raw.url).path ?? "").slice(mount.length);
  return { waitUntil, gateway: { mount, path } };
}

/** Address of the client: what a trusted proxy says, else who is at the other end of the connection. */
function clientOf(front: Front, { client, peer }: RequestEnv): string | undefined {
  return front.forwarded().client ?? client ?? peer;
}

/** The word that chooses the service: the leading slash and what follows it, up to a non-word. */
function firstWord(path: string): string {
  return /^\/([\p{L}\p{N}_]+)/u.exec(path)?.[1] ?? "";
}

/** The identifier that a trusted proxy gave the request, or a new one. */
function requestId(given: string | null): string {
  return given !== null && /^[\w.:-]{1,80}$/.test(given) ? given : crypto.randomUUID();
}
