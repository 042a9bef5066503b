import type { Log } from "../../core/context.ts";
import type { Bound, Fetch } from "../bound.ts";
import { runtimeName } from "../local.ts";
import { bunWires } from "./bun-wire.ts";
import { Connection } from "./connection.ts";
import { netWires } from "./net-wire.ts";
import type { Accept, Place } from "./wire.ts";

/**
 * Answers a web server that speaks FastCGI.
 *
 * Requests come with what the web server mapped (`gateway`) and who asked it (`client`).
 */
export async function bindFastCgi(fetch: Fetch, place: Place, log: Log): Promise<Bound> {
  const connections = new Set<Connection>();
  let ended = (): void => {};
  const accept: Accept = (wire, peer = "unix") => {
    const connection = new Connection(wire, {
      answer: (request, { gateway, client }) => fetch(request, { peer, gateway, client }),
      log,
      onClosed() {
        connections.delete(connection);
        if (connections.size === 0) ended();
      },
    });
    connections.add(connection);
    return connection;
  };
  const server =
    runtimeName() === "bun"
      ? bunWires(place, accept, (error) => log.error("fastcgi-failed", { error }))
      : await netWires(place, accept);
  return {
    port: server.port,
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
