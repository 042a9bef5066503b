import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { joinJson } from "./json.ts";

describe("joinJson()", () => {
  it("services-wms 47: merges objects, appends lists, and lets the last value win", () => {
    assert.equal(
      joinJson(['{"a": [1], "b": {"c": 1, "d": 2}}', "{}", "null", '{"a": [2], "b": {"c": "é"}}']),
      '{"a": [1, 2], "b": {"c": "\\u00e9", "d": 2}}',
    );
    assert.equal(joinJson(["[]", "0", '""', "{}"]), "{}");
  });

  it("leaves out what is no JSON", () => {
    assert.equal(joinJson(["<html>", '{"a": 1}', "{"]), '{"a": 1}');
  });

  it("loses no value of a single document", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 4 })),
        (value) => {
          assert.deepEqual(
            JSON.parse(joinJson([JSON.stringify(value)])),
            JSON.parse(JSON.stringify(value)),
          );
        },
      ),
    );
  });

  it("T23: a member named __proto__ is a member", () => {
    const joined = joinJson(['{"__proto__": {"a": 1}}', '{"__proto__": {"b": 2}}']);
    assert.equal(joined, '{"__proto__": {"a": 1, "b": 2}}');
    assert.equal(({} as { a?: number }).a, undefined);
  });

  it("T2: endless nesting is left out, not followed", () => {
    assert.equal(joinJson(["[".repeat(1e6) + "]".repeat(1e6), '{"a": "[[["}']), '{"a": "[[["}');
  });
});
