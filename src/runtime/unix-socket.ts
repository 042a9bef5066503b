import { chmod, lstat, mkdir, rename, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { CannotListen, type Endpoint } from "./endpoint.ts";
import { systemClock } from "./local.ts";
import { fileLocks } from "./locks/file.ts";

/** Bytes of the longest path of a socket on Linux (108 with the final zero), less our suffix. */
const LONGEST_PATH = 107;

/** ms to wait for another server that is just starting on the same socket. */
const LOCK_TIMEOUT = 10_000;

/** A socket in the file system that this process listens on. */
export interface ClaimedSocket<S> {
  readonly server: S;
  /** Removes the file, unless another server has put its own there. */
  release(): Promise<void>;
}

/**
 * Listens on a Unix socket: takes over the file that a killed server left behind, and refuses to push
 * out one that lives.
 *
 * The socket is bound under another name and renamed when it has its permission bits: clients find
 * either the old file or one that answers. A lock keeps two servers that start together apart.
 *
 * @param bind listens on the path it is given
 * @throws CannotListen if a server lives there, or what is there is no socket
 */
export async function claimSocket<S>(
  endpoint: Extract<Endpoint, { kind: "unix" }>,
  bind: (path: string) => Promise<S>,
): Promise<ClaimedSocket<S>> {
  const { path, mode } = endpoint;
  const temporary = `${path}.${process.pid}`;
  if (Buffer.byteLength(temporary) > LONGEST_PATH) {
    const most = LONGEST_PATH - (temporary.length - path.length);
    throw new CannotListen(endpoint, `the path is longer than ${most} bytes`);
  }
  await mkdir(dirname(path), { recursive: true });
  const locks = fileLocks(dirname(path), systemClock);
  return await locks.withLock(`socket ${path}`, LOCK_TIMEOUT, async () => {
    await refuseIfAlive(endpoint);
    await unlink(temporary).catch(() => {}); // left by a killed server that had our number
    const server = await bind(temporary);
    await chmod(temporary, mode);
    await rename(temporary, path);
    const { ino, dev } = await lstat(path);
    return {
      server,
      async release() {
        const now = await lstat(path).catch(() => undefined); // gone: nothing to remove
        if (now?.ino === ino && now.dev === dev) await unlink(path).catch(() => {});
      },
    };
  });
}

async function refuseIfAlive(endpoint: Extract<Endpoint, { kind: "unix" }>): Promise<void> {
  const stat = await lstat(endpoint.path).catch(() => undefined); // none: the usual case
  if (!stat) return;
  if (!stat.isSocket()) throw new CannotListen(endpoint, "there is a file that is no socket");
  if (await answers(endpoint.path)) {
    throw new CannotListen(endpoint, "another program listens there");
  }
}

/** Whether somebody accepts connections on a socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
