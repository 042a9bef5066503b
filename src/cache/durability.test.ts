/** What several processes that write at once, and processes that are killed, leave in the stores on disk. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { keyOf, openStore, versionOf, versionTile } from "../../test/store-writer.ts";

const STORES = [
  { type: "file" },
  { type: "file", directory_layout: "tms" },
  { type: "mbtiles" },
  { type: "mbtiles", sqlite_wal: true },
  { type: "mbtiles", sqlite_wal: false },
  { type: "sqlite" },
  { type: "geopackage" },
  { type: "compact", version: 1 },
  { type: "compact", version: 2 },
] as const;

/** Processes that are killed for each store; 200 before a release. */
const KILLS = Number(process.env.RHUMB_KILLS ?? 3);

const ctx = testContext();

/** A process that writes versions `first` up to `last`, exclusive. */
function writer(store: object, directory: string, first: number, last?: number): ChildProcess {
  const program = fileURLToPath(new URL("../../test/store-writer.ts", import.meta.url));
  const args = [program, JSON.stringify(store), directory, String(first)];
  if (last !== undefined) args.push(String(last));
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check", ...args] : args;
  return spawn(process.execPath, run, { stdio: ["ignore", "pipe", "inherit"] });
}

function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part) => {
      text += part;
      if (text.includes(word)) resolve();
    });
    child.once("exit", () => reject(new Error(`ended without "${word}": ${text}`)));
  });
}

for (const store of STORES) {
  describe(`${JSON.stringify(store)} on disk`, () => {
    it("eight writers in two processes lose no tile and meet no locked database", async () => {
      const directory = scratch();
      const writers = [0, 32].map((first) => writer(store, directory, first, first + 32));
      await Promise.all(writers.map((child) => said(child, "done")));
      const cache = await openStore(store, directory);
      for (let n = 0; n < 64; n++) {
        const found = await cache.get(keyOf(n), ctx);
        assert.deepEqual(found?.bytes, versionTile(n).bytes, `tile ${n}`);
      }
      await cache.close?.();
    });

    it("threat T15: a process that is killed leaves no tile that cannot be read", async () => {
      const directory = scratch();
      for (let round = 0; round < KILLS; round++) {
        const child = writer(store, directory, 1 + round * 1_000_000);
        await said(child, "writing");
        // each round at another moment of its writing
        await new Promise((done) => setTimeout(done, 20 + ((round * 37) % 100)));
        const ended = new Promise((done) => child.once("exit", done));
        child.kill("SIGKILL");
        await ended;
        const cache = await openStore(store, directory);
        let tiles = 0;
        for (let n = 0; n < 64; n++) {
          const found = await cache.get(keyOf(n), ctx);
          if (!found) continue;
          tiles++;
          const version = versionOf(found.bytes);
          assert.deepEqual(keyOf(version), keyOf(n), `tile ${n} in round ${round}`);
          assert.deepEqual(found.bytes, versionTile(version).bytes, `tile ${n} in round ${round}`);
        }
        assert.ok(tiles >= 8, "it was killed while it wrote");
        await cache.put(keyOf(0), versionTile(64), ctx);
        assert.deepEqual((await cache.get(keyOf(0), ctx))?.bytes, versionTile(64).bytes);
        await cache.close?.();
      }
    });
  });
}
