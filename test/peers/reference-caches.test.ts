/** Stores that MapProxy has written and we read, and the other way round; prints a table of both. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import * as v from "valibot";
import { cacheTypes } from "../../src/cache/index.ts";
import { decode } from "../../src/image/codec.ts";
import type { CacheType } from "../../src/model/define.ts";
import { localPlatform } from "../../src/runtime/local.ts";
import { cacheDeps, testGrid } from "../cache-deps.ts";
import { freePort } from "../e2e/server.ts";
import { testContext } from "../platform.ts";
import { scratch } from "../scratch.ts";
import { pixelAt, plainPng } from "../source-deps.ts";
import { find, needsPython } from "./programs.ts";
import { answering, missingServer, STORE_SERVERS, startStoreServer } from "./store-servers.ts";

interface Store {
  readonly type: string;
  readonly [option: string]: unknown;
}

const FILES: Record<string, Store> = {
  tc: { type: "file" },
  mp: { type: "file", directory_layout: "mp" },
  tms: { type: "file", directory_layout: "tms", use_grid_names: true },
  reverse_tms: { type: "file", directory_layout: "reverse_tms" },
  quadkey: { type: "file", directory_layout: "quadkey" },
  arcgis: { type: "file", directory_layout: "arcgis" },
  mbtiles: { type: "mbtiles" },
  sqlite: { type: "sqlite" },
  geopackage: { type: "geopackage" },
  geopackage_levels: { type: "geopackage", levels: true },
  compact1: { type: "compact", version: 1 },
  compact2: { type: "compact", version: 2 },
};

/** Servers, and what MapProxy needs to use them; Debian's version has no Azure. */
const SERVERS = {
  couchdb: { server: STORE_SERVERS["express-pouchdb"]!, python: "requests" },
  s3: { server: STORE_SERVERS.s3rver!, python: "boto3" },
};

const GRID = { base: "GLOBAL_GEODETIC", num_levels: 13, tile_size: [128, 128], origin: "nw" };
const COLORS = [
  [10, 20, 30],
  [200, 100, 50],
] as const;

const program = await find("mapproxy-util");
const skip = program ? false : "not installed: mapproxy-util";
const ctx = testContext();
/** What became of each store; filled by the tests. */
const table = new Map<string, { readBy?: string; writtenBy?: string }>();

