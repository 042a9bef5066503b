import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryLocks, silentLog, testPlatform } from "../../test/platform.ts";
import { LockTimeout } from "../core/errors.ts";
import type { Locks } from "../platform/platform.ts";
import { withSpareLocks } from "./spare-locks.ts";

/** The locks, and what they have logged. */
function open(withLock: Locks["withLock"]) {
  const events: string[] = [];
  const log = { ...silentLog, error: (event: string) => events.push(event) };
  const { clock } = testPlatform();
  return { events, locks: withSpareLocks({ withLock }, memoryLocks(), { clock, log }) };
}

describe("withSpareLocks()", () => {
  it("threat T14: works under the spare lock, once, if the lock cannot be taken, and says so once", async () => {
    const { locks, events } = open(() => Promise.reject(new Error("ENOSPC")));
    let inside = 0;
    let runs = 0;
    const work = async () => {
      assert.equal(++inside, 1, "one at a time");
      await Promise.resolve();
      inside--;
      return ++runs;
    };
    const results = [1, 2, 3].map(() => locks.withLock("a", 1000, work));
    assert.deepEqual(await Promise.all(results), [1, 2, 3]);
    assert.deepEqual(events, ["locks-failed"]);
  });

  it("threat T14: keeps the result if the lock cannot be released", async () => {
    const { locks, events } = open(async (_name, _timeout, work) => {
      await work();
      throw new Error("EROFS");
    });
    let runs = 0;
    assert.equal(await locks.withLock("a", 1000, async () => ++runs), 1);
    assert.equal(runs, 1);
    assert.deepEqual(events, ["locks-failed"]);
  });

  it("passes on the error of the work, and that a lock was not granted in time", async () => {
    const granted = open((_name, _timeout, work) => work());
    await assert.rejects(
      granted.locks.withLock("a", 1000, () => Promise.reject(new RangeError("no"))),
      RangeError,
    );
    const late = open((name, timeout) => Promise.reject(new LockTimeout(name, timeout)));
    await assert.rejects(
      late.locks.withLock("a", 1000, async () => 1),
      LockTimeout,
    );
    assert.deepEqual([...granted.events, ...late.events], []);
  });
});
