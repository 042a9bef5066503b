import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GLOBAL_WEBMERCATOR } from "../grid/well-known.ts";
import { chosenLevels } from "./levels.ts";

const choose = (choice: Parameters<typeof chosenLevels>[1]) =>
  chosenLevels(GLOBAL_WEBMERCATOR, choice);

describe("chosenLevels()", () => {
  it("seeding 7: 1.4: a list is sorted, without doubles and without levels that do not exist", () => {
    assert.deepEqual(choose({ levels: [-10, 3, 1, 3, 5, 7, 50] }), [1, 3, 5, 7]);
  });
  it("seeding 7: 1.4: a range has open ends and is cut to the grid", () => {
    assert.deepEqual(choose({ levels: { from: 17, to: 99 } }), [17, 18, 19]);
    assert.deepEqual(choose({ levels: { to: 2 } }), [0, 1, 2]);
    assert.equal(choose({}).length, 20);
  });
  it("seeding 7: 1.4: resolutions become the nearest levels", () => {
    assert.deepEqual(choose({ resolutions: [1000, 100, 500] }), [8, 9, 11]);
    assert.deepEqual(choose({ resolutions: { from: 1000, to: 100 } }), [8, 9, 10, 11]);
    assert.deepEqual(choose({ resolutions: [1222.99] }), [7]);
  });
  it("seeding 8: levels win over resolutions, unless they are empty", () => {
    assert.deepEqual(choose({ levels: [1], resolutions: [1000] }), [1]);
    assert.deepEqual(choose({ levels: [], resolutions: [1000] }), [8]);
  });
});
