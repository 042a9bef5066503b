import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pacedReads } from "./paced-reads.ts";

describe("pacedReads()", () => {
  /** Reads `count` times; `cost(i)` is what the i-th read at once takes in ms. */
  const run = async (count: number, cost: (i: number) => number) => {
    let time = 0;
    let atOnce = 0;
    const now = () => {
      time += cost(atOnce++);
      return "now";
    };
    const read = pacedReads<string>(
      now,
      async () => "later",
      () => time,
    );
    for (let i = 0; i < count; i++) await read("");
    return atOnce;
  };

  it("reads at once as long as that is quick", async () => {
    assert.equal(await run(1000, () => 0.01), 1000);
  });

  it("leaves almost all reads of a slow disk to the pool", async () => {
    assert.ok((await run(10_000, () => 8)) < 12);
  });

  it("comes back to reading at once after a slow spell", async () => {
    assert.ok((await run(10_000, (i) => (i < 4 ? 8 : 0.01))) > 9000);
  });

  it("reads in the pool what cannot be read at once", async () => {
    const read = pacedReads<string>(
      (path) => (path === "missing" ? undefined : "later"),
      async (path) => `${path} by the pool`,
      () => 0,
    );
    assert.equal(await read("large"), "large by the pool");
    assert.equal(await read("missing"), undefined);
  });
});
