import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../test/platform.ts";
import { unitePolygons } from "../coverage/boolean.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { wktPolygons } from "../coverage/files.ts";
import { type MultiPolygon, type Polygon, polygonsBBox } from "../geo/polygon.ts";
import { defineGrid } from "../grid/define.ts";
import type { Grid } from "../grid/grid.ts";
import { parseSrs } from "../srs/srs.ts";
import { areaOf } from "./area.ts";
import { isDone, type Position } from "./position.ts";
import { Walk, type WalkPlan } from "./walk.ts";

function gridOf(options: Parameters<typeof defineGrid>[1]): Grid {
  return defineGrid("test", options, { srs: parseSrs, options: () => undefined });
}

const WORLD = gridOf({
  srs: "EPSG:4326",
  bbox: [-180, -90, 180, 90],
  tile_size: [256, 256],
  origin: "sw",
} as never);
const box = (bbox: readonly [number, number, number, number], srs = "EPSG:4326"): Coverage => ({
  srs: parseSrs(srs),
  bbox,
  polygons: undefined,
  clip: false,
});
function polygon(wkt: string): Coverage {
  const polygons = wktPolygons(wkt, { name: "test", log: silentLog });
  return { srs: parseSrs("EPSG:4326"), bbox: polygonsBBox(polygons)!, polygons, clip: false };
}

function plan(overrides: Partial<WalkPlan> & { coverages?: Coverage[] }): WalkPlan {
  const { coverages = [], ...rest } = overrides;
  const grid = rest.grid ?? WORLD;
  return {
    grid,
    levels: [0, 1, 2],
    area: areaOf(coverages, grid),
    meta: { size: [1, 1], buffer: 0 },
    ...rest,
  };
}
/** Units as `x,y`, by level, in order. */
function byLevel(options: Parameters<typeof plan>[0]): Record<number, string[]> {
  const found: Record<number, string[]> = {};
  for (const { level, x, y } of new Walk(plan(options))) {
    found[level] = [...(found[level] ?? []), `${x},${y}`];
  }
  return found;
}
/** Numbers from 0 to 1, the same each time (Mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A star around a random place, sometimes with a hole. */
function star(next: () => number): Polygon {
  const [x, y, size] = [next() * 200 - 100, next() * 100 - 50, 5 + next() * 40] as const;
  const corners = 3 + Math.floor(next() * 20);
  const ring = (scale: number) => {
    const positions = Array.from({ length: corners }, (_, i) => {
      const angle = (2 * Math.PI * i) / corners;
      const radius = size * scale * (0.6 + 0.4 * next());
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)] as const;
    });
    return [...positions, positions[0]!];
  };
  return next() < 0.3 ? [ring(1), ring(0.4)] : [ring(1)];
}

const sorted = (list: readonly string[] = []) => [...list].sort();

