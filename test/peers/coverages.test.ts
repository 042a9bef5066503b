/** Areas out of files, by conditions, combined and in other reference systems, as GDAL and GEOS have them. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Coverage } from "../../src/coverage/coverage.ts";
import { type CoverageOptions, loadCoverage } from "../../src/coverage/load.ts";
import {
  coverageContains,
  coverageContainsPoint,
  coverageIntersects,
  transformCoverage,
} from "../../src/coverage/predicates.ts";
import type { BBox } from "../../src/geo/bbox.ts";
import { bboxPolygon, type MultiPolygon, type Polygon } from "../../src/geo/polygon.ts";
import { parseSrs } from "../../src/srs/srs.ts";
import { silentLog } from "../platform.ts";
import { needs, needsPython, run, scratch } from "./programs.ts";

const python = await needsPython("osgeo, shapely, pyproj");
const gdal = await needs("ogr2ogr");

const SRS = "EPSG:4326";
/** Share of the area: borders are simplified by a millionth of the smaller side. */
const APART = 2e-6;

/** Numbers from 0 to 1, the same in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const next = random(7);

/** A star around a place; its border does not cross itself. */
function star(corners: number, [x, y]: readonly [number, number], size: number): Polygon {
  const ring = Array.from({ length: corners }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * i) / corners;
    const distance = size * (0.5 + next() / 2);
    return [x + distance * Math.cos(angle), y + distance * Math.sin(angle)];
  });
  const closed = [...ring, ring[0]!];
  const hole = closed.map(([a, b]): [number, number] => [x + (a - x) / 4, y + (b - y) / 4]);
  return next() < 0.4 ? [closed, hole.toReversed()] : [closed];
}

const PLACES = ["Köln", "Bonn", "Aachen", "it's", "", "100%"];
const FEATURES = Array.from({ length: 60 }, (_, i) => ({
  type: "Feature",
  properties: {
    kind: ["land", "sea", "island"][i % 3],
    size: i % 7 === 0 ? null : Math.round(next() * 1000) / 10,
    name: PLACES[i % PLACES.length],
  },
  geometry: {
    type: "Polygon",
    coordinates: star(3 + (i % 40), [5 + next() * 10, 47 + next() * 8], 0.2 + next()),
  },
}));

const WHERE = [
  undefined,
  "kind = 'land'",
  "kind = 'land' AND size > 50",
  "kind IN ('sea', 'island') OR size BETWEEN 10 AND 20",
  "name LIKE 'A_chen' OR name LIKE '%ln' AND NOT kind = 'sea'",
  "size IS NULL",
  "size IS NOT NULL AND (size < 30 OR size >= 90)",
  "name = 'it''s'",
  "kind <> 'land' AND name != 'Bonn'",
  'SELECT * FROM "areas" WHERE size > 80',
];
const ENDS = ["geojson", "shp", "gpkg"];
const OPERATIONS = ["union", "intersection", "difference"] as const;

const polygons = ({ polygons, bbox }: Coverage): MultiPolygon => polygons ?? [bboxPolygon(bbox)];
const wkt = (area: MultiPolygon): string =>
  `MULTIPOLYGON (${area.map((polygon) => `(${polygon.map((ring) => `(${ring.map((at) => at.join(" ")).join(", ")})`).join(", ")})`).join(", ")})`;
const geometry = (coordinates: Polygon) => ({ type: "Polygon", coordinates });

interface Answers {
  readonly selections: number[];
  readonly combinations: number[];
  readonly transforms: number[];
  readonly valid: boolean;
  readonly boxes: [intersects: boolean, contains: boolean][];
  readonly points: boolean[];
}

