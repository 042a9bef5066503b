import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CacheError, RequestError } from "../../src/core/errors.ts";
import type { StoredTile, TileCache, TileKey } from "../../src/model/cache.ts";
import { testContext } from "../platform.ts";

/** A tile whose bytes begin like a PNG file and end with `content`. */
export function pngTile(...content: number[]): StoredTile {
  const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...content);
  return { bytes, format: "png", timestamp: undefined };
}

/** A tile whose bytes begin like a JPEG file and end with `content`. */
export function jpegTile(...content: number[]): StoredTile {
  const bytes = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, ...content);
  return { bytes, format: "jpeg", timestamp: undefined };
}

/**
 * What every tile cache must do. A kind's test calls this and adds only its own oddities.
 *
 * @param open an empty cache of PNG tiles, a new one at each call
 */
export function tileCacheContract(name: string, open: () => Promise<TileCache>): void {
  describe(`${name} keeps the tile-cache contract`, () => {
    const ctx = testContext();
    const key = { x: 5, y: 3, level: 3 };
    const opened = async (work: (cache: TileCache) => Promise<void>): Promise<void> => {
      const cache = await open();
      try {
        await work(cache);
      } finally {
        await cache.close?.();
      }
    };

    it("get() is undefined for a tile never put", () =>
      opened(async (cache) => {
        assert.equal(await cache.get(key, ctx), undefined);
        assert.equal(await cache.stat?.(key, ctx), undefined);
        assert.deepEqual((await cache.getMany?.([key], ctx)) ?? [undefined], [undefined]);
      }));

    it("get() returns the very bytes that were put", () =>
      opened(async (cache) => {
        const tile = pngTile(0, 255, 10, 13);
        await cache.put(key, tile, ctx);
        const found = await cache.get(key, ctx);
        assert.deepEqual(found?.bytes, tile.bytes);
        assert.equal(found?.format, "png");
      }));

    it("tells what the bytes are, whatever the format of the cache", () =>
      opened(async (cache) => {
        await cache.put(key, jpegTile(1), ctx);
        assert.equal((await cache.get(key, ctx))?.format, "jpeg");
      }));

    it("does not keep the array that was put", () =>
      opened(async (cache) => {
        const whole = Uint8Array.of(9, 9, ...pngTile(7).bytes, 9, 9);
        const bytes = whole.subarray(2, whole.length - 2);
        await cache.put(key, { bytes, format: "png", timestamp: undefined }, ctx);
        assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(7).bytes);
      }));

    it("put() replaces", () =>
      opened(async (cache) => {
        await cache.put(key, pngTile(1, 2, 3, 4), ctx);
        await cache.put(key, pngTile(2), ctx);
        assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(2).bytes);
      }));

    it("keeps x, y and level apart", () =>
      opened(async (cache) => {
        await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
        for (const other of [
          { x: 0, y: 1, level: 1 },
          { x: 1, y: 0, level: 2 },
          { x: 0, y: 0, level: 1 },
        ]) {
          assert.equal(await cache.get(other, ctx), undefined);
        }
      }));

    it("takes an empty tile for a missing one", () =>
      opened(async (cache) => {
        await cache.put(key, { ...pngTile(), bytes: new Uint8Array(0) }, ctx).catch((error) => {
          assert.ok(error instanceof CacheError, "a store may refuse it");
        });
        assert.equal(await cache.get(key, ctx), undefined);
      }));

    it("delete() removes one tile, and an absent one is no error", () =>
      opened(async (cache) => {
        await cache.put(key, pngTile(1), ctx);
        await cache.put({ ...key, x: 6 }, pngTile(2), ctx);
        await cache.delete(key, ctx);
        await cache.delete(key, ctx);
        assert.equal(await cache.get(key, ctx), undefined);
        assert.deepEqual((await cache.get({ ...key, x: 6 }, ctx))?.bytes, pngTile(2).bytes);
      }));

    it("stat() agrees with get()", () =>
      opened(async (cache) => {
        await cache.put(key, pngTile(1), ctx);
        const stat = cache.stat ? await cache.stat(key, ctx) : await cache.get(key, ctx);
        const tile = await cache.get(key, ctx);
        assert.equal(stat?.timestamp, tile?.timestamp);
        assert.equal(tile?.timestamp !== undefined, cache.keepsTimestamps);
      }));

    it("getMany() answers in the order of the keys, also for many and for gaps", () =>
      opened(async (cache) => {
        if (!cache.getMany || !cache.putMany) return;
        const tiles = Array.from(
          { length: 700 },
          (_, i) => [{ x: i % 30, y: Math.floor(i / 30), level: 9 }, pngTile(i % 256)] as const,
        );
        await cache.putMany(tiles, ctx);
        const keys: TileKey[] = [...tiles.map(([at]) => at), { x: 400, y: 400, level: 9 }];
        const found = await cache.getMany(keys.toReversed(), ctx);
        assert.equal(found[0], undefined);
        assert.deepEqual(
          found.slice(1).map((tile) => tile?.bytes.at(-1)),
          tiles.map((_, i) => i % 256).toReversed(),
        );
      }));

    it("keeps what was put, in any order of puts and deletes", () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              x: fc.nat(300),
              y: fc.nat(300),
              level: fc.integer({ min: 0, max: 12 }),
              content: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 })),
            }),
            { maxLength: 12 },
          ),
          (steps) =>
            opened(async (cache) => {
              const model = new Map<string, [TileKey, StoredTile | undefined]>();
              for (const { level, content, ...at } of steps) {
                const [x, y] = [at.x % 2 ** level, at.y % 2 ** level];
                const tile = content ? pngTile(...content) : undefined;
                if (tile) await cache.put({ x, y, level }, tile, ctx);
                else await cache.delete({ x, y, level }, ctx);
                model.set(`${level}/${x}/${y}`, [{ x, y, level }, tile]);
              }
              for (const [at, tile] of model.values()) {
                assert.deepEqual((await cache.get(at, ctx))?.bytes, tile?.bytes);
              }
            }),
        ),
        { numRuns: 8 },
      ));

    it("keys() lists the tiles of a level, deleteLevel() removes them and no others", () =>
      opened(async (cache) => {
        const level2 = [0, 1, 2, 3].map((x) => ({ x, y: x % 2, level: 2 }));
        for (const at of [...level2, { x: 0, y: 0, level: 1 }, { x: 200, y: 150, level: 12 }]) {
          await cache.put(at, pngTile(at.x), ctx);
        }
        if (cache.keys) {
          const listed: string[] = [];
          for await (const { x, y } of cache.keys(2, ctx)) listed.push(`${x}/${y}`);
          assert.deepEqual(listed.sort(), ["0/0", "1/1", "2/0", "3/1"]);
        }
        if (!cache.deleteLevel) return;
        await cache.deleteLevel(2, undefined, ctx);
        for (const at of level2) assert.equal(await cache.get(at, ctx), undefined);
        assert.ok(await cache.get({ x: 0, y: 0, level: 1 }, ctx));
        assert.ok(await cache.get({ x: 200, y: 150, level: 12 }, ctx));
        await cache.deleteLevel(2, undefined, ctx);
        await cache.put(level2[0]!, pngTile(8), ctx);
        assert.ok(await cache.get(level2[0]!, ctx));
      }));

    it("caches 32: keeps dimension values apart, and refuses those that leave their place", () =>
      opened(async (cache) => {
        assert.equal(cache.keepsDimensions, true);
        const at = (dimensions: Record<string, string>): TileKey => ({ ...key, dimensions });
        const first = at({ time: "2020-01-01T00:00:00Z" });
        const second = at({ time: "2020-01-02T00:00:00Z", dim_level: "a/b c" });
        const absent = at({ time: "2020-01-03T00:00:00Z" });
        const read = async (of: TileKey) => (await cache.get(of, ctx))?.bytes.at(-1);
        await cache.put(first, pngTile(2), ctx);
        assert.equal(await read(key), undefined);
        await cache.put(key, pngTile(1), ctx);
        await cache.put(second, pngTile(3), ctx);
        assert.deepEqual([await read(key), await read(first), await read(second)], [1, 2, 3]);
        assert.equal(await read(absent), undefined);
        assert.equal(await cache.stat?.(absent, ctx), undefined);
        if (cache.stat) assert.ok(await cache.stat(second, ctx));
        await cache.putMany?.([[absent, pngTile(4)]], ctx);
        if (cache.putMany && cache.getMany) {
          const found = await cache.getMany([absent, key, second, first], ctx);
          assert.deepEqual(
            found.map((tile) => tile?.bytes.at(-1)),
            [4, 1, 3, 2],
          );
        }
        await cache.delete(first, ctx);
        assert.deepEqual(
          [await read(key), await read(first), await read(second)],
          [1, undefined, 3],
        );
        for (const time of ["../../x", "a//b", ""]) {
          await assert.rejects(cache.put(at({ time }), pngTile(5), ctx), RequestError);
          await assert.rejects(cache.get(at({ time }), ctx), RequestError);
        }
      }));
  });
}
