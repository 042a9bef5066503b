/** Options of caches and how tiles come to be, from the configuration to what the servers are asked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHono } from "../src/app/app.ts";
import { build } from "../src/config/build.ts";
import { ConfigError } from "../src/core/errors.ts";
import { loadText } from "./config.ts";
import { silentLog, testPlatform } from "./platform.ts";
import { plainPng } from "./source-deps.ts";

const TILE = { type: "tile", url: "http://up/%(z)s/%(x)s/%(y)s.png", grid: "GLOBAL_WEBMERCATOR" };
const WMS = { type: "wms", req: { url: "http://up/wms", layers: "a" } };
const STORE = { type: "file", directory_layout: "tms", directory: "/tiles" };

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
async function start(cache: object, more: object = {}) {
  const asked: string[] = [];
  const fetch = (async (url: string) => {
    asked.push(String(url));
    const [, width = 256, height = 256] = /WIDTH=(\d+)&HEIGHT=(\d+)/i.exec(String(url)) ?? [];
    const bytes = plainPng([+width, +height], [1, 2, 3]) as Uint8Array<ArrayBuffer>;
    return new Response(bytes, { headers: { "content-type": "image/png" } });
  }) as typeof globalThis.fetch;
  const platform = testPlatform({ fetch });
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
  return { asked, get, map, stored, platform };
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
