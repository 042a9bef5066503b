import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { cacheDeps, diskPlatform, TEST_TIME, testGrid } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { CacheError } from "../core/errors.ts";
import type { TileCache } from "../model/cache.ts";
import type { CacheDeps } from "../model/define.ts";
import { mbtilesCache } from "./mbtiles.ts";
import { sqliteCache } from "./sqlite.ts";

type MbtilesOptions = Parameters<typeof mbtilesCache.create>[0];
type SqliteOptions = Parameters<typeof sqliteCache.create>[0];
const mbtiles = async (deps: CacheDeps, options: Partial<MbtilesOptions> = {}) =>
  await mbtilesCache.create({ type: "mbtiles", ...options }, deps);
const sqlite = async (deps: CacheDeps, options: Partial<SqliteOptions> = {}) =>
  await sqliteCache.create({ type: "sqlite", ttl: 0, ...options }, deps);

tileCacheContract("mbtiles", () => mbtiles(cacheDeps(scratch())));
tileCacheContract("mbtiles with write-ahead log", () =>
  mbtiles(cacheDeps(scratch()), { sqlite_wal: true }),
);
tileCacheContract("sqlite", () => sqlite(cacheDeps(scratch())));

const ctx = testContext();
const key = { x: 1, y: 0, level: 1 };

/** Rows of a query on a file, without Rhumb. */
function rows(path: string, sql: string): unknown[][] {
  const database = new DatabaseSync(path);
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  } finally {
    database.close();
  }
}
const normalized = (sql: unknown) => String(sql).replace(/\s+/g, " ");

