import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PMTiles } from "pmtiles";
import { cacheDeps } from "../../test/cache-deps.ts";
import { pngTile } from "../../test/contract/tile-cache.ts";
import { memoryFiles, testContext, testPlatform } from "../../test/platform.ts";
import { CacheError } from "../core/errors.ts";
import type { TileCoord } from "../grid/grid.ts";
import { GLOBAL_GEODETIC, GLOBAL_MERCATOR, GLOBAL_WEBMERCATOR } from "../grid/well-known.ts";
import { createHttpClient } from "../http/create.ts";
import { ConfigFault } from "../model/define.ts";
import type { Files } from "../platform/platform.ts";
import { pmtilesCache } from "./pmtiles.ts";
import {
  type Entry,
  findEntry,
  gzip,
  HEADER_BYTES,
  type Header,
  parseDirectory,
  parseHeader,
  tileId,
  writeDirectory,
  writeHeader,
} from "./pmtiles-format.ts";
import { pmtilesWriter } from "./pmtiles-writer.ts";

const ctx = testContext();
const PATH = "/tiles/a.pmtiles";
const WORLD = [-180, -85, 180, 85];

/** Writes an archive of `count` tiles of a level, four of them alike; @returns its bytes */
async function archive(files: Files, level: number, count: number): Promise<Uint8Array> {
  const writer = pmtilesWriter({ path: PATH, files, name: "a", grid: GLOBAL_WEBMERCATOR });
  for (let i = 0; i < count; i++) await writer.cache.put(coord(level, i), content(i), ctx);
  await writer.finish(WORLD);
  return (await files.read(PATH))!.bytes;
}

function coord(level: number, i: number): TileCoord {
  return { x: (i * 7) % 2 ** level, y: Math.floor((i * 7) / 2 ** level) % 2 ** level, level };
}

const content = (i: number) => pngTile(i % 4 === 0 ? 0 : i & 255, i >> 8);

function reader(files: Files, options: { grid?: typeof GLOBAL_WEBMERCATOR } = {}) {
  const { grid = GLOBAL_WEBMERCATOR } = options;
  return pmtilesCache.create(
    { type: "pmtiles", filename: PATH },
    cacheDeps("/tiles", { platform: testPlatform({ files }), grid }),
  );
}

describe("pmtilesWriter()", () => {
  it("writes what our reader and the npm reader find, with one directory and with leaves", async () => {
    for (const [level, count] of [
      [4, 36],
      [9, 30_000],
    ] as const) {
      const files = memoryFiles();
      const bytes = await archive(files, level, count);
      const { leaves, minZoom, maxZoom, tileType } = parseHeader(bytes);
      assert.deepEqual(
        [leaves.length > 0, minZoom, maxZoom, tileType],
        [count > 36, level, level, 2],
      );
      const independent = new PMTiles({
        getKey: () => "a",
        getBytes: async (at, length) => ({ data: bytes.slice(at, at + length).buffer }),
      });
      const cache = await reader(files);
      for (let i = 0; i < count; i += 1 + (count >> 7)) {
        const { x, y, level: z } = coord(level, i);
        assert.deepEqual((await cache.get({ x, y, level: z }, ctx))?.bytes, content(i).bytes);
        const theirs = await independent.getZxy(z, x, y);
        assert.deepEqual(new Uint8Array(theirs!.data), content(i).bytes);
      }
      const missing = coord(level, count);
      assert.equal(await cache.get(missing, ctx), undefined);
      assert.equal(await cache.get({ ...missing, level: level + 1 }, ctx), undefined);
    }
  });

  it("stores equal tiles once; a run of them is one entry", async () => {
    const files = memoryFiles();
    const writer = pmtilesWriter({ path: PATH, files, name: "a", grid: GLOBAL_WEBMERCATOR });
    for (let i = 0; i < 16; i++) {
      await writer.cache.put({ x: i % 4, y: i >> 2, level: 2 }, pngTile(1), ctx);
    }
    assert.deepEqual(await writer.finish(WORLD), { tiles: 16, contents: 1 });
    const cache = await reader(files);
    assert.deepEqual((await cache.get({ x: 3, y: 3, level: 2 }, ctx))?.bytes, pngTile(1).bytes);
  });

  it("turns rows of grids that count from the south", async () => {
    const files = memoryFiles();
    const writer = pmtilesWriter({ path: PATH, files, name: "a", grid: GLOBAL_MERCATOR });
    await writer.cache.put({ x: 1, y: 0, level: 2 }, pngTile(5), ctx);
    await writer.finish(WORLD);
    const south = await reader(files, { grid: GLOBAL_MERCATOR });
    assert.ok(await south.get({ x: 1, y: 0, level: 2 }, ctx));
    assert.ok(await (await reader(files)).get({ x: 1, y: 3, level: 2 }, ctx));
  });

  it("shows nothing before it is finished, and leaves nothing behind", async () => {
    const files = memoryFiles();
    const writer = pmtilesWriter({ path: PATH, files, name: "a", grid: GLOBAL_WEBMERCATOR });
    await writer.cache.put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx);
    assert.equal(await files.stat(PATH), undefined);
    await writer.discard();
    assert.equal(
      await writer.finish(WORLD).then(() => files.stat("/tiles/a.pmtiles.tmp")),
      undefined,
    );
    await archive(files, 2, 3);
    const names = [];
    for await (const { name } of files.list("/tiles")) names.push(name);
    assert.deepEqual(names, ["a.pmtiles"]);
  });
});

