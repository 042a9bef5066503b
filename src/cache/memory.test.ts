import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cacheDeps } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { testContext, testPlatform } from "../../test/platform.ts";
import { memoryCache } from "./memory.ts";

const open = async (max_bytes: number) =>
  await memoryCache.create(
    { type: "memory", max_bytes },
    cacheDeps("/", { platform: testPlatform() }),
  );

tileCacheContract("memory", () => open(1e6));

describe("memory cache", () => {
  const ctx = testContext();

  it("forgets the tile that was used longest ago when it is full", async () => {
    const cache = await open(1000);
    const put = (x: number) => cache.put({ x, y: 0, level: 9 }, pngTile(x), ctx);
    const has = async (x: number) => (await cache.get({ x, y: 0, level: 9 }, ctx)) !== undefined;
    await put(0);
    for (let x = 1; x < 5; x++) {
      await put(x);
      assert.ok(await has(0), "in use");
    }
    assert.equal(await has(1), false);
    assert.ok(await has(4));
  });

  it("does not keep a tile larger than all it may hold", async () => {
    const cache = await open(1000);
    await cache.put({ x: 1, y: 0, level: 9 }, pngTile(1), ctx);
    await cache.put({ x: 0, y: 0, level: 9 }, pngTile(...new Array(2000).fill(1)), ctx);
    assert.equal(await cache.get({ x: 0, y: 0, level: 9 }, ctx), undefined);
    assert.ok(await cache.get({ x: 1, y: 0, level: 9 }, ctx));
  });
});
