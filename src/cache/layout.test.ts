import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { recordedVectors, replay, type Vector } from "../../test/vectors.ts";
import { dimensionPath } from "./dimension-path.ts";
import { type Layout, layoutNamed } from "./layout.ts";

const NAMES = ["tc", "mp", "tms", "reverse_tms", "quadkey", "arcgis"];
const layout = (name: string): Layout => {
  const found = layoutNamed(name);
  assert.ok(found, name);
  return found;
};

describe("layoutNamed()", () => {
  it("caches 30: gives each layout's path for (12345, 67890, 12)", () => {
    const key = { x: 12345, y: 67890, level: 12 };
    assert.deepEqual(
      NAMES.map((name) => layout(name).path(key, "png")),
      [
        "12/000/012/345/000/067/890.png",
        "12/0001/2345/0006/7890.png",
        "12/12345/67890.png",
        "67890/12345/12.png",
        "200200331021.png",
        "L12/R00010932/C00003039.png",
      ],
    );
  });

  it("gives each layout's path for (1234567, 87654321, 9)", () => {
    const key = { x: 1234567, y: 87654321, level: 9 };
    assert.deepEqual(
      ["tc", "mp", "tms", "reverse_tms", "arcgis"].map((name) => layout(name).path(key, "png")),
      [
        "09/001/234/567/087/654/321.png",
        "09/0123/4567/8765/4321.png",
        "9/1234567/87654321.png",
        "87654321/1234567/9.png",
        "L09/R05397fb1/C0012d687.png",
      ],
    );
    assert.equal(layout("quadkey").path({ x: 3, y: 4, level: 2 }, "png"), "11.png");
  });

  it("does not cut numbers that are wider than their field", () => {
    const key = { x: 12_345_678_901, y: 0, level: 100 };
    assert.equal(layout("tc").path(key, "png"), "100/12345/678/901/000/000/000.png");
    assert.equal(layout("mp").path(key, "png"), "100/1234567/8901/0000/0000.png");
    assert.equal(layout("arcgis").levelDirectory?.(100), "L100");
  });

  it("caches 31: gives the root tile of quadkey no name", () => {
    assert.equal(layout("quadkey").path({ x: 0, y: 0, level: 0 }, "png"), ".png");
  });

  it("names the directory of a level by the layout's own width", () => {
    assert.deepEqual(
      NAMES.map((name) => layout(name).levelDirectory?.(2)),
      ["02", "02", "2", undefined, undefined, "L02"],
    );
  });

  it("finds the tile of each path again, and never two tiles in one", () => {
    for (const name of NAMES) {
      fc.assert(
        fc.property(fc.nat(22), fc.nat(), fc.nat(), (level, a, b) => {
          const key = { x: a % 2 ** level, y: b % 2 ** level, level };
          const path = layout(name).path(key, "png");
          assert.deepEqual(layout(name).parse(path, "png"), key, path);
          assert.equal(layout(name).parse(path, "jpeg"), undefined);
        }),
      );
    }
  });

  it("takes no other file for a tile", () => {
    for (const path of ["single_color_tiles/fe0004.png", "1/2/3.png.tmp-1", "a/1/2.png", ""]) {
      for (const name of NAMES) assert.equal(layout(name).parse(path, "png"), undefined, path);
    }
  });

  it("is undefined for a name that is none", () => {
    assert.equal(layoutNamed("constructor"), undefined);
  });
});

describe("layouts and the reference's recorded answers", () => {
  it("each path, and each directory of a level", () => {
    const path = (name: string) => ({
      [`cache.path.tile_location_${name === "arcgis" ? "arcgiscache" : name}`]: ({
        args: [{ tile }, extension],
      }: Vector) => layout(name).path({ x: tile[0], y: tile[1], level: tile[2] }, extension),
    });
    const counts = replay(recordedVectors().vectors, {
      ...path("tc"),
      ...path("mp"),
      ...path("tms"),
      ...path("quadkey"),
      ...path("arcgis"),
      "cache.path.dimensions_part": ({ args: [dimensions] }) =>
        dimensionPath(dimensions ?? undefined),
      // levels have no names here
      "cache.path.level_part": ({ args: [level] }) =>
        typeof level === "number" ? layout("tc").levelDirectory?.(level) : undefined,
    });
    assert.deepEqual(Object.values(counts), [71, 2, 2, 15, 4, 2, 12]);
  });
});
