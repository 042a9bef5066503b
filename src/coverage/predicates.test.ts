import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { BBox } from "../geo/bbox.ts";
import { insetPolygon } from "../geo/inset.ts";
import { orientation } from "../geo/orientation.ts";
import { bboxPolygon, type MultiPolygon, polygonsBBox, signedArea } from "../geo/polygon.ts";
import { parseWkt } from "../geo/wkt.ts";
import { parseSrs } from "../srs/srs.ts";
import { clipPolygons } from "./clip.ts";
import { difference, intersection, union } from "./combine.ts";
import type { Coverage } from "./coverage.ts";
import {
  coverageContains,
  coverageContainsPoint,
  coverageIntersects,
  coverageRelation,
  transformCoverage,
} from "./predicates.ts";

const UTM = parseSrs(25832);
const expected: {
  predicates: {
    wkt: string;
    boxes: [BBox, boolean, boolean][];
    points: [[number, number], boolean][];
  }[];
  operations: { wkt: string[]; union: number; intersection: number; difference: number };
  insets: { wkt: string; distance: number; area: number }[];
} = JSON.parse(
  readFileSync(new URL("../../test/fixtures/polygons/expected.json", import.meta.url), "utf8"),
);

function polygon(wkt: string): Coverage {
  const polygons = parseWkt(wkt).polygons ?? [];
  return { srs: UTM, bbox: polygonsBBox(polygons)!, polygons, clip: false };
}
const box = (bbox: BBox): Coverage => ({ srs: UTM, bbox, polygons: undefined, clip: false });

function areaOf(polygons: MultiPolygon): number {
  let sum = 0;
  for (const [outer = [], ...holes] of polygons) {
    sum += Math.abs(signedArea(outer));
    for (const hole of holes) sum -= Math.abs(signedArea(hole));
  }
  return sum;
}

const SQUARE = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))";

