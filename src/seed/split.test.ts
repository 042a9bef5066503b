import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../test/platform.ts";
import { gridOf } from "../../test/tile-service.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { wktPolygons } from "../coverage/files.ts";
import { polygonsBBox } from "../geo/polygon.ts";
import { parseSrs } from "../srs/srs.ts";
import type { TileManager } from "../tile/manager.ts";
import { areaOf } from "./area.ts";
import type { SeedJob } from "./fleet.ts";
import { tilesOf } from "./seeder.ts";
import { planId, splitTask, unitsOf } from "./split.ts";
import { planOf, type SeedTask } from "./task.ts";
import { type Unit, Walk } from "./walk.ts";

const grid = gridOf("GLOBAL_WEBMERCATOR");
const polygons = wktPolygons("POLYGON((-5 42, 3 43, 8 44, 7 49, 2 51, -5 48, -1 46, -5 42))", {
  name: "test",
  log: silentLog,
});
const LAND: Coverage = {
  srs: parseSrs("EPSG:4326"),
  bbox: polygonsBBox(polygons)!, // there is one
  polygons,
  clip: false,
};

function taskOf(coverages: readonly Coverage[], levels = [0, 2, 5, 7, 8]): SeedTask {
  const settings = { meta: { kind: "meta", size: [2, 2], buffer: 0 } };
  return {
    kind: "seed",
    name: "a",
    manager: { name: "c", grid, settings } as unknown as TileManager,
    area: areaOf(coverages, grid),
    levels,
    refreshBefore: undefined,
  };
}

const HOW = { skipGeometry: 0, skipUncached: false, verify: false };
const nameOf = ({ level, x, y }: Unit) => `${level}/${x}/${y}`;
/** As it comes out of a queue. */
const sent = (job: SeedJob): SeedJob => JSON.parse(JSON.stringify(job));

describe("splitTask()", () => {
  for (const [place, coverages] of [
    ["the world", []],
    ["a polygon", [LAND]],
  ] as const) {
    const task = taskOf(coverages, place === "the world" ? [0, 1, 3, 5] : undefined);
    const all = [...new Walk(planOf(task))];
    for (const size of [1, 2, 7, 64, 100_000]) {
      it(`puts every unit into exactly one job (${place}, ${size} at a time)`, () => {
        const jobs = [...splitTask(task, { ...HOW, size })].map(sent);
        assert.equal(jobs.length, Math.ceil(all.length / size));
        const units = jobs.flatMap((job) => [...unitsOf(task, job)]);
        assert.deepEqual(units.map(nameOf), all.map(nameOf));
        for (const job of jobs) {
          const own = [...unitsOf(task, job)];
          assert.equal(job.units, own.length);
          assert.equal(
            job.tiles,
            own.reduce((sum, unit) => sum + tilesOf(task, unit).length, 0),
          );
        }
      });
    }
  }

  it("names the same jobs the same, and others otherwise", () => {
    const ids = (size: number, verify = false) =>
      [...splitTask(taskOf([LAND]), { ...HOW, size, verify })].map(({ id }) => id);
    assert.deepEqual(ids(7), ids(7));
    assert.equal(new Set(ids(7)).size, ids(7).length);
    assert.equal(
      new Set([...ids(7), ...ids(8), ...ids(7, true)]).size,
      ids(7).length * 2 + ids(8).length,
    );
  });

  it("has no jobs for an area without tiles", () => {
    assert.deepEqual([...splitTask(taskOf([], []), { ...HOW, size: 7 })], []);
  });
});

describe("planId()", () => {
  it("tells other levels and another area", () => {
    const ids = [taskOf([]), taskOf([LAND]), taskOf([LAND], [0, 2])].map(planId);
    assert.equal(new Set(ids).size, 3);
    assert.equal(planId(taskOf([LAND])), ids[1]);
  });
});
