import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { gate, locksContract } from "../../../test/contract/locks.ts";
import { scratch } from "../../../test/scratch.ts";
import { LockTimeout } from "../../core/errors.ts";
import type { Clock } from "../../platform/platform.ts";
import { fileLocks } from "./file.ts";
import { lockFileName } from "./file-name.ts";
import { formatOwner, isAlive, newToken, type Owner, ownOwner } from "./owner.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/** A clock that moves only when somebody sleeps. */
function fakeTime() {
  const time = { now: 0 };
  const fake: Clock = {
    now: () => 1_700_000_000_000,
    sleep: async (ms) => {
      time.now += ms;
    },
  };
  return { time, clock: fake, elapsed: () => time.now };
}

locksContract("fileLocks() of one process", async () => {
  const locks = fileLocks(`${scratch()}/locks`, clock);
  return [locks, locks];
});
locksContract("fileLocks() of two holders", async () => {
  const directory = `${scratch()}/tile/locks`;
  return [fileLocks(directory, clock), fileLocks(directory, clock)];
});

/** A number that no process has: above the largest that Linux gives. */
const NOBODY = 2 ** 22 + 1;

/** Leaves a lock as a killed owner would. */
function leaveLock(directory: string, name: string, owner: Owner): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/${owner.token}.owner`, formatOwner(owner));
  linkSync(`${directory}/${owner.token}.owner`, `${directory}/${name}.lck`);
}

describe("fileLocks()", () => {
  it("caches 54: names the file after the lock", async () => {
    const directory = scratch();
    await fileLocks(directory, clock).withLock("0af3-4-8-5", 1000, async () => {
      assert.ok(readdirSync(directory).includes("0af3-4-8-5.lck"));
    });
  });

  it("caches 55: leaves no file in the directory after unlocking", async () => {
    const directory = scratch();
    const locks = fileLocks(directory, clock);
    await Promise.all(["a", "b", "a"].map((name) => locks.withLock(name, 9000, async () => {})));
    await assert.rejects(locks.withLock("c", 1000, () => Promise.reject(new Error("x"))));
    assert.deepEqual(readdirSync(directory), []);
  });

  it("threat T17: takes over from a dead owner at once", async () => {
    const directory = scratch();
    const { time, clock: fake, elapsed } = fakeTime();
    leaveLock(directory, "a", { ...ownOwner(), pid: NOBODY });
    await fileLocks(directory, fake, { elapsed }).withLock("a", 1000, async () => {});
    assert.equal(time.now, 0, "without a pause");
    assert.deepEqual(readdirSync(directory), []);
  });

  it("threat T17: knows a process number that has gone to another process", async () => {
    const directory = scratch();
    const { clock: fake, elapsed } = fakeTime();
    const self = ownOwner();
    if (self.start === "") return; // the system does not tell when a process began
    leaveLock(directory, "a", { ...self, start: "1", token: newToken() });
    await fileLocks(directory, fake, { elapsed }).withLock("a", 1000, async () => {});
  });

  it("threat T17: waits for a living owner however long that takes", async () => {
    const directory = scratch();
    const { clock: fake, elapsed } = fakeTime();
    leaveLock(directory, "a", ownOwner());
    const waiting = fileLocks(directory, fake, { elapsed, lease: 100 });
    await assert.rejects(
      waiting.withLock("a", 20_000, async () => {}),
      LockTimeout,
    );
  });

  it("threat T17: gives an owner in another container the lease, whatever the clocks say", async () => {
    for (const modified of [new Date(0), new Date(), new Date(4e12)]) {
      const directory = scratch();
      const { time, clock: fake, elapsed } = fakeTime();
      leaveLock(directory, "a", { ...ownOwner(), scope: "abcdef", pid: process.pid });
      if (modified.getTime() > 0) utimesSync(`${directory}/a.lck`, modified, modified);
      const locks = fileLocks(directory, fake, { elapsed, lease: 10_000 });
      await locks.withLock("a", 60_000, async () => {});
      if (modified.getTime() > 0) assert.ok(time.now > 10_000 && time.now < 11_000, `${time.now}`);
    }
  });

  it("threat T17: does not take over while the other container's files are touched", async () => {
    const directory = scratch();
    const { time, elapsed } = fakeTime();
    leaveLock(directory, "a", { ...ownOwner(), scope: "abcdef" });
    const touching: Clock = {
      now: () => 0,
      sleep: async (ms) => {
        time.now += ms;
        utimesSync(`${directory}/a.lck`, time.now / 1000, 1e9 + time.now / 1000);
      },
    };
    const locks = fileLocks(directory, touching, { elapsed, lease: 1000 });
    await assert.rejects(
      locks.withLock("a", 30_000, async () => {}),
      LockTimeout,
    );
  });

  it("threat T17: does not stumble over files that another program has left", async () => {
    const directory = scratch();
    const { clock: fake, elapsed } = fakeTime();
    writeFileSync(`${directory}/a.lck`, " 4711\n");
    writeFileSync(`${directory}/b.lck`, "");
    const locks = fileLocks(directory, fake, { elapsed });
    for (const name of ["a", "b"]) {
      assert.equal(await locks.withLock(name, 60_000, async () => name), name);
    }
  });

  it("lets one in only when many find the same dead lock", async () => {
    for (let round = 0; round < 10; round++) {
      const directory = scratch();
      const dead = { ...ownOwner(), pid: NOBODY };
      leaveLock(directory, "a", dead);
      if (round % 2) {
        // one of the waiters was killed while it took over
        leaveLock(directory, `a.lck.${dead.token}`, { ...ownOwner(), pid: NOBODY });
      }
      let inside = 0;
      await Promise.all(
        Array.from({ length: 6 }, () =>
          fileLocks(directory, clock).withLock("a", 60_000, async () => {
            assert.equal(++inside, 1);
            await clock.sleep(1);
            inside--;
          }),
        ),
      );
    }
  });

  it("sweeps what killed processes left, and nothing else", async () => {
    const directory = scratch();
    leaveLock(directory, "dead", { ...ownOwner(), pid: NOBODY });
    const living = ownOwner();
    leaveLock(directory, "living", living);
    writeFileSync(`${directory}/readme`, "x");
    await fileLocks(directory, clock).withLock("other", 1000, async () => {});
    assert.deepEqual(
      readdirSync(directory).sort(),
      [`${living.token}.owner`, "living.lck", "readme"].sort(),
    );
  });

  it("threat T17: a process that is killed with the lock holds up nobody", async () => {
    const directory = scratch();
    const held = gate();
    const source = fileURLToPath(new URL("./file.ts", import.meta.url));
    const program = `
      import { fileLocks } from ${JSON.stringify(source)};
      const clock = { now: () => 0, sleep: async () => {} };
      fileLocks(${JSON.stringify(directory)}, clock).withLock("a", 1000, async () => {
        console.log("held");
        await new Promise((done) => setTimeout(done, 60000));
      });`;
    const script = `${scratch()}/holder.ts`;
    writeFileSync(script, program);
    const args = "Deno" in globalThis ? ["run", "-A", script] : [script];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => held.open());
    await held.opened;
    const locks = fileLocks(directory, clock);
    await assert.rejects(
      locks.withLock("a", 30, async () => {}),
      LockTimeout,
    );
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    assert.equal(await locks.withLock("a", 1000, async () => "mine"), "mine");
    assert.deepEqual(readdirSync(directory), []);
  });
});

describe("lockFileName()", () => {
  it("threat T5: is injective, short and safe for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (name) => {
        const file = lockFileName(name);
        assert.match(file, /^[\w%-][\w%.~-]*$|^~[0-9a-f]{40}$/);
        assert.ok(file.length <= 120);
        const plain = file.includes("~") ? undefined : decodeURIComponent(file);
        if (plain !== undefined) assert.equal(plain, name);
      }),
    );
    assert.notEqual(lockFileName("x".repeat(500)), lockFileName(`${"x".repeat(500)}x`));
  });
});

describe("isAlive()", () => {
  it("is true for us and undefined for another scope", async () => {
    const self = ownOwner();
    // where the system does not say when a process began, nobody can tell
    assert.equal(await isAlive(ownOwner(), self), self.start === "" ? undefined : true);
    assert.equal(await isAlive({ ...self, scope: "00" }, self), undefined);
  });
});