describe("predicates", () => {
  it("grids 49: a box that is touched is outside, a polygon that is touched is inside", () => {
    for (const touching of [
      [10, 0, 20, 10],
      [10, 10, 20, 20],
    ] as const) {
      assert.ok(!coverageIntersects(box([0, 0, 10, 10]), touching, UTM));
      assert.ok(coverageIntersects(polygon(SQUARE), touching, UTM));
    }
  });
  it("the relation says the same as both questions", () => {
    for (const { wkt, boxes } of expected.predicates) {
      for (const coverage of [polygon(wkt), box(polygon(wkt).bbox)]) {
        for (const [bbox] of boxes) {
          const said = coverageContains(coverage, bbox, UTM)
            ? "inside"
            : coverageIntersects(coverage, bbox, UTM)
              ? "touches"
              : "outside";
          assert.equal(coverageRelation(coverage, bbox, UTM), said, `${wkt} ${bbox}`);
        }
      }
    }
  });
  it("polygons that overlap: what lies in any of them is inside", () => {
    const both = polygon(
      "MULTIPOLYGON (((0 0, 10 0, 10 10, 0 10, 0 0)), ((5 0, 15 0, 15 10, 5 10, 5 0)))",
    );
    const side = (x: number) => coverageContainsPoint(both, [x, 5], UTM);
    assert.deepEqual([1, 5, 7, 10, 12].map(side), [true, true, true, true, true]);
    assert.deepEqual([-1, 0, 15, 16].map(side), [false, false, false, false]);
    assert.ok(coverageIntersects(both, [6, 4, 7, 5], UTM));
    assert.ok(coverageContains(both, [0, 0, 5, 10], UTM));
  });
  it("grids 58: a point on the border is in a box, but not in a polygon", () => {
    for (const point of [
      [0, 5],
      [10, 10],
      [3, 0],
    ] as const) {
      assert.ok(coverageContainsPoint(box([0, 0, 10, 10]), point, UTM));
      assert.ok(!coverageContainsPoint(polygon(SQUARE), point, UTM));
    }
    assert.ok(coverageContainsPoint(polygon(SQUARE), [5, 5], UTM));
  });
  it("contain a rectangle equal to themselves", () => {
    assert.ok(coverageContains(box([0, 0, 10, 10]), [0, 0, 10, 10], UTM));
    assert.ok(coverageContains(polygon(SQUARE), [0, 0, 10, 10], UTM));
    assert.ok(!coverageContains(polygon(SQUARE), [0, 0, 10, 10.001], UTM));
  });
  it("agree with GEOS for rectangles, touching corners and points", () => {
    for (const { wkt, boxes, points } of expected.predicates) {
      const coverage = polygon(wkt);
      for (const [bbox, intersects, contains] of boxes) {
        assert.equal(coverageIntersects(coverage, bbox, UTM), intersects, `${bbox} meets ${wkt}`);
        assert.equal(coverageContains(coverage, bbox, UTM), contains, `${bbox} in ${wkt}`);
      }
      for (const [point, contains] of points) {
        assert.equal(coverageContainsPoint(coverage, point, UTM), contains, `${point} in ${wkt}`);
      }
    }
  });
  it("transform what they are asked into the coverage's system", () => {
    const germany: Coverage = {
      srs: parseSrs(4326),
      bbox: [5, 47, 15, 55],
      polygons: [bboxPolygon([5, 47, 15, 55])],
      clip: false,
    };
    assert.ok(coverageContains(germany, [500000, 5500000, 600000, 5600000], UTM));
    assert.ok(coverageContainsPoint(germany, [1000000, 6500000], parseSrs(3857)));
    assert.ok(!coverageIntersects(germany, [0, 0, 10, 10], parseSrs(3857)));
  });
  it("are exact where doubles alone are not", () => {
    // a point off the diagonal by one unit in the last place
    const line = Float64Array.of(0.5, 0.5, 12, 12);
    assert.equal(orientation(line, 0, 24, 24), 0);
    assert.ok(orientation(line, 0, 24, 24 + 2 ** -48) > 0);
    assert.ok(orientation(line, 0, 24 + 2 ** -48, 24) < 0);
    const tilted = Float64Array.of(0.1, 0.1, 0.3, 0.3);
    assert.equal(orientation(tilted, 0, 0.7, 0.7), 0);
    assert.ok(orientation(tilted, 0, 0.7, 0.7000000000000001) > 0);
  });
  it("agree with a slow check on a ring of 50 000 positions", () => {
    const ring: [number, number][] = [];
    for (let i = 0; i < 50_000; i++) {
      const angle = (2 * Math.PI * i) / 50_000;
      const radius = 1000 + 100 * Math.sin(angle * 40) + (i % 7);
      ring.push([radius * Math.cos(angle), radius * Math.sin(angle)]);
    }
    ring.push(ring[0]!);
    const bbox = polygonsBBox([[ring]])!;
    const coverage: Coverage = { srs: UTM, bbox, polygons: [[ring]], clip: false };
    for (let i = 0; i < 200; i++) {
      const x = -1200 + i * 12;
      const y = 0.37 * x + 11;
      let crossings = 0;
      for (let j = 1; j < ring.length; j++) {
        const [a, b] = [ring[j - 1]!, ring[j]!];
        if (a[1] > y === b[1] > y) continue;
        if (a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]) > x) crossings++;
      }
      assert.equal(coverageContainsPoint(coverage, [x, y], UTM), crossings % 2 === 1, `${x} ${y}`);
    }
    assert.ok(coverageContains(coverage, [-600, -600, 600, 600], UTM));
    assert.ok(!coverageContains(coverage, [-700, -700, 700, 700], UTM) === true);
  });
});

describe("set operations", () => {
  const [a, b, c] = expected.operations.wkt.map(polygon);
  it("have the areas that GEOS finds", () => {
    const all = [a!, b!, c!];
    for (const [operation, want] of [
      [union, expected.operations.union],
      [intersection, expected.operations.intersection],
      [difference, expected.operations.difference],
    ] as const) {
      assert.ok(Math.abs(areaOf(operation(all).polygons ?? []) - want) < 1e-6);
    }
  });
});

