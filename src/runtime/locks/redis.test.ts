import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { gate, locksContract } from "../../../test/contract/locks.ts";
import { freePort } from "../../../test/e2e/server.ts";
import { silentLog } from "../../../test/platform.ts";
import type { Log } from "../../core/context.ts";
import type { Locks } from "../../platform/platform.ts";
import { systemClock } from "../local.ts";
import { memoryLocks } from "./memory.ts";
import { redisLocks } from "./redis.ts";

const installed = spawnSync("redis-server", ["--version"]).status === 0;
const skip = installed ? false : "redis-server is not installed";
let port = 0;

/** A machine of its own: it shares nothing with others but the server. */
function machine(more: { lease?: number; log?: Log } = {}): Locks {
  return redisLocks(`redis://127.0.0.1:${port}`, {
    clock: systemClock,
    log: silentLog,
    local: memoryLocks(),
    ...more,
  });
}

describe("redisLocks()", { skip }, () => {
  let server: ChildProcess | undefined;
  before(async () => {
    port = await freePort();
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", ""];
    server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((ready) => {
      server?.stdout?.on("data", (part) => String(part).includes("Ready to accept") && ready());
    });
  });
  after(() => server?.kill("SIGKILL"));

  locksContract("two machines", async () => [machine(), machine()]);

  it("threat T17: a lock whose owner died ends with its lease, one that lives is renewed", async () => {
    const cli = ["-p", String(port), "SET", "rhumb-lock:dead", "token of the dead", "PX", "200"];
    assert.equal(spawnSync("redis-cli", cli).status, 0);
    assert.equal(await machine().withLock("dead", 5000, async () => "in"), "in");

    const held = gate();
    let isHeld = true;
    const first = machine({ lease: 150 }).withLock("alive", 5000, async () => {
      held.open();
      await new Promise((done) => setTimeout(done, 600));
      isHeld = false;
    });
    await held.opened;
    await machine().withLock("alive", 5000, async () => assert.equal(isHeld, false));
    await first;
  });

  it("does not release a lock that has gone to somebody else", async () => {
    await machine().withLock("lost", 1000, async () => {
      spawnSync("redis-cli", ["-p", String(port), "SET", "rhumb-lock:lost", "other"]);
    });
    const { stdout } = spawnSync("redis-cli", ["-p", String(port), "GET", "rhumb-lock:lost"]);
    assert.equal(String(stdout).trim(), "other");
  });
});

describe("redisLocks() without a server", () => {
  it("does the work under the machine's own lock, and says so once", async () => {
    port = await freePort();
    const said: string[] = [];
    const locks = machine({ log: { ...silentLog, warn: (event) => void said.push(event) } });
    let inside = 0;
    const work = async () => {
      assert.equal(++inside, 1, "alone");
      await new Promise((done) => setTimeout(done, 1));
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => locks.withLock("a", 5000, work)));
    assert.deepEqual(said, ["lock-server-lost"]);
  });
});
