import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { cacheDeps, diskPlatform } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { memoryFiles, testContext, testPlatform } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { CacheError } from "../core/errors.ts";
import type { StoredTile } from "../model/cache.ts";
import { type CacheDeps, ConfigFault } from "../model/define.ts";
import type { Files, RandomAccessFile } from "../platform/platform.ts";
import { compactCache } from "./compact.ts";

const ctx = testContext();
const open = async (version: number, deps: CacheDeps, directory?: string) =>
  await compactCache.create({ type: "compact", version, directory }, deps);

for (const version of [1, 2]) {
  let count = 0;
  const memory = testPlatform({ files: memoryFiles() });
  tileCacheContract(`compact version ${version} (in memory)`, () =>
    open(version, cacheDeps(`/m${count++}`, { platform: memory })),
  );
}

/** A tile of `size` bytes. */
const sized = (size: number): StoredTile => pngTile(...new Array(size - 8).fill(size % 256));
const view = (path: string) => {
  const bytes = readFileSync(path);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
};
/** The twelve numbers of a version 1 header. */
const headerV1 = (at: DataView) => [
  ...[0, 4, 8, 12].map((i) => at.getUint32(i, true)),
  ...[16, 24, 32].map((i) => Number(at.getBigUint64(i, true))),
  ...[40, 44, 48, 52, 56].map((i) => at.getUint32(i, true)),
];

