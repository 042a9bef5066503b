import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testContext, testPlatform } from "../../test/platform.ts";
import { HttpFailure } from "./failure.ts";
import { withRetries } from "./retry.ts";

function setUp(failures: readonly Error[]) {
  const platform = testPlatform();
  const pauses: number[] = [];
  const clock = {
    now: () => platform.time,
    sleep: async (ms: number) => {
      pauses.push(ms);
      platform.time += ms;
    },
  };
  const open = [...failures];
  const attempt = async (): Promise<string> => {
    const failure = open.shift();
    if (failure) throw failure;
    return "map";
  };
  const run = (retries: number, time = 60_000) =>
    withRetries(attempt, { retries, time, clock, random: () => 0.5 }, testContext());
  return { run, pauses, open };
}

const busy = () => new HttpFailure("status", "503", 503);

describe("withRetries()", () => {
  it("asks again after a failure that may pass, each time a little later", async () => {
    const { run, pauses } = setUp([busy(), new HttpFailure("network", "reset"), busy()]);
    assert.equal(await run(3), "map");
    assert.deepEqual(pauses, [125, 250, 500]);
  });

  it("throws the last failure when it has asked often enough", async () => {
    const { run, open } = setUp([busy(), busy(), busy()]);
    await assert.rejects(run(1), /503/);
    assert.equal(open.length, 1);
  });

  it("does not ask again what will fail again", async () => {
    for (const failure of [
      new HttpFailure("status", "404", 404),
      new HttpFailure("tls", "self-signed"),
      new HttpFailure("empty", "204 No Content", 204),
      new Error("bug"),
    ]) {
      const { run, pauses } = setUp([failure]);
      await assert.rejects(run(5));
      assert.deepEqual(pauses, []);
    }
  });

  it("ends in time", async () => {
    const { run, pauses } = setUp(Array.from({ length: 50 }, busy));
    await assert.rejects(run(50, 1000), /503/);
    assert.deepEqual(pauses, [125, 250, 500]);
  });
});
