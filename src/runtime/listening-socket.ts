import type { Endpoint } from "./endpoint.ts";
import { claimSocket } from "./unix-socket.ts";

/** A Unix socket on which this process accepts nothing: those that inherit its descriptor do. */
export interface ListeningSocket {
  readonly fd: number;
  /** Removes the file; those that listen already go on. */
  close(): Promise<void>;
}

/** Connections that wait in the kernel until somebody accepts them. */
const BACKLOG = 511;

// Numbers of Linux on all its architectures but MIPS, for which no runtime exists.
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/**
 * Opens a socket that several processes share: the kernel hands each connection to one that accepts.
 * `node:net` can listen on an inherited descriptor but not open one without accepting on it, so this
 * is three calls to the C library. `undefined` where that cannot be had: other runtimes than Bun,
 * other systems than Linux with glibc.
 *
 * @throws CannotListen if a server lives there, or what is there is no socket
 */
export async function listeningSocket(
  endpoint: Extract<Endpoint, { kind: "unix" }>,
): Promise<ListeningSocket | undefined> {
  const libc = openLibc();
  if (!libc) return undefined;
  const claimed = await claimSocket(endpoint, async (path) => {
    const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const address = socketAddress(path);
    const isListening =
      fd >= 0 && libc.bind(fd, address, address.length) === 0 && libc.listen(fd, BACKLOG) === 0;
    if (!isListening) throw new Error(`Cannot listen on ${path}: the system refused`);
    return fd;
  });
  return { fd: claimed.server, close: claimed.release };
}

/** `struct sockaddr_un`: the family in the machine's byte order, the path, a zero. */
function socketAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  const address = new Uint8Array(2 + name.length + 1);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
}

interface Ffi {
  dlopen(
    library: string,
    symbols: Record<keyof Libc, { args: readonly string[]; returns: string }>,
  ): { readonly symbols: Libc };
}

function openLibc(): Libc | undefined {
  const { Bun } = globalThis as { Bun?: { readonly FFI?: Ffi } };
  if (process.platform !== "linux" || !Bun?.FFI) return undefined;
  try {
    return Bun.FFI.dlopen("libc.so.6", {
      socket: { args: ["i32", "i32", "i32"], returns: "i32" },
      bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
      listen: { args: ["i32", "i32"], returns: "i32" },
    }).symbols;
  } catch {
    return undefined; // another C library
  }
}