describe("Walk", () => {
  it("4.8: full bbox, levels 0 to 2", () => {
    const found = byLevel({ coverages: [box([-180, -90, 180, 90])] });
    assert.deepEqual(found[0], ["0,0"]);
    assert.deepEqual(found[1], ["0,0", "1,0"]);
    assert.equal(new Set(found[2]).size, 8);
  });

  it("seeding 19: 4.8: a bbox; levels [0,2] do not create level 1", () => {
    const coverages = [box([-45, 0, 180, 90])];
    for (const levels of [
      [0, 1, 2],
      [0, 2],
    ]) {
      const found = byLevel({ coverages, levels });
      assert.deepEqual(sorted(found[2]), ["1,1", "2,1", "3,1"]);
      assert.equal(found[1] === undefined, !levels.includes(1));
    }
  });

  it("4.8: a polygon", () => {
    const coverages = [polygon("POLYGON((10 10, 10 50, -10 60, 10 80, 80 80, 80 10, 10 10))")];
    const found = byLevel({ coverages, levels: [2, 3, 4] });
    assert.deepEqual(sorted(found[2]), ["1,1", "2,1"]);
    assert.deepEqual(sorted(found[3]), ["3,3", "4,2", "4,3", "5,2", "5,3"]);
    assert.equal(found[4]?.length, 18);
  });

  it("4.8: a grid with resolutions of its own", () => {
    const res = [256, 720, 2000, 5000, 8000].map((n) => 360 / n);
    const grid = gridOf({
      srs: "EPSG:4326",
      bbox: [-180, -90, 180, 90],
      tile_size: [256, 256],
      origin: "sw",
      res,
    } as never);
    const coverages = [polygon("POLYGON((10 10, 10 50, -10 60, 10 80, 80 80, 80 10, 10 10))")];
    const found = byLevel({ grid, coverages, levels: [1, 2, 3] });
    assert.deepEqual(sorted(found[1]), ["1,0", "1,1", "2,0", "2,1"]);
    assert.deepEqual(sorted(found[2]), ["3,3", "4,2", "4,3", "5,2", "5,3"]);
    assert.equal(found[3]?.length, 27);
  });

  it("4.3: polygons that overlap give the tiles of their union", () => {
    const next = random(7);
    const srs = parseSrs("EPSG:4326");
    const covers = (polygons: MultiPolygon): Coverage[] => [
      { srs, bbox: polygonsBBox(polygons)!, polygons, clip: false },
    ];
    for (let round = 0; round < 60; round++) {
      const polygons = Array.from({ length: 2 + Math.floor(next() * 8) }, () => star(next));
      const levels = [0, 1, 2, 3, 4, 5, 6];
      const meta = { size: [1 + (round % 3), 1 + (round % 2)], buffer: 0 } as const;
      const apart = byLevel({ coverages: covers(polygons), levels, meta });
      const united = byLevel({ coverages: covers(unitePolygons(polygons)), levels, meta });
      assert.deepEqual(apart, united, `round ${round}`);
    }
  });

  it("seeding 18: 4.2: hands out a unit after all below it: post-order 1 to 21", () => {
    const grid = gridOf({
      srs: "EPSG:3857",
      bbox: [-20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244],
      tile_size: [256, 256],
      origin: "nw",
      num_levels: 3,
    } as never);
    const order: Record<string, number> = {};
    let i = 0;
    for (const { level, x, y } of new Walk(plan({ grid }))) order[`${level}/${x}/${y}`] = ++i;
    const row = (level: number, y: number) =>
      Array.from({ length: 2 ** level }, (_, x) => order[`${level}/${x}/${y}`]);
    assert.deepEqual(row(0, 0), [21]);
    assert.deepEqual(
      [row(1, 0), row(1, 1)],
      [
        [5, 10],
        [15, 20],
      ],
    );
    assert.deepEqual(
      [row(2, 0), row(2, 1), row(2, 2), row(2, 3)],
      [
        [1, 2, 6, 7],
        [3, 4, 8, 9],
        [11, 12, 16, 17],
        [13, 14, 18, 19],
      ],
    );
  });

  it("4.8, 5.2: continues at a stored position", () => {
    const found = byLevel({
      coverages: [box([-180, -90, 180, 90])],
      from: [
        [0, 1],
        [1, 2],
      ],
    });
    assert.deepEqual(sorted(found[2]), ["2,0", "2,1", "3,0", "3,1"]);
    assert.deepEqual(byLevel({ from: [] }), {});
  });

  it("5.2: goes on wherever it was stopped, and leaves no unit out", () => {
    const options = { levels: [0, 1, 2, 3], meta: { size: [2, 2] as const, buffer: 0 } };
    const all = [...new Walk(plan(options))].map((unit) => JSON.stringify(unit));
    for (let stop = 1; stop <= all.length; stop++) {
      const walk = new Walk(plan(options));
      for (let i = 0; i < stop; i++) walk.next();
      const rest = [...new Walk(plan({ ...options, from: walk.position() }))];
      const done = new Set([...all.slice(0, stop - 1), ...rest.map((u) => JSON.stringify(u))]);
      assert.equal(done.size, all.length);
    }
  });

  it("seeding 20: 4.3: an area that contains a unit is not asked about those below", () => {
    let asked = 0;
    const area = areaOf([box([-180, -90, 180, 90])], WORLD);
    const counting = {
      ...area,
      relation: (bbox: Parameters<typeof area.relation>[0]) => {
        asked++;
        return area.relation(bbox);
      },
    };
    const walk = new Walk({ ...plan({ levels: [0, 1, 2, 3, 4, 5] }), area: counting });
    assert.ok([...walk].length > 500);
    // level 0 sticks out of the coverage to the north
    assert.equal(asked, 1 + 2);
  });

  it("seeding 20: 4.4: -l leaves out the tests on the last levels, -l 1 does nothing", () => {
    const coverages = [polygon("POLYGON((10 10, 80 80, 80 10, 10 10))")];
    const count = (skipGeometry: number) =>
      byLevel({ coverages, levels: [2, 3, 4], skipGeometry })[4]?.length;
    assert.equal(count(1), count(0));
    assert.ok(count(2)! > count(1)!);
    assert.ok(count(3)! >= count(2)!);
  });

  it("tells how much of it is behind, rising to 1", () => {
    const walk = new Walk(plan({ levels: [0, 1, 2, 3] }));
    let before = 0;
    while (walk.next()) {
      assert.ok(walk.fraction >= before && walk.fraction <= 1);
      before = walk.fraction;
    }
    assert.equal(walk.fraction, 1);
    assert.deepEqual(walk.position(), []);
  });

  it("takes a coverage that reaches far beyond the grid", () => {
    const grid = gridOf({
      srs: "EPSG:4326",
      bbox: [5, 50, 10, 55],
      tile_size: [256, 256],
      origin: "nw",
      num_levels: 8,
    } as never);
    const found = byLevel({ grid, coverages: [box([-180, -90, 180, 90])], levels: [3] });
    assert.equal(found[3]?.length, 64);
  });

  it("finds the units of a grid counted from the south and from the north", () => {
    const coverages = [box([5, 46, 11, 55.2])];
    for (const origin of ["sw", "nw"] as const) {
      const grid = gridOf({
        srs: "EPSG:3857",
        bbox: [-20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244],
        tile_size: [256, 256],
        origin,
        num_levels: 10,
      } as never);
      const found = byLevel({ grid, coverages, levels: [8], meta: { size: [4, 4], buffer: 80 } });
      // columns 131 to 135 and rows 80 to 90 from the north: 2 x 3 blocks of 4 x 4
      assert.deepEqual(found[8]?.length, 6);
    }
  });
});

describe("isDone()", () => {
  const three: Position = [
    [0, 4],
    [0, 4],
    [2, 4],
  ];
  const cases: [Position | undefined, Position, boolean][] = [
    [undefined, [[0, 4]], false],
    [[], [[0, 4]], true],
    [[[1, 4]], [[0, 4]], true],
    [[[0, 4]], [[0, 4]], false],
    [
      three,
      [
        [0, 4],
        [0, 4],
        [1, 4],
      ],
      true,
    ],
    [
      three,
      [
        [0, 4],
        [0, 4],
        [3, 4],
      ],
      false,
    ],
    [
      three,
      [
        [0, 4],
        [1, 4],
        [0, 4],
      ],
      false,
    ],
  ];
  for (const [stored, current, skip] of cases) {
    it(`seeding 33: 5.2: stored ${JSON.stringify(stored)}, current ${JSON.stringify(current)}`, () => {
      assert.equal(isDone(current, stored), skip);
    });
  }
});
