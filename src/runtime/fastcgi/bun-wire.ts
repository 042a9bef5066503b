import {
  type Accept,
  KEEP_ALIVE,
  type Place,
  QUIET,
  type Wire,
  type WireServer,
  type WireUser,
} from "./wire.ts";

/**
 * Takes connections with Bun's own sockets. Web servers open one for each request, and those of `node:net` cost half as much again
 * (test/bench/README.md).
 *
 * @param onFault told of errors in what a connection does
 */
export function bunWires(
  place: Place,
  accept: Accept,
  onFault: (error: unknown) => void,
): WireServer {
  const { Bun } = globalThis as unknown as { Bun: BunApi };
  const isTcp = "host" in place;
  const server = Bun.listen<BunWire>({
    ...(isTcp
      ? { hostname: place.host, port: place.port, reusePort: place.shared }
      : "path" in place
        ? { unix: place.path }
        : place),
    allowHalfOpen: true,
    socket: {
      open(socket) {
        if (isTcp) {
          socket.setNoDelay(true);
          socket.setKeepAlive(true, KEEP_ALIVE * 1000);
        }
        const wire = new BunWire(socket);
        socket.data = wire;
        wire.user = accept(wire, isTcp ? socket.remoteAddress : undefined);
      },
      data: ({ data: wire }, bytes) => wire.took(bytes),
      drain: ({ data: wire }) => wire.flush(),
      end: ({ data: wire }) => wire.user.ended(),
      timeout: ({ data: wire }) => wire.timedOut(),
      close: ({ data: wire }) => wire.gone(),
      error(socket, error) {
        onFault(error);
        socket.terminate();
      },
    },
  });
  return { port: isTcp ? server.port : 0, close: () => server.stop(false) };
}

class BunWire implements Wire {
  user!: WireUser; // set before anything happens on it
  isClosed = false;
  unsent = 0;
  readonly #socket: BunSocket<BunWire>;
  /** What the system has not taken yet. */
  #waiting: Uint8Array[] = [];
  #isEnding = false;
  #onDrained: (() => void)[] = [];

  constructor(socket: BunSocket<BunWire>) {
    this.#socket = socket;
    socket.timeout(QUIET);
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) return true;
    const isFirst = this.unsent === 0;
    this.#waiting.push(bytes);
    this.unsent += bytes.length;
    return isFirst && this.#send();
  }

  drained(): Promise<void> {
    if (this.isClosed || this.unsent === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  end(bytes?: Uint8Array): void {
    if (bytes) this.write(bytes);
    if (this.isClosed) return;
    this.#isEnding = true;
    if (this.unsent === 0) this.#socket.shutdown();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (!this.isClosed) this.#socket.resume();
  }

  took(bytes: Uint8Array): void {
    this.#socket.timeout(QUIET);
    this.user.read(bytes);
  }

  flush(): void {
    this.#socket.timeout(QUIET);
    if (!this.#send()) return;
    this.#tellDrained();
    if (this.#isEnding) this.#socket.shutdown();
  }

  timedOut(): void {
    this.#socket.timeout(QUIET);
    this.user.quiet();
  }

  gone(): void {
    this.isClosed = true;
    this.#waiting = [];
    this.unsent = 0;
    this.#tellDrained();
    this.user.closed();
  }

  /** @returns whether nothing is left */
  #send(): boolean {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const sent = Math.max(0, this.#socket.write(first));
      this.unsent -= sent;
      if (sent < first.length) {
        this.#waiting[0] = first.subarray(sent);
        return false;
      }
      this.#waiting.shift();
    }
    return true;
  }

  #tellDrained(): void {
    const told = this.#onDrained;
    this.#onDrained = [];
    for (const tell of told) tell();
  }
}

interface BunSocket<T> {
  data: T;
  readonly remoteAddress: string;
  /** @returns bytes taken; -1 if it is closed */
  write(bytes: Uint8Array): number;
  /** Closes our half. */
  shutdown(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  timeout(seconds: number): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, delay: number): void;
}

interface BunApi {
  listen<T>(options: {
    unix?: string;
    fd?: number;
    hostname?: string;
    port?: number;
    reusePort?: boolean;
    allowHalfOpen: boolean;
    socket: {
      open(socket: BunSocket<T>): void;
      data(socket: BunSocket<T>, bytes: Uint8Array): void;
      drain(socket: BunSocket<T>): void;
      end(socket: BunSocket<T>): void;
      timeout(socket: BunSocket<T>): void;
      close(socket: BunSocket<T>): void;
      error(socket: BunSocket<T>, error: unknown): void;
    };
  }): { readonly port: number; stop(force: boolean): void };
}