describe("coverages", { skip: gdal.skip || python.skip }, () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let answers: Answers;
  let whole: Coverage;
  const boxes: BBox[] = [];
  const points: [number, number][] = [];
  const selections: { path: string; where: string | undefined }[] = [];
  const combinations: string[] = [];

  const load = async (options: CoverageOptions): Promise<Coverage> => {
    const coverage = await loadCoverage(options, {
      read: async (path) => new Uint8Array(await readFile(path)),
      srs: parseSrs,
      path: (configured) => join(folder.path, configured),
      log: silentLog,
    });
    assert.ok(coverage);
    return coverage;
  };

  before(async () => {
    folder = await scratch();
    const file = (end: string) => join(folder.path, `areas.${end}`);
    await writeFile(
      file("geojson"),
      JSON.stringify({ type: "FeatureCollection", features: FEATURES }),
    );
    await run("ogr2ogr", ["-nln", "areas", "-lco", "ENCODING=UTF-8", file("shp"), file("geojson")]);
    await run("ogr2ogr", ["-nln", "areas", file("gpkg"), file("geojson")]);
    const job = {
      selections: [] as object[],
      combinations: [] as object[],
      transforms: [] as object[],
    };
    for (const end of ENDS) {
      for (const where of WHERE) {
        const ours = await load({ datasource: `areas.${end}`, where, srs: SRS });
        selections.push({ path: file(end), where });
        job.selections.push({ path: file(end), where, ours: wkt(polygons(ours)) });
      }
    }
    for (let i = 0; i < 30; i++) {
      const members = Array.from({ length: 2 + (i % 3) }, () =>
        Array.from({ length: 1 + (i % 4) }, () =>
          star(3 + (i % 20), [8 + next() / 2, 50 + next() / 2], 2),
        ),
      );
      const operation = OPERATIONS[i % 3]!;
      for (const [m, member] of members.entries()) {
        await writeFile(join(folder.path, `m${m}`), member.map((one) => wkt([one])).join("\n"));
      }
      const list = members.map((_, m) => ({ datasource: `m${m}`, srs: SRS }));
      combinations.push(`${operation} ${i}`);
      job.combinations.push({
        operation,
        members: members.map((member) => member.map(geometry)),
        ours: wkt(polygons(await load({ [operation]: list }))),
      });
    }
    whole = await load({ datasource: "areas.geojson", where: "size IS NOT NULL", srs: SRS });
    for (const srs of ["EPSG:3857", "EPSG:25832", "EPSG:3035", "EPSG:2154"]) {
      const ours = wkt(polygons(transformCoverage(whole, parseSrs(srs))));
      job.transforms.push({ srs, from: wkt(polygons(whole)), ours });
    }
    for (let i = 0; i < 2000; i++) {
      const [x, y, size] = [4 + next() * 12, 46 + next() * 10, 10 ** (-4 * next())];
      boxes.push([x, y, x + size, y + size * next()]);
      points.push([4 + next() * 12, 46 + next() * 10]);
    }
    const path = join(folder.path, "job.json");
    const area = wkt(polygons(whole));
    await writeFile(path, JSON.stringify({ ...job, area, boxes, points }));
    const program = join(import.meta.dirname, "coverages.py");
    answers = JSON.parse(await run("/usr/bin/python3", [program, path])) as Answers;
  });
  after(() => folder?.dispose());

  it("have the area that OGR selects, from each kind of file by each condition", () => {
    assert.equal(answers.selections.length, ENDS.length * WHERE.length);
    for (const [i, apart] of answers.selections.entries()) {
      assert.ok(apart < APART, `${JSON.stringify(selections[i])}: ${apart}`);
    }
  });

  it("combined have the area that GEOS finds", () => {
    assert.equal(answers.combinations.length, 30);
    for (const [i, apart] of answers.combinations.entries()) {
      assert.ok(apart < APART, `${combinations[i]}: ${apart}`);
    }
  });

  it("are valid, and in another system have the area that PROJ and GEOS find", () => {
    assert.equal(answers.valid, true);
    assert.equal(answers.transforms.length, 4);
    for (const apart of answers.transforms) assert.ok(apart < APART, String(apart));
  });

  it("meet and contain the boxes and points that GEOS says", () => {
    const srs = parseSrs(SRS);
    const counts = { meet: 0, within: 0, inside: 0 };
    for (const [i, [meets, contains]] of answers.boxes.entries()) {
      const at = boxes[i]!;
      assert.equal(coverageIntersects(whole, at, srs), meets, `meets ${at}`);
      assert.equal(coverageContains(whole, at, srs), contains, `contains ${at}`);
      counts.meet += Number(meets);
      counts.within += Number(contains);
    }
    for (const [i, contains] of answers.points.entries()) {
      assert.equal(coverageContainsPoint(whole, points[i]!, srs), contains, `${points[i]}`);
      counts.inside += Number(contains);
    }
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 100, `${what}: ${count}`);
  });
});
