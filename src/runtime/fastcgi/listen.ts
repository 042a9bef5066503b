import { createServer, type Server } from "node:net";
import type { Log } from "../../core/context.ts";
import type { Bound, Fetch } from "../serve.ts";
import { Connection } from "./connection.ts";

/** Where to bind, with the path that the socket has at first. */
export type NamedPlace =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly shared: boolean };

/** The same, or a socket that listens already. */
export type Place = NamedPlace | { readonly fd: number };

/**
 * Answers a web server that speaks FastCGI.
 *
 * Requests come with what the web server mapped (`gateway`) and who asked it (`client`).
 */
export async function bindFastCgi(fetch: Fetch, place: Place, log: Log): Promise<Bound> {
  const connections = new Set<Connection>();
  let ended = (): void => {};
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = "host" in place ? socket.remoteAddress : "unix";
    const connection = new Connection(
      socket,
      (request, { gateway, client }) => fetch(request, { peer, gateway, client }),
      log,
    );
    connections.add(connection);
    socket.once("close", () => {
      connections.delete(connection);
      if (connections.size === 0) ended();
    });
  });
  await listening(server, place);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async drain() {
      server.close();
      for (const connection of connections) connection.drain();
      if (connections.size > 0) await new Promise<void>((resolve) => (ended = resolve));
    },
    force() {
      for (const connection of connections) connection.destroy();
    },
  };
}

function listening(server: Server, place: Place): Promise<void> {
  const options =
    "host" in place ? { host: place.host, port: place.port, reusePort: place.shared } : place;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, resolve);
  });
}
