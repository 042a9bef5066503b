import assert from "node:assert/strict";
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { describe, it } from "node:test";
import { cacheDeps, diskPlatform, testGrid } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { memoryFiles, testContext, testPlatform } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { CacheError, RequestError } from "../core/errors.ts";
import type { RasterView } from "../image/picture.ts";
import { encodePng } from "../image/png-encode.ts";
import type { StoredTile } from "../model/cache.ts";
import { type CacheDeps, ConfigFault } from "../model/define.ts";
import { fileCache } from "./file.ts";

const ctx = testContext();
const options = (more: Partial<Parameters<typeof fileCache.create>[0]> = {}) => ({
  type: "file" as const,
  directory_layout: "tc",
  use_grid_names: false,
  ...more,
});
const open = async (deps: CacheDeps, more = {}) => await fileCache.create(options(more), deps);

for (const directory_layout of ["tc", "mp", "tms", "reverse_tms", "arcgis", "quadkey"]) {
  const memory = testPlatform({ files: memoryFiles() });
  let count = 0;
  // quadkey and arcgis ignore dimensions, as in MapProxy
  tileCacheContract(`file (${directory_layout}, in memory)`, () =>
    open(cacheDeps(`/m${count++}`, { platform: memory }), { directory_layout }),
  );
}
tileCacheContract("file (on disk)", () => open(cacheDeps(scratch())));

/** A tile of 4 x 4 pixels of these samples, one a channel. */
function plain(...samples: number[]): StoredTile {
  const data = new Uint8Array(16 * samples.length).map((_, i) => samples[i % samples.length]!);
  return picture(data, samples.length as RasterView["channels"]);
}
function picture(data: Uint8Array, channels: RasterView["channels"]): StoredTile {
  const view = { width: 4, height: 4, channels, data, offset: 0, stride: 4 * channels };
  return { bytes: encodePng(view), format: "png", timestamp: undefined };
}

