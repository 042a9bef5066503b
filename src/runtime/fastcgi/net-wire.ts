import { createServer, type Server, type Socket } from "node:net";
import { type Accept, KEEP_ALIVE, type Place, QUIET, type Wire, type WireServer } from "./wire.ts";

/** Takes connections with `node:net`, which all runtimes have. */
export async function netWires(place: Place, accept: Accept): Promise<WireServer> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = "host" in place ? socket.remoteAddress : undefined;
    if (peer !== undefined) {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE * 1000);
    }
    const user = accept(netWire(socket), peer);
    socket.setTimeout(QUIET * 1000, () => user.quiet());
    socket.on("data", (bytes: Uint8Array) => user.read(bytes));
    socket.on("end", () => user.ended());
    socket.on("error", () => {}); // `close` follows and ends everything
    socket.on("close", () => user.closed());
  });
  await listening(server, place);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    close: () => void server.close(),
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

function netWire(socket: Socket): Wire {
  return {
    get isClosed() {
      return socket.destroyed;
    },
    get unsent() {
      return socket.writableLength;
    },
    write: (bytes) => socket.destroyed || socket.write(bytes),
    drained() {
      if (socket.destroyed || socket.writableLength === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          socket.off("drain", done).off("close", done);
          resolve();
        };
        socket.once("drain", done).once("close", done);
      });
    },
    end: (bytes) => void (bytes ? socket.end(bytes) : socket.end()),
    destroy: () => void socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}
