import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { cacheDeps, diskPlatform } from "../../test/cache-deps.ts";
import { pngTile } from "../../test/contract/tile-cache.ts";
import { testContext } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import type { TileCache } from "../model/cache.ts";
import { fileCache } from "./file.ts";
import { hotTile, hotTilesLag, keepHot, limitHotTiles } from "./hot-tiles.ts";
import { mbtilesCache } from "./mbtiles.ts";
import { sqliteCache } from "./sqlite.ts";

const ctx = testContext();
const key = { x: 1, y: 0, level: 1 };

/** As if whatever was written up to now had been written a minute ago. */
function later() {
  const platform = diskPlatform();
  platform.time = Date.now() + 60_000;
  return platform;
}

const openFiles = async (directory: string): Promise<TileCache> =>
  await fileCache.create(
    { type: "file", directory, directory_layout: "tms", use_grid_names: false },
    cacheDeps(directory, { platform: later() }),
  );
const openMbtiles = async (directory: string, more = {}): Promise<TileCache> =>
  await mbtilesCache.create(
    { type: "mbtiles", ...more },
    cacheDeps(directory, { platform: later() }),
  );

/** Opened anew, so that the log of the writing is gone. */
async function mbtilesWith(directory: string, number: number): Promise<TileCache> {
  const before = await openMbtiles(directory);
  await before.put(key, pngTile(number), ctx);
  await before.close?.();
  return openMbtiles(directory);
}

const bytesOf = async (cache: TileCache) => (await cache.get(key, ctx))?.bytes;

/** Longer than a tick of the disk's clock, within which a second change has the time of the first. Deno tells whole seconds. */
const TICK = "Deno" in globalThis ? 1100 : 25;
const tick = () => new Promise((resolve) => setTimeout(resolve, TICK));

/** Reads a tile until it must be kept. @returns whether the last reading took nothing from the disk */
async function isKept(cache: TileCache): Promise<boolean> {
  await bytesOf(cache);
  const second = await bytesOf(cache);
  assert.ok(second);
  return (await bytesOf(cache)) === second;
}

/** The time that files say they were made, s since 1970. */
const OLD = 1_000_000_000;

/** What other programs may do to the file `at` of a tile that is kept. */
const CHANGES: Readonly<Record<string, (at: string, bytes: Uint8Array) => void>> = {
  "writes into it, as many bytes as before": (at, bytes) => writeFileSync(at, bytes),
  "writes into it and sets its old time": (at, bytes) => {
    writeFileSync(at, bytes);
    utimesSync(at, OLD, OLD);
  },
  "replaces it": (at, bytes) => {
    writeFileSync(`${at}.new`, bytes);
    renameSync(`${at}.new`, at);
  },
  "replaces its directory by one with files of the same times": (at, bytes) => {
    const level = at.slice(0, at.lastIndexOf("/"));
    cpSync(level, `${level}.new`, { recursive: true });
    const copy = `${level}.new${at.slice(level.length)}`;
    writeFileSync(copy, bytes);
    utimesSync(copy, OLD, OLD);
    renameSync(level, `${level}.old`);
    renameSync(`${level}.new`, level);
  },
  "puts a link in its place": (at, bytes) => {
    writeFileSync(`${at}.other`, bytes);
    rmSync(at);
    symlinkSync(`${at}.other`, at);
  },
};

