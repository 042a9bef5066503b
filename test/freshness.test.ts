/** Caches with `freshness: upstream`, from the configuration to what their servers are asked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHono } from "../src/app/app.ts";
import { build } from "../src/config/build.ts";
import { ConfigError } from "../src/core/errors.ts";
import { loadText } from "./config.ts";
import { silentLog, type TestPlatform, testPlatform } from "./platform.ts";
import { plainPng } from "./source-deps.ts";

const TIME = Date.parse("2026-01-02T00:00:00Z");
const TILE = { type: "tile", url: "http://up/%(z)s/%(x)s/%(y)s.png", grid: "GLOBAL_WEBMERCATOR" };
const WMS = { type: "wms", req: { url: "http://up/wms", layers: "a" } };

/** A server whose next answer is set by the test, and what it was asked. */
async function server() {
  const bytes = await plainPng([256, 256], [1, 2, 3]);
  const asked: Headers[] = [];
  const next = { status: 200, headers: {} as Record<string, string> };
  const fetch = (async (url: string, init?: RequestInit) => {
    const [, width = 256, height = 256] = /WIDTH=(\d+)&HEIGHT=(\d+)/i.exec(String(url)) ?? [];
    asked.push(new Headers(init?.headers));
    if (next.status !== 200) return new Response(null, next);
    const whole = Number(width) === 256 ? bytes : await plainPng([+width, +height], [1, 2, 3]);
    return new Response(whole as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": "image/png", ...next.headers },
    });
  }) as typeof globalThis.fetch;
  return { asked, next, fetch };
}

async function start(
  platform: TestPlatform,
  { source = TILE, cache = {} }: { source?: object; cache?: object } = {},
) {
  const caches = {
    c: {
      grids: ["GLOBAL_WEBMERCATOR"],
      sources: ["s"],
      freshness: "upstream",
      cache: { type: "file", directory_layout: "tms", directory: "/tiles" },
      failure_ttl: 0,
      ...cache,
    },
  };
  const config = {
    services: { tms: { use_grid_names: true } },
    layers: [{ name: "l", title: "l", sources: ["c"] }],
    caches,
    sources: { s: source, t: source },
  };
  const hono = createHono(await build(await loadText(JSON.stringify(config)), platform, silentLog));
  return async (path = "1/0/0"): Promise<number> => {
    const url = `http://localhost/tiles/l/GLOBAL_WEBMERCATOR/${path}.png`;
    return (await hono.request(url)).status;
  };
}

async function setUp(options: Parameters<typeof start>[1] = {}) {
  const { asked, next, fetch } = await server();
  const platform = testPlatform({ fetch });
  platform.time = TIME;
  return { asked, next, platform, get: await start(platform, options) };
}

describe("freshness: upstream", () => {
  it("asks again when max-age has run out, and only for what has changed", async () => {
    const { asked, next, platform, get } = await setUp();
    const lastModified = "Thu, 01 Jan 2026 00:00:00 GMT";
    next.headers = { "cache-control": "max-age=60", etag: '"v1"', "last-modified": lastModified };
    assert.equal(await get(), 200);
    platform.time += 59_000;
    assert.equal(await get(), 200);
    assert.equal(asked.length, 1);
    platform.time += 1000;
    next.status = 304;
    const before = await platform.files?.read("/tiles/1/0/0.png");
    assert.equal(await get(), 200);
    assert.equal(asked[1]?.get("if-none-match"), '"v1"');
    assert.equal(asked[1]?.get("if-modified-since"), lastModified);
    assert.deepEqual(await platform.files?.read("/tiles/1/0/0.png"), before, "kept as it was");
    platform.time += 59_000;
    await get();
    assert.equal(asked.length, 2, "fresh again for as long");
    platform.time += 1000;
    next.status = 200;
    next.headers = { "cache-control": "max-age=60", etag: '"v2"' };
    await get();
    assert.notDeepEqual(
      (await platform.files?.read("/tiles/1/0/0.png"))?.modified,
      before?.modified,
    );
    platform.time += 60_000;
    await get();
    assert.equal(asked[3]?.get("if-none-match"), '"v2"');
  });

  it("asks for all tiles of a meta tile at once", async () => {
    const { asked, next, platform, get } = await setUp({ source: WMS });
    next.headers = { "cache-control": "max-age=60", etag: '"v1"' };
    await get("1/0/0");
    await get("1/1/1");
    assert.equal(asked.length, 1);
    platform.time += 60_000;
    next.status = 304;
    await get("1/1/0");
    await get("1/0/1");
    assert.equal(asked.length, 2);
    assert.equal(asked[1]?.get("if-none-match"), '"v1"');
  });

  it("asks by the time of the stored tile once for what another process has stored", async () => {
    const { asked, next, platform, get } = await setUp();
    next.headers = { "cache-control": "max-age=60" };
    await get();
    platform.time += 10_000;
    const restarted = await start(platform);
    next.status = 304;
    assert.equal(await restarted(), 200);
    assert.equal(asked[1]?.get("if-modified-since"), new Date(TIME - 60_000).toUTCString());
    await restarted();
    assert.equal(asked.length, 2);
  });

  it("asks for all anew where the tile is gone, or several servers made it", async () => {
    const { asked, next, platform, get } = await setUp();
    next.headers = { "cache-control": "no-cache", etag: '"v1"' };
    await get();
    await platform.files?.remove("/tiles/1/0/0.png");
    await get();
    assert.equal(asked[1]?.get("if-none-match"), null);
    const two = await setUp({ source: WMS, cache: { sources: ["s", "t"] } });
    two.next.headers = next.headers;
    await two.get();
    const first = two.asked.length;
    await two.get();
    assert.ok(two.asked.length > first);
    assert.ok(two.asked.every((headers) => headers.get("if-none-match") === null));
  });

  it("does not keep what may not be kept", async () => {
    const { asked, next, platform, get } = await setUp();
    next.headers = { "cache-control": "no-store" };
    assert.equal(await get(), 200);
    assert.equal(await platform.files?.read("/tiles/1/0/0.png"), undefined);
    assert.equal(await get(), 200);
    assert.equal(asked.length, 2);
  });

  it("leaves tiles of which the server says nothing to refresh_before", async () => {
    const { asked, platform, get } = await setUp({ cache: { refresh_before: { minutes: 1 } } });
    await get();
    platform.time += 30_000;
    await get();
    assert.equal(asked.length, 1);
    platform.time += 31_000;
    await get();
    assert.equal(asked.length, 2);
  });

  it("serves what is stored when the server fails, and asks again the next time", async () => {
    const { asked, next, platform, get } = await setUp();
    next.headers = { "cache-control": "max-age=60" };
    await get();
    platform.time += 60_000;
    next.status = 503;
    assert.equal(await get(), 200);
    assert.equal(await get(), 200);
    assert.equal(asked.length, 3);
  });

  it("is refused where it cannot be kept", async () => {
    await assert.rejects(setUp({ cache: { disable_storage: true } }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.faults[0]?.message ?? "", /freshness cannot be kept/);
      return true;
    });
  });
});
