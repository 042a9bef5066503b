import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testContext, testPlatform } from "../../test/platform.ts";
import { CacheError, LockTimeout } from "../core/errors.ts";
import { systemClock } from "../runtime/local.ts";
import { runCrew } from "./crew.ts";

/** Does `count` jobs; `work` gets the number of the job and of the try. */
async function crew(
  count: number,
  work: (item: number, attempt: number) => Promise<void>,
  options: { concurrency?: number; retries?: number } = {},
) {
  const { clock } = testPlatform();
  const tries = new Map<number, number>();
  const waits: number[] = [];
  const done: number[] = [];
  const givenUp: number[] = [];
  let next = 0;
  const ended = await runCrew<number>(
    {
      concurrency: options.concurrency ?? 1,
      retries: options.retries ?? 3,
      clock,
      next: () => (next < count ? next++ : undefined),
      work: async (item) => {
        tries.set(item, (tries.get(item) ?? 0) + 1);
        await work(item, tries.get(item)!);
      },
      failed: (_item, _error, { wait }) => void waits.push(wait),
      finished: (item, error) => void (error ? givenUp : done).push(item),
    },
    testContext(),
  );
  return { ended, waits, done, givenUp, next };
}
const fail = () => Promise.reject(new CacheError("c", "write", new Error("disk full")));

describe("runCrew()", () => {
  it("seeding 30: tries a failed job again after 2, 4, 8 s, and goes on with others meanwhile", async () => {
    const work = (item: number, attempt: number) =>
      item === 1 && attempt < 4 ? fail() : Promise.resolve();
    const { ended, waits, done } = await crew(6, work, { concurrency: 2 });
    assert.equal(ended, true);
    assert.deepEqual(waits, [2, 4, 8]);
    assert.equal(done.at(-1), 1);
    assert.equal(done.length, 6);
  });

  it("an upstream that fails for every tenth job: those are given up, the rest is done", async () => {
    const work = (item: number) => (item % 10 === 9 ? fail() : Promise.resolve());
    const { done, givenUp } = await crew(100, work, { concurrency: 2, retries: 1 });
    assert.equal(done.length, 90);
    assert.ok(givenUp.every((item) => item % 10 === 9));
  });

  it("stops when everything fails, without having begun all", async () => {
    const { ended, next } = await crew(1000, fail, { concurrency: 3, retries: 2 });
    assert.equal(ended, false);
    assert.ok(next < 20);
  });

  it("hears that it is to stop, though no job ever waits for anything", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("interrupted")), 20);
    const endless = runCrew<number>(
      {
        concurrency: 2,
        retries: 0,
        clock: systemClock,
        next: () => 1,
        work: async () => {},
        failed: () => assert.fail(),
        finished: () => {},
      },
      { ...testContext(), signal: stop.signal },
    );
    await assert.rejects(endless, /interrupted/);
  });

  it("waits for locks without counting", async () => {
    const work = (_item: number, attempt: number) =>
      attempt < 500 ? Promise.reject(new LockTimeout("l", 1)) : Promise.resolve();
    const { done, waits } = await crew(1, work);
    assert.deepEqual([done, waits], [[0], []]);
  });

  it("throws what is a bug", async () => {
    await assert.rejects(
      crew(1, () => Promise.reject(new TypeError("x"))),
      TypeError,
    );
  });
});
