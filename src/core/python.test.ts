import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Float, pythonFloat, pythonLiteral } from "./python.ts";

describe("pythonFloat()", () => {
  // Right sides as Python's repr() gives them.
  for (const [value, text] of [
    [1.40625, "1.40625"],
    [180, "180.0"],
    [-20037508.342789244, "-20037508.342789244"],
    [8.583068847656231e-5, "8.583068847656231e-05"],
    [0.0001, "0.0001"],
    [0.00034332275390624935, "0.00034332275390624935"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.5e300, "1.5e+300"],
    [5e-324, "5e-324"],
    [-0, "-0.0"],
    [0, "0.0"],
    [Infinity, "inf"],
    [Number.NaN, "nan"],
  ] as const) {
    it(`${text}`, () => assert.equal(pythonFloat(value), text));
  }
});

describe("pythonLiteral()", () => {
  it("prints nested values as repr() does", () => {
    const value = { a: [1, 2.5, new Float(3), null, true], b: "it's", c: "\"'\n\\", d: {} };
    assert.equal(
      pythonLiteral(value),
      String.raw`{'a': [1, 2.5, 3.0, None, True], 'b': "it's", 'c': '"\'\n\\', 'd': {}}`,
    );
  });
});
