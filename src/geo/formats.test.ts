import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type BBox,
  bboxContains,
  bboxIntersection,
  bboxIntersects,
  bboxNear,
  bboxUnion,
} from "./bbox.ts";
import { parseDbase } from "./dbase.ts";
import { expiredTileBBox, parseExpiredTiles } from "./expire.ts";
import { parseGeoJson } from "./geojson.ts";
import { parseGeoPackage } from "./geopackage.ts";
import { polygonsBBox, ringContains, signedArea } from "./polygon.ts";
import { parseShapefile } from "./shapefile.ts";
import { simplifyPolygon } from "./simplify.ts";
import { readSqliteTable } from "./sqlite-file.ts";
import { trimPolygon } from "./trim.ts";
import { parseWkb } from "./wkb.ts";
import { parseWkt } from "./wkt.ts";

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/fixtures/polygons/${name}`, import.meta.url)));

const boxes = fc
  .tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: -50, max: 50 })))
  .map(([a = 0, b = 0, w = 0, h = 0]): BBox => [a, b, a + Math.abs(w) + 1, b + Math.abs(h) + 1]);

describe("bboxes", () => {
  it("unions contain both, intersections are contained by both", () => {
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        const union = bboxUnion(a, b);
        assert.ok(bboxContains(union, a) && bboxContains(union, b));
        const shared = bboxIntersection(a, b);
        assert.equal(shared !== undefined, bboxIntersects(a, b));
        if (shared) assert.ok(bboxContains(a, shared) && bboxContains(b, shared));
      }),
    );
  });
  it("touching is no intersection, equal boxes contain each other", () => {
    assert.ok(!bboxIntersects([0, 0, 1, 1], [1, 0, 2, 1]));
    assert.ok(bboxContains([0, 0, 1, 1], [0, 0, 1, 1]));
    assert.ok(bboxNear([0, 0, 1, 1], [0.05, 0, 1, 1], 0.1, 0.1));
    assert.ok(!bboxNear([0, 0, 1, 1], [0.1, 0, 1, 1], 0.1, 0.1));
  });
});

describe("parseWkt()", () => {
  it("reads holes, heights, several polygons, any case and empty ones", () => {
    const hole = parseWkt("polygon((0 0,9 0,9 9,0 9,0 0),(1 1,1 2,2 2,1 1))");
    assert.equal(hole.polygons?.[0]?.length, 2);
    const high = parseWkt("SRID=4326;POLYGON Z ((0 0 5, 1 0 5, 1 1 5, 0 0 5))");
    assert.deepEqual(polygonsBBox(high.polygons ?? []), [0, 0, 1, 1]);
    const two = parseWkt("MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6.5e0,5 5)))");
    assert.equal(two.polygons?.length, 2);
    assert.deepEqual(parseWkt("MULTIPOLYGON EMPTY").polygons, []);
    assert.deepEqual(parseWkt("LINESTRING (0 0, 1 1)"), {
      type: "LineString",
      polygons: undefined,
    });
  });
  it("closes rings and drops repeated positions", () => {
    const [polygon] = parseWkt("POLYGON ((0 0, 0 0, 1 0, 1 1))").polygons ?? [];
    assert.deepEqual(polygon, [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    ]);
  });
  it("refuses what is no geometry", () => {
    for (const text of [
      "",
      "POLYGON",
      "POLYGON (0 0, 1 1)",
      "POLYGON ((0 0, 1 x, 1 1, 0 0))",
      "POLYGON ((0 0, 1 0, 1 1, 0 0)",
      "POLYGON ((0 0, 1 0, 1 1, 0 0)))",
      "CIRCLE (0 0)",
    ]) {
      assert.throws(() => parseWkt(text), RangeError, text);
    }
  });
});

describe("parseGeoJson()", () => {
  it("reads collections, features and geometries, without null geometries", () => {
    const geometry = {
      type: "Polygon",
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    };
    const feature = { type: "Feature", properties: { a: 1 }, geometry };
    const empty = { type: "Feature", properties: null, geometry: null };
    assert.equal(parseGeoJson(geometry).length, 1);
    assert.deepEqual(parseGeoJson(feature)[0]?.properties, { a: 1 });
    assert.equal(parseGeoJson({ type: "FeatureCollection", features: [feature, empty] }).length, 1);
  });
  it("refuses what is none", () => {
    assert.throws(() => parseGeoJson({}), { message: "not a GeoJSON" });
    assert.throws(() => parseGeoJson([]), { message: "not a GeoJSON" });
    assert.throws(() => parseGeoJson({ type: "Polygon", coordinates: [[["a", 0]]] }), RangeError);
    assert.throws(() => parseGeoJson({ type: "Polygon" }), RangeError);
  });
});

describe("shapefiles and GeoPackages", () => {
  it("hold the same geometries", () => {
    const shapes = parseShapefile(fixture("areas.shp"));
    const { features, fields } = parseGeoPackage(fixture("areas.gpkg"));
    assert.equal(shapes.length, 5);
    assert.deepEqual(fields, ["fid", "num", "name", "code", "size"]);
    for (const [i, shape] of shapes.entries()) {
      const area = (polygons = shape?.polygons) =>
        polygons?.map(([outer = [], ...holes]) => [Math.abs(signedArea(outer)), holes.length]);
      assert.deepEqual(area(), area(features[i]?.geometry.polygons));
    }
  });
  it("give attributes their types", () => {
    const { records } = parseDbase(fixture("areas.dbf"), "UTF-8");
    assert.deepEqual({ ...records[1] }, { num: 2, name: "Łódź", code: "PL", size: 51 });
    assert.deepEqual({ ...records[3] }, { num: 4, size: -3.25 });
  });
  it("names tables and layers that are not there", () => {
    assert.equal(readSqliteTable(fixture("areas.gpkg"), "nothing"), undefined);
    assert.throws(() => parseGeoPackage(fixture("areas.gpkg"), "nothing"), /layer "nothing"/);
  });
  it("damage is a RangeError, never a hang or another error", () => {
    for (const [name, parse] of [
      ["areas.shp", parseShapefile],
      ["areas.dbf", parseDbase],
      ["areas.gpkg", parseGeoPackage],
    ] as const) {
      const whole = fixture(name);
      fc.assert(
        fc.property(
          fc.nat(whole.length - 1),
          fc.nat(255),
          fc.nat(whole.length),
          (at, byte, end) => {
            const damaged = whole.slice(0, end < 200 ? whole.length : end);
            if (at < damaged.length) damaged[at] = byte;
            try {
              parse(damaged);
            } catch (error) {
              assert.ok(error instanceof RangeError, `${name} ${at} ${byte} ${end}: ${error}`);
            }
          },
        ),
      );
    }
  });
  it("read big-endian binary with heights", () => {
    const view = new DataView(new ArrayBuffer(9 + 4 + 4 * 24));
    view.setUint32(1, 1003);
    view.setUint32(5, 1);
    view.setUint32(9, 4);
    [0, 0, 7, 1, 0, 7, 1, 1, 7, 0, 0, 7].forEach((value, i) => {
      view.setFloat64(13 + i * 8, value);
    });
    const { type, polygons } = parseWkb(new Uint8Array(view.buffer));
    assert.equal(type, "Polygon");
    assert.deepEqual(polygonsBBox(polygons ?? []), [0, 0, 1, 1]);
  });
});

describe("expired tiles", () => {
  it("are read up to the first bad line", () => {
    const { tiles, isBroken } = parseExpiredTiles("3/1/2\r\n 3/1/3 \nbad\n3/1/4\n");
    assert.equal(isBroken, true);
    assert.deepEqual(
      tiles.map(({ y }) => y),
      [2, 3],
    );
    assert.equal(parseExpiredTiles("3/1/2\n").isBroken, false);
  });
  it("lie in the grid of the web's maps", () => {
    const half = 20037508.342789244;
    assert.deepEqual(expiredTileBBox({ z: 1, x: 1, y: 0 }), [0, 0, half, half]);
  });
});

describe("rings", () => {
  const circle = Array.from({ length: 400 }, (_, i): [number, number] => [
    Math.cos((i * Math.PI) / 200),
    Math.sin((i * Math.PI) / 200),
  ]);
  circle.push(circle[0]!);
  it("simplified stay within the tolerance", () => {
    const [ring = []] = simplifyPolygon([circle], 1e-3);
    assert.ok(ring.length < 150 && ring.length > 30, String(ring.length));
    assert.ok(Math.abs(signedArea(ring) - Math.PI) < 2e-3 * Math.PI * 2);
    const square = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ] as const;
    assert.deepEqual(simplifyPolygon([square], 1), [square]);
  });
  it("trimmed are the same inside the box and gone when beside it", () => {
    const [ring = []] = trimPolygon([circle], [0, 0, 2, 2]) ?? [];
    assert.ok(Math.abs(signedArea(ring) - signedArea(circle) / 4) < 1e-9);
    assert.ok(ringContains(ring, 0.5, 0.5) && !ringContains(ring, 0.8, 0.8));
    assert.equal(trimPolygon([circle], [3, 3, 4, 4]), undefined);
  });
});
