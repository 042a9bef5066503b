import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BBox } from "../geo/bbox.ts";
import { parseSrs } from "../srs/srs.ts";
import {
  mergeRanges,
  rangeContains,
  rangeScales,
  resolutionRange,
  resolutionToScale,
  scaleToResolution,
} from "./scales.ts";
import { tileMatrixSetJson } from "./tms-json.ts";
import { GLOBAL_GEODETIC, GLOBAL_MERCATOR, GLOBAL_WEBMERCATOR } from "./well-known.ts";

describe("rangeContains()", () => {
  it("grids 37: both limits are inclusive", () => {
    const range = { min: 1000, max: 10 };
    const bbox: BBox = [0, 0, 100000, 100000];
    const holds = (n: number) => rangeContains(range, bbox, [n, n], parseSrs(900913));
    assert.deepEqual([99, 100, 1000, 10000, 10001].map(holds), [false, true, true, true, false]);
    assert.ok(!rangeContains(range, bbox, [99, 1000], parseSrs(900913)));
  });
  it("grids 38: degrees are measured along the equator", () => {
    const range = { min: 100000, max: 1000 };
    const holds = (n: number) => rangeContains(range, [0, 0, 10, 10], [n, n], parseSrs(4326));
    assert.deepEqual([11, 12, 1100, 1200].map(holds), [false, true, true, false]);
  });
  it("a missing limit is none", () => {
    const bbox: BBox = [0, 0, 100, 100];
    assert.ok(rangeContains({ min: undefined, max: 10 }, bbox, [1, 1], parseSrs(3857)));
    assert.ok(rangeContains({ min: 10, max: undefined }, bbox, [999, 999], parseSrs(3857)));
  });
});

describe("resolutionRange()", () => {
  it("grids 39: scales become resolutions", () => {
    const range = resolutionRange({ max_scale: 1e6, min_scale: 1e3 });
    assert.equal(range?.min, 280);
    assert.equal(range?.max, 0.27999999999999997);
    assert.deepEqual(rangeScales(range!), { min: 1000, max: 1000000.0000000001 });
  });
  it("takes one scale alone, and resolutions before scales", () => {
    assert.deepEqual(resolutionRange({ max_scale: 1e6 }), { min: 280, max: undefined });
    assert.deepEqual(resolutionRange({ min_res: 5, max_scale: 1e6, min_scale: 1 }), {
      min: 5,
      max: undefined,
    });
    assert.equal(resolutionRange({}), undefined);
  });
  it("grids 41: the coarse limit has to be the larger number", () => {
    assert.throws(() => resolutionRange({ min_res: 10, max_res: 100 }), RangeError);
    assert.throws(() => resolutionRange({ min_res: 10, max_res: 10 }), RangeError);
    assert.throws(() => resolutionRange({ min_scale: 100, max_scale: 10 }), RangeError);
  });
});

describe("mergeRanges()", () => {
  it("grids 40: one without a range makes the whole unlimited", () => {
    assert.equal(mergeRanges([{ min: 10, max: 1 }, undefined]), undefined);
    assert.equal(mergeRanges([]), undefined);
    assert.deepEqual(
      mergeRanges([
        { min: 10000, max: 10 },
        { min: 1000, max: 1 },
      ]),
      { min: 10000, max: 1 },
    );
    assert.deepEqual(
      mergeRanges([
        { min: 10000, max: 10 },
        { min: 1000, max: undefined },
      ]),
      { min: 10000, max: undefined },
    );
  });
});

describe("scales", () => {
  it("are resolutions in pixels of 0.28 mm", () => {
    assert.equal(scaleToResolution(1e6), 280);
    assert.equal(resolutionToScale(0.28), 1000.0000000000002);
  });
});

describe("tileMatrixSetJson()", () => {
  it("publishes EPSG:900913 as EPSG:3857 and EPSG:4326 as CRS84, degrees along the equator", () => {
    const mercator = tileMatrixSetJson(GLOBAL_MERCATOR);
    assert.equal(mercator.crs, "http://www.opengis.net/def/crs/EPSG/0/3857");
    assert.equal(mercator.tileMatrices[0]?.cornerOfOrigin, "bottomLeft");
    const geodetic = tileMatrixSetJson(GLOBAL_GEODETIC);
    assert.equal(geodetic.crs, "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    assert.deepEqual(geodetic.tileMatrices[0]?.pointOfOrigin, [-180, -90]);
    const scale = geodetic.tileMatrices[0]?.scaleDenominator ?? 0;
    assert.ok(Math.abs(scale - 559082264.0287178) < 1e-5);
  });
  it("has one matrix a level", () => {
    const { id, tileMatrices } = tileMatrixSetJson(GLOBAL_WEBMERCATOR);
    assert.equal(id, "GLOBAL_WEBMERCATOR");
    assert.equal(tileMatrices.length, 20);
    const half = 20037508.342789244;
    assert.deepEqual(tileMatrices[2], {
      id: "2",
      cellSize: 39135.75848201024,
      scaleDenominator: 39135.75848201024 / 0.00028,
      cornerOfOrigin: "topLeft",
      pointOfOrigin: [-half, half],
      matrixWidth: 4,
      matrixHeight: 4,
      tileWidth: 256,
      tileHeight: 256,
    });
  });
});
