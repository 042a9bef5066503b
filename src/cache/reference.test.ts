import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { cacheDeps, testGrid } from "../../test/cache-deps.ts";
import { pngTile } from "../../test/contract/tile-cache.ts";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { decode } from "../image/codec.ts";
import type { TileCache } from "../model/cache.ts";
import type { CacheDeps } from "../model/define.ts";
import { compactCache } from "./compact.ts";
import { fileCache } from "./file.ts";
import { geopackageCache } from "./geopackage.ts";
import { mbtilesCache } from "./mbtiles.ts";
import { sqliteCache } from "./sqlite.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/caches", import.meta.url));
const ctx = testContext();

const file =
  (directory_layout: string, more = {}) =>
  (deps: CacheDeps) =>
    fileCache.create({ type: "file", directory_layout, use_grid_names: false, ...more }, deps);

/** How each cache of the fixture was configured; the key is its name. */
const kinds: Record<string, (deps: CacheDeps) => TileCache | Promise<TileCache>> = {
  tc: file("tc"),
  mp: file("mp"),
  tms: file("tms", { use_grid_names: true }),
  reverse_tms: file("reverse_tms"),
  quadkey: file("quadkey"),
  arcgis: (deps) => file("arcgis", { directory: `${deps.baseDirectory}/arcgis` })(deps),
  mbtiles: (deps) => mbtilesCache.create({ type: "mbtiles" }, deps),
  sqlite: (deps) => sqliteCache.create({ type: "sqlite", ttl: 0 }, deps),
  geopackage: (deps) => geopackageCache.create({ type: "geopackage", levels: false }, deps),
  geopackage_levels: (deps) => geopackageCache.create({ type: "geopackage", levels: true }, deps),
  compact1: (deps) => compactCache.create({ type: "compact", version: 1 }, deps),
  compact2: (deps) => compactCache.create({ type: "compact", version: 2 }, deps),
};

/** A copy of the fixture, with its bundles unpacked. */
function copy(): string {
  const directory = scratch();
  cpSync(FIXTURES, directory, { recursive: true });
  for (const name of ["compact1", "compact2"]) {
    const level = `${directory}/${name}/g/L01`;
    for (const packed of readdirSync(level)) {
      writeFileSync(
        `${level}/${packed.slice(0, -3)}`,
        gunzipSync(readFileSync(`${level}/${packed}`)),
      );
      rmSync(`${level}/${packed}`);
    }
  }
  return directory;
}

describe("a cache that MapProxy has written", () => {
  for (const [name, create] of Object.entries(kinds)) {
    it(`is read, added to and cleaned up (${name})`, async () => {
      const directory = copy();
      const grid = testGrid("g", { tile_size: [128, 128] });
      const cache = await create(cacheDeps(directory, { name, grid }));
      const west = await cache.get({ x: 0, y: 0, level: 1 }, ctx);
      const east = await cache.get({ x: 1, y: 0, level: 1 }, ctx);
      assert.ok(west && east);
      assert.notDeepEqual(west.bytes, east.bytes);
      const expected = readFileSync(`${directory}/tms/g/1/1/0.png`);
      assert.deepEqual(east.bytes, new Uint8Array(expected));
      const { width, height } = await decode(west.bytes);
      assert.deepEqual([width, height], [128, 128]);
      assert.equal(await cache.get({ x: 0, y: 1, level: 1 }, ctx), undefined);
      assert.equal(await cache.get({ x: 0, y: 0, level: 2 }, ctx), undefined);
      if (cache.keepsTimestamps) assert.ok((west.timestamp ?? 0) > Date.UTC(2020, 0));

      const found: string[] = [];
      for await (const { x, y, level } of cache.keys!(1, ctx)) found.push(`${x}/${y}/${level}`);
      assert.deepEqual(found.sort(), ["0/0/1", "1/0/1"]);

      await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
      assert.deepEqual((await cache.get({ x: 1, y: 0, level: 1 }, ctx))?.bytes, pngTile(1).bytes);
      assert.deepEqual((await cache.get({ x: 0, y: 0, level: 1 }, ctx))?.bytes, west.bytes);
      await cache.deleteLevel?.(1, undefined, ctx);
      assert.equal(await cache.get({ x: 0, y: 0, level: 1 }, ctx), undefined);
      await cache.close?.();
    });
  }

  for (const name of ["compact1", "compact2"]) {
    it(`is byte for byte what we write (${name})`, async () => {
      const [directory, theirs] = [scratch(), copy()];
      const cache = await kinds[name]!(cacheDeps(directory, { name }));
      // in the order in which the tiles lie in the file
      for (const x of [0, 1]) {
        const bytes = new Uint8Array(readFileSync(`${theirs}/tms/g/1/${x}/0.png`));
        const tile = { bytes, format: "png", timestamp: undefined } as const;
        await cache.put({ x, y: 0, level: 1 }, tile, ctx);
      }
      for (const entry of readdirSync(`${theirs}/${name}/g/L01`)) {
        const path = `${name}/g/L01/${entry}`;
        assert.deepEqual(readFileSync(`${directory}/${path}`), readFileSync(`${theirs}/${path}`));
      }
    });
  }
});