describe("mbtiles cache", () => {
  it("caches 11: counts ./x.mbtiles from the configuration and x.mbtiles from the base", async () => {
    const directory = scratch();
    await (await mbtiles(cacheDeps(directory), { filename: "./x.mbtiles" })).close?.();
    await (await mbtiles(cacheDeps(directory), { filename: "x.mbtiles" })).close?.();
    await (await mbtiles(cacheDeps(directory), { filename: `${directory}/abs/x` })).close?.();
    await (await mbtiles(cacheDeps(directory))).close?.();
    for (const path of ["conf/x.mbtiles", "x.mbtiles", "abs/x", "tiles.mbtiles"]) {
      assert.ok(existsSync(`${directory}/${path}`), path);
    }
  });

  it("keeps tiles with dimensions in files of their own beside the plain one", async () => {
    const directory = scratch();
    const cache = await mbtiles(cacheDeps(directory));
    await cache.put(key, pngTile(1), ctx);
    // more than are open at the same time
    for (let day = 10; day < 50; day++) {
      await cache.put({ ...key, dimensions: { time: `${day}` } }, pngTile(day), ctx);
    }
    for (let day = 10; day < 50; day++) {
      const found = await cache.get({ ...key, dimensions: { time: `${day}` } }, ctx);
      assert.equal(found?.bytes.at(-1), day);
    }
    await cache.get({ ...key, dimensions: { time: "never" } }, ctx);
    await cache.close?.();
    const below = readdirSync(`${directory}/tiles.dimensions`);
    assert.equal(below.length, 40, "reading makes nothing");
    const count = "SELECT count(*) FROM tiles";
    assert.deepEqual(rows(`${directory}/tiles.dimensions/time-12/tiles.mbtiles`, count), [[1]]);
    assert.deepEqual(rows(`${directory}/tiles.mbtiles`, count), [[1]]);
  });

  it("caches 36: makes the tables and the index of MBTiles", async () => {
    const directory = scratch();
    await (await mbtiles(cacheDeps(directory))).close?.();
    const schema = rows(`${directory}/tiles.mbtiles`, "SELECT name, sql FROM sqlite_master");
    assert.deepEqual(
      schema.map(([name, sql]) => [name, normalized(sql)]),
      [
        [
          "tiles",
          "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)",
        ],
        ["metadata", "CREATE TABLE metadata (name text, value text)"],
        ["idx_tile", "CREATE UNIQUE INDEX idx_tile on tiles (zoom_level, tile_column, tile_row)"],
      ],
    );
  });

  it("weakness 22: describes itself in the metadata, with the zoom levels that are there", async () => {
    const directory = scratch();
    const grid = testGrid("m", { base: "GLOBAL_WEBMERCATOR", origin: "sw" });
    const cache = await mbtiles(cacheDeps(directory, { grid }));
    const metadata = () =>
      Object.fromEntries(
        rows(`${directory}/tiles.mbtiles`, "SELECT name, value FROM metadata") as [
          string,
          string,
        ][],
      );
    assert.equal(metadata().minzoom, undefined);
    await cache.put({ x: 0, y: 0, level: 3 }, pngTile(1), ctx);
    await cache.put({ x: 0, y: 0, level: 5 }, pngTile(1), ctx);
    const { name, format, type, scheme, bounds, minzoom, maxzoom } = metadata();
    assert.deepEqual(
      [name, format, type, scheme, minzoom, maxzoom],
      ["tiles", "png", "baselayer", "tms", "3", "5"],
    );
    const [west = 0, south = 0, east = 0, north = 0] = String(bounds).split(",").map(Number);
    assert.deepEqual([west, east], [-180, 180]);
    assert.ok(Math.abs(south + 85.0511) < 1e-4 && Math.abs(north - 85.0511) < 1e-4);
    await cache.deleteLevel?.(3, undefined, ctx);
    assert.equal(metadata().minzoom, "5");
  });

  it("does not alter a file that is there, and reads one without metadata", async () => {
    const directory = scratch();
    const path = `${directory}/tiles.mbtiles`;
    const database = new DatabaseSync(path);
    database.exec(
      "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)",
    );
    database.prepare("INSERT INTO tiles VALUES (1, 1, 0, ?)").run(pngTile(5).bytes);
    database.close();
    const cache = await mbtiles(cacheDeps(directory));
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(5).bytes);
    await cache.put({ ...key, x: 0 }, pngTile(6), ctx);
    assert.deepEqual(rows(path, "SELECT name FROM sqlite_master"), [["tiles"]]);
  });

  it("reads a view over an indexed table, as other programs write MBTiles", async () => {
    const directory = scratch();
    const database = new DatabaseSync(`${directory}/tiles.mbtiles`);
    database.exec(`
      CREATE TABLE map (zoom_level integer, tile_column integer, tile_row integer, tile_id text);
      CREATE TABLE images (tile_id text, tile_data blob);
      CREATE UNIQUE INDEX map_index ON map (zoom_level, tile_column, tile_row);
      CREATE UNIQUE INDEX images_id ON images (tile_id);
      CREATE VIEW tiles AS SELECT zoom_level, tile_column, tile_row, tile_data
        FROM map JOIN images ON images.tile_id = map.tile_id;
      INSERT INTO map VALUES (1, 1, 0, 'a')`);
    database.prepare("INSERT INTO images VALUES ('a', ?)").run(pngTile(5).bytes);
    database.close();
    const cache = await mbtiles(cacheDeps(directory));
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(5).bytes);
    await assert.rejects(cache.put(key, pngTile(6), ctx), CacheError);
  });

  it("refuses a view that would never answer", async () => {
    const directory = scratch();
    const database = new DatabaseSync(`${directory}/tiles.mbtiles`);
    database.exec(`CREATE VIEW tiles AS
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'89' AS tile_data FROM n`);
    database.close();
    const cache = await mbtiles(cacheDeps(directory));
    await assert.rejects(cache.get(key, ctx), (error) => {
      assert.ok(error instanceof CacheError);
      return /has no index/.test(String(error.cause));
    });
  });

  it("reads garbage and other databases as a fault of the cache, not of the start", async () => {
    for (const content of ["x".repeat(5000), "SQLite format 3\0".padEnd(5000, "\x01")]) {
      const directory = scratch();
      writeFileSync(`${directory}/tiles.mbtiles`, content);
      const events: string[] = [];
      const log = { ...cacheDeps("/").log, error: (event: string) => events.push(event) };
      const cache = await mbtiles(cacheDeps(directory, { log: log as CacheDeps["log"] }));
      assert.deepEqual(events, ["cache-unusable"]);
      await assert.rejects(cache.get(key, ctx), CacheError);
      await assert.rejects(cache.put(key, pngTile(1), ctx), CacheError);
    }
  });

  it("starts in a directory that cannot be made", async () => {
    const cache = await mbtiles(cacheDeps("/dev/null/x"));
    assert.equal(await cache.get(key, ctx), undefined);
    await assert.rejects(cache.put(key, pngTile(1), ctx), CacheError);
  });

  it("does not load a tile larger than any tile, nor anything but bytes", async () => {
    const directory = scratch();
    const cache = await mbtiles(cacheDeps(directory));
    const database = new DatabaseSync(`${directory}/tiles.mbtiles`);
    database.exec("INSERT INTO tiles VALUES (1, 1, 0, zeroblob(100000000)), (1, 0, 0, 'text')");
    database.close();
    assert.equal(await cache.get(key, ctx), undefined);
    assert.equal(await cache.get({ ...key, x: 0 }, ctx), undefined);
    await cache.put(key, pngTile(1), ctx);
    assert.ok(await cache.get(key, ctx));
  });

  it("waits without stopping the thread while another process writes, up to the timeout", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const cache = await mbtiles(cacheDeps(directory, { platform }), { sqlite_timeout: 2 });
    const other = new DatabaseSync(`${directory}/tiles.mbtiles`);
    other.exec("BEGIN EXCLUSIVE");
    await assert.rejects(cache.put(key, pngTile(1), ctx), CacheError);
    assert.ok(platform.time - TEST_TIME >= 2000, "slept on the platform's clock");
    let slept = 0;
    const { sleep } = platform.clock;
    platform.clock.sleep = async (ms) => {
      if (++slept === 3) other.exec("COMMIT");
      await sleep(ms);
    };
    await cache.put(key, pngTile(1), ctx);
    assert.equal(slept, 3);
    other.close();
  });

  it("notices a file that was replaced, and one that was removed", async () => {
    const [directory, elsewhere] = [scratch(), scratch()];
    const platform = diskPlatform();
    const cache = await mbtiles(cacheDeps(directory, { platform }));
    const other = await mbtiles(cacheDeps(elsewhere));
    await cache.put(key, pngTile(1), ctx);
    await other.put(key, pngTile(2), ctx);
    await other.close?.();
    renameSync(`${elsewhere}/tiles.mbtiles`, `${directory}/tiles.mbtiles`);
    platform.time += 3000;
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(2).bytes);
    rmSync(`${directory}/tiles.mbtiles`);
    platform.time += 3000;
    assert.equal(await cache.get(key, ctx), undefined);
    await cache.put(key, pngTile(3), ctx);
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(3).bytes);
  });

  it("does the same when it has connected anew since it wrote first", async () => {
    const [directory, elsewhere] = [scratch(), scratch()];
    const platform = diskPlatform();
    const cache = await mbtiles(cacheDeps(directory, { platform }));
    const other = await mbtiles(cacheDeps(elsewhere));
    await other.put(key, pngTile(2), ctx);
    await other.close?.();
    await cache.put(key, pngTile(1), ctx);
    platform.time += 3000;
    await cache.put(key, pngTile(3), ctx);
    renameSync(`${elsewhere}/tiles.mbtiles`, `${directory}/tiles.mbtiles`);
    platform.time += 3000;
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(2).bytes);
    await cache.close?.();
  });

  it("connects once for all who ask at the same time, and closes nothing that is in use", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const open: object[] = [];
    const sqlite: NonNullable<CacheDeps["platform"]["sqlite"]> = (path, options) => {
      const database = platform.sqlite!(path, options);
      const counted = {
        ...database,
        [Symbol.dispose]() {
          open.splice(open.indexOf(counted), 1);
          database[Symbol.dispose]();
        },
      };
      open.push(counted);
      return counted;
    };
    const cache = await mbtiles(cacheDeps(directory, { platform: { ...platform, sqlite } }));
    await cache.put(key, pngTile(1), ctx);
    for (let round = 0; round < 3; round++) {
      platform.time += 3000;
      const tiles = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          if (i % 10 === 0) await cache.put({ ...key, x: 0 }, pngTile(i), ctx);
          return cache.get(key, ctx);
        }),
      );
      for (const tile of tiles) assert.deepEqual(tile?.bytes, pngTile(1).bytes);
      assert.equal(open.length, 1);
    }
    await cache.close?.();
    assert.equal(open.length, 0);
  });

  it("caches 58: applies permissions to the file and to new directories", async () => {
    const directory = scratch();
    const deps = cacheDeps(directory, { fileMode: 0o640, directoryMode: 0o750 });
    await mbtiles(deps, { filename: "a/x.mbtiles" });
    const bits = (path: string) => statSync(`${directory}/${path}`).mode & 0o777;
    assert.deepEqual([bits("a"), bits("a/x.mbtiles")], [0o750, 0o640]);
  });

  const journal = (path: string) => rows(path, "PRAGMA journal_mode")[0]?.[0];

  it("keeps a write-ahead log for good only if told to, and only in new files", async () => {
    const directory = scratch();
    const mode = (name: string) => journal(`${directory}/${name}`);
    await (await mbtiles(cacheDeps(directory), { filename: "plain" })).close?.();
    await (await mbtiles(cacheDeps(directory), { filename: "wal", sqlite_wal: true })).close?.();
    await (await mbtiles(cacheDeps(directory), { filename: "plain", sqlite_wal: true })).close?.();
    assert.deepEqual([mode("plain"), mode("wal")], ["delete", "wal"]);
  });

  it("has a write-ahead log while it writes; two seconds later the file alone has all", async () => {
    const directory = scratch();
    const path = `${directory}/tiles.mbtiles`;
    const cache = await mbtiles(cacheDeps(directory));
    await cache.put(key, pngTile(1), ctx);
    assert.equal(journal(path), "wal");
    while (readdirSync(directory).length > 1) await new Promise((done) => setTimeout(done, 100));
    assert.equal(journal(path), "delete");
    assert.deepEqual(rows(path, "SELECT count(*) FROM tiles"), [[1]]);
    await cache.put(key, pngTile(2), ctx);
    assert.equal(journal(path), "wal");
    await cache.close?.();
    assert.deepEqual(readdirSync(directory), ["tiles.mbtiles"]);
  });

  it("has no write-ahead log on disks of other machines, or where it is switched off", async () => {
    const platform = diskPlatform();
    const far = { ...platform, files: { ...platform.files, isLocal: async () => false } };
    for (const [deps, options] of [
      [{ platform: far }, {}],
      [{ platform }, { sqlite_wal: false }],
    ] as const) {
      const directory = scratch();
      const cache = await mbtiles(cacheDeps(directory, deps), options);
      await cache.put(key, pngTile(1), ctx);
      assert.equal(journal(`${directory}/tiles.mbtiles`), "delete");
    }
  });

  it("reads a file with a write-ahead log where nothing can be written, unless the log has more", async () => {
    const directory = scratch();
    const path = `${directory}/tiles.mbtiles`;
    const made = await mbtiles(cacheDeps(directory), { sqlite_wal: true });
    await made.put(key, pngTile(1), ctx);
    await made.close?.();
    const platform = diskPlatform();
    const sqlite: NonNullable<CacheDeps["platform"]["sqlite"]> = (file, options) => {
      if (options?.immutable) return platform.sqlite!(file, options);
      throw new Error("attempt to write a readonly database");
    };
    const deps = cacheDeps(directory, { platform: { ...platform, sqlite } });
    const cache = await mbtiles(deps, { sqlite_wal: true });
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(1).bytes);
    await cache.close?.();
    writeFileSync(`${path}-wal`, "of a writer");
    await assert.rejects(async () => cache.get(key, ctx), CacheError);
  });

  it("writes that come at the same time share a transaction, and none fails with another", async () => {
    const platform = diskPlatform();
    let transactions = 0;
    const sqlite: CacheDeps["platform"]["sqlite"] = (path) => {
      const database = platform.sqlite!(path);
      const counted = <T>(work: () => T): T => {
        transactions++;
        return database.transaction(work);
      };
      return { ...database, transaction: counted };
    };
    const deps = cacheDeps(scratch(), { platform: { ...platform, sqlite } });
    const cache = await mbtiles(deps);
    transactions = 0;
    const at = (n: number) => ({ x: n, y: 0, level: 5 });
    const numbers = Array.from({ length: 16 }, (_, n) => n);
    await Promise.all(numbers.map((n) => cache.put(at(n), pngTile(n), ctx)));
    assert.equal(transactions, 1);
    const broken = { ...pngTile(1), bytes: {} as Uint8Array };
    const results = await Promise.allSettled([
      cache.put(at(20), pngTile(20), ctx),
      cache.put(at(21), broken, ctx),
      cache.put(at(22), pngTile(22), ctx),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    for (const n of [...numbers, 20, 22]) {
      assert.equal((await cache.get(at(n), ctx))?.bytes.at(-1), n);
    }
    await cache.close?.();
  });

  it("all or nothing of a bulk is stored", async () => {
    const directory = scratch();
    const cache = await mbtiles(cacheDeps(directory));
    const bad = { ...pngTile(1), bytes: "text" as unknown as Uint8Array };
    const broken = { ...bad, bytes: {} as Uint8Array };
    await assert.rejects(
      cache.putMany!(
        [
          [key, pngTile(1)],
          [{ ...key, x: 0 }, broken],
        ],
        ctx,
      ),
      CacheError,
    );
    assert.equal(await cache.get(key, ctx), undefined);
  });
});

