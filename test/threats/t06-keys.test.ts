/** T6: two tiles, and two values, never have one key in a store. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layoutNamed } from "../../src/cache/layout.ts";
import { anyValue, pathOf } from "./values.ts";

describe("T6: dimension values in paths", () => {
  it("are different for different values", () => {
    const dimensions = fc.record({ time: anyValue, elevation: anyValue });
    fc.assert(
      fc.property(dimensions, dimensions, (a, b) => {
        const [one, other] = [pathOf({ ...a }), pathOf({ ...b })];
        if (one === undefined || other === undefined) return;
        const same = a.time === b.time && a.elevation === b.elevation;
        assert.equal(one === other, same, JSON.stringify([a, b]));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("T6: tiles in every layout", () => {
  for (const name of ["tc", "mp", "tms", "reverse_tms", "quadkey", "arcgis"]) {
    it(`${name}: another path for another tile`, () => {
      const layout = layoutNamed(name);
      assert.ok(layout);
      const coord = fc.integer({ min: 0, max: 20 }).chain((level) =>
        fc.record({
          level: fc.constant(level),
          x: fc.integer({ min: 0, max: 2 ** level - 1 }),
          y: fc.integer({ min: 0, max: 2 ** level - 1 }),
        }),
      );
      fc.assert(
        fc.property(coord, coord, (a, b) => {
          const same = a.x === b.x && a.y === b.y && a.level === b.level;
          assert.equal(layout.path(a, "png") === layout.path(b, "png"), same);
          assert.deepEqual(layout.parse(layout.path(a, "png"), "png"), { ...a });
        }),
        { numRuns: 3000 },
      );
    });
  }
});
