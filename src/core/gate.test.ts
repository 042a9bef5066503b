import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RequestError } from "./errors.ts";
import { gate } from "./gate.ts";

const { signal } = new AbortController();
const isBusy = (error: unknown) => error instanceof RequestError && error.status === 503;

/** Works that go on until they are told to end. */
function works() {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const work = (id: number) => () => {
    started.push(id);
    return new Promise<number>((done) => ends.push(() => done(id)));
  };
  const settle = () => new Promise((done) => setTimeout(done, 0));
  return { started, ends, work, settle };
}

describe("gate()", () => {
  it("threat T21: lets so many in, the next in order, and sends away beyond the line", async () => {
    const { run } = gate({ atOnce: 2, waiting: 2, patience: 60_000 });
    const { started, ends, work, settle } = works();
    const all = [1, 2, 3, 4].map((id) => run(work(id), { signal }));
    await assert.rejects(run(work(5), { signal }), isBusy);
    await settle();
    assert.deepEqual(started, [1, 2]);
    ends[1]?.();
    await settle();
    assert.deepEqual(started, [1, 2, 3]);
    const late = run(work(6), { signal });
    ends[0]?.();
    ends[2]?.();
    await settle();
    assert.deepEqual(started, [1, 2, 3, 4, 6]);
    for (const end of ends) end();
    assert.deepEqual(await Promise.all([...all, late]), [1, 2, 3, 4, 6]);
  });

  it("weakness 13: works of one subject leave a quarter of the places to others", async () => {
    const { run } = gate({ atOnce: 4, waiting: 8, patience: 60_000 });
    const { started, ends, work, settle } = works();
    const hanging = [1, 2, 3, 4, 5].map((id) => run(work(id), { signal, subject: "slow" }));
    await settle();
    assert.deepEqual(started, [1, 2, 3]);
    const other = run(work(6), { signal, subject: "other" });
    const waits = run(work(7), { signal, subject: "other" });
    await settle();
    assert.deepEqual(started, [1, 2, 3, 6]);
    // the place of the other goes to the other, though the slow ones have waited for longer
    ends[3]?.();
    await settle();
    assert.deepEqual(started, [1, 2, 3, 6, 7]);
    ends[0]?.();
    await settle();
    assert.deepEqual(started, [1, 2, 3, 6, 7, 4]);
    for (let i = 0; i < ends.length; i++) {
      ends[i]?.();
      await settle();
    }
    assert.deepEqual(await Promise.all([...hanging, other, waits]), [1, 2, 3, 4, 5, 6, 7]);
  });

  it("lets the next in after a failure", async () => {
    const { run } = gate({ atOnce: 1, waiting: 1, patience: 60_000 });
    await assert.rejects(
      run(() => Promise.reject(new RangeError("no")), { signal }),
      RangeError,
    );
    assert.equal(await run(async () => 7, { signal }), 7);
  });

  it("forgets who waited too long, and who has gone", async () => {
    const { run } = gate({ atOnce: 1, waiting: 1, patience: 10 });
    const { started, ends, work, settle } = works();
    const first = run(work(1), { signal });
    await assert.rejects(run(work(2), { signal }), isBusy);
    const leaving = new AbortController();
    const gone = run(work(3), { signal: leaving.signal });
    leaving.abort(new Error("gone"));
    await assert.rejects(gone, /gone/);
    const next = run(work(4), { signal });
    ends[0]?.();
    await settle();
    ends[1]?.();
    assert.deepEqual([await first, await next], [1, 4]);
    assert.deepEqual(started, [1, 4]);
  });

  it("threat T21: is fair to clients: next is the one of whom the fewest go on", async () => {
    const { run } = gate({ atOnce: 2, waiting: 10, patience: 60_000 });
    const { started, ends, work, settle } = works();
    const all = [1, 2, 3, 4].map((id) => run(work(id), { signal, client: "flood" }));
    all.push(run(work(5), { signal, client: "other" }));
    ends[0]?.();
    await settle();
    assert.deepEqual(started, [1, 2, 5]);
    ends[2]?.();
    ends[1]?.();
    await settle();
    assert.deepEqual(started, [1, 2, 5, 3, 4]);
    for (const end of ends) end();
    await Promise.all(all);
  });

  it("threat T21: who floods the line gives place in it to others", async () => {
    const { run } = gate({ atOnce: 1, waiting: 3, patience: 60_000 });
    const { started, ends, work, settle } = works();
    const flood = [1, 2, 3, 4].map((id) => run(work(id), { signal, client: "flood" }));
    const other = run(work(5), { signal, client: "other" });
    await assert.rejects(flood[3] ?? Promise.resolve(), isBusy);
    await assert.rejects(run(work(6), { signal, client: "flood" }), isBusy);
    // one more would be as many as the flood has
    await assert.rejects(run(work(7), { signal, client: "other" }), isBusy);
    for (let i = 0; i < 4; i++) {
      ends[i]?.();
      await settle();
    }
    assert.deepEqual(started, [1, 5, 2, 3]);
    await Promise.all([...flood.slice(0, 3), other]);
  });
});