describe("tiles that were read lately", () => {
  beforeEach(() => limitHotTiles(2 ** 20));
  afterEach(() => limitHotTiles(0));

  it("are not read again from files", async () => {
    const cache = await openFiles(scratch());
    await cache.put(key, pngTile(1), ctx);
    assert.equal(await isKept(cache), true);
  });

  for (const [what, change] of Object.entries(CHANGES)) {
    it(`are read again when another program ${what}`, async () => {
      const directory = scratch();
      const cache = await openFiles(directory);
      const at = `${directory}/1/1/0.png`;
      await cache.put(key, pngTile(1), ctx);
      utimesSync(at, OLD, OLD);
      assert.equal(await isKept(cache), true);
      const { bytes } = pngTile(2);
      await tick();
      change(at, bytes);
      assert.deepEqual(await bytesOf(cache), bytes);
    });
  }

  it("are kept no more than there is room for, and links not at all", async () => {
    const directory = scratch();
    const cache = await openFiles(directory);
    await cache.put(key, pngTile(1), ctx);
    limitHotTiles(100);
    assert.equal(await isKept(cache), false);
    limitHotTiles(2 ** 20);
    renameSync(`${directory}/1/1/0.png`, `${directory}/1/1/1.png`);
    symlinkSync("1.png", `${directory}/1/1/0.png`);
    assert.equal(await isKept(cache), false);
  });

  it("are gone when the file is gone", async () => {
    const directory = scratch();
    const cache = await openFiles(directory);
    await cache.put(key, pngTile(1), ctx);
    assert.equal(await isKept(cache), true);
    rmSync(`${directory}/1/1/0.png`);
    assert.equal(await cache.get(key, ctx), undefined);
  });

  it("are read again when they were stored or removed here", async () => {
    for (const cache of [await openFiles(scratch()), await openMbtiles(scratch())]) {
      await cache.put(key, pngTile(1), ctx);
      await isKept(cache);
      await cache.put(key, pngTile(2), ctx);
      assert.deepEqual(await bytesOf(cache), pngTile(2).bytes);
      await cache.delete(key, ctx);
      assert.equal(await cache.get(key, ctx), undefined);
      await cache.close?.();
    }
  });

  it("are not kept where the file was changed just now: within a tick that may happen again", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const cache = await fileCache.create(
      { type: "file", directory, directory_layout: "tms", use_grid_names: false },
      cacheDeps(directory, { platform }),
    );
    await cache.put(key, pngTile(1), ctx);
    platform.time = statSync(`${directory}/1/1/0.png`).ctimeMs + 1000;
    assert.equal(await isKept(cache), false);
    platform.time += 10_000;
    assert.equal(await isKept(cache), true);
  });

  it("are not kept without memory for them, nor where nothing tells when the file was changed", () => {
    const tile = pngTile(1);
    const file = { size: 1, modified: 1, isDirectory: false, id: "1 1" };
    const keep = (about: { changed?: number }) =>
      keepHot("a", { tile, file: { ...file, ...about } }, 1e9);
    keep({});
    keep({});
    assert.equal(hotTile("a"), undefined);
    keep({ changed: 1 });
    assert.equal(hotTile("a"), undefined, "asked for once");
    keep({ changed: 1 });
    assert.equal(hotTile("a")?.tile, tile);
    limitHotTiles(0);
    keep({ changed: 1 });
    keep({ changed: 1 });
    assert.equal(hotTile("a"), undefined);
  });

  it("are not kept when they come again only after many others", () => {
    const file = { size: 1, modified: 1, changed: 1, isDirectory: false, id: "1 1" };
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5000; i++) keepHot(`${i}`, { tile: pngTile(1), file }, 1e9);
    }
    for (let i = 0; i < 5000; i++) assert.equal(hotTile(`${i}`), undefined);
  });

  it("are not read again from SQLite files", async () => {
    const cache = await mbtilesWith(scratch(), 1);
    assert.equal(await isKept(cache), true);
    await cache.close?.();
  });

  it("are read again when another program writes into the SQLite file, with or without a log", async () => {
    for (const mode of ["DELETE", "WAL"]) {
      const directory = scratch();
      const cache = await mbtilesWith(directory, 1);
      assert.equal(await isKept(cache), true);
      const other = new DatabaseSync(`${directory}/tiles.mbtiles`);
      other.exec(`PRAGMA journal_mode = ${mode}`);
      for (const number of [2, 3]) {
        const { bytes } = pngTile(number);
        await tick();
        other.prepare("UPDATE tiles SET tile_data = ?").run(bytes);
        assert.deepEqual(await bytesOf(cache), bytes, `${mode} ${number}`);
      }
      other.close();
      await cache.close?.();
    }
  });

  it("are not kept of an SQLite file with a log, which changes beside the file", async () => {
    const directory = scratch();
    const before = await openMbtiles(directory, { sqlite_wal: true });
    await before.put(key, pngTile(1), ctx);
    const cache = await openMbtiles(directory, { sqlite_wal: true });
    assert.equal(await isKept(cache), false);
    assert.equal(await isKept(before), false);
    await before.close?.();
    await cache.close?.();
  });

  it("are not kept of an SQLite file that has taken the place of the one that is open", async () => {
    const directory = scratch();
    const other = `${directory}/other`;
    mkdirSync(other);
    await (await mbtilesWith(directory, 1)).close?.();
    await (await mbtilesWith(other, 2)).close?.();
    const platform = later();
    const cache = await mbtilesCache.create(
      { type: "mbtiles", filename: `${directory}/tiles.mbtiles` },
      cacheDeps(directory, { platform }),
    );
    assert.equal(await isKept(cache), true);
    renameSync(`${other}/tiles.mbtiles`, `${directory}/tiles.mbtiles`);
    platform.time += 1000;
    // of the file before, which stays open for two seconds
    for (let i = 0; i < 3; i++) assert.deepEqual(await bytesOf(cache), pngTile(1).bytes);
    platform.time += 60_000;
    assert.deepEqual(await bytesOf(cache), pngTile(2).bytes);
    await cache.close?.();
  });

  it("are not kept of SQLite files whose tiles expire", async () => {
    const directory = scratch();
    const platform = later();
    const cache = await sqliteCache.create(
      { type: "sqlite", ttl: 100 },
      cacheDeps(directory, { platform }),
    );
    await cache.put(key, { ...pngTile(1), timestamp: platform.time }, ctx);
    await cache.close?.();
    assert.equal(await isKept(cache), false);
    platform.time += 200_000;
    assert.equal(await cache.get(key, ctx), undefined);
    await cache.close?.();
  });
});

