import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromAxisOrder, swapAxes, toAxisOrder } from "./axis.ts";
import {
  DEFAULT_EXTENT,
  type Extent,
  extentBBox,
  extentContains,
  extentIntersection,
  extentIntersects,
  mergeExtents,
} from "./extent.ts";
import { geographicSrs } from "./geographic.ts";
import { parseSrs } from "./srs.ts";

const MERCATOR = parseSrs(3857);
const world: Extent = {
  bbox: [-20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244],
  srs: MERCATOR,
};
const germany: Extent = { bbox: [5, 47, 15, 55], srs: parseSrs(4326) };

describe("extents", () => {
  it("a default extent is neutral in unions, and nothing merged is the default", () => {
    assert.equal(mergeExtents([DEFAULT_EXTENT, world]), world);
    assert.equal(mergeExtents([]), DEFAULT_EXTENT);
    assert.equal(mergeExtents([DEFAULT_EXTENT, DEFAULT_EXTENT]), DEFAULT_EXTENT);
  });
  it("merges to geographic coordinates, even from one projected system", () => {
    const a: Extent = { bbox: [0, 0, 1000, 1000], srs: MERCATOR };
    const b: Extent = { bbox: [-1000, -1000, 0, 0], srs: MERCATOR };
    const merged = mergeExtents([a, b]);
    assert.equal(merged.srs.code, "EPSG:4326");
    assert.ok(extentContains({ bbox: [-0.01, -0.01, 0.01, 0.01], srs: merged.srs }, merged));
  });
  it("contains across systems; the default contains everything", () => {
    assert.ok(extentContains(world, germany));
    assert.ok(!extentContains(germany, world));
    assert.ok(
      extentContains(DEFAULT_EXTENT, { bbox: [-500, -500, 500, 500], srs: parseSrs(4326) }),
    );
  });
  it("intersects only where insides overlap", () => {
    const east: Extent = { bbox: [15, 47, 20, 55], srs: parseSrs(4326) };
    assert.ok(extentIntersects(world, germany));
    assert.ok(!extentIntersects(germany, east));
    assert.equal(extentIntersection(germany, east), undefined);
  });
  it("intersection with the default is in EPSG:4326", () => {
    const cut = extentIntersection(world, DEFAULT_EXTENT);
    assert.equal(cut?.srs.code, "EPSG:4326");
    assert.deepEqual(cut?.bbox, [-180, -85.0511287798066, 180, 85.0511287798066]);
    assert.deepEqual(extentIntersection(DEFAULT_EXTENT, world)?.bbox, cut?.bbox);
  });
  it("has a bbox in any system", () => {
    assert.deepEqual(extentBBox(DEFAULT_EXTENT, MERCATOR), world.bbox);
  });
  it("geographic coordinates of another body are those of the body", () => {
    assert.equal(geographicSrs(MERCATOR).code, "EPSG:4326");
    const moon = parseSrs("IAU_2015:30110");
    const degrees = geographicSrs(moon);
    assert.ok(degrees.isGeographic);
    const [minx] = extentBBox({ bbox: [-1000, -1000, 1000, 1000], srs: moon }, degrees);
    assert.ok(Math.abs(minx * degrees.metresPerUnit + 1000) < 1e-6);
  });
});

describe("axis order", () => {
  it("grids 44: turns bboxes for systems with north first only", () => {
    assert.deepEqual(toAxisOrder([1, 2, 3, 4], parseSrs(4326)), [2, 1, 4, 3]);
    assert.deepEqual(fromAxisOrder([2, 1, 4, 3], parseSrs(4326)), [1, 2, 3, 4]);
    assert.deepEqual(toAxisOrder([1, 2, 3, 4], parseSrs("CRS:84")), [1, 2, 3, 4]);
    assert.deepEqual(swapAxes(swapAxes([1, 2, 3, 4])), [1, 2, 3, 4]);
  });
});
