import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Lru } from "./lru.ts";

describe("Lru", () => {
  it("lets go first what was not used since room was last needed", () => {
    const lru = new Lru<string, number>(3);
    for (const [i, key] of ["a", "b", "c"].entries()) lru.set(key, i);
    lru.get("a");
    lru.set("d", 3);
    assert.deepEqual([...lru.keys()].sort(), ["a", "c", "d"]);
    lru.set("e", 4);
    assert.deepEqual([...lru.keys()].sort(), ["a", "d", "e"]);
  });

  it("takes what is new even where everything was used", () => {
    const lru = new Lru<string, number>(2);
    for (const key of ["a", "b"]) lru.set(key, 0);
    for (const key of ["a", "b", "a"]) lru.get(key);
    lru.set("c", 0);
    assert.deepEqual([...lru.keys()].sort(), ["b", "c"]);
  });

  it("never holds more than its limit, nor anything else than what was set last", () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 8 }),
      cost: fc.integer({ min: 0, max: 12 }),
      does: fc.constantFrom("set", "get", "delete"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = new Lru<number, { cost: number }>(10);
        const last = new Map<number, { cost: number }>();
        for (const { key, cost, does } of steps) {
          if (does === "set") {
            const value = { cost };
            lru.set(key, value, cost);
            last.set(key, value);
            if (cost <= 10) assert.equal(lru.get(key), value);
          } else if (does === "delete") lru.delete(key);
          else {
            const found = lru.get(key);
            assert.ok(found === undefined || found === last.get(key));
          }
          const held = [...lru.keys()].map((each) => last.get(each)!.cost);
          assert.ok(held.reduce((sum, each) => sum + each, 0) <= 10);
          assert.equal(held.length, lru.size);
        }
      }),
    );
  });
});