describe("stores of MapProxy and ours", { skip }, () => {
  const directories = { ours: scratch(), theirs: scratch() };
  const stores: Record<string, Store> = { ...FILES };
  const env: Record<string, string> = {};
  const ends: (() => unknown)[] = [];
  /** Of the two MapProxy servers: one has our tiles, the other a source. */
  const ports = { ours: 0, theirs: 0 };
  const missing = new Map<string, string>();

  before(async () => {
    await startServers();
    const upstream = await twoColors();
    ends.push(() => upstream.close());
    const { port } = upstream.address() as AddressInfo;
    for (const name of Object.keys(stores)) await write(name);
    // the name of its level files was another one before version 2
    renameSync(`${directories.ours}/sqlite/g/1.mbtiles`, `${directories.ours}/sqlite/g/1.mbtile`);
    ports.ours = await serve("ours", []);
    ports.theirs = await serve("theirs", ["colors"], {
      colors: { type: "wms", req: { url: `http://127.0.0.1:${port}/`, layers: "a" } },
    });
  });
  after(async () => {
    for (const end of ends) await end();
    const lines = [...table].map(
      ([name, { readBy = "no", writtenBy = "no" }]) => `| ${name} | ${writtenBy} | ${readBy} |`,
    );
    console.log(
      [
        "| store | by MapProxy, read by us | by us, read by MapProxy |",
        "|---|---|---|",
        ...lines,
      ].join("\n"),
    );
  });

  async function startServers(): Promise<void> {
    for (const [name, { server, python }] of Object.entries(SERVERS)) {
      const reason = missingServer(server) || (await needsPython(python)).skip;
      if (reason) {
        missing.set(name, reason);
        continue;
      }
      const started = await startStoreServer(server);
      ends.push(() => started.kill());
      Object.assign(env, server.env);
      stores[name] = server.store(started.port);
    }
    const reason = (await find("redis-server"))
      ? (await needsPython("redis")).skip
      : "not installed: redis-server";
    if (reason) return void missing.set("redis", reason);
    const port = await freePort();
    const redis = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", ""],
      { stdio: "ignore" },
    );
    ends.push(() => redis.kill("SIGKILL"));
    stores.redis = { type: "redis", port };
  }

  /** Options of a store that keep what we wrote and what MapProxy wrote apart, also on servers. */
  const own = (name: string, whose: keyof typeof directories): object => {
    const { type } = stores[name]!;
    if (type === "couchdb") return { db_name: `tiles_${whose}` };
    if (type === "redis") return { prefix: whose };
    return type === "s3" ? { directory: whose } : {};
  };

  /** MapProxy with all stores. @returns its port */
  async function serve(
    whose: keyof typeof directories,
    of: string[],
    sources = {},
  ): Promise<number> {
    const config = {
      services: { wmts: { kvp: true } },
      layers: Object.keys(stores).map((name) => ({ name, title: name, sources: [name] })),
      caches: Object.fromEntries(
        Object.entries(stores).map(([name, store]) => [
          name,
          {
            ...{
              sources: of,
              grids: ["g"],
              format: "image/png",
              meta_size: [1, 1],
              meta_buffer: 0,
            },
            cache: { ...store, ...own(name, whose) },
          },
        ]),
      ),
      sources,
      grids: { g: GRID },
      globals: { cache: { base_dir: "." } },
    };
    const file = `${directories[whose]}/mapproxy.yaml`;
    writeFileSync(file, JSON.stringify(config));
    const port = await freePort();
    const args = ["serve-develop", "-b", `127.0.0.1:${port}`, file];
    const child = spawn(program!, args, {
      stdio: "ignore",
      detached: true,
      env: { ...process.env, ...env, AWS_DEFAULT_REGION: "us-east-1" },
    });
    // it runs in a process of its own below the one that was started
    ends.push(() => killGroup(child));
    await answering(`http://127.0.0.1:${port}/`);
    return port;
  }

  function open(name: string, whose: keyof typeof directories) {
    const type = (cacheTypes as readonly CacheType[]).find(
      (each) => each.type === stores[name]!.type,
    )!;
    const platform = { ...localPlatform(), env };
    const deps = cacheDeps(directories[whose], {
      platform,
      name,
      grid: testGrid("g", { tile_size: [128, 128] }),
    });
    return Promise.resolve(
      type.create(v.parse(type.options, { ...stores[name], ...own(name, whose) }), deps),
    );
  }

  async function write(name: string): Promise<void> {
    const cache = await open(name, "ours");
    for (const [x, color] of COLORS.entries()) {
      const bytes = plainPng([128, 128], color);
      await cache.put({ x, y: 0, level: 1 }, { bytes, format: "png", timestamp: undefined }, ctx);
    }
    await cache.close?.();
  }

  const tileUrl = (port: number, name: string, column: number) =>
    `http://127.0.0.1:${port}/service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=&FORMAT=image/png&TILEMATRIXSET=g&TILEMATRIX=01&TILEROW=0&TILECOL=${column}`;

  for (const name of [...Object.keys(FILES), ...Object.keys(SERVERS), "redis"]) {
    it(`MapProxy serves the very bytes that we have written (${name})`, async (t) => {
      if (missing.has(name)) return t.skip(missing.get(name));
      for (const [column, color] of COLORS.entries()) {
        const answer = await fetch(tileUrl(ports.ours, name, column));
        assert.equal(answer.status, 200);
        assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), plainPng([128, 128], color));
      }
      table.set(name, { ...table.get(name), readBy: "yes" });
    });

    it(`we read what MapProxy has written (${name})`, async (t) => {
      if (missing.has(name)) return t.skip(missing.get(name));
      for (const [column] of COLORS.entries()) {
        const answer = await fetch(tileUrl(ports.theirs, name, column));
        assert.equal(answer.status, 200);
        await answer.arrayBuffer();
      }
      const cache = await open(name, "theirs");
      for (const [x, color] of COLORS.entries()) {
        const tile = await cache.get({ x, y: 0, level: 1 }, ctx);
        assert.ok(tile, `no tile ${x}`);
        const view = await decode(tile.bytes);
        assert.deepEqual(pixelAt(view, 64, 64).slice(0, 3), [...color]);
      }
      await cache.close?.();
      table.set(name, { ...table.get(name), writtenBy: "yes" });
    });
  }
});

/** A WMS that gives one colour west of Greenwich, and another east of it. */
async function twoColors(): Promise<Server> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://x");
    const query = new Map([...searchParams].map(([key, value]) => [key.toLowerCase(), value]));
    const [west = 0] = (query.get("bbox") ?? "").split(",").map(Number);
    const size = [Number(query.get("width")), Number(query.get("height"))] as const;
    response.writeHead(200, { "content-type": "image/png" });
    response.end(plainPng(size, COLORS[west < 0 ? 0 : 1]));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined && existsSync(`/proc/${pid}`)) process.kill(-pid, "SIGKILL");
}
