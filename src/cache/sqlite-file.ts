import type {
  FileStat,
  Platform,
  Sqlite,
  SqliteOptions,
  WriteOptions,
} from "../platform/platform.ts";

export interface SqliteFileOptions {
  /** Absolute; the first that exists is used, the first of all is made. */
  readonly paths: readonly [string, ...string[]];
  readonly platform: Platform;
  /** ms to wait while others write. */
  readonly timeout: number;
  readonly modes: WriteOptions;
  /**
   * Keep a write-ahead log beside the file: true: always, if the file is new; false: never; `undefined`: while it is
   * written, so that readers and writers do not wait for each other, but the file alone holds everything afterwards.
   */
  readonly wal: boolean | undefined;
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
  readonly file: Found;
  /** Looks from time to time whether the connection is still used. */
  readonly idle: ReturnType<typeof setInterval>;
  /** It was, since the last look. */
  isUsed: boolean;
  /** ms since 1970. */
  readonly since: number;
  /** All tables are there. */
  complete: boolean;
}

/** A file that is there; see `FileStat.id`. */
interface Found {
  readonly path: string;
  readonly id: string | undefined;
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
 * replaced or removed is noticed (SQLite itself goes on with the old one); that costs 0.3 ms. Two
 * seconds after the last use it is closed, and with it goes the write-ahead log.
 * Waiting for other writers happens here and not in SQLite, which would stop the thread.
 */
export class SqliteFile {
  readonly #options: SqliteFileOptions;
  readonly #waiting: Job[] = [];
  #isWriting = false;
  /** Whether a write-ahead log may be begun while we write; `undefined`: not looked yet. */
  #mayLog: boolean | undefined;
  #hasLog = false;
  /** Of the log that we write; a file of the same name may belong to another database by now. */
  #logId: string | undefined;
  #open: Connection | undefined;
  /** One for all who ask meanwhile: nobody closes what somebody else has just opened. */
  #connecting: Promise<Connection | undefined> | undefined;
  #fault: { error: unknown; since: number } | undefined;

  constructor(options: SqliteFileOptions) {
    this.#options = options;
  }

  /** Where the file is, or would be made. */
  get path(): string {
    return this.#options.paths[0];
  }

