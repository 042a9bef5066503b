/** MapProxy serves the tiles that our stores have written. The other way round: src/cache/reference.test.ts. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import * as v from "valibot";
import { cacheTypes } from "../../src/cache/index.ts";
import type { CacheType } from "../../src/model/define.ts";
import { cacheDeps, testGrid } from "../cache-deps.ts";
import { freePort } from "../e2e/server.ts";
import { testContext } from "../platform.ts";
import { scratch } from "../scratch.ts";
import { plainPng } from "../source-deps.ts";
import { find } from "./programs.ts";

const STORES: Record<string, { readonly type: string; readonly [option: string]: unknown }> = {
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

const GRID = { base: "GLOBAL_GEODETIC", num_levels: 13, tile_size: [128, 128], origin: "nw" };
const WEST = plainPng([128, 128], [10, 20, 30]);
const EAST = plainPng([128, 128], [200, 100, 50]);

const program = await find("mapproxy-util");
const skip = program ? false : "not installed: mapproxy-util";

describe("MapProxy reads what we have written", { skip }, () => {
  const directory = scratch();
  let port = 0;
  let server: ChildProcess | undefined;

  before(async () => {
    for (const [name, store] of Object.entries(STORES)) await write(name, store, directory);
    // the name of its level files was another one before version 2
    renameSync(`${directory}/sqlite/g/1.mbtiles`, `${directory}/sqlite/g/1.mbtile`);
    const config = {
      services: { wmts: { kvp: true } },
      layers: Object.keys(STORES).map((name) => ({ name, title: name, sources: [name] })),
      caches: Object.fromEntries(
        Object.entries(STORES).map(([name, cache]) => [
          name,
          { sources: [], grids: ["g"], format: "image/png", cache },
        ]),
      ),
      grids: { g: GRID },
      globals: { cache: { base_dir: "." } },
    };
    writeFileSync(`${directory}/mapproxy.yaml`, JSON.stringify(config));
    port = await freePort();
    const args = ["serve-develop", "-b", `127.0.0.1:${port}`, `${directory}/mapproxy.yaml`];
    server = spawn(program!, args, { stdio: "ignore", detached: true });
    await answering(`http://127.0.0.1:${port}/`);
  });
  // it runs in a process of its own below the one that was started
  after(() => server?.pid !== undefined && process.kill(-server.pid, "SIGKILL"));

  for (const name of Object.keys(STORES)) {
    it(`serves the very bytes (${name})`, async () => {
      for (const [column, expected] of [WEST, EAST].entries()) {
        const query = `SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=&FORMAT=image/png&TILEMATRIXSET=g&TILEMATRIX=01&TILEROW=0&TILECOL=${column}`;
        const answer = await fetch(`http://127.0.0.1:${port}/service?${query}`);
        assert.equal(answer.status, 200);
        assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), expected);
      }
    });
  }
});

async function write(name: string, store: { readonly type: string }, directory: string) {
  const type = (cacheTypes as readonly CacheType[]).find((each) => each.type === store.type)!;
  const deps = cacheDeps(directory, { name, grid: testGrid("g", { tile_size: [128, 128] }) });
  const cache = await type.create(v.parse(type.options, store), deps);
  for (const [x, bytes] of [WEST, EAST].entries()) {
    const tile = { bytes, format: "png", timestamp: undefined } as const;
    await cache.put({ x, y: 0, level: 1 }, tile, testContext());
  }
  await cache.close?.();
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no answer from ${url}`);
}
