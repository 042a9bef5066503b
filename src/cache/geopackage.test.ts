import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { cacheDeps, diskPlatform, testGrid } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { CacheError } from "../core/errors.ts";
import { type CacheDeps, ConfigFault } from "../model/define.ts";
import { parseSrs } from "../srs/srs.ts";
import { geopackageCache } from "./geopackage.ts";

type Options = Parameters<typeof geopackageCache.create>[0];
const open = async (deps: CacheDeps, options: Partial<Options> = {}) =>
  await geopackageCache.create({ type: "geopackage", levels: false, ...options }, deps);

tileCacheContract("geopackage", () => open(cacheDeps(scratch())));
tileCacheContract("geopackage, a file a level", () => open(cacheDeps(scratch()), { levels: true }));

const ctx = testContext();
const key = { x: 1, y: 0, level: 1 };

function query(path: string, sql: string): unknown[][] {
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
function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
const faultOf = (message: string) => (error: unknown) =>
  error instanceof ConfigFault && error.message === message;

describe("geopackage cache", () => {
  it("caches 38: has the columns where MapProxy reads them, 20 levels and the application id", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const grid = testGrid("w", {
      base: "GLOBAL_WEBMERCATOR",
      num_levels: 25,
      tile_size: [256, 256],
    });
    const cache = await open(
      cacheDeps(directory, { grid, platform: { ...platform, env: { SOURCE_DATE_EPOCH: "0" } } }),
    );
    await cache.close?.();
    const path = `${directory}/tiles.gpkg`;
    assert.deepEqual(query(path, "PRAGMA application_id"), [[1196437808]]);
    assert.deepEqual(query(path, "PRAGMA user_version"), [[0]]);
    const [contents] = query(path, "SELECT * FROM gpkg_contents");
    assert.deepEqual(contents?.slice(0, 5), [
      "tiles_w",
      "tiles",
      "tiles_w",
      "Created with Mapproxy.",
      "1970-01-01T00:00:00+00:00",
    ]);
    assert.deepEqual(contents?.slice(5, 9), [...grid.bbox]);
    assert.equal(contents?.[9], 3857);
    const systems = query(path, "SELECT * FROM gpkg_spatial_ref_sys ORDER BY srs_id");
    assert.deepEqual(
      systems.map((row) => [row[0], row[1], row[2], row[3]]),
      [
        [" ", -1, "NONE", -1],
        [" ", 0, "NONE", 0],
        ["WGS 84", 4326, "epsg", 4326],
        ["WGS 84 / Pseudo-Mercator", 3857, "epsg", 3857],
      ].sort((a, b) => Number(a[1]) - Number(b[1])),
    );
    const matrix = query(path, "SELECT * FROM gpkg_tile_matrix ORDER BY zoom_level");
    assert.equal(matrix.length, 20);
    assert.deepEqual(matrix[2], [
      "tiles_w",
      2,
      4,
      4,
      256,
      256,
      grid.resolutions[2],
      grid.resolutions[2],
    ]);
    assert.deepEqual(query(path, "SELECT * FROM gpkg_tile_matrix_set"), [
      ["tiles_w", 3857, ...grid.bbox],
    ]);
  });

  it("names any other EPSG number, also 900913", async () => {
    for (const [srs, number] of [
      ["EPSG:25832", 25832],
      ["EPSG:900913", 900913],
    ] as const) {
      const directory = scratch();
      const grid = testGrid("u", {
        base: "GLOBAL_MERCATOR",
        srs,
        num_levels: 3,
        bbox: [0, 5e6, 1e6, 6e6],
      });
      await (await open(cacheDeps(directory, { grid }))).close?.();
      assert.deepEqual(
        query(
          `${directory}/tiles.gpkg`,
          `SELECT * FROM gpkg_spatial_ref_sys WHERE srs_id = ${number}`,
        ),
        [["Not provided", number, "epsg", number, "Added via Mapproxy.", null]],
      );
    }
  });

  it("stores the bbox of the coverage, in the reference system of the grid", async () => {
    const directory = scratch();
    const coverage = {
      srs: parseSrs("EPSG:3857"),
      bbox: [0, 0, 1113194.9, 1118889.97],
      polygons: undefined,
      clip: false,
    } as const;
    await (await open(cacheDeps(directory, { coverage }))).close?.();
    const [row = []] = query(
      `${directory}/tiles.gpkg`,
      "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents",
    );
    [0, 0, 10, 10].forEach((value, i) => {
      assert.ok(Math.abs(Number(row[i]) - value) < 1e-5, String(row));
    });
  });

  it("caches 39: refuses a file of another grid when it starts", async () => {
    const path = (directory: string) => `${directory}/tiles.gpkg`;
    for (const [sql, message] of [
      ["UPDATE gpkg_contents SET data_type = 'features'", "table_name is improperly configured."],
      [
        "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 1 WHERE srs_id = 4326",
        "srs is improperly configured.",
      ],
      ["UPDATE gpkg_tile_matrix SET tile_width = 256", "tile_size is improperly configured."],
      [
        "UPDATE gpkg_tile_matrix SET pixel_y_size = pixel_y_size * 1.00000001",
        "res is improperly configured.",
      ],
    ] as const) {
      const directory = scratch();
      await (await open(cacheDeps(directory))).close?.();
      change(path(directory), sql);
      await assert.rejects(open(cacheDeps(directory)), faultOf(message));
    }
    const directory = scratch();
    await (await open(cacheDeps(directory))).close?.();
    change(
      path(directory),
      "UPDATE gpkg_tile_matrix SET pixel_y_size = pixel_y_size * (1 + 1e-12)",
    );
    await open(cacheDeps(directory));
  });

  it("caches 40: calls the table <cache>_<grid>, and refuses names with other characters", async () => {
    const directory = scratch();
    await (await open(cacheDeps(directory), { table_name: "a-b_C1" })).close?.();
    await (await open(cacheDeps(directory))).close?.();
    assert.deepEqual(query(`${directory}/tiles.gpkg`, "SELECT table_name FROM gpkg_contents"), [
      ["a-b_C1"],
      ["tiles_g"],
    ]);
    for (const table_name of ["a b", 'x"; DROP', "", "ä"]) {
      await assert.rejects(
        open(cacheDeps(scratch()), { table_name }),
        faultOf(`The table_name ${table_name} contains unsupported characters.`),
      );
    }
  });

  it("adds its tables to a file that has others", async () => {
    const directory = scratch();
    change(`${directory}/tiles.gpkg`, "CREATE TABLE mine (a); INSERT INTO mine VALUES (1)");
    const cache = await open(cacheDeps(directory));
    await cache.put(key, pngTile(1), ctx);
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(1).bytes);
    assert.deepEqual(query(`${directory}/tiles.gpkg`, "SELECT a FROM mine"), [[1]]);
  });

  it("reads garbage as a fault of the cache, not of the start", async () => {
    const directory = scratch();
    writeFileSync(`${directory}/tiles.gpkg`, "garbage ".repeat(1000));
    const cache = await open(cacheDeps(directory));
    await assert.rejects(cache.get(key, ctx), CacheError);
  });

  it("takes cache.directory as the base of the file", async () => {
    const directory = scratch();
    await open(cacheDeps(directory), { directory: "./d", filename: "x.gpkg" });
    await open(cacheDeps(directory), { directory: "./d", filename: "./y.gpkg" });
    assert.ok(existsSync(`${directory}/conf/d/x.gpkg`));
    assert.ok(existsSync(`${directory}/conf/y.gpkg`));
  });

  it("describes all levels in each level's file", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory), { levels: true, filename: "ignored" });
    await cache.put(key, pngTile(1), ctx);
    await cache.put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx);
    assert.ok((await cache.getMany!([{ x: 0, y: 0, level: 0 }], ctx))[0], "level 0 too");
    await cache.close?.();
    assert.deepEqual(readdirSync(`${directory}/tiles/g`).sort(), ["0.gpkg", "1.gpkg"]);
    assert.deepEqual(
      query(`${directory}/tiles/g/1.gpkg`, "SELECT count(*) FROM gpkg_tile_matrix"),
      [[13]],
    );
    await cache.deleteLevel?.(1, undefined, ctx);
    assert.deepEqual(readdirSync(`${directory}/tiles/g`), ["0.gpkg"]);
  });

  it("loads more than 2000 tiles at once", async () => {
    const cache = await open(cacheDeps(scratch()));
    const keys = Array.from({ length: 2500 }, (_, i) => ({
      x: i % 60,
      y: Math.floor(i / 60),
      level: 9,
    }));
    await cache.putMany!(
      keys.map((at) => [at, pngTile(at.x)] as const),
      ctx,
    );
    const tiles = await cache.getMany!(keys, ctx);
    assert.ok(tiles.every((tile, i) => tile?.bytes.at(-1) === i % 60));
  });
});
