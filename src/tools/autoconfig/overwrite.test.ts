import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PlainMap } from "../../config/plain.ts";
import { OverwriteFault, overwrite } from "./overwrite.ts";

const merge = (target: PlainMap, over: PlainMap) =>
  JSON.parse(JSON.stringify(overwrite(target, over)));

describe("overwrite()", () => {
  it("adds, merges and replaces", () => {
    assert.deepEqual(merge({ a: 1, b: { c: 1, d: 2 }, e: { f: 1 } }, { g: 3, b: { d: 4 }, e: 5 }), {
      a: 1,
      b: { c: 1, d: 4 },
      e: 5,
      g: 3,
    });
  });

  it("tools 27: `__all__` reaches every entry", () => {
    assert.deepEqual(merge({ a: "foo", b: { ba: 42, bb: {} } }, { __all__: { ba: 1 } }), {
      a: { ba: 1 },
      b: { ba: 1, bb: {} },
    });
  });

  it("tools 27: `__extend__` appends to a list, or makes it", () => {
    assert.deepEqual(merge({ a: "foo", b: ["ba"] }, { b__extend__: ["bb", "bc"] }), {
      a: "foo",
      b: ["ba", "bb", "bc"],
    });
    assert.deepEqual(merge({}, { b__extend__: [1] }), { b: [1] });
    for (const over of [{ a__extend__: [1] }, { b__extend__: 1 }]) {
      assert.throws(() => merge({ a: "foo" }, over), OverwriteFault);
    }
  });

  it("tools 27: wildcards match ends and beginnings, after plain keys and `__all__`", () => {
    const target = { osm_roads: { x: 1 }, osm_lakes: { x: 1 }, dem_roads: { x: 1 } };
    assert.deepEqual(
      merge(target, {
        ____roads: { x: 2 },
        osm____: { y: 3 },
        __all__: { x: 4, z: 5 },
        new_roads: {},
      }),
      {
        osm_roads: { x: 2, y: 3, z: 5 },
        osm_lakes: { x: 4, y: 3, z: 5 },
        dem_roads: { x: 2, z: 5 },
        new_roads: { x: 2, z: 5 },
      },
    );
  });

  it("leaves what it is given as it is", () => {
    const target = { a: { b: [1] } };
    merge(target, { a: { b__extend__: [2] }, __proto__: { c: 1 } });
    assert.deepEqual(target, { a: { b: [1] } });
  });
});
