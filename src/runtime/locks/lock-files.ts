import { chmod, link, open, readdir, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { Lru } from "../../core/lru.ts";
import type { WriteOptions } from "../../platform/platform.ts";
import { makeDirectories } from "../local-files.ts";
import { formatOwner, isAlive, newToken, type Owner, ownOwner, parseOwner } from "./owner.ts";

/** With the permission bits of lock files and of directories that are made. */
export interface LockFilesOptions extends WriteOptions {
  /** ms without a touch after which an owner that cannot be looked up counts as dead. */
  readonly lease?: number;
  /** ms on a clock that never steps back. */
  readonly elapsed?: () => number;
  /** Who we are; tests pretend to be others. */
  readonly self?: Owner;
}

const LEASE = 10_000;

/** Age in ms at which a file of an owner that cannot be looked up is swept away. */
const GHOST = 24 * 3600_000;

/** What stands for us in a directory while we hold or await locks there. */
interface Session {
  readonly owner: Owner;
  /** The owner file, which every lock is a hard link to. */
  readonly path: string;
  /** Locks that are files of their own, where the file system has no hard links. */
  readonly copies: Set<string>;
  /** When the files were last touched, by `elapsed`. */
  touched: number;
  /** It once was not touched for so long that others may have taken us for dead. */
  late: boolean;
}

/**
 * Lock files of one process in one directory.
 *
 * A process that takes locks has an *owner file* (`<token>.owner`) that says who it is. A lock is a hard
 * link to it: `link` fails if the name is taken, and the lock appears with its owner inside.
 * Touching the owner file touches all locks, since they are one file.
 *
 * **Dead owners.** An owner in the same scope (machine, boot, process namespace) is looked up by
 * its number and start. Any other – a container that shares the directory, a machine over NFS –
 * is dead when its files were not touched for the lease, on the observer's steady clock, so that
 * stepped clocks do no harm.
 *
 * **Taking over.** Two waiters may find the same dead lock, and the slower one must not remove
 * the lock that the quicker one has made meanwhile. So the lock of dead owner T is removed only
 * under the lock `<lock>.<T>`, after another look that it is still T's. Tokens are never used
 * twice: once T's lock is gone, it does not come back. Who dies while taking over leaves a lock
 * like any other, which is taken over in the same way.
 */
export class LockFiles {
  readonly #directory: string;
  readonly #options: LockFilesOptions;
  readonly #lease: number;
  readonly #elapsed: () => number;
  readonly #self: Owner;
  readonly #held = new Map<string, Session>();
  /** When owners that cannot be looked up were last seen to change, by token. */
  readonly #signs = new Lru<string, { modified: number; since: number }>(1000);
  #session: Promise<Session> | undefined;
  /** All sessions since the directory was last left empty; more than one only after a stall. */
  #sessions: Session[] = [];
  #users = 0;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #swept = false;

  constructor(directory: string, options: LockFilesOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#lease = options.lease ?? LEASE;
    this.#elapsed = options.elapsed ?? (() => performance.now());
    this.#self = options.self ?? ownOwner();
  }

  /** Runs `work`, during which locks may be taken; afterwards no file of ours remains. */
  async using<T>(work: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      if (!this.#swept) {
        this.#swept = true;
        await this.#sweep();
      }
      return await work();
    } finally {
      if (--this.#users === 0) await this.#close();
    }
  }

  /** Takes the lock if it is free or its owner dead; false if somebody else holds it. */
  async tryTake(path: string): Promise<boolean> {
    if (await this.#create(path)) return true;
    const token = await this.#deadOwner(path);
    if (token === undefined) return false;
    await this.#removeOf(path, token);
    return this.#create(path);
  }

  async release(path: string): Promise<void> {
    const session = this.#held.get(path);
    if (!session) return;
    this.#held.delete(path);
    session.copies.delete(path);
    // After a stall others may take us for dead: then the lock may be theirs by now.
    if (this.#isLate(session)) await this.#removeOf(path, session.owner.token);
    else await rm(path, { force: true });
  }

  /** Removes the lock if it is (still) that of `token`, and only one process at a time does so. */
  async #removeOf(path: string, token: string): Promise<void> {
    const guard = `${path}.${token}`;
    if (!(await this.tryTake(guard))) return;
    try {
      if ((await readLock(path))?.token === token) {
        await unlink(path);
        await rm(`${this.#directory}/${token}.owner`, { force: true });
      }
    } finally {
      await this.release(guard);
    }
  }

  async #create(path: string): Promise<boolean> {
    const session = await this.#enter();
    try {
      await link(session.path, path);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EEXIST") return false;
      if (code === "ENOENT" || code === "EMLINK") {
        // somebody swept our owner file away, or it has as many links as it can
        this.#session = undefined;
        return this.#create(path);
      }
      if (!(await this.#createCopy(path, session))) return false;
    }
    this.#held.set(path, session);
    return true;
  }

  /** For file systems without hard links; the owner is not in it at once, hence the lease. */
  async #createCopy(path: string, session: Session): Promise<boolean> {
    try {
      await writeFile(path, formatOwner(session.owner), { flag: "wx", mode: 0o664 });
    } catch (error) {
      if ((error as { code?: string }).code === "EEXIST") return false;
      throw error;
    }
    session.copies.add(path);
    return true;
  }

  /** Token of the lock's owner if that one is dead. */
  async #deadOwner(path: string): Promise<string | undefined> {
    const lock = await readLock(path);
    if (!lock) return undefined; // released meanwhile
    const alive = lock.owner && (await isAlive(lock.owner, this.#self));
    if (alive !== undefined) return alive ? undefined : lock.token;
    const seen = this.#signs.get(lock.token);
    if (seen?.modified !== lock.modified) {
      this.#signs.set(lock.token, { modified: lock.modified, since: this.#elapsed() });
      return undefined;
    }
    return this.#elapsed() - seen.since > this.#lease ? lock.token : undefined;
  }

  /** The session to take locks with; a new one if others may take the old one for dead. */
  async #enter(): Promise<Session> {
    const current = this.#session;
    if (current) {
      const known = await current;
      if (!this.#isLate(known)) return known;
      if (this.#session === current) this.#session = undefined;
    }
    this.#session ??= this.#open();
    try {
      return await this.#session;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  async #open(): Promise<Session> {
    const owner = { ...this.#self, token: newToken() };
    const path = `${this.#directory}/${owner.token}.owner`;
    const { mode, directoryMode } = this.#options;
    const make = async () => {
      try {
        await writeFile(path, formatOwner(owner), { flag: "wx", mode: 0o664 });
      } catch (error) {
        // on a full disk the file is there, but empty
        await rm(path, { force: true }).catch(() => {});
        throw error;
      }
    };
    try {
      await make();
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
      await makeDirectories(this.#directory, directoryMode);
      await make();
    }
    if (mode !== undefined) await chmod(path, mode);
    const session = {
      owner,
      path,
      copies: new Set<string>(),
      touched: this.#elapsed(),
      late: false,
    };
    this.#sessions.push(session);
    this.#heartbeat ??= setInterval(() => void this.#touch(), this.#lease / 4);
    return session;
  }

  async #touch(): Promise<void> {
    const now = new Date();
    for (const session of this.#sessions) {
      session.late = this.#isLate(session);
      for (const path of [session.path, ...session.copies]) {
        // removed by a sweep, or released just now; the next `link` will tell
        await utimes(path, now, now).catch(() => {});
      }
      session.touched = this.#elapsed();
    }
  }

  #isLate(session: Session): boolean {
    return session.late || this.#elapsed() - session.touched > this.#lease / 2;
  }

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#session = undefined;
    const sessions = this.#sessions;
    this.#sessions = [];
    for (const { path } of sessions) await rm(path, { force: true });
  }

  /** Removes what killed processes left behind, once. */
  async #sweep(): Promise<void> {
    const names = await readdir(this.#directory).catch((error) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    for (const name of names) {
      if (!/\.(owner|lck)$/.test(name)) continue;
      const path = `${this.#directory}/${name}`;
      const lock = await readLock(path);
      if (!lock) continue;
      const alive = lock.owner && (await isAlive(lock.owner, this.#self));
      if (alive === true || (alive === undefined && Date.now() - lock.modified < GHOST)) continue;
      if (name.endsWith(".owner")) await rm(path, { force: true });
      else await this.#removeOf(path, lock.token);
    }
  }
}

/** What a lock says of its owner; `undefined` if there is no lock. */
async function readLock(
  path: string,
): Promise<{ owner: Owner | undefined; token: string; modified: number } | undefined> {
  try {
    await using file = await open(path, "r");
    const { ino, mtimeMs } = await file.stat();
    const owner = parseOwner(await file.readFile("utf8"));
    return { owner, token: owner?.token ?? `x${ino}-${mtimeMs}`, modified: mtimeMs };
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}
