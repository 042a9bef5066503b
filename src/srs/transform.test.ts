import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BBox } from "../geo/bbox.ts";
import { bestSrs } from "./preferred.ts";
import { parseSrs } from "./srs.ts";
import { TransformError, transformBBox, transformPoint, transformPoints } from "./transform.ts";
import { codeOfCrsUri, crsUri } from "./uri.ts";

const WGS84 = parseSrs("EPSG:4326");
const MERCATOR = parseSrs("EPSG:3857");
const HALF = 20037508.342789244;
const SQUARE: BBox = [-HALF, -HALF, HALF, HALF];

function assertNear(got: readonly number[], want: readonly number[], slack: number): void {
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - want[i]!) <= slack, `${got.join(", ")} is not ${want.join(", ")}`);
  });
}

describe("transformBBox()", () => {
  it("grids 6: takes the envelope of 16 points", () => {
    assertNear(
      transformBBox([5, 50, 10, 55], WGS84, parseSrs(25832)),
      [213372.04896120238, 5538660.646209965, 571666.4475041275, 6102110.745470324],
      1e-6,
    );
  });
  it("grids 46: makes the world the full square, and the square the world up to 85.05 degrees", () => {
    assert.deepEqual(transformBBox([-180, -90, 180, 90], WGS84, MERCATOR), SQUARE);
    assert.deepEqual(transformBBox([-180, -85.06, 180, 85.06], WGS84, parseSrs(900913)), SQUARE);
    assert.ok(transformBBox([-180, -85.05, 180, 85.05], WGS84, MERCATOR)[3] < HALF);
    const world = transformBBox(SQUARE, MERCATOR, WGS84);
    assert.deepEqual(world, [-180, -85.0511287798066, 180, 85.0511287798066]);
  });
  it("snaps to the square for exactly these codes", () => {
    assert.ok(transformBBox([-180, -90, 180, 90], parseSrs("CRS:84"), MERCATOR)[3] > 2e8);
    assert.ok(transformBBox([-180, -90, 180, 90], WGS84, parseSrs(102100))[3] > 2e8);
  });
  it("leaves a bbox alone between equal systems", () => {
    const bbox: BBox = [1, 2, 3, 4];
    assert.equal(transformBBox(bbox, MERCATOR, parseSrs(900913)), bbox);
  });
  it("grids 48: throws when nothing is finite", () => {
    assert.throws(() => transformBBox([0, 91, 10, 95], WGS84, MERCATOR), TransformError);
    assert.throws(() => transformBBox([Number.NaN, 0, Number.NaN, 1], WGS84, parseSrs(25832)), {
      message: "Could not transform BBOX: Invalid result.",
    });
  });
});

