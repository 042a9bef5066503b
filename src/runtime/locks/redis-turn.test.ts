import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { createClient } from "redis";
import { gate } from "../../../test/contract/locks.ts";
import { freePort } from "../../../test/e2e/server.ts";
import { formatOwner, newToken, type Owner, ownOwner } from "./owner.ts";
import { takeTurn } from "./redis-turn.ts";

const installed = spawnSync("redis-server", ["--version"]).status === 0;
const skip = installed ? false : "redis-server is not installed";

describe("takeTurn()", { skip }, () => {
  let server: ChildProcess | undefined;
  let client: ReturnType<typeof createClient>;
  before(async () => {
    const port = await freePort();
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", ""];
    server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((ready) => {
      server?.stdout?.on("data", (part) => String(part).includes("Ready to accept") && ready());
    });
    client = createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
  });
  after(() => {
    client?.destroy();
    server?.kill("SIGKILL");
  });
  const other = (changes: Partial<Owner> = {}): Owner => ({
    ...ownOwner(),
    token: newToken(),
    ...changes,
  });

  it("one at a time, and nothing stays behind", async () => {
    let inside = 0;
    const work = async () => {
      assert.equal(++inside, 1);
      await new Promise((done) => setTimeout(done, 20));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => takeTurn({ client, key: "one" }, work)));
    assert.equal(await client.get("one"), null);
  });

  it("a dead owner of this machine does not block", async () => {
    const dead = spawnSync("true").pid;
    await client.set("dead", formatOwner(other({ pid: dead, start: "1" })));
    assert.equal(await takeTurn({ client, key: "dead" }, async () => "in"), "in");
  });

  it("a dead owner of another machine blocks for its lease at most", async () => {
    const expiration = { type: "PX", value: 300 } as const;
    await client.set("far", formatOwner(other({ scope: "0123456789ab" })), { expiration });
    assert.equal(await takeTurn({ client, key: "far" }, async () => "in"), "in");
  });

  it("a living owner keeps its turn for longer than the lease", async () => {
    const began = gate();
    let isHeld = true;
    const first = takeTurn(
      { client, key: "alive" },
      async () => {
        began.open();
        await new Promise((done) => setTimeout(done, 700));
        isHeld = false;
      },
      { lease: 150 },
    );
    await began.opened;
    const far = other({ scope: "0123456789ab" });
    await takeTurn({ client, key: "alive" }, async () => assert.equal(isHeld, false), {
      self: far,
    });
    await first;
  });

  it("gives back only its own", async () => {
    const key = "lost";
    await takeTurn({ client, key }, async () => {
      await client.set(key, "somebody else");
    });
    assert.equal(await client.get(key), "somebody else");
  });
});
