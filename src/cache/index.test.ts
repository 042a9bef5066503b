import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { cacheTypes } from "./index.ts";

describe("cacheTypes", () => {
  it("names each kind once, and by the type that its options ask for", () => {
    const names = cacheTypes.map(({ type }) => type);
    assert.equal(new Set(names).size, names.length);
    for (const { type, options } of cacheTypes) {
      assert.equal(options.entries.type.literal, type);
      assert.equal(v.safeParse(options, { type: "other" }).success, false);
    }
  });

  it("caches 49: has no riak", () => {
    assert.ok(!cacheTypes.some(({ type }) => (type as string) === "riak"));
  });

  it("needs no option but the version of compact and the binding of r2", () => {
    const needed = cacheTypes
      .filter(({ type, options }) => !v.safeParse(options, { type }).success)
      .map(({ type }) => type);
    assert.deepEqual(needed, ["compact", "r2"]);
  });
});
