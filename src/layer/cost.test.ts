import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RequestError } from "../core/errors.ts";
import { checkCost, mapCost } from "./cost.ts";

const TILE = [256, 256] as const;
const META = [4, 4] as const;

describe("mapCost()", () => {
  it("counts the mosaic once and the map three times, four bytes a pixel", () => {
    const { memory } = mapCost({ tiles: [3, 2], tileSize: TILE, size: [600, 400], metaTile: META });
    assert.equal(memory, 4 * (6 * 65_536 + 3 * 240_000));
  });

  it("counts what a cold tile asks for", () => {
    const one = mapCost({ tiles: [1, 1], tileSize: TILE, size: TILE, metaTile: [1, 1] });
    assert.equal(one.subrequests, 6);
  });

  it("never counts more meta tiles than tiles, and grows with the map", () => {
    let before = 0;
    for (let side = 1; side < 30; side++) {
      const { subrequests } = mapCost({
        tiles: [side, side],
        tileSize: TILE,
        size: TILE,
        metaTile: META,
      });
      assert.ok(subrequests > before && subrequests <= 6 * side * side);
      before = subrequests;
    }
  });
});

describe("checkCost()", () => {
  const budget = { memory: 96 * 2 ** 20, subrequests: 900 };

  it("lets through what a screen asks for", () => {
    checkCost(mapCost({ tiles: [17, 10], tileSize: TILE, size: [3840, 2160], metaTile: META }), {
      ...budget,
      memory: 160 * 2 ** 20,
    });
    checkCost(
      mapCost({ tiles: [9, 6], tileSize: TILE, size: [1920, 1080], metaTile: META }),
      budget,
    );
  });

  it("says what is too much", () => {
    assert.throws(
      () => checkCost({ memory: 200 * 2 ** 20, subrequests: 1 }, budget),
      (error) =>
        error instanceof RequestError &&
        error.message ===
          "Cannot draw a map this large: it takes up to 200 MiB of memory, and 96 MiB are there; ask for fewer pixels",
    );
    assert.throws(
      () => checkCost({ memory: 1, subrequests: 1000 }, budget),
      /takes up to 1000 requests to stores and sources, and 900 are allowed/,
    );
  });

  it("has no limit where the runtime has none", () => {
    checkCost({ memory: Number.MAX_VALUE, subrequests: Number.MAX_VALUE }, undefined);
  });
});
