import { normalize } from "node:path/posix";
import type { Context, Log } from "../src/core/context.ts";
import type {
  FileEntry,
  Files,
  Locks,
  Platform,
  RandomAccessFile,
} from "../src/platform/platform.ts";

export interface TestPlatform extends Platform {
  /** What `clock.now()` answers: ms since 1970. Tests move it. */
  time: number;
  readonly files: Files;
}

/** A platform in memory: settable clock, no network, files and locks of its own. */
export function testPlatform(overrides: Partial<Platform> = {}): TestPlatform {
  const platform: TestPlatform = {
    name: "test",
    time: 0,
    clock: {
      now: () => platform.time,
      sleep: async (ms) => {
        platform.time += ms;
      },
    },
    locks: memoryLocks(),
    fetch: () => Promise.reject(new Error("no network in tests: pass `fetch`")),
    env: {},
    resource: async (path) => (await platform.files.read(path))?.bytes,
    files: memoryFiles(() => platform.time),
    ...overrides,
  } as TestPlatform;
  return platform;
}

/** Locks that exclude within the process, in the order of asking. */
export function memoryLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async withLock(name, _timeout, work) {
      const before = tails.get(name) ?? Promise.resolve();
      const mine = before.then(work, work);
      tails.set(
        name,
        mine.catch(() => undefined),
      );
      return await mine;
    },
  };
}

/** Files in memory. Links and permissions are not kept apart from what they point to. */
export function memoryFiles(now: () => number = () => 0): Files {
  const entries = new Map<string, FileEntry>();
  const key = (path: string) => normalize(path);
  const files: Files = {
    read: async (path) => entries.get(key(path)),
    write: async (path, bytes) => {
      entries.set(key(path), { bytes: bytes.slice(), modified: now() });
    },
    remove: async (path) => {
      entries.delete(key(path));
    },
    removeTree: async (path) => {
      for (const name of entries.keys()) if (name.startsWith(`${key(path)}/`)) entries.delete(name);
    },
    isLocal: async () => true,
    stat: async (path) => {
      const entry = entries.get(key(path));
      if (entry) return { size: entry.bytes.length, modified: entry.modified, isDirectory: false };
      for (const name of entries.keys()) {
        if (name.startsWith(`${key(path)}/`)) return { size: 0, modified: 0, isDirectory: true };
      }
      return undefined;
    },
    async *list(path) {
      const prefix = `${key(path)}/`;
      const seen = new Map<string, boolean>();
      for (const name of entries.keys()) {
        if (!name.startsWith(prefix)) continue;
        const [first = "", ...rest] = name.slice(prefix.length).split("/");
        seen.set(first, rest.length > 0);
      }
      for (const [name, isDirectory] of seen) yield { name, isDirectory };
    },
    link: async (target, path) => {
      const entry = entries.get(key(target));
      if (entry) entries.set(key(path), entry);
    },
    open: async (path, options) => {
      if (!entries.has(key(path))) {
        if (!options?.create) return undefined;
        entries.set(key(path), { bytes: new Uint8Array(), modified: now() });
      }
      const bytes = () => entries.get(key(path))?.bytes ?? new Uint8Array();
      const file: RandomAccessFile = {
        read: async (offset, length) => bytes().slice(offset, offset + length),
        write: async (offset, data) => {
          const whole = new Uint8Array(Math.max(bytes().length, offset + data.length));
          whole.set(bytes());
          whole.set(data, offset);
          entries.set(key(path), { bytes: whole, modified: now() });
        },
        size: async () => bytes().length,
        sync: async () => {},
        [Symbol.asyncDispose]: async () => {},
      };
      return file;
    },
  };
  return files;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A context that never aborts; `events` collects what is logged. */
export function testContext(
  events: { level: string; event: string; fields?: unknown }[] = [],
): Context {
  const at = (level: string) => (event: string, fields?: unknown) => {
    events.push({ level, event, fields });
  };
  return {
    signal: new AbortController().signal,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    waitUntil: () => {},
  };
}
