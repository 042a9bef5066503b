import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BBox } from "../geo/bbox.ts";
import { parseSrs } from "../srs/srs.ts";
import { makeGrid } from "./define.ts";
import type { Grid } from "./grid.ts";
import {
  affectedTiles,
  closestLevel,
  flipRow,
  isAligned,
  isInGrid,
  isSubsetOf,
  levelNamed,
  originTile,
  pointToTile,
  requestResolution,
  supportsOrigin,
  tileBBox,
  tilesIn,
} from "./tiles.ts";
import { GLOBAL_GEODETIC, GLOBAL_MERCATOR, GLOBAL_WEBMERCATOR } from "./well-known.ts";

const HALF = 20037508.342789244;

function metres(parts: Partial<Grid>): Grid {
  return makeGrid({
    name: "test",
    srs: parseSrs(25832),
    bbox: [0, 0, 1000, 700],
    origin: "nw",
    tileSize: [256, 256],
    resolutions: [10, 5],
    thresholds: [],
    stretchFactor: 1.15,
    maxShrinkFactor: 4,
    ...parts,
  });
}

const triples = (tiles: readonly ({ x: number; y: number; level: number } | undefined)[]) =>
  tiles.map((tile) => tile && [tile.x, tile.y, tile.level]);

describe("closestLevel()", () => {
  it("grids 16: 8.7 m uses the 10 m level, 8.69 m the 5 m level", () => {
    const grid = metres({});
    assert.equal(closestLevel(grid, 9), 0);
    assert.equal(closestLevel(grid, 8.7), 0);
    assert.equal(closestLevel(grid, 8.69), 1);
  });
  const table: [number[], string][] = [
    [
      [300, 110],
      "1100→0, 950→0, 800→1, 500→1, 301→1, 300→2, 250→2, 111→2, 110→3, 100→3, 92→3, 90→4",
    ],
    [
      [495, 240],
      "1100→0, 950→0, 800→1, 500→1, 496→1, 495→2, 250→2, 241→2, 240→3, 100→3, 92→3, 90→4",
    ],
    [[1100, 750], "1200→0, 1100→0, 1000→0, 800→0, 750.1→0, 750→1"],
  ];
  for (const [thresholds, cases] of table) {
    it(`grids 17: thresholds ${thresholds.join(", ")} switch levels`, () => {
      const grid = metres({
        resolutions: [1000, 500, 250, 100, 50],
        stretchFactor: 1.1,
        thresholds: [...thresholds].sort((a, b) => b - a),
      });
      for (const text of cases.split(", ")) {
        const [res, level] = text.split("→").map(Number);
        assert.equal(closestLevel(grid, res!), level, text);
      }
    });
  }
  it("grids 20: of levels closer than the stretch factor the finest not finer than needed", () => {
    const grid = metres({ resolutions: [100, 95, 90, 50] });
    assert.equal(closestLevel(grid, 94), 1);
    assert.equal(closestLevel(grid, 95), 1);
    assert.equal(closestLevel(grid, 89), 2);
  });
});

describe("affectedTiles()", () => {
  const grid = metres({ bbox: [0, 0, 100000, 100000] });
  const at = (res: number) =>
    affectedTiles(grid, [0, 0, res * 100, res * 100], [100, 100], grid.srs);
  it("grids 18: draws nothing beyond the shrink factor, everything at it", () => {
    assert.equal(at(40)?.level, 0);
    assert.equal(at(40.0001), undefined);
  });
  it("grids 19: uses the finer of the two axes", () => {
    assert.equal(requestResolution([0, 0, 1000, 500], [100, 100]), 5);
    assert.equal(affectedTiles(grid, [0, 0, 1000, 500], [100, 100], grid.srs)?.level, 1);
  });
  it("is undefined for a request beside the grid, touching or not", () => {
    assert.equal(affectedTiles(grid, [-100, 0, 0, 100], [10, 10], grid.srs), undefined);
    assert.equal(affectedTiles(grid, [-100, 0, -50, 50], [10, 10], grid.srs), undefined);
  });
  it("transforms the request into the grid's system", () => {
    const found = affectedTiles(GLOBAL_WEBMERCATOR, [0, 0, 180, 85.06], [512, 512], parseSrs(4326));
    assert.equal(found?.level, 2);
    assert.deepEqual(triples(found?.tiles ?? []), [
      [2, 0, 2],
      [3, 0, 2],
      [2, 1, 2],
      [3, 1, 2],
    ]);
  });
});

describe("tileBBox()", () => {
  it("grids 2: tile (0, 0) of GLOBAL_GEODETIC sticks out to the north", () => {
    assert.deepEqual(tileBBox(GLOBAL_GEODETIC, { x: 0, y: 0, level: 0 }), [-180, -90, 180, 270]);
  });
  it("grids 21: offsets are rounded to 12 decimals, half to even", () => {
    const res = 1 / 3;
    const grid = metres({ resolutions: [res], tileSize: [1, 1], origin: "sw" });
    assert.equal(tileBBox(grid, { x: 1, y: 0, level: 0 })[0], 0.333333333333);
    const ties = metres({ resolutions: [1 / 8192], tileSize: [1, 1], origin: "sw" });
    const box = tileBBox(ties, { x: 1, y: 3, level: 0 });
    assert.equal(box[0], 0.000122070312); // …3125 goes down to the even 2
    assert.equal(box[1], 0.000366210938); // …9375 goes up to the even 8
  });
  for (const grid of [GLOBAL_MERCATOR, GLOBAL_WEBMERCATOR, GLOBAL_GEODETIC]) {
    it(`is the inverse of pointToTile() and tilesIn() (${grid.name})`, () => {
      const level = fc.integer({ min: 0, max: 19 });
      fc.assert(
        fc.property(level, fc.double({ min: 0, max: 1, noNaN: true }), (z, share) => {
          const [columns, rows] = grid.sizes[z]!;
          const coord = {
            x: Math.min(columns - 1, Math.floor(share * columns)),
            y: Math.min(rows - 1, Math.floor(share * rows)),
            level: z,
          };
          const bbox = tileBBox(grid, coord);
          const middle = [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2] as const;
          assert.deepEqual(pointToTile(grid, middle, z), coord);
          assert.deepEqual(tilesIn(grid, bbox, z).tiles, [coord]);
          assert.ok(isInGrid(grid, coord));
          assert.deepEqual(flipRow(grid, flipRow(grid, coord)), coord);
        }),
      );
    });
  }
});

