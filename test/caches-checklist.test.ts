/** Options of caches and how tiles come to be, from the configuration to what the servers are asked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHono } from "../src/app/app.ts";
import { build } from "../src/config/build.ts";
import { ConfigError } from "../src/core/errors.ts";
import { decode } from "../src/image/codec.ts";
import type { Platform } from "../src/platform/platform.ts";
import { localPlatform } from "../src/runtime/local.ts";
import { loadText } from "./config.ts";
import { silentLog, testPlatform } from "./platform.ts";
import { scratch } from "./scratch.ts";
import { pixelAt, plainPng } from "./source-deps.ts";

const TILE = { type: "tile", url: "http://up/%(z)s/%(x)s/%(y)s.png", grid: "GLOBAL_WEBMERCATOR" };
const WMS = { type: "wms", req: { url: "http://up/wms", layers: "a" } };
const STORE = { type: "file", directory_layout: "tms", directory: "/tiles" };

/** What the server draws for a layer; any other is nearly black. */
const COLORS: Readonly<Record<string, number[]>> = { black: [0, 0, 0], pink: [255, 0, 128] };

function configuration(cache: object, more: object = {}): string {
  return JSON.stringify({
    services: { tms: { use_grid_names: true }, wms: {} },
    layers: [{ name: "l", title: "l", sources: ["c"] }],
    caches: {
      c: { grids: ["GLOBAL_WEBMERCATOR"], sources: ["w"], cache: STORE, ...cache },
    },
    sources: { w: WMS, t: TILE, only: { ...WMS, seed_only: true } },
    ...more,
  });
}

/** A running server over one that draws PNG of one color, and what that was asked. */
async function start(cache: object, more: object = {}, offered: Partial<Platform> = {}) {
  const asked: string[] = [];
  const fetch = (async (url: string) => {
    asked.push(String(url));
    const [, width = 256, height = 256] = /WIDTH=(\d+)&HEIGHT=(\d+)/i.exec(String(url)) ?? [];
    const [, layer = ""] = /LAYERS=(\w+)/i.exec(String(url)) ?? [];
    const bytes = plainPng(
      [+width, +height],
      COLORS[layer] ?? [1, 2, 3],
    ) as Uint8Array<ArrayBuffer>;
    return new Response(bytes, { headers: { "content-type": "image/png" } });
  }) as typeof globalThis.fetch;
  const platform = testPlatform({ fetch, ...offered });
  const loaded = await loadText(configuration(cache, more));
  const hono = createHono(await build(loaded, platform, silentLog));
  const get = async (path: string, grid = "GLOBAL_WEBMERCATOR") =>
    hono.request(`http://localhost/tiles/l/${grid}/${path}.png`);
  /** A map of 256 pixels and so many meters, east and north of the origin. */
  const map = async (meters: number) =>
    hono.request(
      `http://localhost/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=l&STYLES=&SRS=EPSG:3857&BBOX=0,0,${meters},${meters}&WIDTH=256&HEIGHT=256&FORMAT=image/png`,
    );
  const stored = async (path: string) => (await platform.files.read(`/tiles/${path}.png`))?.bytes;
  return { asked, get, map, stored, platform, hono };
}

/** Messages by which a cache is refused. */
async function faults(cache: object): Promise<string> {
  try {
    await build(await loadText(configuration(cache)), testPlatform(), silentLog);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ message }) => message).join("\n");
    throw error;
  }
  return "";
}

describe("options of caches", () => {
  it("caches 3: tile and wms sources do not go together with meta tiles", async () => {
    assert.match(
      await faults({ sources: ["w", "t"] }),
      /meta tiling configured but not supported by all sources/,
    );
  });

  it("caches 4: upscale_tiles and downscale_tiles do not go together", async () => {
    assert.match(
      await faults({ upscale_tiles: 1, downscale_tiles: 1 }),
      /cannot use both upscale_tiles and downscale_tiles/,
    );
  });

  it("caches 5: format mixed wants request_format", async () => {
    assert.match(
      await faults({ format: "mixed" }),
      /request_format must be set to image\/png or image\/vnd.jpeg-png if mixed mode is enabled/,
    );
  });
});

