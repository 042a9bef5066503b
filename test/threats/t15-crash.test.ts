/**
 * T15: processes that are killed in the middle of writing, over all stores on disk.
 *
 * RHUMB_CRASH_RUNS says how many are killed in all (default 8): 1000 before a release. What each tile must be then is
 * tested in src/cache/durability.test.ts; here the files are looked at with the eyes of other programs.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { testContext } from "../platform.ts";
import { scratch } from "../scratch.ts";
import { keyOf, openStore, versionOf, versionTile } from "../store-writer.ts";

const STORES = [
  { type: "file" },
  { type: "mbtiles" },
  { type: "sqlite" },
  { type: "geopackage" },
  { type: "compact", version: 1 },
  { type: "compact", version: 2 },
] as const;
const KILLS = Math.ceil(Number(process.env.RHUMB_CRASH_RUNS ?? 8) / STORES.length);

const ctx = testContext();

/** Lets a process write versions from `first` on, and kills it `after` ms. */
async function killWriter(store: object, directory: string, o: { first: number; after: number }) {
  const program = fileURLToPath(new URL("../store-writer.ts", import.meta.url));
  const args = [program, JSON.stringify(store), directory, String(o.first)];
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check", ...args] : args;
  const child = spawn(process.execPath, run, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", () => reject(new Error("it ended before it wrote")));
  });
  await new Promise((done) => setTimeout(done, o.after));
  child.kill("SIGKILL");
  await ended;
}

const filesOf = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

for (const store of STORES) {
  describe(`T15: ${JSON.stringify(store)}, killed ${KILLS} times while it is written`, () => {
    it("has whole tiles, a sound database, and no lock or half file of the dead", {
      timeout: 60_000 + KILLS * 5000,
    }, async () => {
      const directory = scratch();
      for (let round = 0; round < KILLS; round++) {
        const first = 1 + round * 1_000_000;
        await killWriter(store, directory, { first, after: (round * 37) % 120 });
      }
      const cache = await openStore(store, directory);
      let tiles = 0;
      for (let n = 0; n < 64; n++) {
        const found = await cache.get(keyOf(n), ctx);
        if (!found) continue;
        tiles++;
        assert.deepEqual(found.bytes, versionTile(versionOf(found.bytes)).bytes, `tile ${n}`);
        await cache.put(keyOf(n), versionTile(n), ctx);
      }
      assert.ok(tiles >= 8, `${tiles} tiles`);
      await cache.close?.();
      const files = filesOf(directory);
      for (const path of files.filter((name) => /\.(mbtiles?|gpkg)$/.test(name))) {
        const database = new DatabaseSync(path, { readOnly: true });
        const [row] = database.prepare("PRAGMA integrity_check").all();
        database.close();
        assert.deepEqual({ ...row }, { integrity_check: "ok" }, path);
      }
      const left = files.filter((name) => /\.lck$|\.owner$/.test(name));
      // who is killed before it has written its name leaves an empty file, which nothing waits for
      const inTheWay = left.filter((name) => name.endsWith(".lck") || statSync(name).size > 0);
      assert.deepEqual(inTheWay, [], "no lock outlives its owner");
    });
  });
}
