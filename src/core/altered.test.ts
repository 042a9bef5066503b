import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { altered } from "./altered.ts";

class Asked {
  readonly query: string = "a=1";
  get length(): number {
    return this.query.length;
  }
  get method(): string {
    return "POST";
  }
}

describe("altered()", () => {
  it("changes what it is told, keeps what the class has, and leaves the original alone", () => {
    const original = new Asked();
    const changed = altered(original, { query: "a=1&b=2" });
    assert.deepEqual([changed.query, changed.length, changed.method], ["a=1&b=2", 7, "POST"]);
    assert.equal(original.query, "a=1");
    assert.equal(altered(original, { method: "GET" }).method, "GET");
  });
});