describe("configurations with caches", () => {
  it("caches 1: without grids the cache has GLOBAL_MERCATOR, and a warning", async () => {
    const { warnings, config } = await loadText(configuration({ grids: undefined }));
    assert.deepEqual(config.caches.c?.grids, ["GLOBAL_MERCATOR"]);
    assert.ok(
      warnings.some(({ message }) =>
        message.includes(
          "cache c does not have any grids. default will change from [GLOBAL_MERCATOR] to [GLOBAL_WEBMERCATOR] with MapProxy 2.0",
        ),
      ),
      JSON.stringify(warnings),
    );
  });

  it("caches 8: cache.directory wins over cache_dir, with a warning", async () => {
    const warned: string[] = [];
    const log = {
      ...silentLog,
      warn: (event: string, fields?: Record<string, unknown>) =>
        void warned.push(`${event} ${JSON.stringify(fields)}`),
    };
    await build(await loadText(configuration({})), testPlatform(), log);
    assert.deepEqual(warned, []);
    const loaded = await loadText(configuration({ cache_dir: "/other" }));
    await build(loaded, testPlatform(), log);
    const all = [...warned, ...loaded.warnings.map(({ message }) => message)].join("\n");
    assert.match(all, /found cache.directory and cache_dir option for c, ignoring cache_dir/);
  });
});

describe("tiles of caches", () => {
  it("caches 2: meta_size [1,1] has a buffer still, unless meta_buffer is 0", async () => {
    const buffered = await start({ meta_size: [1, 1] });
    await buffered.get("2/1/1");
    assert.match(buffered.asked[0] ?? "", /WIDTH=416&HEIGHT=416/i);
    const plain = await start({ meta_size: [1, 1], meta_buffer: 0 });
    await plain.get("2/1/1");
    assert.match(plain.asked[0] ?? "", /WIDTH=256&HEIGHT=256/i);
  });

  it("caches 17: bytes of tile sources are stored unchanged", async () => {
    const { get, stored } = await start({ sources: ["t"] });
    const answer = new Uint8Array(await (await get("1/0/0")).arrayBuffer());
    assert.deepEqual(await stored("1/0/0"), plainPng([256, 256], [1, 2, 3]));
    assert.deepEqual(answer, plainPng([256, 256], [1, 2, 3]));
  });

  it("caches 18: bulk_meta_tiles asks for all tiles of the block", async () => {
    const { asked, get } = await start({
      sources: ["t"],
      bulk_meta_tiles: true,
      meta_size: [2, 2],
    });
    await get("2/0/0");
    assert.equal(asked.length, 4);
    await get("2/1/1");
    assert.equal(asked.length, 4);
  });

  it("caches 22: use_direct_from_res goes to the source at exactly that resolution", async () => {
    const { asked, map, stored } = await start({ use_direct_from_res: 10 });
    assert.equal((await map(2560)).status, 200);
    assert.match(asked[0] ?? "", /WIDTH=256&HEIGHT=256/i);
    assert.equal(await stored("14/8192/8191"), undefined);
    await map(2816);
    assert.doesNotMatch(asked[1] ?? "", /WIDTH=256&HEIGHT=256/i);
  });

  it("caches 19: disable_storage stores nothing and asks every time", async () => {
    const { asked, get, stored } = await start({ disable_storage: true });
    await get("1/0/0");
    await get("1/0/0");
    assert.equal(asked.length, 2);
    assert.equal(await stored("1/0/0"), undefined);
  });

  it("caches 28: outside the coverage there are no tiles, and nobody is asked", async () => {
    const coverage = { bbox: [10, 10, 20, 20], srs: "EPSG:4326" };
    const { asked, get } = await start({ cache: { ...STORE, coverage } });
    await get("3/0/0");
    assert.equal(asked.length, 0);
    assert.equal((await get("3/4/3")).status, 200);
    assert.equal(asked.length, 1);
  });

  it("sources 20: seed_only is never asked while serving, and what is stored is served", async () => {
    const { asked, get, platform } = await start({ sources: ["only"] });
    const tile = plainPng([256, 256], [9, 9, 9]);
    await platform.files.write("/tiles/1/0/0.png", tile, {});
    const answer = await get("1/0/0");
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), tile);
    assert.equal((await get("1/1/1")).status, 200);
    assert.equal(asked.length, 0);
  });
});

