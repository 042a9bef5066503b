/** T25: stores of tiles that were made to harm: bundles, databases and files of garbage, seen from a proxy. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decode } from "../../src/image/codec.ts";
import { pngTile } from "../contract/tile-cache.ts";
import { testContext } from "../platform.ts";
import { scratch } from "../scratch.ts";
import { openStore } from "../store-writer.ts";
import { oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const ctx = testContext();
const KEY = { x: 3, y: 2, level: 4 };
const STORES = [
  { type: "file" },
  { type: "mbtiles" },
  { type: "geopackage" },
  { type: "compact", version: 1 },
  { type: "compact", version: 2 },
] as const;

/** All files below a directory. */
function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(lck|owner)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

for (const store of STORES) {
  describe(`T25: ${JSON.stringify(store)}`, () => {
    /** Reads all there is to read of a spoiled store: tiles or faults of the cache, nothing else. */
    async function assertHarmless(directory: string): Promise<void> {
      try {
        const cache = await openStore(store, directory);
        for (const key of [KEY, { ...KEY, x: 0 }, { ...KEY, x: 15, y: 15 }]) {
          const tile = await cache.get(key, ctx);
          assert.ok(tile === undefined || tile.bytes.length < 64 * 1024 * 1024);
        }
        let count = 0;
        for await (const _ of cache.keys?.(KEY.level, ctx) ?? []) if (++count > 200_000) break;
        assert.ok(count <= 200_000, "as many tiles as a level has at the most");
        await cache.close?.();
      } catch (error) {
        assert.equal((error as { code?: string }).code, "cache-failed", `${error}`);
      }
    }

    it("cut off anywhere, or overwritten by anything, gives a tile, none, or a fault of the cache", {
      timeout: 120_000,
    }, async () => {
      const clean = scratch();
      const cache = await openStore(store, clean);
      await cache.put(KEY, pngTile(...new Array(2000).fill(7)), ctx);
      await cache.close?.();
      const whole = filesOf(clean).map((path) => [path, readFileSync(path)] as const);
      await fc.assert(
        fc.asyncProperty(
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
          fc.boolean(),
          async (at, bytes, isCut) => {
            for (const [path, content] of whole) {
              const offset = Math.floor(at * content.length);
              writeFileSync(path, content);
              if (isCut) truncateSync(path, offset);
              else
                writeFileSync(
                  path,
                  Buffer.concat([
                    content.subarray(0, offset),
                    bytes,
                    content.subarray(offset + bytes.length),
                  ]),
                );
            }
            await assertHarmless(clean);
          },
        ),
        { numRuns: Number(process.env.RHUMB_FUZZ_RUNS ?? 25) },
      );
    });

    it("of nothing but ones or of nothing at all does no harm", async () => {
      for (const fill of [Buffer.alloc(0), Buffer.alloc(200_000, 0xff), Buffer.alloc(200_000)]) {
        const directory = scratch();
        const cache = await openStore(store, directory);
        await cache.put(KEY, pngTile(1), ctx);
        await cache.close?.();
        for (const path of filesOf(directory)) writeFileSync(path, fill);
        await assertHarmless(directory);
      }
    });
  });
}

describe("T25, weakness 16: a stored tile of zero bytes", () => {
  it("is none: it is made anew and replaced", async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(oneSource(`${upstream.url}/good`));
    const path = "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png";
    await app.get(path);
    const [file = ""] = filesOf(join(app.directory, "cache_data")).filter((name) =>
      name.endsWith(".png"),
    );
    truncateSync(file, 0);
    const response = await app.get(path);
    await decode(new Uint8Array(await response.arrayBuffer()));
    assert.ok(statSync(file).size > 0);
    assert.equal(upstream.asked.length, 2);
    await app.close();
    await upstream.close();
  });
});
