import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sightings } from "./sightings.ts";

describe("Sightings", () => {
  it("knows again what came among the last ones", () => {
    const sightings = new Sightings<string>(3);
    assert.deepEqual(
      ["a", "b", "a", "c", "a"].map((key) => sightings.isAgain(key)),
      [false, false, true, false, true],
    );
    sightings.isAgain("d"); // one too many
    assert.equal(sightings.isAgain("a"), false);
  });

  it("forgets", () => {
    const sightings = new Sightings<string>(3);
    sightings.isAgain("a");
    sightings.forget("a");
    assert.equal(sightings.isAgain("a"), false);
    sightings.clear();
    assert.equal(sightings.isAgain("a"), false);
  });
});
