import assert from "node:assert/strict";
import { normalize } from "node:path/posix";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RequestError } from "../core/errors.ts";
import { dimensionPath } from "./dimension-path.ts";
import { layoutNamed } from "./layout.ts";

const attempt = (dimensions: Record<string, string>): string | undefined => {
  try {
    return dimensionPath(dimensions);
  } catch (error) {
    assert.ok(error instanceof RequestError);
    assert.equal(error.message, "Dimension parameter value contains illegal characters");
    return undefined;
  }
};

describe("dimensionPath()", () => {
  it("caches 32: has plain names first, then dim_ names, each by code point", () => {
    assert.equal(
      dimensionPath({
        dim_reference_time: "2020-08-25T00:00:00Z",
        time: "2020-08-25T00:00:00Z",
        dim_level: "700",
      }),
      "time-2020-08-25T00:00:00Z/dim_level-700/dim_reference_time-2020-08-25T00:00:00Z/",
    );
    assert.equal(
      dimensionPath({ time: "1", TIME: "2", DIM_x: "3", dim_a: "4" }),
      "DIM_x-3/TIME-2/time-1/dim_a-4/",
    );
    assert.equal(dimensionPath({}), "");
    assert.equal(dimensionPath(undefined), "");
  });

  it("caches 32: rejects values that could leave the directory", () => {
    for (const value of [
      "../x",
      "..",
      "a//b",
      "2020/",
      "a/../b",
      "a\\..\\b",
      "..\\x",
      "./a",
      "a/./b",
      "",
      "a\0b",
      "x".repeat(300),
      "ä".repeat(150),
      "a/".repeat(400),
    ]) {
      assert.equal(attempt({ time: value }), undefined, value);
    }
    assert.equal(attempt({ "dim_../../x": "1" }), undefined);
    assert.equal(attempt({ "dim_a\\b": "1" }), undefined);
  });

  it("accepts sub-directories and ISO intervals", () => {
    for (const value of [
      "a/b",
      "2000-01-01/2001-01-01/P1Y",
      "2000-01-01T00:00:00.000Z/2001-01-01T00:00:00.000Z",
      "...",
      "current",
    ]) {
      assert.equal(attempt({ time: value }), `time-${value}/`);
    }
  });

  it("threat T6: never gives two sets of values one directory", () => {
    assert.equal(attempt({ time: "a/dim_x-b" }), undefined);
    assert.equal(attempt({ elevation: "1/time-2" }), undefined);
    assert.notEqual(attempt({ "dim_a-b": "c" }), attempt({ dim_a: "b-c" }));
    const key = fc.constantFrom("time", "elevation", "dim_a", "dim_a-b", "dim_b");
    const value = fc
      .array(fc.constantFrom("a", "b", "/", "-", "dim_a", "time", "..", ".png", "1", "\\"), {
        minLength: 1,
        maxLength: 6,
      })
      .map((parts) => parts.join(""));
    const dimensions = fc.dictionary(key, value, { maxKeys: 3 });
    fc.assert(
      fc.property(dimensions, dimensions, (a, b) => {
        const [first, second] = [attempt(a), attempt(b)];
        if (first === undefined || first !== second) return;
        assert.deepEqual(Object.entries(a).sort(), Object.entries(b).sort());
      }),
      { numRuns: 5000 },
    );
  });

  it("threat T5: stays below the cache directory, and no directory lies where a tile does", () => {
    const layout = layoutNamed("tms")!;
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (key, value) => {
        const path = attempt({ [`dim_${key}`]: value });
        if (path === undefined) return;
        assert.equal(normalize(`/root/${path}`), `/root/${path}`);
        assert.equal(layout.parse(path.slice(0, -1), "png"), undefined);
      }),
      { numRuns: 2000 },
    );
    assert.equal(attempt({ time: "2020/02/1/2.png" }), undefined);
  });
});
