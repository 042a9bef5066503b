import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../test/platform.ts";
import { pacedFetch } from "./pace.ts";

const answer = (status: number, headers: Record<string, string> = {}) =>
  (async () => new Response("x", { status, headers })) as unknown as typeof fetch;

describe("pacedFetch()", () => {
  it("keeps to a rate for each server", async () => {
    const platform = testPlatform();
    const paced = pacedFetch(answer(200), platform.clock, { rate: 10, maxRequests: undefined });
    for (let i = 0; i < 11; i++) await paced("http://a/");
    assert.equal(platform.time, 1000);
    await paced("http://b/");
    assert.equal(platform.time, 1000);
  });

  it("leaves a server alone for as long as it asks", async () => {
    for (const status of [429, 503]) {
      const platform = testPlatform();
      const busy = pacedFetch(answer(status, { "retry-after": "7" }), platform.clock, {
        rate: undefined,
        maxRequests: 4,
      });
      await busy("http://a/");
      await busy("http://a/");
      assert.equal(platform.time, 7000);
    }
  });

  it("never has more requests under way than allowed, and fewer after a complaint", async () => {
    const { clock } = testPlatform();
    let running = 0;
    let most = 0;
    let status = 200;
    const slow = (async () => {
      most = Math.max(most, ++running);
      for (let i = 0; i < 5; i++) await Promise.resolve();
      running--;
      return new Response("x", { status });
    }) as unknown as typeof fetch;
    const paced = pacedFetch(slow, clock, { rate: undefined, maxRequests: 4 });
    const burst = () => Promise.all(Array.from({ length: 12 }, () => paced("http://a/")));
    await burst();
    assert.equal(most, 4);
    status = 429;
    await paced("http://a/");
    await paced("http://a/");
    status = 200;
    most = 0;
    await Promise.all([paced("http://a/"), paced("http://a/"), paced("http://a/")]);
    assert.ok(most < 3, `${most} at a time`);
  });
});
