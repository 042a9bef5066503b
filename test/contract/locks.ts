import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LockTimeout } from "../../src/core/errors.ts";
import type { Locks } from "../../src/platform/platform.ts";

/** A promise with its resolver: a gate that a test opens. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/**
 * What every {@linkcode Locks} must do.
 *
 * @param open two holders that share their locks (the same object, or two processes' views)
 */
export function locksContract(name: string, open: () => Promise<readonly [Locks, Locks]>): void {
  describe(`${name} keeps the locks contract`, () => {
    it("gives the result and the error of the work", async () => {
      const [locks] = await open();
      assert.equal(await locks.withLock("a", 1000, async () => 7), 7);
      await assert.rejects(
        locks.withLock("a", 1000, () => Promise.reject(new RangeError("no"))),
        RangeError,
      );
      assert.equal(await locks.withLock("a", 1000, async () => 8), 8, "released after an error");
    });

    it("lets one in at a time for equal names", async () => {
      const [one, other] = await open();
      let inside = 0;
      let most = 0;
      let runs = 0;
      const work = async () => {
        most = Math.max(most, ++inside);
        for (let i = 0; i < 5; i++) await Promise.resolve();
        await new Promise((done) => setTimeout(done, 0));
        inside--;
        runs++;
      };
      await Promise.all(
        Array.from({ length: 24 }, (_, i) => (i % 2 ? one : other).withLock("a", 60_000, work)),
      );
      assert.deepEqual([most, runs], [1, 24]);
    });

    it("does not let different names exclude each other", async () => {
      const [one, other] = await open();
      const inner = gate();
      const names = [
        "a",
        "A/b",
        "../a",
        "a%2Fb",
        "a/b",
        "",
        "ä",
        "x".repeat(300),
        `${"x".repeat(300)}y`,
      ];
      const holding = names.map((lock, i) =>
        (i % 2 ? one : other).withLock(lock, 60_000, async () => {
          if (i === names.length - 1) inner.open();
          await inner.opened;
        }),
      );
      await Promise.all(holding);
    });

    it("throws LockTimeout and does not run the work when it takes too long", async () => {
      const [one, other] = await open();
      for (const second of [one, other]) {
        const held = gate();
        const done = gate();
        const first = one.withLock("a", 1000, async () => {
          held.open();
          await done.opened;
        });
        await held.opened;
        await assert.rejects(
          second.withLock("a", 1, async () => assert.fail("got in")),
          LockTimeout,
        );
        done.open();
        await first;
        assert.equal(await second.withLock("a", 1000, async () => "free"), "free");
      }
    });
  });
}