describe("sqlite cache", () => {
  const level = (directory: string, name = "1.mbtiles") => `${directory}/tiles/g/${name}`;

  it("has one file a level below the cache and the grid, made by writing only", async () => {
    const directory = scratch();
    const cache = await sqlite(cacheDeps(directory));
    assert.equal(await cache.get(key, ctx), undefined);
    assert.deepEqual(readdirSync(directory), []);
    await cache.put(key, pngTile(1), ctx);
    await cache.put({ x: 0, y: 0, level: 12 }, pngTile(1), ctx);
    await cache.close?.();
    assert.deepEqual(readdirSync(`${directory}/tiles/g`).sort(), ["1.mbtiles", "12.mbtiles"]);
    const mine = await sqlite(cacheDeps(directory), { directory: "./d" });
    await mine.put(key, pngTile(1), ctx);
    assert.ok(existsSync(`${directory}/conf/d/g/1.mbtiles`));
  });

  it("delivers level 0", async () => {
    const cache = await sqlite(cacheDeps(scratch()));
    const root = { x: 0, y: 0, level: 0 };
    await cache.put(root, pngTile(1), ctx);
    assert.deepEqual((await cache.getMany!([root], ctx))[0]?.bytes, pngTile(1).bytes);
  });

  it("goes on with the files that MapProxy 1 has named .mbtile", async () => {
    const directory = scratch();
    const cache = await sqlite(cacheDeps(directory));
    await cache.put(key, pngTile(1), ctx);
    await cache.close?.();
    renameSync(level(directory), level(directory, "1.mbtile"));
    const again = await sqlite(cacheDeps(directory));
    assert.ok(await again.get(key, ctx));
    await again.put({ ...key, x: 0 }, pngTile(2), ctx);
    await again.close?.();
    assert.deepEqual(readdirSync(`${directory}/tiles/g`), ["1.mbtile"]);
  });

  it("keeps tiles with dimensions in directories of their own beside the plain ones", async () => {
    const directory = scratch();
    const cache = await sqlite(cacheDeps(directory));
    await cache.put(key, pngTile(1), ctx);
    await cache.put({ ...key, dimensions: { time: "2020" } }, pngTile(2), ctx);
    await cache.close?.();
    for (const path of ["1.mbtiles", "time-2020/1.mbtiles"]) {
      assert.ok(existsSync(`${directory}/tiles/g/${path}`), path);
    }
  });

  it("caches 37: writes last_modified as local time text and reads it back", async () => {
    const directory = scratch();
    const cache = await sqlite(cacheDeps(directory));
    await cache.put(key, pngTile(1), ctx);
    const [[text]] = rows(level(directory), "SELECT last_modified FROM tiles") as [[string]];
    const local = new Date(TEST_TIME);
    const two = (value: number) => String(value).padStart(2, "0");
    assert.equal(
      text,
      `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())} ` +
        `${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}`,
    );
    assert.equal((await cache.get(key, ctx))?.timestamp, TEST_TIME);
    assert.deepEqual(await cache.stat?.(key, ctx), { timestamp: TEST_TIME });
    const schema = rows(level(directory), "SELECT sql FROM sqlite_master WHERE name = 'tiles'");
    assert.match(
      normalized(schema[0]?.[0]),
      /last_modified datetime DEFAULT \(datetime\('now','localtime'\)\)/,
    );
  });

  it("caches 37: hides tiles older than ttl, and does not delete them", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const cache = await sqlite(cacheDeps(directory, { platform }), { ttl: 60 });
    await cache.put(key, pngTile(1), ctx);
    platform.time += 59_000;
    assert.ok(await cache.get(key, ctx));
    platform.time += 1000;
    assert.equal(await cache.get(key, ctx), undefined);
    assert.equal(await cache.stat?.(key, ctx), undefined);
    assert.deepEqual(await cache.getMany!([key], ctx), [undefined]);
    assert.deepEqual(rows(level(directory), "SELECT count(*) FROM tiles"), [[1]]);
    await cache.put(key, pngTile(2), ctx);
    assert.ok(await cache.get(key, ctx));
  });

  it("removes old tiles of a level, or its files with all that SQLite keeps beside", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const cache: TileCache = await sqlite(cacheDeps(directory, { platform }), { sqlite_wal: true });
    await cache.put(key, pngTile(1), ctx);
    platform.time += 10_000;
    await cache.put({ ...key, x: 0 }, pngTile(2), ctx);
    await cache.deleteLevel?.(1, TEST_TIME + 10_000, ctx);
    assert.equal(await cache.get(key, ctx), undefined);
    assert.ok(await cache.get({ ...key, x: 0 }, ctx));
    await cache.deleteLevel?.(1, undefined, ctx);
    assert.deepEqual(readdirSync(`${directory}/tiles/g`), []);
  });
});
