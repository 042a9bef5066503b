import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { polygonsBBox, signedArea } from "../geo/polygon.ts";
import { parseSrs } from "../srs/srs.ts";
import type { Coverage } from "./coverage.ts";
import { type CoverageDeps, type CoverageOptions, geometryCoverage, loadCoverage } from "./load.ts";
import { coverageContains, coverageIntersects } from "./predicates.ts";

const warnings: Record<string, unknown>[] = [];
const log = {
  debug() {},
  info() {},
  error() {},
  warn: (_event: string, fields?: Record<string, unknown>) => {
    warnings.push(fields ?? {});
  },
};
const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/fixtures/polygons/${name}`, import.meta.url)));
const expected: { where: Record<string, [string, number[]][]> } = JSON.parse(
  new TextDecoder().decode(fixture("expected.json")),
);

/** Loads with text files by path; files of test/fixtures/polygons are there too. */
async function load(
  options: CoverageOptions,
  files: Record<string, string> = {},
  more: Partial<CoverageDeps> = {},
): Promise<Coverage | undefined> {
  return await loadCoverage(options, {
    async read(path) {
      const text = files[path];
      if (text !== undefined) return new TextEncoder().encode(text);
      return path.startsWith("/conf/areas.") ? fixture(path.slice(6)) : undefined;
    },
    srs: parseSrs,
    path: (configured) => (configured.startsWith("/") ? configured : `/conf/${configured}`),
    log,
    ...more,
  });
}

function areaOf(coverage: Coverage | undefined): number {
  let sum = 0;
  for (const [outer, ...holes] of coverage?.polygons ?? []) {
    sum += Math.abs(signedArea(outer ?? []));
    for (const hole of holes) sum -= Math.abs(signedArea(hole));
  }
  return sum;
}

const SRS = "EPSG:4326";
const SQUARE = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))";

describe("loadCoverage()", () => {
  it("grids 50: a data source of four numbers is a box", async () => {
    for (const datasource of ["5,50,10,55", "5, 50, 10, 55", [5, 50, 10, 55]]) {
      const box = await load({ datasource, srs: SRS });
      assert.deepEqual(box?.bbox, [5, 50, 10, 55]);
      assert.equal(box?.polygons, undefined);
    }
    await assert.rejects(load({ datasource: "1,2,3,4,5", srs: SRS }), /expected four numbers/);
    await assert.rejects(load({ datasource: "1,2,3,4x", srs: SRS }), /expected four numbers/);
  });

  it("grids 51: GeoJSON is read with and without where", async () => {
    const all = await load({ datasource: "areas.geojson", srs: SRS });
    assert.deepEqual(all?.bbox, [0, 0, 55, 30]);
    assert.equal(areaOf(all), 100 + (100 - 16) + (100 - 36) + 4 + 25 + 25);
    const one = await load({ datasource: "areas.geojson", where: "code = 'PL'", srs: SRS });
    assert.deepEqual(one?.bbox, [20, 0, 30, 10]);
  });

  it("grids 52: WKT with a byte order mark, several lines and mixed types", async () => {
    warnings.length = 0;
    const text = `\ufeff${SQUARE}\r\n\n  POINT (1 2)\nMultiPolygon(((20 0,30 0,30 10,20 10,20 0)))\n`;
    const area = await load({ datasource: "a.wkt", srs: SRS }, { "/conf/a.wkt": text });
    assert.deepEqual(area?.bbox, [0, 0, 30, 10]);
    assert.equal(area?.polygons?.length, 2);
    assert.equal(warnings[0]?.message, "ignoring non-polygon geometry (Point) from a.wkt");
    await assert.rejects(
      load({ datasource: "a.wkt", srs: SRS }, { "/conf/a.wkt": `${SQUARE}\nnonsense` }),
      /Cannot read WKT/,
    );
  });

  it("overlapping polygons become one area", async () => {
    const text = `${SQUARE}\nPOLYGON ((5 0, 15 0, 15 10, 5 10, 5 0))`;
    const area = await load({ datasource: "a.wkt", srs: SRS }, { "/conf/a.wkt": text });
    assert.equal(area?.polygons?.length, 1);
    assert.equal(areaOf(area), 150);
    assert.ok(area && coverageContains(area, [1, 1, 14, 9], area.srs));
  });

  it("grids 53: set operations take the system of the first and the outermost clip", async () => {
    const far = { bbox: [0, 0, 500000, 500000], srs: "EPSG:3857", clip: true };
    const near = { bbox: [0, 0, 10, 10], srs: SRS };
    const united = await load({ union: [near, far] });
    assert.equal(united?.srs.code, "EPSG:4326");
    assert.equal(united?.clip, false);
    assert.ok(united?.polygons);
    const cut = await load({ difference: [near, far], clip: true });
    assert.equal(cut?.clip, true);
    assert.ok(Math.abs(areaOf(cut) - (100 - 4.491576420597608 * 4.4870094)) < 0.01);
    const shared = await load({ intersection: [near, { bbox: "5,5,20,20", srs: SRS }] });
    assert.deepEqual(shared?.bbox, [5, 5, 10, 10]);
  });

  it("grids 54: an empty result is a fault", async () => {
    const a = { bbox: [0, 0, 10, 10], srs: SRS };
    const b = { bbox: [-1, -1, 11, 11], srs: SRS };
    await assert.rejects(load({ difference: [a, b] }), {
      message: "diff did not return any geometry",
    });
    await assert.rejects(load({ intersection: [a, { bbox: [20, 0, 30, 10], srs: SRS }] }), {
      message: "intersection did not return any geometry",
    });
    await assert.rejects(load({ union: [] }), /list of coverages is empty/);
  });

  it("grids 55: expired tiles up to the first bad line", async () => {
    warnings.length = 0;
    const files = { "/conf/tiles": "2/0/0\n2/1/0\n2/1/0\n2/x/0\n2/3/3\n" };
    const area = await load({ expire_tiles: "tiles", clip: true }, files);
    assert.equal(area?.srs.code, "EPSG:3857");
    assert.equal(area?.clip, false);
    assert.deepEqual(area?.bbox, [-20037508.342789244, 10018754.171394622, 0, 20037508.342789244]);
    assert.equal(area?.polygons?.length, 1);
    assert.equal(warnings[0]?.message, "found error in /conf/tiles, skipping rest of file");
    await assert.rejects(load({ expire_tiles: "none" }, { "/conf/none": "" }), /no polygons/);
  });

  it("grids 55: expired tiles of all files below a directory", async () => {
    const tree: Record<string, [string, boolean][]> = {
      "/conf/dir": [
        ["a", false],
        ["sub", true],
      ],
      "/conf/dir/sub": [["b", false]],
    };
    async function* list(path: string) {
      for (const [name, isDirectory] of tree[path] ?? []) yield { name, isDirectory };
    }
    const files = { "/conf/dir/a": "1/0/0\n", "/conf/dir/sub/b": "1/1/1\n" };
    const area = await load({ expire_tiles: "dir" }, files, { list });
    assert.equal(area?.polygons?.length, 2);
  });

  it("grids 56: old spellings still work", async () => {
    const files = { "/conf/a.wkt": SQUARE };
    const old = await load({ polygons: "a.wkt", polygons_srs: SRS }, files);
    assert.deepEqual(old?.bbox, [0, 0, 10, 10]);
    const ogr = { ogr_datasource: "areas.shp", ogr_srs: SRS, ogr_where: "num = 4" };
    assert.deepEqual((await load(ogr))?.bbox, [40, 0, 45, 5]);
    const box = await load({ bbox: "1,2,3,4", bbox_srs: "EPSG:3857" });
    assert.deepEqual(box?.bbox, [1, 2, 3, 4]);
    assert.equal(box?.srs.code, "EPSG:3857");
  });

  it("missing reference systems and files are faults", async () => {
    await assert.rejects(load({ bbox: [0, 0, 1, 1] }), /missing "srs"/);
    await assert.rejects(load({ polygons: "a" }), /missing "polygons_srs"/);
    await assert.rejects(
      load({ datasource: "nowhere", srs: SRS }),
      /failed to open \/conf\/nowhere/,
    );
    await assert.rejects(
      load({ polygons: "nowhere", polygons_srs: SRS }),
      /failed to open nowhere/,
    );
    await assert.rejects(load({ datasource: "x", srs: SRS }, { "/conf/x": "{}" }), /not a GeoJSON/);
    await assert.rejects(load({ datasource: "x", srs: SRS }, { "/conf/x": "<gml/>" }), /Shapefile/);
    assert.equal(await load({}), undefined);
  });

  it("databases are refused without telling their password", async () => {
    const datasource = "PG: dbname='x' password='secret'";
    await assert.rejects(load({ datasource, srs: SRS }), (error: Error) => {
      assert.match(error.message, /GeoPackage/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it("no polygons is a fault, or an empty area where that is allowed", async () => {
    const files = { "/conf/x": '{"type":"Point","coordinates":[0,0]}' };
    await assert.rejects(load({ datasource: "x", srs: SRS }, files), { message: "no polygons" });
    const empty = await load({ datasource: "x", srs: SRS }, files, { allowEmpty: true });
    assert.deepEqual(empty?.polygons, []);
    assert.ok(empty && !coverageIntersects(empty, [-1, -1, 1, 1], empty.srs));
    assert.ok(empty && !coverageContains(empty, [0, 0, 0, 0], empty.srs));
  });
});

/** Where the features of areas.geojson begin, west and south. */
const CORNERS: Record<string, number> = {
  "0,0": 1,
  "20,0": 2,
  "0,20": 3,
  "4,24": 3,
  "40,0": 4,
  "50,0": 5,
};
const numbers = (coverage: Coverage | undefined) => [
  ...new Set(
    (coverage?.polygons ?? []).map(
      (polygon) => CORNERS[polygonsBBox([polygon])!.slice(0, 2).join()],
    ),
  ),
];

describe("where", () => {
  for (const file of ["areas.shp", "areas.gpkg", "areas.geojson"]) {
    it(`selects what OGR selects, from ${file}`, async () => {
      assert.equal(expected.where[file]?.length, 30);
      for (const [where, want] of expected.where[file] ?? []) {
        const got = await load({ datasource: file, where, srs: SRS }, {}, { allowEmpty: true });
        assert.deepEqual(numbers(got).sort(), want, where);
      }
    });
    it(`reads a whole statement, and everything without, from ${file}`, async () => {
      const where = 'SELECT * FROM "areas" WHERE num IN (2, 3)';
      assert.deepEqual(numbers(await load({ datasource: file, where, srs: SRS })).sort(), [2, 3]);
      const all = await load({ datasource: file, srs: SRS });
      assert.equal(areaOf(all), 302);
    });
    it(`tells faults of the filter, from ${file}`, async () => {
      for (const where of [
        "num =",
        "nothing = 1",
        "num = 1)",
        "num ; 1",
        "select num from areas",
      ]) {
        await assert.rejects(load({ datasource: file, where, srs: SRS }), RangeError, where);
      }
    });
  }
  it("ILIKE minds no case", async () => {
    const where = "name ILIKE 'l_KE%'";
    for (const datasource of ["areas.shp", "areas.gpkg"]) {
      assert.deepEqual(numbers(await load({ datasource, where, srs: SRS })), [3]);
    }
  });
  it("damaged files are faults", async () => {
    for (const name of ["areas.shp", "areas.gpkg", "areas.dbf"]) {
      const whole = fixture(name);
      const half = whole.slice(0, whole.length / 2);
      await assert.rejects(
        load(
          { datasource: "/conf/areas.shp", where: "num = 1", srs: SRS },
          {},
          {
            read: async (path) => {
              if (name === "areas.gpkg") return half;
              return path === `/conf/${name}` ? half : fixture(path.slice(6));
            },
          },
        ),
        RangeError,
        name,
      );
    }
  });
});

describe("geometryCoverage()", () => {
  it("reads boxes, WKT and GeoJSON", () => {
    const srs = parseSrs(SRS);
    const read = (geometry: unknown) => geometryCoverage(geometry, srs, { clip: true, log });
    assert.deepEqual(read([0, 1, 2, 3]).bbox, [0, 1, 2, 3]);
    assert.equal(read(SQUARE).polygons?.length, 1);
    assert.ok(read(SQUARE).clip);
    const coordinates = [
      [
        [0, 0],
        [4, 0],
        [4, 4],
        [0, 0],
      ],
    ];
    assert.deepEqual(read({ type: "Polygon", coordinates }).bbox, [0, 0, 4, 4]);
    for (const nonsense of ["", "POINT (0 0)", {}, undefined, 7, [1, 2], ["a", "b", "c", "d"]]) {
      assert.throws(() => read(nonsense), RangeError, String(nonsense));
    }
  });
});
