import type { Platform, Sqlite, WriteOptions } from "../platform/platform.ts";

export interface SqliteFileOptions {
  /** Absolute; the first that exists is used, the first of all is made. */
  readonly paths: readonly [string, ...string[]];
  readonly platform: Platform;
  /** ms to wait while others write. */
  readonly timeout: number;
  readonly modes: WriteOptions;
  /** Keep a write-ahead log beside the file, if the file is new. */
  readonly wal: boolean;
  /** Makes what is missing of tables and rows; runs in a transaction before the first write. */
  create(database: Sqlite): void;
  /**
   * Looks whether a file that is not empty can be used.
   *
   * @returns whether {@linkcode SqliteFileOptions.create} has nothing to do
   * @throws Error if the file cannot be used
   */
  check(database: Sqlite): boolean;
}

interface Connection {
  readonly database: Sqlite;
  /** ms since 1970. */
  readonly since: number;
  /** All tables are there. */
  complete: boolean;
}

/** Work that waits to be written, and who waits for it. */
interface Job {
  work(database: Sqlite): void;
  resolve(): void;
  reject(error: unknown): void;
}

/** Most pieces of work in one transaction: others can write between two. */
const WRITTEN_AT_ONCE = 64;

/** ms for which a connection is kept, and for which a fault is remembered. */
const KEEP = 2000;

/** ms between two attempts while others write: doubled from the first to the last. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 50;

/**
 * One SQLite file that is opened when first needed.
 *
 * The connection is opened anew every two seconds, so that a file which another process has
 * replaced or removed is noticed (SQLite itself goes on with the old one); that costs 0.3 ms.
 * Waiting for other writers happens here and not in SQLite, which would stop the thread.
 */
export class SqliteFile {
  readonly #options: SqliteFileOptions;
  readonly #waiting: Job[] = [];
  #isWriting = false;
  #open: Connection | undefined;
  #fault: { error: unknown; since: number } | undefined;

  constructor(options: SqliteFileOptions) {
    this.#options = options;
  }

  /** Result of `work`, or `undefined` if there is no file. Nothing is made by reading. */
  async read<T>(work: (database: Sqlite) => T): Promise<T | undefined> {
    return this.#patiently(async () => {
      const open = await this.#connect();
      return open?.complete ? work(open.database) : undefined;
    });
  }

  /**
   * Does `work` in a transaction, whole or not at all; makes file and tables before if need be. Work
   * that waits at the same time shares one transaction: most of the time of each goes to the disk.
   */
  write(work: (database: Sqlite) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#isWriting) return;
      this.#isWriting = true;
      void this.#writeWaiting();
    });
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const jobs: Job[] = [];
      try {
        await this.#patiently(async () => {
          const open = (await this.#connect()) ?? (await this.#make());
          // only now: who came while we waited is among them
          jobs.push(...this.#waiting.splice(0, WRITTEN_AT_ONCE));
          this.#transact(open, jobs);
        });
        for (const { resolve } of jobs) resolve();
      } catch (error) {
        const failed = jobs.length > 0 ? jobs : this.#waiting.splice(0);
        if (jobs.length > 1) await this.#writeEach(jobs);
        else for (const { reject } of failed) reject(error);
      }
    }
    // in the same turn as the look above, so that nobody comes in between
    this.#isWriting = false;
  }

  /** One by one, so that work that fails takes no other with it. */
  async #writeEach(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      try {
        await this.#patiently(async () => {
          this.#transact((await this.#connect()) ?? (await this.#make()), [job]);
        });
        job.resolve();
      } catch (error) {
        job.reject(error);
      }
    }
  }

  #transact(open: Connection, jobs: readonly Job[]): void {
    open.database.transaction(() => {
      if (!open.complete) this.#options.create(open.database);
      for (const { work } of jobs) work(open.database);
    });
    open.complete = true;
  }

  /** Removes the file and what SQLite keeps beside it. */
  async remove(): Promise<void> {
    this.close();
    const { files } = this.#options.platform;
    for (const path of this.#options.paths) {
      for (const suffix of ["", "-wal", "-shm", "-journal"])
        await files?.remove(`${path}${suffix}`);
    }
  }

  close(): void {
    this.#open?.database[Symbol.dispose]();
    this.#open = undefined;
    this.#fault = undefined;
  }

  async #connect(): Promise<Connection | undefined> {
    const { platform } = this.#options;
    const now = platform.clock.now();
    if (this.#open && Math.abs(now - this.#open.since) <= KEEP) return this.#open;
    if (this.#fault && Math.abs(now - this.#fault.since) <= KEEP) throw this.#fault.error;
    this.close();
    const path = await this.#existing();
    if (path === undefined) return undefined;
    // somebody else may have connected while we looked
    this.#open ??= this.#start(path, now);
    return this.#open;
  }

  async #existing(): Promise<string | undefined> {
    for (const path of this.#options.paths) {
      if (await this.#options.platform.files?.stat(path)) return path;
    }
    return undefined;
  }

  #start(path: string, since: number): Connection {
    const { platform, check } = this.#options;
    let database: Sqlite | undefined;
    try {
      database = platform.sqlite!(path); // promised by `needs` of the kinds
      database.run("PRAGMA busy_timeout = 0");
      const [{ tables = 0 } = {}] = database.all("SELECT count(*) AS tables FROM sqlite_master");
      return { database, since, complete: Number(tables) > 0 && check(database) };
    } catch (error) {
      database?.[Symbol.dispose]();
      if (!isBusy(error)) this.#fault = { error, since };
      throw error;
    }
  }

  /** A new, empty file. */
  async #make(): Promise<Connection> {
    const { platform, timeout, modes, wal } = this.#options;
    const [path] = this.#options.paths;
    // One at a time in this process: closing the file that we make releases all POSIX locks which
    // the process has on it, also those of a connection that somebody else has just opened.
    await platform.locks.withLock(`${path}.init`, timeout, async () => {
      if (await platform.files?.stat(path)) return;
      await using _ = await platform.files?.open(path, { ...modes, create: true });
    });
    const known = await this.#connect();
    if (known) {
      if (wal && !known.complete) known.database.run("PRAGMA journal_mode = WAL");
      return known;
    }
    throw new Error(`Cannot make ${path}: it was removed at once`);
  }

  /** Tries again while the file is locked by others. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#options.platform;
    const end = clock.now() + this.#options.timeout;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await work();
      } catch (error) {
        if (!isBusy(error) || clock.now() >= end) throw error;
      }
      await clock.sleep(pause);
    }
  }
}

/** SQLite's words for SQLITE_BUSY and SQLITE_LOCKED; the runtimes do not agree on codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && /^database (table |schema )?is locked/.test(error.message);
}