describe("pmtilesCache", () => {
  it("is read only, and for web mercator only", async () => {
    const files = memoryFiles();
    await archive(files, 2, 3);
    const cache = await reader(files);
    await assert.rejects(cache.put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx), CacheError);
    assert.throws(() => reader(files, { grid: GLOBAL_GEODETIC }), ConfigFault);
  });

  it("reads by HTTP ranges, also from servers that send everything", async () => {
    const bytes = await archive(memoryFiles(), 9, 30_000);
    for (const isPartial of [true, false]) {
      const ranges: (string | null)[] = [];
      const platform = testPlatform({
        fetch: (async (url: string | URL | Request, init?: RequestInit) => {
          const range = new Request(url, init).headers.get("range");
          ranges.push(range);
          const [, from = "0", to = "0"] = /bytes=(\d+)-(\d+)/.exec(range ?? "") ?? [];
          return isPartial
            ? new Response(bytes.slice(Number(from), Number(to) + 1), { status: 206 })
            : new Response(bytes.slice());
        }) as typeof fetch,
      });
      const http = createHttpClient({}, platform, "a");
      const cache = await pmtilesCache.create(
        { type: "pmtiles", url: "http://w/a.pmtiles" },
        cacheDeps("/tiles", { platform, http, grid: GLOBAL_WEBMERCATOR }),
      );
      assert.deepEqual((await cache.get(coord(9, 77), ctx))?.bytes, content(77).bytes);
      assert.deepEqual((await cache.get(coord(9, 78), ctx))?.bytes, content(78).bytes);
      assert.equal(ranges[0], "bytes=0-16383");
      assert.ok(ranges.length <= 5, "directories are read once");
    }
  });

  it("notices that the archive was replaced", async () => {
    let time = 1;
    const files = memoryFiles(() => time);
    await archive(files, 4, 36);
    const cache = await reader(files);
    assert.ok(await cache.get(coord(4, 1), ctx));
    time = 2;
    await archive(files, 5, 36);
    assert.equal(await cache.get(coord(4, 1), ctx), undefined);
    assert.ok(await cache.get(coord(5, 1), ctx));
  });

  /** An archive with this root directory, unpacked or as it is. */
  async function hostile(root: Uint8Array, leaf: Uint8Array = new Uint8Array()) {
    const files = memoryFiles();
    const at = (offset: number, length: number) => ({ offset, length });
    const header: Header = {
      root: at(HEADER_BYTES, root.length),
      metadata: at(HEADER_BYTES, 0),
      leaves: at(HEADER_BYTES + root.length, leaf.length),
      data: at(HEADER_BYTES, 1000),
      internalCompression: 2,
      tileCompression: 1,
      tileType: 2,
      minZoom: 0,
      maxZoom: 5,
    };
    const head = writeHeader(header, { addressed: 1, entries: 1, contents: 1, bbox: WORLD });
    await files.write(PATH, new Uint8Array([...head, ...root, ...leaf]));
    const cache = await reader(files);
    return cache.get({ x: 0, y: 0, level: 3 }, ctx);
  }
  const directory = (...entries: Entry[]) => gzip(writeDirectory(entries));
  const broken = (work: Promise<unknown>, reason: RegExp) =>
    assert.rejects(
      work,
      (error) => error instanceof CacheError && reason.test(String(error.cause)),
    );

  it("T25: directories that lead to themselves end", async () => {
    const leaf = await directory({ id: 0, run: 0, offset: 0, length: 1 });
    const loop = await directory({ id: 0, run: 0, offset: 0, length: leaf.length });
    const exact = await directory({ id: 0, run: 0, offset: 0, length: loop.length });
    await broken(hostile(exact, exact), /more than 4 deep|lies outside/);
  });

  it("T25: a run of a quintillion tiles takes no memory", async () => {
    const root = await directory({ id: 0, run: 2 ** 50, offset: 0, length: 8 });
    assert.equal((await hostile(root))?.bytes.length, 8);
  });

  it("T25: a directory that unpacks to gigabytes is refused", async () => {
    await broken(hostile(await gzip(new Uint8Array(40 * 1024 * 1024))), /unpacked/);
  });

  it("T25: counts, offsets and pieces that cannot be are refused", async () => {
    await broken(hostile(await gzip(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))), /claims/);
    await broken(hostile(await directory({ id: 0, run: 1e3, offset: 999, length: 8 })), /outside/);
    await broken(hostile(await gzip(Uint8Array.of(1, 0, 1, 8))), /cut short|claims/);
    await broken(hostile(Uint8Array.of(1, 2, 3)), /./);
    const files = memoryFiles();
    await files.write(PATH, new TextEncoder().encode("PMTiles\x02"));
    await broken(
      Promise.resolve(reader(files)).then((c) => c.get({ x: 0, y: 0, level: 0 }, ctx)),
      /not a PMTiles/,
    );
  });
});