describe("file cache", () => {
  it("caches 9: lies in <name>_<SRS code> as the grid is written", async () => {
    const directory = scratch();
    const grid = testGrid("old", { base: "GLOBAL_MERCATOR", srs: "EPSG:900913" });
    const cache = await open(cacheDeps(directory, { grid }));
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    assert.ok(statSync(`${directory}/tiles_EPSG900913/01/000/000/001/000/000/000.png`).isFile());
  });

  it("caches 10: lies in <name>/<grid> with use_grid_names", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory), {
      use_grid_names: true,
      directory_layout: "tms",
    });
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    assert.ok(statSync(`${directory}/tiles/g/1/1/0.png`).isFile());
  });

  it("lies in exactly the directory that is configured", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory), {
      directory: "./mine",
      directory_layout: "tms",
    });
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    assert.ok(statSync(`${directory}/conf/mine/1/1/0.png`).isFile());
  });

  it("caches 7: refuses one directory for two grids", async () => {
    const deps = cacheDeps(scratch(), { gridCount: 2 });
    await assert.rejects(
      open(deps, { directory: "x" }),
      (error) =>
        error instanceof ConfigFault &&
        error.message === "using single directory for cache with multiple grids in tiles",
    );
  });

  it("refuses an unknown layout", async () => {
    await assert.rejects(
      open(cacheDeps(scratch()), { directory_layout: "x" }),
      /unknown directory_layout "x"/,
    );
  });

  it("caches 6: gives tiles of a mixed cache the extension mixed, and tells what they are", async () => {
    const directory = scratch();
    const deps = cacheDeps(directory);
    const image = { ...deps.image, format: "mixed" as const, mime: "mixed" };
    const cache = await open({ ...deps, image }, { directory_layout: "quadkey" });
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    assert.deepEqual(readdirSync(`${directory}/tiles_EPSG4326`), ["1.mixed"]);
    assert.equal((await cache.get({ x: 1, y: 0, level: 1 }, ctx))?.format, "png");
  });

  it("takes the extension from the MIME type without its parameters", async () => {
    const directory = scratch();
    const deps = cacheDeps(directory);
    const image = { ...deps.image, mime: "image/png; mode=8bit" };
    const cache = await open({ ...deps, image }, { directory_layout: "quadkey" });
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    assert.deepEqual(readdirSync(`${directory}/tiles_EPSG4326`), ["1.png"]);
  });

  it("caches 32: keeps dimensions in directories, and refuses values that leave them", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory), { directory_layout: "tms" });
    const key = { x: 1, y: 0, level: 1, dimensions: { time: "2020", dim_a: "b" } };
    await cache.put(key, pngTile(1), ctx);
    assert.ok(statSync(`${directory}/tiles_EPSG4326/time-2020/dim_a-b/1/1/0.png`).isFile());
    await assert.rejects(cache.get({ ...key, dimensions: { time: "../../x" } }, ctx), RequestError);
  });

  it("keeps dimensions in quadkey and arcgis too, where MapProxy loses them", async () => {
    const layouts = { quadkey: "1.png", arcgis: "L01/R00000000/C00000001.png" };
    for (const [directory_layout, path] of Object.entries(layouts)) {
      const directory = scratch();
      const cache = await open(cacheDeps(directory), { directory_layout });
      await cache.put({ x: 1, y: 0, level: 1, dimensions: { time: "1" } }, pngTile(1), ctx);
      assert.ok(statSync(`${directory}/tiles_EPSG4326/time-1/${path}`).isFile());
    }
  });

  it("caches 33: links a tile of one colour to the shared one, relatively", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory, { linkSingleColor: "symbolic" }));
    const root = `${directory}/tiles_EPSG4326`;
    await cache.put({ x: 0, y: 0, level: 0 }, plain(1, 2, 3, 4), ctx);
    await cache.put({ x: 1, y: 0, level: 0 }, plain(0xfe, 0, 4), ctx);
    assert.equal(
      readlinkSync(`${root}/00/000/000/000/000/000/000.png`),
      "../../../../../../single_color_tiles/01020304.png",
    );
    assert.deepEqual(readdirSync(`${root}/single_color_tiles`).sort(), [
      "01020304.png",
      "fe0004.png",
    ]);
    assert.deepEqual(
      (await cache.get({ x: 1, y: 0, level: 0 }, ctx))?.bytes,
      plain(0xfe, 0, 4).bytes,
    );
  });

  it("caches 34: makes hard links of the same file if asked to", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory, { linkSingleColor: "hard" }));
    const root = `${directory}/tiles_EPSG4326`;
    await cache.put({ x: 0, y: 0, level: 0 }, plain(9, 9, 9), ctx);
    await cache.put({ x: 1, y: 0, level: 0 }, plain(9, 9, 9), ctx);
    const inode = (path: string) => lstatSync(`${root}/${path}`).ino;
    assert.equal(inode("00/000/000/000/000/000/000.png"), inode("single_color_tiles/090909.png"));
    assert.equal(inode("00/000/000/001/000/000/000.png"), inode("single_color_tiles/090909.png"));
  });

  it("caches 35: overwrites a link and leaves the shared file as it is", async () => {
    for (const linkSingleColor of ["symbolic", "hard"] as const) {
      const directory = scratch();
      const cache = await open(cacheDeps(directory, { linkSingleColor }));
      const shared = `${directory}/tiles_EPSG4326/single_color_tiles/010203.png`;
      const key = { x: 0, y: 0, level: 0 };
      await cache.put(key, plain(1, 2, 3), ctx);
      const before = readFileSync(shared);
      const many = picture(
        new Uint8Array(48).map((_, i) => i),
        3,
      );
      await cache.put(key, many, ctx);
      assert.deepEqual(readFileSync(shared), before);
      assert.deepEqual((await cache.get(key, ctx))?.bytes, many.bytes);
      await cache.put(key, plain(1, 2, 3), ctx);
      assert.deepEqual((await cache.get(key, ctx))?.bytes, plain(1, 2, 3).bytes);
    }
  });

  it("stores grey tiles and what it cannot decode as files of their own", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory, { linkSingleColor: "symbolic" }));
    await cache.put({ x: 0, y: 0, level: 0 }, plain(7), ctx);
    await cache.put({ x: 1, y: 0, level: 0 }, pngTile(1), ctx);
    assert.deepEqual(readdirSync(`${directory}/tiles_EPSG4326`), ["00"]);
  });

  it("takes the time of a tile from the path itself, and a dangling link for a missing tile", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory), { directory_layout: "tms" });
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    const path = `${directory}/tiles_EPSG4326/1/1/0.png`;
    utimesSync(path, 1000, 1234);
    assert.equal((await cache.get({ x: 1, y: 0, level: 1 }, ctx))?.timestamp, 1_234_000);
    symlinkSync("nowhere", `${directory}/tiles_EPSG4326/1/1/1.png`);
    assert.equal(await cache.get({ x: 1, y: 1, level: 1 }, ctx), undefined);
  });

  it("caches 58: applies permissions to new files and each new directory", async () => {
    const directory = scratch();
    const cache = await open(cacheDeps(directory, { fileMode: 0o664, directoryMode: 0o775 }), {
      directory_layout: "tms",
    });
    await cache.put({ x: 1, y: 0, level: 1 }, pngTile(1), ctx);
    const bits = (path: string) => statSync(`${directory}/tiles_EPSG4326/${path}`).mode & 0o777;
    assert.deepEqual(["", "1", "1/1", "1/1/0.png"].map(bits), [0o775, 0o775, 0o775, 0o664]);
  });

  it("removes a level by age and the directories that became empty", async () => {
    const directory = scratch();
    for (const directory_layout of ["tms", "quadkey"]) {
      const cache = await open(cacheDeps(directory), {
        directory: directory_layout,
        directory_layout,
      });
      for (const x of [0, 1, 2]) await cache.put({ x, y: 0, level: 2 }, pngTile(x), ctx);
      const root = `${directory}/conf/${directory_layout}`;
      const [first, second] =
        directory_layout === "tms" ? ["2/0/0.png", "2/1/0.png"] : ["00.png", "01.png"];
      utimesSync(`${root}/${first}`, 1, 1000);
      utimesSync(`${root}/${second}`, 1, 2000);
      await cache.deleteLevel?.(2, 2_000_000, ctx);
      assert.equal(await cache.get({ x: 0, y: 0, level: 2 }, ctx), undefined);
      assert.ok(await cache.get({ x: 1, y: 0, level: 2 }, ctx), "strictly older only");
      assert.ok(await cache.get({ x: 2, y: 0, level: 2 }, ctx));
      if (directory_layout === "tms") assert.deepEqual(readdirSync(`${root}/2`).sort(), ["1", "2"]);
    }
  });

  it("threat T14: a disk that fails is a CacheError and leaves no half file", async () => {
    const directory = scratch();
    const platform = diskPlatform();
    const full = { ...platform.files, write: () => Promise.reject(new Error("ENOSPC")) };
    const cache = await open(cacheDeps(directory, { platform: { ...platform, files: full } }));
    await assert.rejects(cache.put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx), CacheError);
    const broken = await open(cacheDeps("/dev/null/x"));
    await assert.rejects(broken.put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx), CacheError);
    assert.equal(await broken.get({ x: 0, y: 0, level: 0 }, ctx), undefined);
  });

  it("shares its locks with caches that share its tiles", async () => {
    const directory = scratch();
    const one = await open(cacheDeps(directory), { directory: "d" });
    const same = await open(cacheDeps(directory, { name: "other" }), { directory: "./d" });
    const other = await open(cacheDeps(directory), { directory: "e" });
    assert.equal(one.lockId, same.lockId);
    assert.notEqual(one.lockId, other.lockId);
    assert.match(one.lockId, /^[0-9a-f]{32}$/);
  });
});
