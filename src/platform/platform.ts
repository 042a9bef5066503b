import type { Log } from "../core/context.ts";

/** What a runtime can do beyond the web standard. A cache or source names what it needs. */
export type Capability = "files" | "sqlite" | "tcp" | "spawn" | "buckets";

/** Everything that differs between runtimes; built by `src/runtime`, handed down from the entry. */
export interface Platform {
  readonly name: "bun" | "deno" | "node" | "workers" | "test";
  readonly clock: Clock;
  readonly locks: Locks;
  /** Locks that reach every process which names the same directory; absent: only `locks`. */
  readonly locksIn?: (directory: string, options?: WriteOptions) => Locks;
  /**
   * Locks that reach every machine which names the same server, on top of `local`; absent: the runtime cannot.
   *
   * @param url `redis://[[user]:password@]host[:port][/db]`
   */
  readonly locksAt?: (url: string, local: Locks, log: Log) => Locks;
  /** Outgoing HTTP; always the web-standard signature. */
  readonly fetch: typeof globalThis.fetch;
  /** Addresses that a name stands for; absent: the runtime does not tell. @throws Error if there is none */
  readonly resolveHost?: (host: string) => Promise<readonly string[]>;
  /** Environment variables or Worker bindings of type text. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * A file that the configuration names: picture, polygons, stylesheet. Read from disk, or on
   * Workers from what was bundled. `undefined` if there is none.
   *
   * @param path absolute, or relative to the working directory (to the bundle's root on Workers)
   */
  resource(path: string): Promise<Uint8Array | undefined>;

  /**
   * What a module exports: `./mine.ts` beside a configuration, or the name of an installed package.
   *
   * @param directory against which a relative specifier counts
   */
  readonly module?: (specifier: string, directory: string) => Promise<unknown>;

  // Capabilities: present or absent, never throwing stubs.
  readonly files?: Files;
  readonly sqlite?: (path: string, options?: SqliteOptions) => Sqlite;
  readonly tcp?: (host: string, port: number, options?: { tls?: boolean }) => Promise<Socket>;
  readonly spawn?: (argv: readonly string[], options?: SpawnOptions) => Promise<SpawnResult>;
  readonly buckets?: (name: string) => Bucket | undefined;

  /** Lets the cache in front of the application forget all it has; absent: there is none. */
  readonly forgetFront?: () => Promise<void>;

  /** What one request may take; absent: the runtime sets no limit of its own. */
  readonly budget?: Budget;
  readonly threads?: Threads;
}

/** The limits of a runtime for one request. */
export interface Budget {
  /** Bytes of pixels. */
  readonly memory: number;
  /** Requests to stores, locks and upstream servers. */
  readonly subrequests: number;
}

/** Threads for work that would keep others waiting. */
export interface Threads {
  /**
   * Runs a task in another thread; `input` and the answer are copied as structured clones.
   *
   * @param moved buffers of the input that are handed over instead: the caller has them no more
   * @throws Error if the task throws, or its thread dies
   */
  run(task: "paint", input: unknown, moved?: readonly ArrayBuffer[]): Promise<unknown>;
}

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Locks {
  /**
   * Runs `work` while holding the lock `name`, and releases it whatever happens.
   *
   * How far the lock reaches is the platform's: the process, the machine (files), or all instances
   * (Redis, Durable Object). Callers must stay correct with the weakest.
   *
   * @param name any text; equal names exclude each other
   * @param timeout ms
   * @throws LockTimeout if the lock was not granted within `timeout`
   */
  withLock<T>(name: string, timeout: number, work: () => Promise<T>): Promise<T>;
}

/** A file's content with the time it was last changed. */
export interface FileEntry {
  readonly bytes: Uint8Array;
  /** ms since 1970, of the path itself: a symbolic link is not followed for it. */
  readonly modified: number;
  /** What the file was before the bytes were read; absent where there are no files. */
  readonly stat?: FileStat | undefined;
}

/** What is known of a file or directory without opening it. */
export interface FileStat {
  readonly size: number;
  /** ms since 1970. */
  readonly modified: number;
  readonly isDirectory: boolean;
  /** Permission bits, where there are some. */
  readonly mode?: number;
  /** Equal for the same file under whatever name, where the runtime knows. */
  readonly id?: string;
  /**
   * When anything of a file was last changed, its content or what is said of it; ms since 1970. Nobody can set it back. Absent
   * for links and directories, where the runtime does not know, and where another machine may change the file unseen.
   */
  readonly changed?: number | undefined;
}

/** Byte files. Paths use `/` and are absolute, or relative to the working directory. */
export interface Files {
  /** `undefined` if there is no such file (or a dangling link). */
  read(path: string): Promise<FileEntry | undefined>;
  /**
   * Atomic and whole: a reader sees the old bytes or the new, never a part, and a crash leaves no
   * half file under `path`. Makes missing directories; replaces a symbolic link instead of
   * writing through it.
   */
  write(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>;
  /** No error if there is none. Removes an empty directory too; one that holds something stays. */
  remove(path: string): Promise<void>;
  /** Removes a directory with all it holds; no error if there is none. */
  removeTree(path: string): Promise<void>;
  /** Of the path itself, links not followed. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Whether a path (of something, or yet to be made) lies on a disk that no other machine writes to. */
  isLocal(path: string): Promise<boolean>;
  /** Names in a directory, in no order; none if there is no such directory. */
  list(path: string): AsyncIterable<{ name: string; isDirectory: boolean }>;
  /** Makes `path` a link to `target` (replacing what is there): relative symbolic, or hard. */
  link(
    target: string,
    path: string,
    kind: "symbolic" | "hard",
    options?: WriteOptions,
  ): Promise<void>;
  /** Opens for reading and writing at offsets; makes the file (and directories) if `create`. */
  open(path: string, options?: OpenOptions): Promise<RandomAccessFile | undefined>;
}

export interface WriteOptions {
  /** Permission bits of the file, e.g. `0o644`; the process's default if absent. */
  readonly mode?: number;
  /** Permission bits of each directory that is made. */
  readonly directoryMode?: number;
}

/** The permission bits are for what is made; they never change an existing file. */
export interface OpenOptions extends WriteOptions {
  readonly create?: boolean;
}

export interface RandomAccessFile extends AsyncDisposable {
  /** Fewer bytes than asked only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  size(): Promise<number>;
  /** All that was written is on the disk. */
  sync(): Promise<void>;
}

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** Nobody changes the file while it is open: no lock is taken, nothing is made beside it. Implies `readOnly`. */
  readonly immutable?: boolean;
}

/** One open SQLite database; synchronous, as every embedded driver is. */
export interface Sqlite extends Disposable {
  all(sql: string, ...values: SqlValue[]): Record<string, SqlValue>[];
  run(sql: string, ...values: SqlValue[]): void;
  /** All or nothing: rolls back when `work` throws. */
  transaction<T>(work: () => T): T;
}
export type SqlValue = string | number | bigint | Uint8Array | null;

export interface Socket extends AsyncDisposable {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export interface SpawnOptions {
  readonly stdin?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}
export interface SpawnResult {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** An object store reached by binding (Workers R2). */
export interface Bucket {
  get(key: string): Promise<{ bytes: Uint8Array; modified: number; etag: string } | undefined>;
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<string>;
}
