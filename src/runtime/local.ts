import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { concat } from "../core/bytes.ts";
import type { Clock, Platform, SpawnOptions, SpawnResult } from "../platform/platform.ts";
import { localFiles } from "./local-files.ts";
import { localSqlite } from "./local-sqlite.ts";
import { fileLocks } from "./locks/file.ts";
import { memoryLocks } from "./locks/memory.ts";
import { redisLocks } from "./locks/redis.ts";
import { spareCores, workerThreads } from "./threads.ts";
import { workerTask } from "./worker-link.ts";

/** Which of the three local runtimes this is. */
export function runtimeName(): "bun" | "deno" | "node" {
  if ("Bun" in globalThis) return "bun";
  return "Deno" in globalThis ? "deno" : "node";
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      const stop = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/**
 * The machine below Bun, Deno and Node, through the `node:` modules that all three have. Those that few need are loaded when they are:
 * together they take as long as Bun itself to start.
 */
export function localPlatform(): Platform {
  return {
    name: runtimeName(),
    clock: systemClock,
    locks: memoryLocks(),
    locksIn: (directory, options) => fileLocks(directory, systemClock, options),
    locksAt: (url, local, log) => redisLocks(url, { clock: systemClock, local, log }),
    fetch: globalThis.fetch,
    async resolveHost(host) {
      const { lookup } = await import("node:dns/promises");
      return (await lookup(host, { all: true })).map(({ address }) => address);
    },
    env: process.env,
    async resource(path) {
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    module: (specifier, directory) =>
      import(
        /^[./]/.test(specifier) ? pathToFileURL(resolve(directory, specifier)).href : specifier
      ),
    files: localFiles(),
    sqlite: localSqlite,
    async tcp(host, port, options) {
      const socket = options?.tls
        ? (await import("node:tls")).connect({ host, port, servername: host })
        : (await import("node:net")).connect({ host, port });
      await new Promise<void>((resolve, reject) => {
        socket.once(options?.tls ? "secureConnect" : "connect", resolve);
        socket.once("error", reject);
      });
      const { Duplex } = await import("node:stream");
      const { readable, writable } = Duplex.toWeb(socket);
      return {
        readable: readable as ReadableStream<Uint8Array>,
        writable: writable as WritableStream<Uint8Array>,
        [Symbol.asyncDispose]: async () => void socket.destroy(),
      };
    },
    spawn: run,
    threads: workerThreads(spareCores(workerTask()?.workers ?? 1)),
  };
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}

/** Runs a program to its end. */
async function run(argv: readonly string[], options: SpawnOptions = {}): Promise<SpawnResult> {
  const { spawn } = await import("node:child_process");
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env ? { ...process.env, ...options.env } : process.env,
      cwd: options.cwd,
      signal: options.signal,
    });
    const stdout: Uint8Array[] = [];
    const stderr: Uint8Array[] = [];
    child.stdout.on("data", (part: Uint8Array) => stdout.push(part));
    child.stderr.on("data", (part: Uint8Array) => stderr.push(part));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? -1, stdout: concat(stdout), stderr: concat(stderr) });
    });
    // A program that ends without reading its input is no failure of ours.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin);
  });
}
