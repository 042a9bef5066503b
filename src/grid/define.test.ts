import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "../core/errors.ts";
import { parseSrs } from "../srs/srs.ts";
import { defineGrid, type GridOptions } from "./define.ts";
import {
  GLOBAL_GEODETIC,
  GLOBAL_MERCATOR,
  GLOBAL_WEBMERCATOR,
  PREDEFINED_GRIDS,
} from "./well-known.ts";

/** Builds `grids[name]` as a configuration with these grids would. */
function build(name: string, grids: Record<string, GridOptions>) {
  return defineGrid(name, grids[name] ?? {}, {
    srs: parseSrs,
    options: (other) => grids[other] ?? PREDEFINED_GRIDS[other],
  });
}
const make = (options: GridOptions) => build("g", { g: { origin: "nw", ...options } });
const fault = (options: GridOptions) => {
  try {
    make(options);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults[0]?.message;
  }
  return undefined;
};

describe("defineGrid()", () => {
  it("grids 1: a grid without srs is EPSG:900913", () => {
    assert.equal(make({}).srs.code, "EPSG:900913");
  });
  it("grids 2: GLOBAL_GEODETIC has 1x1, 2x1, 4x2 tiles", () => {
    assert.deepEqual(GLOBAL_GEODETIC.sizes.slice(0, 3), [
      [1, 1],
      [2, 1],
      [4, 2],
    ]);
  });
  it("grids 3: GLOBAL_WEBMERCATOR has 20 levels from 156543.03392804097 on", () => {
    assert.equal(GLOBAL_WEBMERCATOR.resolutions.length, 20);
    assert.equal(GLOBAL_WEBMERCATOR.resolutions[0], 156543.03392804097);
    assert.equal(GLOBAL_MERCATOR.resolutions[19], 0.29858214173896974);
    assert.equal(GLOBAL_WEBMERCATOR.origin, "nw");
    assert.equal(GLOBAL_MERCATOR.levelNames[7], "07");
  });
  it("grids 4: sqrt2 makes 40 levels, a number 20", () => {
    assert.equal(make({ res_factor: "sqrt2" }).resolutions.length, 40);
    assert.equal(make({ res_factor: 4 }).resolutions.length, 20);
    assert.match(fault({ res_factor: "sqrt3" }) ?? "", /sqrt2, not "sqrt3"/);
  });
  it("grids 5: bbox may be a string", () => {
    const bbox = [5, 50, 10, 55];
    assert.deepEqual(make({ srs: "EPSG:4326", bbox: "5, 50,10,55" }).bbox, bbox);
    assert.deepEqual(make({ srs: "EPSG:4326", bbox }).bbox, bbox);
    assert.match(fault({ bbox: "5,50,10" }) ?? "", /four numbers/);
    assert.match(fault({ bbox: "5,50,x,55" }) ?? "", /four numbers/);
    assert.match(fault({ bbox: [10, 50, 5, 55] }) ?? "", /west, south, east, north/);
  });
  it("grids 6: bbox_srs transforms the bbox with 16 points", () => {
    const { bbox } = make({ srs: "EPSG:25832", bbox: [5, 50, 10, 55], bbox_srs: "EPSG:4326" });
    const want = [213372.04896120238, 5538660.646209965, 571666.4475041275, 6102110.745470324];
    bbox.forEach((value, i) => {
      assert.ok(Math.abs(value - want[i]!) < 1e-6);
    });
  });
  it("grids 7: max_res ends the list before itself", () => {
    const grid = make({ srs: "EPSG:4326", bbox: [5, 50, 10, 55], max_res: 0.0048828125 });
    assert.deepEqual(grid.resolutions, [0.01953125, 0.009765625]);
  });
  it("grids 8: max_res with num_levels makes logarithmic steps, both ends included", () => {
    const { resolutions } = make({ min_res: 1000, max_res: 10, num_levels: 6 });
    assert.deepEqual(
      resolutions.map((res) => Number(res.toFixed(3))),
      [1000, 398.107, 158.489, 63.096, 25.119, 10],
    );
    assert.match(fault({ max_res: 10, num_levels: 1 }) ?? "", /num_levels must be 2 or more/);
  });
  it("grids 9: res is sorted, and one level is enough", () => {
    assert.deepEqual(make({ res: [10, 1000, 100] }).resolutions, [1000, 100, 10]);
    assert.equal(make({ res: [10] }).sizes.length, 1);
  });
  it("grids 10: res excludes min_res, max_res and align_resolutions_with", () => {
    assert.match(fault({ res: [10], min_res: 10 }) ?? "", /min_res together with res/);
    assert.match(fault({ res: [10], max_res: 10 }) ?? "", /max_res together with res/);
    assert.match(
      fault({ res: [10], align_resolutions_with: "GLOBAL_GEODETIC" }) ?? "",
      /align_resolutions_with together with res/,
    );
    assert.match(fault({ res: [] }) ?? "", /res must be a list/);
  });
  it("grids 11: without a default extent a bbox is needed", () => {
    assert.match(
      fault({ srs: "EPSG:25832" }) ?? "",
      /^need a bbox for grid with SRS EPSG:25832 \('\+proj=utm/,
    );
    assert.match(fault({ srs: "CRS:84" }) ?? "", /^need a bbox for grid with SRS CRS:84/);
    assert.equal(fault({ srs: "EPSG:102113" }), undefined);
  });
  it("grids 12: base options are copied and overridden, in any order of the file", () => {
    const grids: Record<string, GridOptions> = {
      c: { base: "b", num_levels: 3 },
      a: { name: "first", srs: "EPSG:4326", origin: "nw", tile_size: [512, 512], num_levels: 9 },
      b: { base: "a", tile_size: [128, 128] },
    };
    const grid = build("c", grids);
    assert.equal(grid.name, "c");
    assert.deepEqual(grid.tileSize, [128, 128]);
    assert.equal(grid.resolutions.length, 3);
    assert.equal(grid.srs.code, "EPSG:4326");
    assert.equal(build("a", grids).name, "first");
    assert.equal(build("m", { m: { base: "GLOBAL_GEODETIC" } }).srs.code, "EPSG:4326");
  });
  it("grids 12: unknown and circular bases are faults", () => {
    assert.match(fault({ base: "nowhere" }) ?? "", /^unknown base nowhere for grid g$/);
    assert.throws(() => build("a", { a: { base: "b" }, b: { base: "a" } }), /a -> b -> a/);
    assert.throws(
      () =>
        build("a", {
          a: { align_resolutions_with: "b", origin: "nw" },
          b: { align_resolutions_with: "a", origin: "nw" },
        }),
      /aligned with itself/,
    );
  });
  it("grids 13: aligned grids keep resolutions up to the one-tile resolution", () => {
    const bbox = [0, 0, 20037508.342789244, 20037508.342789244];
    const grid = make({ bbox, align_resolutions_with: "GLOBAL_MERCATOR", num_levels: 18 });
    assert.deepEqual(grid.resolutions, GLOBAL_MERCATOR.resolutions.slice(1, 19));
    const limited = make({ align_resolutions_with: "GLOBAL_MERCATOR", max_res: 39135.75848201024 });
    assert.equal(limited.resolutions.length, 3);
  });
  it("grids 13: aligned grids double and halve levels between 2 and the root of 2", () => {
    const other = { base: "GLOBAL_MERCATOR", res_factor: "sqrt2", origin: "nw" };
    const doubled = make({
      align_resolutions_with: "GLOBAL_MERCATOR",
      res_factor: "sqrt2",
      num_levels: 4,
    });
    assert.equal(doubled.resolutions.length, 8);
    const grids = { other, g: { align_resolutions_with: "other", num_levels: 4, origin: "nw" } };
    assert.equal(build("g", grids).resolutions.length, 2);
    assert.match(
      fault({ align_resolutions_with: "GLOBAL_MERCATOR", num_levels: 1 }) ?? "",
      /fewer than two/,
    );
    assert.match(fault({ align_resolutions_with: "nowhere" }) ?? "", /unknown grid nowhere/);
  });
  it("grids 14: a missing origin means sw", () => {
    assert.equal(build("g", { g: {} }).origin, "sw");
    assert.equal(make({ origin: "UL" }).origin, "nw");
    assert.equal(make({ origin: "ll" }).origin, "sw");
    assert.equal(fault({ origin: "center" }), "unknown origin value 'center'");
  });
  it("grids 15: a grid of a predefined name replaces it", () => {
    const grid = build("GLOBAL_MERCATOR", {
      GLOBAL_MERCATOR: { srs: "EPSG:4326", origin: "nw" },
    });
    assert.equal(grid.srs.code, "EPSG:4326");
    assert.equal(grid.origin, "nw");
  });
  it("grids 25: partial pixels at the end make no extra tile", () => {
    const grid = make({ srs: "EPSG:25832", bbox: [0, 0, 1000, 700], res: [1, 0.5] });
    assert.deepEqual(grid.sizes, [
      [4, 3],
      [8, 6],
    ]);
    const more = make({ srs: "EPSG:25832", bbox: [0, 0, 256.9, 768.9], res: [1] });
    assert.deepEqual(more.sizes, [[1, 3]]);
  });
  it("takes global defaults below the grid's own options", () => {
    const context = {
      srs: parseSrs,
      options: () => undefined,
      defaults: { tile_size: [512, 256], stretch_factor: 1.3, max_shrink_factor: 2 },
    };
    const grid = defineGrid("g", { origin: "nw", stretch_factor: 1.1 }, context);
    assert.deepEqual(grid.tileSize, [512, 256]);
    assert.equal(grid.stretchFactor, 1.1);
    assert.equal(grid.maxShrinkFactor, 2);
    assert.match(fault({ tile_size: [256.5, 256] }) ?? "", /whole pixels/);
  });
});