/** A server over two caches: `l` shows `top`, which takes its tiles from `c`. */
function cascade(top: object, bottom: object = {}, more: object = {}) {
  return start(bottom, {
    layers: [{ name: "l", title: "l", sources: ["top"] }],
    caches: {
      c: { grids: ["GLOBAL_WEBMERCATOR"], sources: ["w"], cache: STORE, ...bottom },
      top: {
        grids: ["GLOBAL_WEBMERCATOR"],
        sources: ["c"],
        cache: { ...STORE, directory: "/top" },
        ...top,
      },
    },
    ...more,
  });
}

describe("caches of caches, of grids, of areas", () => {
  it("caches 23: tiles of a cache with the same grid are taken as they are; another grid reprojects", async () => {
    const same = await cascade({}, { sources: ["t"] });
    const answer = new Uint8Array(await (await same.get("3/2/2")).arrayBuffer());
    assert.deepEqual(answer, plainPng([256, 256], [1, 2, 3]));
    assert.deepEqual((await same.platform.files.read("/top/3/2/2.png"))?.bytes, answer);
    assert.deepEqual(same.asked, ["http://up/3/2/2.png"]);

    const other = await cascade({ grids: ["GLOBAL_GEODETIC"] }, { sources: ["t"] });
    const tile = await other.get("3/4/2", "GLOBAL_GEODETIC");
    const view = await decode(new Uint8Array(await tile.arrayBuffer()));
    assert.deepEqual([view.width, view.height], [256, 256]);
    assert.deepEqual(pixelAt(view, 128, 128).slice(0, 3), [1, 2, 3]);
    assert.ok(other.asked.length > 1, "tiles of the other grid are drawn together");
  });

  it("caches 24: tiles of a cache in another format are encoded anew", async () => {
    const { get, asked } = await cascade({ format: "image/jpeg" }, { sources: ["t"] });
    const answer = await get("3/2/2", "GLOBAL_WEBMERCATOR");
    assert.equal(answer.status, 404, "the extension is that of the format");
    assert.equal(asked.length, 0);
    const jpeg = await cascade({ format: "image/jpeg" }, { sources: ["t"] });
    const picture = await jpeg.map(2560);
    assert.equal(picture.headers.get("content-type"), "image/png");
    const stored = await jpeg.platform.files.read("/top/14/8192/8191.jpeg");
    assert.deepEqual([...(stored?.bytes.subarray(0, 2) ?? [])], [0xff, 0xd8]);
  });

  it("caches 27: with refresh_before, a store without times makes each tile anew", async () => {
    const { sqlite } = localPlatform();
    const { get, asked } = await start(
      {
        refresh_before: { days: 1 },
        meta_size: [1, 1],
        cache: { type: "mbtiles", filename: `${scratch()}/tiles.mbtiles` },
      },
      {},
      sqlite ? { sqlite } : {},
    );
    for (let i = 0; i < 3; i++) await get("1/0/0");
    assert.equal(asked.length, 3);
  });

  it("caches 29: a coverage that clips cuts what is delivered, not what is stored", async () => {
    const coverage = { bbox: [0, -80, 180, 80], srs: "EPSG:4326", clip: true };
    const { get, stored, asked } = await start({
      cache: { ...STORE, coverage },
      meta_size: [1, 1],
      meta_buffer: 0,
    });
    const view = await decode(new Uint8Array(await (await get("0/0/0")).arrayBuffer()));
    assert.equal(pixelAt(view, 200, 128)[3] ?? 255, 255);
    assert.equal(view.channels, 4);
    assert.equal(pixelAt(view, 50, 128)[3], 0);
    const kept = await decode((await stored("0/0/0")) ?? new Uint8Array());
    assert.deepEqual(pixelAt(kept, 50, 128).slice(0, 3), [1, 2, 3]);
    assert.equal(asked.length, 1);
  });

  it("caches 51: rescaled tiles are stored only with cache_rescaled_tiles", async () => {
    for (const isKept of [false, true]) {
      const { get, stored, asked, platform } = await start({
        sources: [],
        upscale_tiles: 1,
        cache_rescaled_tiles: isKept,
      });
      await platform.files.write("/tiles/2/1/1.png", plainPng([256, 256], [7, 8, 9]), {});
      const view = await decode(new Uint8Array(await (await get("3/2/2")).arrayBuffer()));
      assert.deepEqual(pixelAt(view, 100, 100).slice(0, 3), [7, 8, 9]);
      assert.equal((await stored("3/2/2")) !== undefined, isKept);
      assert.equal(asked.length, 0);
    }
  });

  it("caches 57: of two grids each map is drawn from the one of its kind", async () => {
    const { asked, hono } = await start({
      grids: ["GLOBAL_WEBMERCATOR", "GLOBAL_GEODETIC"],
      meta_size: [1, 1],
      meta_buffer: 0,
      cache: { type: "memory" },
    });
    const map = (srs: string, bbox: string) =>
      hono.request(
        `http://localhost/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=l&STYLES=&SRS=${srs}&BBOX=${bbox}&WIDTH=256&HEIGHT=256&FORMAT=image/png`,
      );
    await map("EPSG:4258", "0,0,10,10");
    assert.ok(
      asked.every((url) => /SRS=EPSG%3A4326/i.test(url)),
      asked.join("\n"),
    );
    asked.length = 0;
    await map("EPSG:900913", "300000,5000000,400000,5100000");
    assert.ok(
      asked.every((url) => /SRS=EPSG%3A3857/i.test(url)),
      asked.join("\n"),
    );
    assert.ok(asked.length > 0);
  });

  it("sources 22: opacity 0.5 blends with what lies below", async () => {
    const { hono } = await start(
      {},
      {
        layers: [{ name: "l", title: "l", sources: ["black", "half"] }],
        sources: {
          w: WMS,
          black: { ...WMS, req: { ...WMS.req, layers: "black" } },
          half: { ...WMS, req: { ...WMS.req, layers: "pink" }, image: { opacity: 0.5 } },
        },
      },
    );
    const response = await hono.request(
      "http://localhost/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=l&STYLES=&SRS=EPSG:4326&BBOX=0,0,10,10&WIDTH=100&HEIGHT=100&FORMAT=image/png",
    );
    const view = await decode(new Uint8Array(await response.arrayBuffer()));
    const [r = 0, g = 0, b = 0] = pixelAt(view, 50, 50);
    assert.ok(Math.abs(r - 127) <= 1 && g === 0 && Math.abs(b - 64) <= 1, `${r}, ${g}, ${b}`);
  });

  it("sources 39: levels may be numbered otherwise in the grid of a tile source", async () => {
    const grids = {
      late: { base: "GLOBAL_WEBMERCATOR", min_res: 39135.75848201024, num_levels: 6 },
    };
    const { get, asked } = await start(
      { sources: ["t"] },
      {
        grids,
        sources: { w: WMS, t: { ...TILE, grid: "late" } },
      },
    );
    assert.equal((await get("3/2/2")).status, 200);
    assert.deepEqual(asked, ["http://up/1/2/2.png"]);
  });
});
