import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { cacheDeps, testGrid } from "../../test/cache-deps.ts";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { encodePng } from "../image/png-encode.ts";
import type { StoredTile, TileCache } from "../model/cache.ts";
import { geopackageCache } from "./geopackage.ts";
import { mbtilesCache } from "./mbtiles.ts";

const installed = spawnSync("gdalinfo", ["--version"]).status === 0;
const skip = installed ? false : "gdalinfo is not installed";
const ctx = testContext();

/** Tiles of 256 x 256 pixels: all of level 2, coloured by column and row. */
async function fill(cache: TileCache): Promise<void> {
  const tiles: (readonly [{ x: number; y: number; level: number }, StoredTile])[] = [];
  for (let x = 0; x < 4; x++) {
    for (let y = 0; y < 4; y++) {
      const data = new Uint8Array(256 * 256 * 3).map((_, i) => [x * 50, y * 50, 200][i % 3]!);
      const view = { width: 256, height: 256, channels: 3, data, offset: 0, stride: 768 } as const;
      const tile = { bytes: encodePng(view), format: "png", timestamp: undefined } as const;
      tiles.push([{ x, y, level: 2 }, tile]);
    }
  }
  await cache.putMany?.(tiles, ctx);
  await cache.close?.();
}

/** What GDAL says of a file, and the colour it sees at a pixel. */
function look(path: string, column: number, row: number): { info: string; color: number[] } {
  const info = spawnSync("gdalinfo", [path], { encoding: "utf8" });
  assert.equal(info.status, 0, info.stderr);
  assert.doesNotMatch(info.stderr, /Warning|ERROR/);
  const at = spawnSync("gdallocationinfo", ["-valonly", path, String(column), String(row)], {
    encoding: "utf8",
  });
  return { info: info.stdout, color: at.stdout.trim().split(/\s+/).map(Number).slice(0, 3) };
}

describe("GDAL", () => {
  it("opens an MBTiles file in its place, at the level that is there", { skip }, async () => {
    const directory = scratch();
    const grid = testGrid("w", {
      base: "GLOBAL_WEBMERCATOR",
      origin: "sw",
      num_levels: 18,
      tile_size: [256, 256],
    });
    const deps = cacheDeps(directory, { grid, name: "world" });
    await fill(await mbtilesCache.create({ type: "mbtiles" }, deps));
    // pixel 300, 10 lies in column 1 and, from the south, in row 3
    const { info, color } = look(`${directory}/world.mbtiles`, 300, 10);
    assert.match(info, /Size is 1024, 1024/);
    assert.match(info, /Driver: MBTiles/);
    assert.match(info, /ID\["EPSG",3857\]/);
    assert.match(info, /Upper Left {2}\(-20037508/);
    assert.deepEqual(color, [50, 150, 200]);
  });

  it("opens a GeoPackage in its place", { skip }, async () => {
    const directory = scratch();
    const grid = testGrid("w", {
      base: "GLOBAL_WEBMERCATOR",
      origin: "nw",
      num_levels: 3,
      tile_size: [256, 256],
    });
    const deps = cacheDeps(directory, { grid, name: "world" });
    await fill(await geopackageCache.create({ type: "geopackage", levels: false }, deps));
    const { info, color } = look(`${directory}/world.gpkg`, 300, 10);
    assert.match(info, /Size is 1024, 1024/);
    assert.match(info, /Driver: GPKG/);
    assert.match(info, /ID\["EPSG",3857\]/);
    assert.deepEqual(color, [50, 0, 200]);
  });
});
