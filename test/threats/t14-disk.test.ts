/** T14: stores that cannot take a tile: the map is served all the same, and the fault is told once. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { scratch } from "../scratch.ts";
import { mapQuery, oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

let upstream: HostileUpstream;
before(async () => {
  upstream = await hostileUpstream();
});
after(() => upstream.close());

const LOCAL = [
  "file",
  "mbtiles",
  "sqlite",
  "geopackage",
  "compact, version: 1",
  "compact, version: 2",
];

/** The proxy with a cache of `store` (`{type: …}` without the brackets). */
function withStore(store: string, directory = "cache_data", env: Record<string, string> = {}) {
  const meta = `meta_size: [1, 1]\n    meta_buffer: 0\n    cache: {type: ${store}}`;
  const yaml = oneSource(`${upstream.url}/good`, { meta }).replace(
    "base_dir: cache_data",
    `base_dir: "${directory}"`,
  );
  return proxy(yaml, env);
}

/** Twelve tiles and a map: all are pictures; the log says once that the store fails. */
async function assertServed(app: ProxyApp): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const response = await app.get(`/wmts/cached/GLOBAL_WEBMERCATOR/2/${i % 4}/${i >> 2}.png`);
    assert.equal(
      response.status,
      200,
      app.log.filter((line) => !line.includes("upstream-request")).join("\n"),
    );
    const picture = await decode(new Uint8Array(await response.arrayBuffer()));
    assert.equal(picture.width, 256);
  }
  const map = await app.get(mapQuery("cached"));
  assert.equal(map.headers.get("content-type"), "image/png");
  const lines = app.log.filter((line) => line.includes("cache-failed"));
  assert.equal(lines.length, 1, `told once: ${lines.join("\n")}`);
}

describe("T14, weakness 11: a directory that cannot be written", () => {
  for (const store of LOCAL) {
    it(`${store}: the map is served, the fault told once`, { timeout: 60_000 }, async () => {
      const file = join(scratch(), "in-the-way");
      writeFileSync(file, "x");
      const app = await withStore(store, file);
      await assertServed(app);
      await app.close();
      assert.equal(readFileSync(file, "utf8"), "x");
    });
  }
});

/** A file system of 300 kB that is half full; `undefined` where we may not mount one. */
function tinyDisk(): string | undefined {
  const path = join(scratch(), "disk");
  mkdirSync(path);
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", path]);
  if (mount.status !== 0) return undefined;
  process.once("exit", () => spawnSync("umount", ["-l", path]));
  return path;
}

describe("T14: a full disk", () => {
  for (const store of LOCAL) {
    it(`${store}: the map is served, nothing half-written is read`, {
      timeout: 60_000,
    }, async (t) => {
      const disk = tinyDisk();
      if (disk === undefined) return t.skip("this user may not mount a file system");
      const ballast = join(disk, "ballast");
      const app = await withStore(store, join(disk, "tiles"));
      await app.get("/wmts/cached/GLOBAL_WEBMERCATOR/1/0/0.png");
      // what is left is filled to the last byte
      for (const size of [100_000, 10_000, 1000, 100, 10, 1]) {
        try {
          for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
        } catch {
          // no space left
        }
      }
      await assertServed(app);
      const halves = readdirSync(disk, { recursive: true }).filter((name) =>
        /tmp|\.part/.test(`${name}`),
      );
      assert.deepEqual(halves, [], "no temporary file remains");
      rmSync(ballast);
      await app.close();
      const next = await withStore(store, join(disk, "tiles"));
      for (let i = 0; i < 4; i++) {
        const response = await next.get(`/wmts/cached/GLOBAL_WEBMERCATOR/2/${i}/3.png`);
        await decode(new Uint8Array(await response.arrayBuffer()));
      }
      await next.close();
      spawnSync("umount", ["-l", disk]);
    });
  }
});

/** Starts a server on a free port and tells that. */
async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

describe("T14: a store on the network that refuses", () => {
  for (const [what, status] of [
    ["S3 says 503 SlowDown", 503],
    ["S3 says 403", 403],
    ["S3 says 507", 507],
  ] as const) {
    it(`${what}: the map is served`, { timeout: 60_000 }, async () => {
      const server = createHttpServer((request, response) => {
        request.resume();
        const isBucket = /^\/tiles\/?(\?|$)/.test(request.url ?? "");
        const code = isBucket ? 200 : request.method === "PUT" ? status : 404;
        response.writeHead(code).end("<Error><Code>SlowDown</Code></Error>");
      });
      const port = await listening(server);
      const endpoint = `http://127.0.0.1:${port}`;
      const store = `s3, bucket_name: tiles, region_name: eu-central-1, endpoint_url: "${endpoint}"`;
      const keys = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "SECRET" };
      const app = await withStore(store, "cache_data", keys);
      await assertServed(app);
      await app.close();
      server.close();
    });
  }

  for (const reply of [
    "-OOM command not allowed when used memory > 'maxmemory'.",
    "-READONLY You can't write against a read only replica.",
    "-MISCONF Redis is configured to save RDB snapshots, but cannot.",
  ]) {
    it(`Redis says ${reply.split(" ")[0]}: the map is served`, { timeout: 60_000 }, async () => {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        let text = "";
        socket.on("data", (part) => {
          text += part.toString("latin1");
          for (;;) {
            const command = takeCommand(text);
            if (!command) return;
            text = text.slice(command.length);
            socket.write(answerTo(command.name, reply));
          }
        });
      });
      const port = await listening(server);
      const app = await withStore(`redis, host: 127.0.0.1, port: ${port}`);
      await assertServed(app);
      await app.close();
      server.close();
    });
  }

  it("a port where nobody listens: the map is served", { timeout: 60_000 }, async () => {
    const app = await withStore("redis, host: 127.0.0.1, port: 1");
    await assertServed(app);
    await app.close();
  });
});

/** The first whole command (RESP array of bulk strings) of what has come in, as far as it can be told. */
function takeCommand(text: string): { name: string; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return undefined;
  let at = head[0].length;
  let name = "";
  for (let i = 0; i < Number(head[1]); i++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (!size) return undefined;
    const begin = at + size[0].length;
    at = begin + Number(size[1]) + 2;
    if (at > text.length) return undefined;
    if (i === 0) name = text.slice(begin, at - 2).toUpperCase();
  }
  return { name, length: at };
}

/** A Redis that reads, finds nothing, and takes nothing. */
function answerTo(command: string, refusal: string): string {
  if (/^(SET|SETEX|HSET|HMSET|MSET|EXPIRE|PEXPIRE|EVAL|DEL|MULTI|EXEC)/.test(command))
    return `${refusal}\r\n`;
  if (command === "HELLO") return "-ERR unknown command\r\n";
  if (/^(CLIENT|SELECT|AUTH)/.test(command)) return "+OK\r\n";
  if (command === "PING") return "+PONG\r\n";
  if (/^(MGET|HMGET)/.test(command)) return "*1\r\n$-1\r\n";
  if (/^(EXISTS|TTL|PTTL)/.test(command)) return ":0\r\n";
  return "$-1\r\n";
}
