import { serve as serveNode } from "@hono/node-server";
import { runtimeName } from "./local.ts";

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Several processes listen on the same port. */
  readonly shared?: boolean;
}

/** A listening server. */
export interface Listener {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new connection, lets requests end (at most `grace` ms), then closes. */
  close(grace: number): Promise<void>;
}

export type Fetch = (request: Request) => Response | Promise<Response>;

/**
 * Serves HTTP with what the runtime has for it.
 *
 * @throws PortTaken if somebody else listens there
 */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  try {
    switch (runtimeName()) {
      case "bun":
        return listenBun(fetch, options);
      case "deno":
        return listenDeno(fetch, options);
      case "node":
        return await listenNode(fetch, options);
    }
  } catch (error) {
    const code = (error as { code?: string }).code;
    const name = (error as Error).name;
    if (code === "EADDRINUSE" || name === "AddrInUse") throw new PortTaken(options);
    throw error;
  }
}

/** The port is in use. */
export class PortTaken extends Error {
  constructor({ host, port }: ListenOptions) {
    super(`Cannot listen on ${host}:${port}: the port is taken by another program`);
  }
}

/** Seconds after which a connection without a request is closed. */
const IDLE_TIMEOUT = 120;

function urlOf({ host }: ListenOptions, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listenBun(fetch: Fetch, options: ListenOptions): Listener {
  const { Bun } = globalThis as unknown as { Bun: BunApi };
  const server = Bun.serve({
    fetch: (request) => fetch(request),
    hostname: options.host,
    port: options.port,
    reusePort: options.shared ?? false,
    idleTimeout: IDLE_TIMEOUT,
  });
  return {
    url: urlOf(options, server.port),
    close: (grace) => withGrace(server.stop(false), grace, () => server.stop(true)),
  };
}

function listenDeno(fetch: Fetch, options: ListenOptions): Listener {
  const { Deno } = globalThis as unknown as { Deno: DenoApi };
  const server = Deno.serve(
    {
      hostname: options.host,
      port: options.port,
      reusePort: options.shared ?? false,
      onListen: () => {},
    },
    (request) => fetch(request),
  );
  return {
    url: urlOf(options, server.addr.port),
    close: (grace) => withGrace(server.shutdown(), grace, () => undefined),
  };
}

async function listenNode(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  const server = serveNode({ fetch, hostname: options.host, port: options.port });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return {
    url: urlOf(options, port),
    close: (grace) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      return withGrace(closed, grace, () => {
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
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
    fetch: Fetch;
    hostname: string;
    port: number;
    reusePort: boolean;
    idleTimeout: number;
  }): { port: number; stop(force: boolean): Promise<void> };
}

interface DenoApi {
  serve(
    options: { hostname: string; port: number; reusePort: boolean; onListen(): void },
    fetch: Fetch,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}
