/** T17: locks whose owners are dead, gone or slow, seen from a proxy that wants the tile. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { scratch } from "../scratch.ts";
import { oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const TILE = "/wmts/cached/GLOBAL_WEBMERCATOR/1/1/0.png";

/** The proxy, and the name of the lock of `TILE`, as it is while the tile is made. */
async function started(): Promise<{
  lockName: string;
  open(directory: string): Promise<ProxyApp>;
  close(): Promise<void>;
}> {
  const upstream = await hostileUpstream(100);
  // the name of a lock holds that of the cache's directory
  const base = scratch();
  const open = (directory: string) =>
    proxy(
      oneSource(`${upstream.url}/good`).replace(
        "base_dir: cache_data",
        `base_dir: "${base}", tile_lock_dir: "${directory}"`,
      ),
    );
  const directory = scratch();
  const app = await open(directory);
  const answer = app.get(TILE);
  let lockName = "";
  for (let tries = 0; lockName === "" && tries < 100; tries++) {
    lockName = readdirSync(directory).find((name) => name.endsWith(".lck")) ?? "";
    await new Promise((done) => setTimeout(done, 2));
  }
  assert.notEqual(lockName, "", "the tile is made under a lock");
  assert.equal((await answer).status, 200);
  await app.close();
  rmSync(base, { recursive: true });
  assert.deepEqual(readdirSync(directory), [], "no lock outlives the request");
  return { lockName, open, close: () => upstream.close() };
}

describe("T17: the lock of a tile", () => {
  it("of a process that was killed is taken over at once", { timeout: 60_000 }, async () => {
    const { lockName, open, close } = await started();
    const directory = scratch();
    await killedHolder(directory, lockName.replace(/\.lck$/, ""));
    assert.ok(readdirSync(directory).includes(lockName), "the killed process left it");
    const app = await open(directory);
    assert.equal((await app.get(TILE)).status, 200);
    await app.close();
    await close();
    assert.deepEqual(readdirSync(directory), []);
  });

  it("of nobody is taken over after the lease, whatever the clocks say", {
    timeout: 60_000,
  }, async () => {
    const now = Date.now() / 1000;
    await Promise.all(
      [1_000_000, now, now - 3600, now + 3600].map(async (time) => {
        const { lockName, open, close } = await started();
        const directory = scratch();
        // such as another program writes, or what remains of a file renamed over NFS
        writeFileSync(join(directory, lockName), "");
        utimesSync(join(directory, lockName), time, time);
        const app = await open(directory);
        assert.equal((await app.get(TILE)).status, 200);
        await app.close();
        await close();
        assert.deepEqual(readdirSync(directory), []);
      }),
    );
  });

  it("that is a directory costs no map", { timeout: 60_000 }, async () => {
    const { lockName, open, close } = await started();
    const directory = scratch();
    mkdirSync(join(directory, lockName));
    const app = await open(directory);
    assert.equal((await app.get(TILE)).status, 200);
    assert.ok(statSync(join(directory, lockName)).isDirectory());
    assert.equal(app.log.filter((line) => line.includes("locks-failed")).length, 1);
    await app.close();
    await close();
  });
});

/** Leaves the lock `name` in `directory` as a process does that is killed while it holds it. */
async function killedHolder(directory: string, name: string): Promise<void> {
  const source = fileURLToPath(new URL("../../src/runtime/locks/file.ts", import.meta.url));
  const script = join(scratch(), "holder.ts");
  writeFileSync(
    script,
    `import { fileLocks } from ${JSON.stringify(source)};
     const clock = { now: () => Date.now(), sleep: async () => {} };
     fileLocks(${JSON.stringify(directory)}, clock).withLock(${JSON.stringify(name)}, 1000, async () => {
       console.log("held");
       await new Promise((done) => setTimeout(done, 60_000));
     });`,
  );
  const args = "Deno" in globalThis ? ["run", "-A", "--no-check", script] : [script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((done) => child.stdout.once("data", () => done()));
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await ended;
}
