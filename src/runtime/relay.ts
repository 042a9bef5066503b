import { connect, createServer, type Socket } from "node:net";
import type { Log } from "../core/context.ts";
import type { Endpoint } from "./endpoint.ts";
import { claimSocket } from "./unix-socket.ts";

/** Path of the socket of one worker beside the one that clients know. */
export function workerSocket(path: string, serial: number): string {
  return `${path}.worker${serial}`;
}

export interface Relay {
  close(grace: number): Promise<void>;
}

/**
 * Shares one Unix socket among workers: connections come in here, and each is handed to the worker
 * that has the fewest. (TCP needs none of this: there the kernel shares the port.)
 *
 * @param ready serial numbers of the workers that answer
 */
export async function relay(
  endpoint: Extract<Endpoint, { kind: "unix" }>,
  ready: () => readonly number[],
  log: Log,
): Promise<Relay> {
  const busy = new Map<number, number>();
  const open = new Set<Socket>();

  function accept(client: Socket): void {
    const serial = ready().toSorted((a, b) => (busy.get(a) ?? 0) - (busy.get(b) ?? 0))[0];
    if (serial === undefined) {
      client.destroy();
      return;
    }
    busy.set(serial, (busy.get(serial) ?? 0) + 1);
    const worker = connect({ path: workerSocket(endpoint.path, serial), allowHalfOpen: true });
    open.add(client);
    client.pipe(worker).pipe(client);
    client.on("error", () => worker.destroy());
    worker.on("error", (error) => {
      log.warn("worker-unreachable", { serial, error });
      client.destroy();
    });
    client.on("close", () => {
      open.delete(client);
      worker.destroy();
    });
    worker.on("close", () => {
      const left = (busy.get(serial) ?? 1) - 1;
      if (left > 0) busy.set(serial, left);
      else busy.delete(serial);
      client.destroySoon();
    });
  }

  const claimed = await claimSocket(endpoint, async (path) => {
    const server = createServer({ allowHalfOpen: true }, accept);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    return server;
  });

  return {
    async close(grace) {
      await claimed.release();
      const closed = new Promise<void>((resolve) => claimed.server.close(() => resolve()));
      const late = setTimeout(() => {
        for (const client of open) client.destroy();
      }, grace);
      await closed;
      clearTimeout(late);
    },
  };
}
