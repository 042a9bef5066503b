import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gridOf } from "../../test/tile-service.ts";
import { extentOf } from "../../test/wms-service.ts";
import { DEFAULT_EXTENT } from "../srs/extent.ts";
import { extentInGrid, tileLimits } from "./tile-limits.ts";

const UTM = gridOf("utm", {
  srs: "EPSG:25832",
  bbox: [200000, 5200000, 900000, 6100000],
  origin: "nw",
  num_levels: 8,
});

describe("extentInGrid()", () => {
  it("reference-weaknesses 20: is the whole of a regional grid for a layer of the world", () => {
    for (const world of [DEFAULT_EXTENT, extentOf([-180, -90, 180, 90])]) {
      assert.deepEqual(extentInGrid(UTM, world), UTM.bbox);
    }
  });

  it("is what the layer fills of the grid", () => {
    const [west, south, east, north] = extentInGrid(UTM, extentOf([9, 50, 10, 51]));
    assert.ok(west > 490000 && west < 500001 && east > 571000 && east < 573000);
    assert.ok(south > 5538000 && south < 5540000 && north > 5649000 && north < 5651000);
  });

  it("does not reach beyond the grid", () => {
    const half = extentInGrid(gridOf("GLOBAL_WEBMERCATOR"), extentOf([-180, -90, 0, 90]));
    assert.deepEqual(half.map(Math.round), [-20037508, -20037508, 0, 20037508]);
  });

  it("is the grid where the layer is elsewhere", () => {
    assert.deepEqual(extentInGrid(UTM, extentOf([100, -40, 110, -30])), UTM.bbox);
  });
});

describe("tileLimits()", () => {
  it("names the tiles of each level, rows from the grid's own corner", () => {
    const part = extentOf([0, 0, 40, 20]);
    const [, , web] = tileLimits(gridOf("GLOBAL_WEBMERCATOR"), part);
    assert.deepEqual(web, { level: 2, minRow: 1, maxRow: 1, minColumn: 2, maxColumn: 2 });
    const [, , south] = tileLimits(gridOf("GLOBAL_MERCATOR"), part);
    assert.deepEqual(south, { level: 2, minRow: 2, maxRow: 2, minColumn: 2, maxColumn: 2 });
  });

  it("names all tiles for a layer without limits, and none beyond the grid", () => {
    for (const grid of [UTM, gridOf("GLOBAL_GEODETIC")]) {
      for (const { level, ...limits } of tileLimits(grid, DEFAULT_EXTENT)) {
        const [columns, rows] = grid.sizes[level]!;
        assert.ok(limits.minColumn === 0 && limits.minRow >= 0, grid.name);
        assert.ok(limits.maxColumn === columns - 1 && limits.maxRow < rows, grid.name);
      }
    }
  });
});