describe("looks at the files of kept tiles", () => {
  const LOOK = 1000;
  beforeEach(() => limitHotTiles(2 ** 20, LOOK));
  afterEach(() => limitHotTiles(0));

  /** Kept and looked at just now, with the clock of its store and what another program does to it. */
  async function kept(kind: "files" | "mbtiles") {
    const directory = scratch();
    const platform = later();
    const open = async () =>
      kind === "files"
        ? await fileCache.create(
            { type: "file", directory, directory_layout: "tms", use_grid_names: false },
            cacheDeps(directory, { platform }),
          )
        : await mbtilesCache.create({ type: "mbtiles" }, cacheDeps(directory, { platform }));
    const before = await open();
    await before.put(key, pngTile(1), ctx);
    await before.close?.();
    const cache = await open();
    assert.equal(await isKept(cache), true);
    const change = async (number: number) => {
      const { bytes } = pngTile(number);
      await tick();
      if (kind === "files") return writeFileSync(`${directory}/1/1/0.png`, bytes);
      const other = new DatabaseSync(`${directory}/tiles.mbtiles`);
      other.prepare("UPDATE tiles SET tile_data = ?").run(bytes);
      other.close();
    };
    return { cache, platform, change };
  }

  for (const kind of ["files", "mbtiles"] as const) {
    it(`hold for a second: then what others did is seen (${kind})`, async () => {
      const { cache, platform, change } = await kept(kind);
      await change(2);
      platform.time += LOOK - 1;
      assert.deepEqual(await bytesOf(cache), pngTile(1).bytes);
      platform.time += 1;
      assert.deepEqual(await bytesOf(cache), pngTile(2).bytes);
      await cache.close?.();
    });

    it(`do not hold when the clock was set back (${kind})`, async () => {
      const { cache, platform, change } = await kept(kind);
      await change(2);
      platform.time -= 1;
      assert.deepEqual(await bytesOf(cache), pngTile(2).bytes);
      await cache.close?.();
    });

    it(`hold no longer than until this process changes the tile (${kind})`, async () => {
      const { cache } = await kept(kind);
      await cache.put(key, pngTile(2), ctx);
      assert.deepEqual(await bytesOf(cache), pngTile(2).bytes);
      await isKept(cache);
      await cache.putMany?.([[key, pngTile(3)]], ctx);
      assert.deepEqual(await bytesOf(cache), pngTile(3).bytes);
      await isKept(cache);
      await cache.delete(key, ctx);
      assert.equal(await bytesOf(cache), undefined);
      await cache.put(key, pngTile(4), ctx);
      await isKept(cache);
      await cache.deleteLevel?.(1, undefined, ctx);
      assert.equal(await bytesOf(cache), undefined);
      await cache.close?.();
    });

    it(`begin with the first use: a tile may have been read before it was changed (${kind})`, async () => {
      const { cache, platform, change } = await kept(kind);
      platform.time += LOOK;
      await change(2);
      await bytesOf(cache);
      await bytesOf(cache); // comes again, so is kept
      await change(3);
      assert.deepEqual(await bytesOf(cache), pngTile(3).bytes);
      await cache.close?.();
    });
  }

  it("lag behind by a second where tiles are kept, and not at all elsewhere", () => {
    assert.equal(hotTilesLag(), LOOK);
    limitHotTiles(0, LOOK);
    assert.equal(hotTilesLag(), 0);
  });
});