describe("transformPoint()", () => {
  const expected: {
    code: string;
    points: [number, number][];
    best: ([number, number] | null)[];
    same: ([number, number] | null)[];
  }[] = JSON.parse(
    readFileSync(new URL("../../test/fixtures/srs/expected.json", import.meta.url), "utf8"),
  );

  it("agrees with PROJ within 1 mm on the same definition, in 46 systems", () => {
    assert.ok(expected.length >= 40);
    for (const { code, points, same } of expected) {
      const srs = parseSrs(code);
      points.forEach(([x, y], i) => {
        const want = same[i];
        if (!want) return;
        const got = transformPoint(x, y, WGS84, srs);
        const metres = Math.hypot(got[0] - want[0], got[1] - want[1]) * srs.metresPerUnit;
        assert.ok(metres < 1e-3, `${code} ${x} ${y}: ${got} is not ${want}, ${metres} m`);
      });
    }
  });

  /** Metres to what PROJ chooses by itself, where one published shift cannot follow it. */
  const LOOSE: Readonly<Record<string, number>> = {
    "EPSG:4267": 250, // NAD27: nothing in a part of Mexico, where we go on with the shift of the continent
    "EPSG:23030": 110, // ED50: the same far out in the sea
    "EPSG:22275": 110, // Cape: the same for most of the zone
    "EPSG:31467": 2, // DHDN: a grid within Germany
    "EPSG:31468": 2,
    "EPSG:4314": 3,
  };
  it("agrees with what PROJ chooses by itself within 1 cm, or as documented", () => {
    for (const { code, points, best } of expected) {
      const srs = parseSrs(code);
      points.forEach(([x, y], i) => {
        const want = best[i];
        if (!want) return;
        const got = transformPoint(x, y, WGS84, srs);
        const metres = Math.hypot(got[0] - want[0], got[1] - want[1]) * srs.metresPerUnit;
        assert.ok(metres < (LOOSE[code] ?? 0.01), `${code} ${x} ${y}: ${metres} m`);
      });
    }
  });

  it("comes back to where it started, within 1 cm", () => {
    for (const { code, points } of expected) {
      const srs = parseSrs(code);
      for (const [x, y] of points) {
        const there = transformPoint(x, y, WGS84, srs);
        assertNear(transformPoint(there[0], there[1], srs, WGS84), [x, y], 1e-7);
      }
    }
  });

  it("is its own inverse between EPSG:4326 and EPSG:3857", () => {
    const lon = fc.double({ min: -180, max: 180, noNaN: true });
    const lat = fc.double({ min: -85, max: 85, noNaN: true });
    fc.assert(
      fc.property(lon, lat, (x, y) => {
        const [mx, my] = transformPoint(x, y, WGS84, MERCATOR);
        assertNear(transformPoint(mx, my, MERCATOR, WGS84), [x, y], 1e-12);
      }),
    );
  });

  it("wraps longitudes as PROJ does", () => {
    assertNear(transformPoint(190, 0, WGS84, MERCATOR), [-18924313.434857, 0], 1e-5);
    assertNear(transformPoint(30000000, 0, MERCATOR, WGS84), [-90.505414764, 0], 1e-8);
    assertNear(transformPoint(0, 90, WGS84, MERCATOR), [0, 242528680.943743], 1e-5);
  });

  it("shifts between a national datum and EPSG:3857, as over EPSG:4326", () => {
    // cs2cs EPSG:31467 EPSG:3857; it has the grid BETA2007, hence the metre
    const there = transformPoint(3_500_000, 5_500_000, parseSrs(31467), MERCATOR);
    assertNear(there, [1001759.53, 6383596.2139], 1);
    assertNear(
      there,
      transformPoint(
        ...transformPoint(3_500_000, 5_500_000, parseSrs(31467), WGS84),
        WGS84,
        MERCATOR,
      ),
      1e-3,
    );
    assertNear(transformPoint(...there, MERCATOR, parseSrs(31467)), [3_500_000, 5_500_000], 0.01);
  });

  it("is not finite beyond the pole, and for what is no number", () => {
    for (const code of [3857, 25832, 3035, 28992]) {
      for (const point of [
        [0, 91],
        [Number.NaN, 0],
        [0, Infinity],
      ] as const) {
        const [x, y] = transformPoint(point[0], point[1], WGS84, parseSrs(code));
        assert.ok(!Number.isFinite(x) || !Number.isFinite(y), `${code} ${point}: ${x} ${y}`);
      }
    }
  });

  it("answers the same point by point and in bulk, without touching its input", () => {
    for (const code of [3857, 25832, 31467, 2048, 4807]) {
      const srs = parseSrs(code);
      const xy = Float64Array.of(8, 50, 9, 51, 10, 95);
      const all = transformPoints(xy, WGS84, srs);
      assert.deepEqual([...xy], [8, 50, 9, 51, 10, 95]);
      for (let i = 0; i < xy.length; i += 2) {
        const one = transformPoint(xy[i]!, xy[i + 1]!, WGS84, srs);
        assert.deepEqual([all[i], all[i + 1]], one);
      }
    }
  });
});

describe("bestSrs()", () => {
  const [utm, gk, dhdn] = [parseSrs(25832), parseSrs(31467), parseSrs(4314)];
  it("grids 43: is the target itself when an equal one is available", () => {
    assert.equal(bestSrs(MERCATOR, [WGS84, parseSrs(900913)], new Map()), MERCATOR);
  });
  it("grids 47: prefers what is configured, then the same kind, then the first", () => {
    const preferred = new Map([["EPSG:3857", [utm, WGS84]]]);
    assert.equal(bestSrs(MERCATOR, [gk, WGS84], preferred), WGS84);
    assert.equal(bestSrs(MERCATOR, [WGS84, gk], new Map()), gk);
    assert.equal(bestSrs(dhdn, [gk, WGS84], new Map()), WGS84);
    assert.equal(bestSrs(MERCATOR, [WGS84, dhdn], new Map()), WGS84);
    assert.throws(() => bestSrs(MERCATOR, [], new Map()), RangeError);
  });
});

describe("OGC URIs", () => {
  it("are written with their version and read back to the code", () => {
    const base = "http://www.opengis.net/def/crs/";
    for (const [code, path] of [
      ["EPSG:25832", "EPSG/0/25832"],
      ["OGC:CRS84", "OGC/1.3/CRS84"],
      ["IAU_2015:30100", "IAU/2015/30100"],
    ] as const) {
      assert.equal(crsUri({ code }), base + path);
      assert.equal(codeOfCrsUri(base + path), code);
    }
    assert.equal(crsUri({ code: "CRS:84" }), `${base}OGC/1.3/CRS84`);
    assert.throws(() => codeOfCrsUri("EPSG:4326"), { message: "EPSG:4326 is not a OGC CRS URL" });
  });
});
