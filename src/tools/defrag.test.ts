import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { cacheDeps } from "../../test/cache-deps.ts";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { runTool } from "../../test/tools.ts";
import { compactCache } from "../cache/compact.ts";
import { localPlatform } from "../runtime/local.ts";
import { defragCompactCache } from "./defrag.ts";

const ctx = testContext();
const tile = (length: number, value: number) => ({
  bytes: new Uint8Array(length).fill(value),
  format: "png" as const,
  timestamp: undefined,
});
const KEY = { x: 3, y: 4, level: 3 };
const OTHER = { x: 5, y: 1, level: 3 };
const GONE = { x: 1, y: 1, level: 1 };

/** A cache with a bundle that is two thirds waste, and one without any tile. */
async function setUp(version: number) {
  const directory = scratch();
  const platform = localPlatform();
  const cache = await compactCache.create(
    { type: "compact", version, directory: `${directory}/tiles` },
    cacheDeps(directory, { platform }),
  );
  for (const value of [1, 2, 3]) await cache.put(KEY, tile(700_000, value), ctx);
  await cache.put(OTHER, tile(1000, 9), ctx);
  await cache.put(GONE, tile(2_000_000, 1), ctx);
  await cache.delete(GONE, ctx);
  writeFileSync(
    `${directory}/m.yaml`,
    `services: {tms: }
caches:
  c: {grids: [GLOBAL_MERCATOR], sources: [], cache: {type: compact, version: ${version}, directory: tiles}}
  f: {grids: [GLOBAL_MERCATOR], sources: []}
`,
  );
  const run = (...argv: string[]) =>
    runTool(defragCompactCache, ["-f", "m.yaml", ...argv], {
      platform,
      workingDirectory: directory,
    });
  return { directory, cache, run };
}

for (const version of [1, 2]) {
  describe(`defragCompactCache(), version ${version}`, () => {
    it("seeding 46: writes bundles anew without what is gone; empty bundles removed", async () => {
      const { directory, cache, run } = await setUp(version);
      const { code, out } = await run();
      assert.equal(code, 0);
      const lines = out.split("\n");
      assert.equal(lines.length, 2);
      assert.match(
        lines[0]!,
        /^\[.*\] c: {3}1\/2 \(.*\/L01\/R0000C0000\.bundle\) fragmentation is 9\d\.\d% \(1953kb\) - defragmenting$/,
      );
      assert.match(lines[1]!, / fragmentation is 6\d\.\d% \(1367kb\) - defragmenting$/);
      assert.deepEqual(
        readdirSync(`${directory}/tiles/L01`).filter((name) => name.includes(".bundl")),
        [],
      );
      assert.ok(statSync(`${directory}/tiles/L03/R0000C0000.bundle`).size < 840_000);
      assert.deepEqual((await cache.get(KEY, ctx))?.bytes, tile(700_000, 3).bytes);
      assert.deepEqual((await cache.get(OTHER, ctx))?.bytes, tile(1000, 9).bytes);
      assert.equal(await cache.get(GONE, ctx), undefined);
      assert.ok(!existsSync(`${directory}/tiles/tmp_defrag.bundle`));
    });

    it("seeding 46: thresholds both required, dry-run", async () => {
      const { directory, run } = await setUp(version);
      const before = statSync(`${directory}/tiles/L03/R0000C0000.bundle`).size;
      for (const argv of [
        ["--min-percent", "99"],
        ["--min-mb", "2"],
      ]) {
        const { out } = await run(...argv);
        assert.equal(out.match(/- skipping$/gm)?.length, 2, argv.join(" "));
      }
      const { out } = await run("-n");
      assert.equal(out.match(/- defragmenting$/gm)?.length, 2);
      assert.equal(statSync(`${directory}/tiles/L03/R0000C0000.bundle`).size, before);
    });

    it("unknown caches, no configuration: exit 1", async () => {
      const { run } = await setUp(version);
      const { code, out } = await run("--caches", "c,f,x");
      assert.deepEqual([code, out], [1, "unknown caches: f, x\navailable compact caches: c"]);
      assert.equal((await runTool(defragCompactCache, [])).code, 1);
    });
  });
}