describe("transformCoverage()", () => {
  it("keeps holes, the clip and one object a system", () => {
    const area: Coverage = {
      ...polygon(
        "POLYGON ((8 50, 9 50, 9 51, 8 51, 8 50), (8.2 50.2, 8.4 50.2, 8.4 50.4, 8.2 50.2))",
      ),
      srs: parseSrs(4326),
      clip: true,
    };
    const there = transformCoverage(area, UTM);
    assert.equal(there.polygons?.[0]?.length, 2);
    assert.equal(there.clip, true);
    assert.equal(there.srs, UTM);
    assert.equal(transformCoverage(area, UTM), there);
    assert.equal(transformCoverage(area, parseSrs("CRS:84")), area);
  });
  it("takes the envelope of a box", () => {
    const area = { ...box([5, 50, 10, 55]), srs: parseSrs(4326) };
    assert.ok(Math.abs(transformCoverage(area, UTM).bbox[1] - 5538660.646) < 0.001);
  });
});

describe("insetPolygon()", () => {
  it("has the area of a mitred buffer of GEOS", () => {
    for (const { wkt, distance, area } of expected.insets) {
      const got = areaOf(parseWkt(wkt).polygons!.flatMap((p) => insetPolygon(p, distance)));
      // where a mitre is cut off, GEOS cuts it elsewhere
      const slack = Math.max(area * 1e-3, 20 * distance * distance);
      assert.ok(Math.abs(got - area) < slack, `${wkt} by ${distance}: ${got} is not ${area}`);
    }
  });
  it("vanishes when it is narrower than twice the distance", () => {
    assert.deepEqual(insetPolygon(bboxPolygon([0, 0, 100, 1]), 0.6), []);
    assert.deepEqual(
      insetPolygon(
        [
          [
            [0, 0],
            [10, 0],
            [5, 0.5],
            [0, 0],
          ],
        ],
        1,
      ),
      [],
    );
  });
  it("does not depend on how rings turn", () => {
    const [ring = []] = bboxPolygon([0, 0, 10, 10]);
    assert.equal(areaOf(insetPolygon([ring.toReversed()], 1)), 64);
    assert.equal(areaOf(insetPolygon([ring], 1)), 64);
  });
});

describe("clipPolygons()", () => {
  const pixel = 1;
  it("grids 57: shrinks by a tenth of a pixel, so that touched pixels stay outside", () => {
    const [piece] = clipPolygons(polygon(SQUARE), [-5, -5, 20, 20], UTM, pixel);
    const got = polygonsBBox([piece ?? []])!;
    [0.1, 0.1, 9.9, 9.9].forEach((want, i) => {
      assert.ok(Math.abs(got[i]! - want) < 1e-12);
    });
    const cut = clipPolygons(box([0, 0, 10, 10]), [5, 5, 20, 20], UTM, pixel);
    assert.ok(Math.abs(areaOf(cut) - 4.8 * 4.8) < 1e-9);
  });
  it("cuts to the bbox, with holes", () => {
    const wkt = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0), (4 4, 4 6, 6 6, 6 4, 4 4))";
    const half = clipPolygons(polygon(wkt), [-10, -10, 5, 20], UTM, 0);
    assert.ok(Math.abs(areaOf(half) - (50 - 2)) < 1e-9);
    const inner = clipPolygons(polygon(wkt), [-1, -1, 11, 11], UTM, pixel);
    assert.ok(Math.abs(areaOf(inner) - (9.8 ** 2 - 2.2 ** 2)) < 1e-9);
  });
  it("is empty beside the coverage and whole within it", () => {
    assert.deepEqual(clipPolygons(polygon(SQUARE), [20, 20, 30, 30], UTM, pixel), []);
    const whole = clipPolygons(polygon(SQUARE), [2, 2, 4, 4], UTM, 0);
    assert.deepEqual(polygonsBBox(whole), [2, 2, 4, 4]);
  });
  it("has the area that GEOS finds, of shapes with far parts", () => {
    const { wkt } = expected.operations;
    const coverage = polygon(wkt[0]!);
    for (const bbox of [
      [45, 45, 55, 55],
      [20, 60, 40, 70],
      [0, 0, 50, 50],
    ] as BBox[]) {
      const exact = intersection([coverage, box(bbox)]).polygons ?? [];
      const got = clipPolygons(coverage, bbox, UTM, 0);
      assert.ok(Math.abs(areaOf(got) - areaOf(exact)) < 1e-9, String(bbox));
    }
  });
});