  /** Result of `work`, or `undefined` if there is no file. Nothing is made by reading. */
  async read<T>(work: (database: Sqlite) => T): Promise<T | undefined> {
    return this.#patiently(async () => {
      const open = await this.#connect();
      return open?.complete ? work(open.database) : undefined;
    });
  }

  /** What the file is now. */
  async stat(): Promise<FileStat | undefined> {
    const { files } = this.#options.platform;
    return files?.stat(this.#open?.file.path ?? this.#options.paths[0]);
  }

  /**
   * Whether what was just read came from that very file and from no log beside it: as long as the file is unchanged, so is all
   * that it holds. Who begins a log changes the file.
   */
  isAll(file: FileStat): boolean {
    if (!this.#open || this.#open.file.id !== file.id) return false;
    const [mode] = this.#open.database.all("PRAGMA journal_mode");
    return mode?.journal_mode !== "wal";
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
          const open = await this.#openToWrite();
          // only now: who came while we waited is among them
          jobs.push(...this.#waiting.splice(0, WRITTEN_AT_ONCE));
          this.#transact(open, jobs);
        });
        for (const { resolve } of jobs) resolve();
        await this.#noteLog();
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
          this.#transact(await this.#openToWrite(), [job]);
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
    // If others use the file, the last of them ends the log.
    if (this.#open && this.#hasLog) setJournal(this.#open.database, "DELETE");
    this.#hasLog = false;
    this.#disconnect();
  }

  #disconnect(): void {
    clearInterval(this.#open?.idle);
    this.#open?.database[Symbol.dispose]();
    this.#open = undefined;
    this.#fault = undefined;
    this.#logId = undefined; // the log may have gone with the connection
  }

  async #openToWrite(): Promise<Connection> {
    const { wal, platform, paths } = this.#options;
    // Over a network, what writers have in common in memory is not in common: https://www.sqlite.org/wal.html
    this.#mayLog ??= wal === undefined && (await platform.files?.isLocal(paths[0])) === true;
    const open = (await this.#connect()) ?? (await this.#make());
    if (this.#mayLog && !this.#hasLog) this.#hasLog = setJournal(open.database, "WAL");
    return open;
  }

  async #connect(): Promise<Connection | undefined> {
    const { platform } = this.#options;
    const now = platform.clock.now();
    if (this.#open && Math.abs(now - this.#open.since) <= KEEP) {
      this.#open.isUsed = true;
      return this.#open;
    }
    if (this.#fault && Math.abs(now - this.#fault.since) <= KEEP) throw this.#fault.error;
    this.#connecting ??= this.#reconnect(now);
    return this.#connecting;
  }

  async #reconnect(now: number): Promise<Connection | undefined> {
    try {
      const found = await this.#existing();
      const before = this.#open?.file;
      const logId = this.#logId;
      this.#disconnect();
      if (before && before.id !== found?.id) await this.#removeLog(before.path, logId);
      this.#open = found && (await this.#start(found, now));
      return this.#open;
    } catch (error) {
      if (!isBusy(error)) this.#fault = { error, since: now };
      throw error;
    } finally {
      this.#connecting = undefined;
    }
  }

  async #existing(): Promise<Found | undefined> {
    for (const path of this.#options.paths) {
      const stat = await this.#options.platform.files?.stat(path);
      if (stat) return { path, id: stat.id };
    }
    return undefined;
  }

  async #logOf(path: string): Promise<FileStat | undefined> {
    return this.#options.platform.files?.stat(`${path}-wal`);
  }

  /** Remembers which log is ours; one that cannot be looked at is left to SQLite. */
  async #noteLog(): Promise<void> {
    if (!this.#open || !this.#hasLog || this.#logId !== undefined) return;
    const log = await this.#logOf(this.#open.file.path).catch(() => undefined);
    if (this.#hasLog) this.#logId = log?.id;
  }

  /** What is left of the log of a file that was replaced: SQLite would write it into the new one. */
  async #removeLog(path: string, logId: string | undefined): Promise<void> {
    const { files } = this.#options.platform;
    this.#hasLog = false;
    if (logId === undefined || (await this.#logOf(path))?.id !== logId) return;
    await files?.remove(`${path}-wal`);
    await files?.remove(`${path}-shm`);
  }

  /** A file with a write-ahead log in a place where nothing may be made is read as it is, if the log is empty. */
  async #start(file: Found, since: number): Promise<Connection> {
    try {
      return this.#tryStart(file, since, {});
    } catch (error) {
      if (!isReadOnly(error) || (await this.#logOf(file.path))?.size) throw error;
      return this.#tryStart(file, since, { immutable: true });
    }
  }

  #tryStart(file: Found, since: number, options: SqliteOptions): Connection {
    const { platform, check } = this.#options;
    let database: Sqlite | undefined;
    try {
      database = platform.sqlite!(file.path, options); // promised by `needs` of the kinds
      database.run("PRAGMA busy_timeout = 0");
      const [{ tables = 0 } = {}] = database.all("SELECT count(*) AS tables FROM sqlite_master");
      const complete = Number(tables) > 0 && check(database);
      return {
        database,
        file,
        since,
        complete,
        isUsed: true,
        idle: setInterval(() => this.#rest(), KEEP),
      };
    } catch (error) {
      database?.[Symbol.dispose]();
      throw error;
    }
  }

  #rest(): void {
    if (this.#open?.isUsed) this.#open.isUsed = false;
    else this.close();
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

/** @returns whether it could be done: not while others are reading or writing, or on a full disk */
function setJournal(database: Sqlite, mode: "WAL" | "DELETE"): boolean {
  try {
    return database.all(`PRAGMA journal_mode = ${mode}`)[0]?.journal_mode === mode.toLowerCase();
  } catch {
    return false;
  }
}

/** SQLite's words for SQLITE_READONLY and SQLITE_CANTOPEN. */
function isReadOnly(error: unknown): boolean {
  return error instanceof Error && /readonly database|unable to open database/.test(error.message);
}

/** SQLite's words for SQLITE_BUSY and SQLITE_LOCKED; the runtimes do not agree on codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && /^database (table |schema )?is locked/.test(error.message);
}
