import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "./arithmetic.ts";

describe("evaluate()", () => {
  // Values as Python gives them.
  for (const [text, value] of [
    ["360/256", 1.40625],
    ["2 ** 3 ** 2", 512],
    ["-2**2", -4],
    ["2**-1", 0.5],
    ["(1 + 2) * 3 - 4 % 3", 8],
    ["-7 // 2", -4],
    ["-7 % 3", 2],
    ["1e3*.5", 500],
  ] as const) {
    it(`${text} is ${value}`, () => assert.equal(evaluate(text), value));
  }

  for (const text of ["", "1+", "(1", "1)", "process.exit()", "1/0", "1 2", "(".repeat(1e5)]) {
    it(`refuses "${text.slice(0, 20)}"`, () => assert.throws(() => evaluate(text), RangeError));
  }
});