describe("tileId()", () => {
  it("numbers the tiles of each level once, neighbours after each other", () => {
    assert.deepEqual(
      [
        [0, 0, 0],
        [1, 0, 0],
        [1, 0, 1],
        [1, 1, 1],
        [1, 1, 0],
        [2, 0, 0],
      ].map(([z, x, y]) => tileId(z!, x!, y!)),
      [0, 1, 2, 3, 4, 5],
    );
    const at = new Map<number, [number, number]>();
    for (let x = 0; x < 32; x++) for (let y = 0; y < 32; y++) at.set(tileId(5, x, y), [x, y]);
    const first = (4 ** 5 - 1) / 3;
    for (let i = 1; i < 1024; i++) {
      const [a, b] = [at.get(first + i - 1)!, at.get(first + i)!];
      assert.equal(Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]), 1);
    }
  });
});

describe("parseDirectory()", () => {
  it("reads what was written, and finds entries", () => {
    const entry = fc.tuple(fc.nat(1e9), fc.nat(1e6), fc.nat(1e12), fc.nat(1e6));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 50 }), (list) => {
        let id = 0;
        const entries = list.map(([step, run, offset, length]) => {
          id += step + 1;
          return { id, run, offset, length };
        });
        const read = parseDirectory(writeDirectory(entries));
        assert.deepEqual(read, entries);
        for (const one of entries) assert.equal(findEntry(read, one.id)?.id, one.id);
        assert.equal(findEntry(read, entries[0]!.id - 1), undefined);
      }),
      { seed: 1 },
    );
  });
});