describe("compact cache", () => {
  it("names bundles after their first row and column", async () => {
    for (const version of [1, 2]) {
      const directory = scratch();
      const cache = await open(version, cacheDeps(directory));
      await cache.put({ x: 5000, y: 1000, level: 12 }, pngTile(1), ctx);
      const files = readdirSync(`${directory}/tiles/g/L12`).sort();
      assert.deepEqual(
        files,
        version === 1 ? ["R0380C1380.bundle", "R0380C1380.bundlx"] : ["R0380C1380.bundle"],
      );
    }
  });

  it("lies in exactly the directory that is configured, for one grid only", async () => {
    const directory = scratch();
    await (await open(2, cacheDeps(directory), "./d")).put(
      { x: 0, y: 0, level: 0 },
      pngTile(1),
      ctx,
    );
    assert.ok(existsSync(`${directory}/conf/d/L00/R0000C0000.bundle`));
    await assert.rejects(open(2, cacheDeps(directory, { gridCount: 2 }), "./d"), ConfigFault);
  });

  it("refuses other versions", async () => {
    await assert.rejects(
      open(3, cacheDeps("/")),
      (error) =>
        error instanceof ConfigFault &&
        error.message === "compact cache only supports version 1 or 2",
    );
  });

  it("caches 41: counts tiles and bytes in the header of version 1", async () => {
    const directory = scratch();
    const cache = await open(1, cacheDeps(directory));
    const path = `${directory}/tiles/g/L12/R0380C1380.bundle`;
    const at = (x: number) => ({ x, y: 1000, level: 12 });
    await cache.put(at(5000), sized(4000), ctx);
    await cache.put(at(5001), sized(6000), ctx);
    await cache.put(at(5002), sized(1000), ctx);
    assert.deepEqual(headerV1(view(path)), [
      3,
      16384,
      6000,
      5,
      12,
      65596 + 4004 + 6004 + 1004,
      40,
      16,
      896,
      1023,
      4992,
      5119,
    ]);
    await cache.put(at(5000), sized(3000), ctx);
    const [, , largest, , count, size] = headerV1(view(path));
    assert.deepEqual([largest, count, size], [6000, 12, 65596 + 4004 + 6004 + 1004 + 3004]);
    assert.equal(statSync(path).size, size);
  });

  it("caches 42: has the index of version 1 column by column, of version 2 row by row", async () => {
    const directory = scratch();
    const key = { x: 128 + 3, y: 5, level: 9 };
    await (await open(1, cacheDeps(directory), "v1")).put(key, pngTile(1), ctx);
    await (await open(2, cacheDeps(directory), "v2")).put(key, pngTile(1), ctx);
    const index = view(`${directory}/conf/v1/L09/R0000C0080.bundlx`);
    assert.equal(index.byteLength, 81952);
    for (const i of [0, 1, 3 * 128 + 4, 3 * 128 + 6, 5 * 128 + 3]) {
      assert.equal(index.getUint32(16 + 5 * i, true), 60 + 4 * i);
    }
    assert.equal(index.getUint32(16 + 5 * (3 * 128 + 5), true), 65596);
    const hex = (bytes: Uint8Array) =>
      Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    const raw = readFileSync(`${directory}/conf/v1/L09/R0000C0080.bundlx`);
    assert.equal(hex(raw.subarray(0, 16)), "03000000100000000040000005000000");
    assert.equal(hex(raw.subarray(-16)), "00000000100000001000000000000000");
    const bundle = view(`${directory}/conf/v2/L09/R0000C0080.bundle`);
    assert.equal(bundle.getUint32(64 + 8 * (3 + 128 * 5), true), 131140);
    assert.equal(bundle.getUint32(64 + 8 * (5 + 128 * 3), true), 4);
  });

  it("caches 43: packs offset and size of version 2 in 40 and 24 bits, after the header", async () => {
    const directory = scratch();
    const cache = await open(2, cacheDeps(directory));
    await cache.put({ x: 0, y: 0, level: 0 }, sized(10), ctx);
    const path = `${directory}/tiles/g/L00/R0000C0000.bundle`;
    const bytes = readFileSync(path);
    assert.deepEqual([...bytes.subarray(64, 72)], [0x44, 0, 2, 0, 0, 0x0a, 0, 0]);
    assert.deepEqual([...bytes.subarray(72, 80)], [4, 0, 0, 0, 0, 0, 0, 0]);
    const at = view(path);
    assert.deepEqual(
      [0, 4, 8, 12].map((i) => at.getUint32(i, true)),
      [3, 16384, 10, 5],
    );
    assert.deepEqual(
      [16, 24, 32].map((i) => Number(at.getBigUint64(i, true))),
      [0, 131136 + 14, 40],
    );
    assert.deepEqual(
      [40, 44, 48, 52, 56, 60].map((i) => at.getUint32(i, true)),
      [131092, 3, 16, 16384, 5, 131072],
    );
    assert.equal(at.getUint32(131136, true), 10);
  });

  it("caches 44: makes no files by reading, looking and removing", async () => {
    for (const version of [1, 2]) {
      const directory = scratch();
      const cache = await open(version, cacheDeps(directory));
      const key = { x: 0, y: 0, level: 0 };
      await cache.get(key, ctx);
      await cache.getMany!([key], ctx);
      await cache.delete(key, ctx);
      await cache.deleteLevel?.(0, undefined, ctx);
      assert.deepEqual(readdirSync(directory), []);
    }
  });

  it("does not make the bundle of an index that lies there alone", async () => {
    const directory = scratch();
    const cache = await open(1, cacheDeps(directory), "d");
    const key = { x: 0, y: 0, level: 0 };
    await cache.put(key, pngTile(1), ctx);
    const { rmSync } = await import("node:fs");
    rmSync(`${directory}/conf/d/L00/R0000C0000.bundle`);
    assert.equal(await cache.get(key, ctx), undefined);
    assert.deepEqual(readdirSync(`${directory}/conf/d/L00`), ["R0000C0000.bundlx"]);
  });

  it("refuses a tile that does not fit the size field of version 2", async () => {
    const cache = await open(2, cacheDeps(scratch()));
    const tile = { ...pngTile(1), bytes: new Uint8Array(2 ** 24) };
    await assert.rejects(cache.put({ x: 0, y: 0, level: 0 }, tile, ctx), CacheError);
  });

  it("threat T15: serves the old tile or the new one wherever a writer is killed", async () => {
    const [before, after] = [sized(500), sized(700)];
    const key = { x: 7, y: 9, level: 3 };
    for (const version of [1, 2]) {
      for (let writes = 0; writes < 4; writes++) {
        const platform = testPlatform({ files: memoryFiles() });
        const cache = await open(version, cacheDeps("/m", { platform }));
        await cache.put(key, before, ctx);
        const dying = { ...platform, files: killedAfter(platform.files, writes) };
        const killed = await open(version, cacheDeps("/m", { platform: dying }));
        await killed.put(key, after, ctx).catch(() => undefined);
        const found = (await cache.get(key, ctx))?.bytes.length;
        assert.ok(found === 500 || found === 700, `${found} after ${writes} writes`);
        await cache.put({ ...key, x: 8 }, before, ctx);
        await cache.put(key, after, ctx);
        assert.deepEqual((await cache.get(key, ctx))?.bytes, after.bytes);
        assert.deepEqual((await cache.get({ ...key, x: 8 }, ctx))?.bytes, before.bytes);
      }
    }
  });

  it("threat T15: takes a tile beyond the end of its bundle for a missing one", async () => {
    for (const version of [1, 2]) {
      const directory = scratch();
      const cache = await open(version, cacheDeps(directory), "d");
      const key = { x: 0, y: 0, level: 0 };
      await cache.put(key, sized(500), ctx);
      const path = `${directory}/conf/d/L00/R0000C0000.bundle`;
      truncateSync(path, statSync(path).size - 1);
      assert.equal(await cache.get(key, ctx), undefined);
      writeFileSync(path, "garbage");
      assert.equal(await cache.get(key, ctx), undefined);
    }
  });

  it("keeps the tiles of writers that write one bundle at the same time", async () => {
    for (const version of [1, 2]) {
      const directory = scratch();
      const caches = await Promise.all(
        [0, 1].map(() => open(version, cacheDeps(directory, { platform: diskPlatform() }))),
      );
      const keys = Array.from({ length: 12 }, (_, x) => ({ x, y: 0, level: 4 }));
      await Promise.all(keys.map((key) => caches[key.x % 2]!.put(key, pngTile(key.x), ctx)));
      const found = await caches[0]!.getMany!(keys, ctx);
      assert.deepEqual(
        found.map((tile) => tile?.bytes.at(-1)),
        keys.map(({ x }) => x),
      );
      assert.ok(!readdirSync(`${directory}/tiles/g/L04`).some((name) => name.endsWith(".lck")));
    }
  });

  it("caches 58: applies permissions to bundles and new directories", async () => {
    const directory = scratch();
    const deps = cacheDeps(directory, { fileMode: 0o640, directoryMode: 0o750 });
    await (await open(1, deps, "d")).put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx);
    const bits = (path: string) => statSync(`${directory}/conf/d/L00/${path}`).mode & 0o777;
    assert.deepEqual(
      ["", "R0000C0000.bundle", "R0000C0000.bundlx"].map(bits),
      [0o750, 0o640, 0o640],
    );
  });
});

/** Files whose random writes fail after the first `count`, as if the process were killed. */
function killedAfter(files: Files, count: number): Files {
  let left = count;
  const open: Files["open"] = async (path, options) => {
    const file = await files.open(path, options);
    const dying: RandomAccessFile | undefined = file && {
      ...file,
      write: (offset, bytes) =>
        left-- > 0 ? file.write(offset, bytes) : Promise.reject(new Error("killed")),
    };
    return dying;
  };
  return { ...files, open };
}