describe("tilesIn()", () => {
  it("grids 22: rows run from north to south for both origins", () => {
    const quadrant: BBox = [0, 0, HALF, HALF];
    const sw = tilesIn(GLOBAL_MERCATOR, quadrant, 2);
    assert.deepEqual(triples(sw.tiles), [
      [2, 3, 2],
      [3, 3, 2],
      [2, 2, 2],
      [3, 2, 2],
    ]);
    const nw = tilesIn(GLOBAL_WEBMERCATOR, quadrant, 2);
    assert.deepEqual(triples(nw.tiles), [
      [2, 0, 2],
      [3, 0, 2],
      [2, 1, 2],
      [3, 1, 2],
    ]);
    nw.bbox.forEach((value, i) => {
      assert.ok(Math.abs(value - quadrant[i]!) < 1e-8);
    });
  });
  it("grids 23: tiles outside the grid keep their place", () => {
    const block = tilesIn(GLOBAL_WEBMERCATOR, [-3 * HALF, -HALF, HALF, HALF], 0);
    assert.deepEqual([block.columns, block.rows], [2, 1]);
    assert.deepEqual(triples(block.tiles), [undefined, [0, 0, 0]]);
  });
  it("grids 24: an edge within a tenth of a pixel adds no tile, one beyond does", () => {
    const grid = metres({ bbox: [0, 0, 10240, 10240] });
    const bbox = tileBBox(grid, { x: 1, y: 1, level: 0 });
    const grow = (d: number): BBox => [bbox[0] - d, bbox[1] - d, bbox[2] + d, bbox[3] + d];
    assert.equal(tilesIn(grid, grow(0.99), 0).tiles.length, 1);
    assert.equal(tilesIn(grid, grow(1.01), 0).tiles.length, 9);
  });
  it("throws for a bbox turned inside out", () => {
    assert.throws(() => tilesIn(GLOBAL_WEBMERCATOR, [HALF, 0, -HALF, HALF], 3), /Invalid BBOX/);
  });
  it("counts a huge block without making it", () => {
    const block = tilesIn(GLOBAL_WEBMERCATOR, [-1e15, -1e15, 1e15, 1e15], 19);
    assert.ok(block.columns * block.rows > 1e20);
  });
});

describe("origins", () => {
  it("grids 26: flips (1, 3, 2) of four rows to (1, 0, 2)", () => {
    const flipped = flipRow(GLOBAL_MERCATOR, { x: 1, y: 3, level: 2 });
    assert.deepEqual(flipped, { x: 1, y: 0, level: 2 });
  });
  it("grids 27: mercator grids can be counted from both corners, geodetic ones not", () => {
    const nw = makeGrid({ ...GLOBAL_GEODETIC, origin: "nw" });
    assert.ok(supportsOrigin(GLOBAL_GEODETIC, "sw"));
    assert.ok(!supportsOrigin(GLOBAL_GEODETIC, "nw"));
    assert.ok(!supportsOrigin(nw, "sw"));
    assert.ok(supportsOrigin(GLOBAL_MERCATOR, "nw"));
    assert.ok(supportsOrigin(GLOBAL_WEBMERCATOR, "sw"));
  });
  it("finds the tile at a corner", () => {
    assert.deepEqual(originTile(GLOBAL_MERCATOR, 2, "nw"), { x: 0, y: 3, level: 2 });
    assert.deepEqual(originTile(GLOBAL_MERCATOR, 2, "sw"), { x: 0, y: 0, level: 2 });
  });
});

describe("isSubsetOf()", () => {
  it("grids 28: origins may differ where tiles are the same", () => {
    const nw = makeGrid({ ...GLOBAL_GEODETIC, origin: "nw" });
    assert.ok(isSubsetOf(GLOBAL_WEBMERCATOR, GLOBAL_MERCATOR));
    assert.ok(!isSubsetOf(nw, GLOBAL_GEODETIC));
    assert.ok(isSubsetOf(GLOBAL_GEODETIC, GLOBAL_GEODETIC));
    assert.ok(!isSubsetOf(GLOBAL_GEODETIC, GLOBAL_MERCATOR));
    const small = makeGrid({ ...GLOBAL_MERCATOR, resolutions: [500, 200] });
    assert.ok(!isSubsetOf(small, GLOBAL_MERCATOR));
  });
});

describe("isAligned()", () => {
  it("grids 29: tolerates a tenth of a pixel on each side", () => {
    const grid = metres({});
    const coord = { x: 0, y: 0, level: 0 };
    const [minx, miny, maxx, maxy] = tileBBox(grid, coord);
    assert.ok(isAligned(grid, [minx + 0.9, miny - 0.9, maxx, maxy], coord));
    assert.ok(!isAligned(grid, [minx + 1.1, miny, maxx, maxy], coord));
  });
});

describe("levelNamed()", () => {
  it("finds levels by their names in documents", () => {
    assert.equal(levelNamed(GLOBAL_MERCATOR, "07"), 7);
    assert.equal(levelNamed(GLOBAL_MERCATOR, "7"), undefined);
  });
});
