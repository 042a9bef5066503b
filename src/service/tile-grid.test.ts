import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gridOf } from "../../test/tile-service.ts";
import {
  type Addressing,
  publicGrid,
  srsPath,
  tileSets,
  toGridTile,
  toPublicTile,
} from "./tile-grid.ts";

const MERCATOR = gridOf("GLOBAL_MERCATOR");
const WEB = gridOf("GLOBAL_WEBMERCATOR");
const GEODETIC = gridOf("GLOBAL_GEODETIC");
const LOCAL = gridOf("gk3", {
  srs: "EPSG:31467",
  bbox: [3400000, 5400000, 3600000, 5700000],
  origin: "ul",
});
const SQRT2 = gridOf("sqrt2", { srs: "EPSG:900913", res_factor: "sqrt2", num_levels: 10 });

describe("publicGrid()", () => {
  it("services-tiles 2: knows the two profiles of TMS, whatever the grid and its origin are called", () => {
    for (const grid of [MERCATOR, WEB, gridOf("own", { srs: "EPSG:3857", num_levels: 5 })]) {
      const { profile, srsName, firstTmsLevel } = publicGrid(grid);
      assert.deepEqual([profile, srsName, firstTmsLevel], ["global-mercator", "OSGEO:41001", 1]);
    }
    const { profile, srsName, firstTmsLevel } = publicGrid(GEODETIC);
    assert.deepEqual([profile, srsName, firstTmsLevel], ["global-geodetic", "EPSG:4326", 1]);
  });

  it("calls everything else local", () => {
    const { profile, srsName, firstTmsLevel } = publicGrid(LOCAL);
    assert.deepEqual([profile, srsName, firstTmsLevel], ["local", "EPSG:31467", 0]);
    const part = gridOf("part", { srs: "EPSG:3857", bbox: [0, 0, 1e6, 1e6] });
    assert.equal(publicGrid(part).profile, "local");
  });
});

describe("toGridTile()", () => {
  it("services-tiles 2: begins TMS with four tiles in mercator and two in geodetic", () => {
    const tms: Addressing = { origin: "sw", profiles: true };
    const count = (grid: typeof WEB) => {
      const view = publicGrid(grid);
      let found = 0;
      for (let x = 0; x < 4; x++) {
        for (let y = 0; y < 4; y++) if (toGridTile(view, { x, y, level: 0 }, tms)) found++;
      }
      return found;
    };
    assert.deepEqual([count(WEB), count(MERCATOR), count(GEODETIC)], [4, 4, 2]);
  });

  it("services-tiles 2: begins everything else with a single tile", () => {
    for (const grid of [WEB, MERCATOR, GEODETIC]) {
      const view = publicGrid(grid);
      assert.ok(toGridTile(view, { x: 0, y: 0, level: 0 }, { origin: undefined }));
      assert.equal(toGridTile(view, { x: 1, y: 0, level: 0 }, { origin: undefined }), undefined);
    }
  });

  it("services-tiles 2: shows every second level of a grid in steps of the root of two", () => {
    const view = publicGrid(SQRT2);
    assert.equal(toGridTile(view, { x: 0, y: 0, level: 1 }, { origin: "sw" })?.level, 2);
    const tms = { origin: "sw", profiles: true } as const;
    assert.equal(toGridTile(view, { x: 0, y: 0, level: 0 }, tms)?.level, 2);
    assert.equal(toGridTile(view, { x: 0, y: 0, level: 5 }, { origin: "sw" }), undefined);
  });

  it("services-tiles 3: turns rows where the request counts from the other side", () => {
    const tile = { x: 1, y: 0, level: 2 };
    const row = (grid: typeof WEB, origin: Addressing["origin"]) =>
      toGridTile(publicGrid(grid), tile, { origin })?.y;
    assert.deepEqual([row(WEB, "nw"), row(WEB, "sw"), row(WEB, undefined)], [0, 3, 0]);
    assert.deepEqual([row(MERCATOR, "nw"), row(MERCATOR, "sw")], [3, 0]);
  });

  it("services-tiles 5: is undefined beyond the corners of every level, and below zero", () => {
    for (const grid of [WEB, GEODETIC, LOCAL]) {
      const view = publicGrid(grid);
      for (const [level, [columns, rows]] of grid.sizes.entries()) {
        for (const origin of ["nw", "sw"] as const) {
          const at = (x: number, y: number) => toGridTile(view, { x, y, level }, { origin });
          assert.ok(at(0, 0) && at(columns - 1, rows - 1));
          for (const [x, y] of [
            [-1, 0],
            [0, -1],
            [columns, 0],
            [0, rows],
          ] as const) {
            assert.equal(at(x, y), undefined);
          }
        }
      }
      for (const level of [-1, grid.sizes.length, 1e9]) {
        assert.equal(toGridTile(view, { x: 0, y: 0, level }, { origin: "nw" }), undefined);
      }
    }
  });

  it("is undone by toPublicTile()", () => {
    for (const grid of [WEB, MERCATOR, GEODETIC, LOCAL, SQRT2]) {
      const view = publicGrid(grid);
      for (const profiles of [false, true]) {
        for (const origin of ["nw", "sw", undefined] as const) {
          const asked = { x: 1, y: 2, level: 2 };
          const tile = toGridTile(view, asked, { origin, profiles });
          if (tile) assert.deepEqual(toPublicTile(view, tile, { origin, profiles }), asked);
        }
      }
    }
  });
});

describe("tileSets()", () => {
  it("services-tiles 10: lists 19 sets for the 20 levels of mercator, and all levels of a local grid", () => {
    const sets = tileSets(publicGrid(MERCATOR));
    assert.equal(sets.length, 19);
    assert.deepEqual(sets[0], { order: 0, level: 1, resolution: MERCATOR.resolutions[1] });
    assert.equal(tileSets(publicGrid(LOCAL)).length, LOCAL.resolutions.length);
    assert.deepEqual(
      tileSets(publicGrid(SQRT2)).map(({ level }) => level),
      [2, 4, 6, 8],
    );
  });
});

describe("srsPath()", () => {
  it("services-tiles 4: writes systems without a colon", () => {
    assert.equal(srsPath(MERCATOR), "EPSG900913");
    assert.equal(srsPath({ ...MERCATOR, srs: { ...MERCATOR.srs, code: "CRS:84" } }), "CRS84");
  });
});
