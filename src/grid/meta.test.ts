import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseSrs } from "../srs/srs.ts";
import { makeGrid } from "./define.ts";
import type { TileCoord } from "./grid.ts";
import { type MetaTile, metaSize, metaTile, metaTilesIn, minimalMetaTile } from "./meta.ts";
import { tileBBox } from "./tiles.ts";
import { GLOBAL_GEODETIC, GLOBAL_MERCATOR, GLOBAL_WEBMERCATOR } from "./well-known.ts";

const META = { size: [4, 4], buffer: 80 } as const;
const tile = (x: number, y: number, level: number): TileCoord => ({ x, y, level });
const placed = ({ tiles }: MetaTile) =>
  tiles.map(({ coord, at }) => coord && [coord.x, coord.y, at[0], at[1]]);

describe("metaTile()", () => {
  it("grids 30: is no larger than the level", () => {
    assert.deepEqual(metaSize(GLOBAL_GEODETIC, 1, META), [2, 1]);
    assert.deepEqual(metaTile(GLOBAL_WEBMERCATOR, tile(0, 0, 0), META).size, [256, 256]);
    assert.deepEqual(metaTile(GLOBAL_WEBMERCATOR, tile(1, 1, 2), META).size, [1024, 1024]);
  });
  it("grids 31: the margin is cut at the grid's edges", () => {
    const corner = metaTile(GLOBAL_WEBMERCATOR, tile(0, 0, 5), META);
    assert.deepEqual(corner.size, [1104, 1104]);
    assert.deepEqual(placed(corner)[0], [0, 0, 0, 0]);
    const inner = metaTile(GLOBAL_WEBMERCATOR, tile(10, 10, 5), META);
    assert.deepEqual(inner.size, [1184, 1184]);
    assert.deepEqual(
      inner.bbox,
      [-10410111.756214725, 4618019.500877209, -4618019.500877209, 10410111.756214725],
    );
    assert.deepEqual(placed(inner)[0], [8, 8, 80, 80]);
    assert.deepEqual(placed(inner)[15], [11, 11, 848, 848]);
    const sw = placed(metaTile(GLOBAL_MERCATOR, tile(0, 0, 5), META));
    assert.deepEqual(
      [sw[0], sw[15]],
      [
        [0, 3, 0, 80],
        [3, 0, 768, 848],
      ],
    );
  });
  it("grids 32: without a margin nothing is cut", () => {
    const whole = metaTile(GLOBAL_GEODETIC, tile(0, 0, 0), { size: [4, 4], buffer: 0 });
    assert.deepEqual(whole.bbox, [-180, -90, 180, 270]);
    assert.deepEqual(whole.size, [256, 256]);
    assert.deepEqual(placed(whole), [[0, 0, 0, 0]]);
  });
  it("grids 33: level 0 of GLOBAL_GEODETIC lies in the lower half of its tile", () => {
    const half = metaTile(GLOBAL_GEODETIC, tile(0, 0, 0), META);
    assert.deepEqual(half.bbox, [-180, -90, 180, 90]);
    assert.deepEqual(half.size, [256, 128]);
    assert.deepEqual(placed(half), [[0, 0, 0, -128]]);
  });
  it("grids 34: tiles may reach beyond the picture", () => {
    const grid = makeGrid({
      ...GLOBAL_WEBMERCATOR,
      srs: parseSrs(25832),
      bbox: [0, 0, 1000, 700],
      resolutions: [1, 0.5],
    });
    const edge = metaTile(grid, tile(7, 5, 1), { size: [4, 4], buffer: 10 });
    assert.deepEqual(edge.bbox, [507, 0, 1000, 193]);
    assert.deepEqual(edge.size, [986, 386]);
    assert.deepEqual(
      edge.tiles.map(({ coord }) => coord && [coord.x, coord.y]),
      [
        ...[4, 5, 6, 7].map((x) => [x, 4]),
        ...[4, 5, 6, 7].map((x) => [x, 5]),
        ...new Array(8).fill(undefined),
      ],
    );
  });
  it("grids 35: is named by its first tile from the north-west", () => {
    assert.deepEqual(metaTile(GLOBAL_MERCATOR, tile(1, 1, 5), META).main, tile(0, 3, 5));
    assert.deepEqual(metaTile(GLOBAL_WEBMERCATOR, tile(1, 1, 5), META).main, tile(0, 0, 5));
    // the northern row of a block of three lies outside of four rows
    const block = metaTile(GLOBAL_MERCATOR, tile(0, 3, 2), { size: [3, 3], buffer: 0 });
    assert.deepEqual(block.main, tile(0, 3, 2));
    assert.equal(block.tiles[0]?.coord, undefined);
  });
  it("holds each of its tiles where the tile's bbox lies in the picture", () => {
    const any = fc.record({
      grid: fc.constantFrom(GLOBAL_MERCATOR, GLOBAL_WEBMERCATOR, GLOBAL_GEODETIC),
      level: fc.integer({ min: 0, max: 18 }),
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
      size: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
      buffer: fc.integer({ min: 0, max: 200 }),
    });
    fc.assert(
      fc.property(any, ({ grid, level, share, size, buffer }) => {
        const [columns, rows] = grid.sizes[level]!;
        const coord = tile(Math.floor(share * columns), Math.floor(share * rows), level);
        const made = metaTile(grid, coord, { size, buffer });
        const res = grid.resolutions[level]!;
        const own = made.tiles.find((t) => t.coord?.x === coord.x && t.coord.y === coord.y);
        const bbox = tileBBox(grid, coord);
        assert.ok(own);
        assert.ok(Math.abs((bbox[0] - made.bbox[0]) / res - own.at[0]) < 1e-3);
        assert.ok(Math.abs((made.bbox[3] - bbox[3]) / res - own.at[1]) < 1e-3);
      }),
    );
  });
});

describe("minimalMetaTile()", () => {
  it("grids 36: covers the rectangle around the tiles", () => {
    const wanted = [tile(3, 3, 5), tile(4, 3, 5), tile(4, 4, 5)];
    const made = minimalMetaTile(GLOBAL_WEBMERCATOR, wanted, 80);
    assert.deepEqual(made.size, [672, 672]);
    assert.deepEqual(placed(made), [
      [3, 3, 80, 80],
      [4, 3, 336, 80],
      [3, 4, 80, 336],
      [4, 4, 336, 336],
    ]);
    assert.throws(() => minimalMetaTile(GLOBAL_WEBMERCATOR, [], 0), RangeError);
  });
});

describe("metaTilesIn()", () => {
  it("steps over a level by blocks, from the north", () => {
    const meta = { size: [2, 2], buffer: 0 } as const;
    const all = metaTilesIn(GLOBAL_MERCATOR, GLOBAL_MERCATOR.bbox, { level: 2, meta });
    assert.deepEqual(
      all.tiles.map((t) => t && [t.x, t.y]),
      [
        [0, 2],
        [2, 2],
        [0, 0],
        [2, 0],
      ],
    );
  });
});
