/** T19: plans of a seed that are far too large, and areas that are hard to compare with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wktPolygons } from "../../src/coverage/files.ts";
import { polygonsBBox } from "../../src/geo/polygon.ts";
import { defineGrid } from "../../src/grid/define.ts";
import { areaOf } from "../../src/seed/area.ts";
import { Walk } from "../../src/seed/walk.ts";
import { parseSrs } from "../../src/srs/srs.ts";
import { silentLog } from "../platform.ts";

const GRID = defineGrid(
  "test",
  { srs: "EPSG:4326", bbox: [-180, -90, 180, 90], num_levels: 21 } as never,
  { srs: parseSrs, options: () => undefined },
);
const meta = { size: [1, 1], buffer: 0 } as const;

/** The area of a polygon in WKT. */
function areaOfText(wkt: string) {
  const polygons = wktPolygons(wkt, { name: "test", log: silentLog });
  const bbox = polygonsBBox(polygons)!; // no test has an empty one
  return areaOf([{ srs: parseSrs("EPSG:4326"), bbox, polygons, clip: false }], GRID);
}

/** A star of `count` corners around 10, 50; each second one lies nearer to the middle. */
function star(count: number): string {
  const corners = Array.from({ length: count }, (_, i) => {
    const radius = i % 2 === 0 ? 5 : 4;
    const angle = (2 * Math.PI * i) / count;
    return `${10 + radius * Math.cos(angle)} ${50 + radius * Math.sin(angle)}`;
  });
  return `POLYGON((${[...corners, corners[0]].join(", ")}))`;
}

describe("T19: a plan of 10^12 tiles", () => {
  it("is walked without being listed: the first are there at once, and memory stays", () => {
    const walk = new Walk({ grid: GRID, levels: [20], area: areaOf([], GRID), meta });
    const before = process.memoryUsage().heapUsed;
    const units = Array.from({ length: 10_000 }, () => walk.next());
    assert.ok(units.every((unit) => unit?.level === 20));
    assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024);
    assert.ok(walk.position().length <= 21, "a place for each level");
  });
});

describe("T19: areas", () => {
  it("a polygon of 200,000 corners is walked down to its edge", { timeout: 60_000 }, () => {
    const area = areaOfText(star(200_000));
    const levels = Array.from({ length: 9 }, (_, i) => i);
    const units = [...new Walk({ grid: GRID, levels, area, meta })];
    const fine = units.filter(({ level }) => level === 8);
    // 10 degrees are 7 tiles of level 8; a disc has pi/4 of the square around it, and its edge
    assert.ok(fine.length >= 39 && fine.length <= 64, `${fine.length}`);
  });

  it("a polygon that crosses itself is the same as its two parts", () => {
    const levels = [0, 1, 2, 3, 4, 5, 6];
    const walk = (wkt: string) => [
      ...new Walk({ grid: GRID, levels, area: areaOfText(wkt), meta }),
    ];
    const crossing = walk("POLYGON((0 0, 40 40, 40 0, 0 40, 0 0))");
    const parts = walk("MULTIPOLYGON(((0 0, 20 20, 0 40, 0 0)), ((40 0, 40 40, 20 20, 40 0)))");
    assert.deepEqual(crossing, parts);
    assert.ok(crossing.length > 0);
  });

  it("polygons without an inside, or with numbers that are none, are nothing or a fault", () => {
    for (const wkt of [
      "POLYGON((0 0, 0 0, 0 0, 0 0))",
      "POLYGON((0 0, 10 0, 0 0))",
      "POLYGON((0 0, NaN 5, 5 5, 0 0))",
      "POLYGON((0 0, 1e400 5, 5 5, 0 0))",
      `POLYGON(${"(".repeat(10_000)}`,
    ]) {
      let units = 0;
      try {
        for (const _ of new Walk({
          grid: GRID,
          levels: [0, 1, 2, 3],
          area: areaOfText(wkt),
          meta,
        })) {
          units++;
        }
      } catch (error) {
        assert.match(`${error}`, /Cannot read WKT/);
      }
      assert.ok(units <= 4, `${wkt.slice(0, 60)}: ${units}`);
    }
  });
});
