import type { Log } from "../core/context.ts";
import type { Bound, Fetch } from "./bound.ts";
import {
  CannotListen,
  type Endpoint,
  type Listening,
  listenError,
  listeningUrl,
} from "./endpoint.ts";
import type { NamedPlace, Place } from "./fastcgi/wire.ts";
import { runtimeName, systemClock } from "./local.ts";
import { claimSocket } from "./unix-socket.ts";

export interface ListenOptions extends Listening {
  /** Several processes listen on the same TCP port. */
  readonly shared?: boolean;
  readonly log: Log;
}

/** A listening server. */
export interface Listener {
  /** Where it listens: `http://127.0.0.1:8080`, `fastcgi://var/fcgi-socket`. */
  readonly url: string;
  readonly endpoint: Endpoint;
  /** Takes no new connection, lets requests end (at most `grace` ms), then closes. */
  close(grace: number): Promise<void>;
}

/** Seconds after which a connection without a request is closed. */
const IDLE_TIMEOUT = 120;

/** ms between two looks whether Bun has answered all requests, while it stops. */
const DRAIN_POLL = 20;

/**
 * Serves HTTP or FastCGI with what the runtime has for it.
 *
 * @throws CannotListen if somebody else listens there, or nobody can
 */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  const { endpoint, protocol, log, shared = false } = options;
  const fastCgi = async (answer: Fetch, place: Place) =>
    (await import("./fastcgi/listen.ts")).bindFastCgi(answer, place, log);
  const bind =
    protocol === "fastcgi"
      ? fastCgi
      : { bun: bindBun, deno: bindDeno, node: bindNode }[runtimeName()];
  if (endpoint.kind === "inherited") {
    const bound = await fastCgi(fetch, { fd: endpoint.fd });
    return listener({ protocol, endpoint }, bound, async () => {});
  }
  if (endpoint.kind === "unix") {
    const claimed = await claimSocket(endpoint, (path) => bind(fetch, { path }));
    return listener({ protocol, endpoint }, claimed.server, claimed.release);
  }
  try {
    const bound = await bind(fetch, { ...endpoint, shared });
    const place = { protocol, endpoint: { ...endpoint, port: bound.port } };
    return listener(place, bound, async () => {});
  } catch (error) {
    throw error instanceof CannotListen ? error : listenError(error, endpoint);
  }
}

function listener(
  { protocol, endpoint }: Listening,
  bound: Bound,
  release: () => Promise<void>,
): Listener {
  return {
    endpoint,
    url: listeningUrl({ protocol, endpoint }),
    async close(grace) {
      await release();
      await withGrace(bound.drain(), grace, bound.force);
    },
  };
}

async function bindBun(fetch: Fetch, place: NamedPlace): Promise<Bound> {
  const { Bun } = globalThis as unknown as { Bun: BunApi };
  const isUnix = "path" in place;
  const server = Bun.serve({
    fetch: (request) =>
      fetch(request, {
        get peer() {
          return isUnix ? "unix" : server.requestIP(request)?.address;
        },
      }),
    ...(isUnix
      ? { unix: place.path }
      : { hostname: place.host, port: place.port, reusePort: place.shared }),
    idleTimeout: IDLE_TIMEOUT,
  });
  return {
    port: server.port ?? 0,
    async drain() {
      void server.stop(false);
      // Connections that a client keeps open for later would hold the server until they time out,
      // and so would those on which half a request has come.
      server.closeIdleConnections();
      while (server.pendingRequests > 0) await systemClock.sleep(DRAIN_POLL);
      await server.stop(true);
    },
    force: () => server.stop(true),
  };
}

async function bindDeno(fetch: Fetch, place: NamedPlace): Promise<Bound> {
  const { Deno } = globalThis as unknown as { Deno: DenoApi };
  const isUnix = "path" in place;
  const server = Deno.serve(
    {
      ...(isUnix
        ? { path: place.path }
        : { hostname: place.host, port: place.port, reusePort: place.shared }),
      onListen: () => {},
    },
    (request, { remoteAddr }) => fetch(request, { peer: isUnix ? "unix" : remoteAddr.hostname }),
  );
  return { port: server.addr.port ?? 0, drain: () => server.shutdown(), force: () => undefined };
}

async function bindNode(fetch: Fetch, place: NamedPlace): Promise<Bound> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const isUnix = "path" in place;
  const server = createAdaptorServer({
    fetch: (request, env) => {
      const { socket } = (env as { incoming: { socket: { remoteAddress?: string } } }).incoming;
      return fetch(request, { peer: isUnix ? "unix" : socket.remoteAddress });
    },
  }) as import("node:http").Server;
  let underWay = 0;
  let idle = (): void => {};
  server.on("request", (_request, response) => {
    underWay++;
    response.once("close", () => {
      if (--underWay === 0) idle();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
    server.listen(isUnix ? place : { host: place.host, port: place.port, reusePort: place.shared });
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async drain() {
      server.close();
      server.closeIdleConnections();
      if (underWay > 0) await new Promise<void>((resolve) => (idle = resolve));
      // What is left has sent half a request, or will never send another one.
      server.closeAllConnections();
    },
    force: () => server.closeAllConnections(),
  };
}

/** Waits for `closed`, but not longer than `ms`; then forces it. */
async function withGrace(
  closed: Promise<unknown>,
  ms: number,
  force: () => unknown,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  if ((await Promise.race([closed, late])) === "late") await force();
  clearTimeout(timer);
}

interface BunApi {
  serve(options: {
    fetch: (request: Request) => Response | Promise<Response>;
    unix?: string;
    hostname?: string;
    port?: number;
    reusePort?: boolean;
    idleTimeout: number;
  }): {
    readonly port: number | undefined;
    readonly pendingRequests: number;
    stop(force: boolean): Promise<void>;
    closeIdleConnections(): void;
    requestIP(request: Request): { address: string } | null;
  };
}

interface DenoApi {
  serve(
    options: {
      path?: string;
      hostname?: string;
      port?: number;
      reusePort?: boolean;
      onListen(): void;
    },
    fetch: (
      request: Request,
      info: { remoteAddr: { hostname?: string } },
    ) => Response | Promise<Response>,
  ): { addr: { port?: number }; shutdown(): Promise<void> };
}
