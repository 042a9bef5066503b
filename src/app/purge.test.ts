import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog, testPlatform } from "../../test/platform.ts";
import { ConfigError } from "../core/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { loadOne } from "./one.ts";

const TOKEN = "a-long-enough-secret";

const config = (server = `{purge_token: ${TOKEN}}`, tiles = "{cache_tags: true}") => `
server: ${server}
services: {wmts: , wms: , ogcapi: }
layers:
  - {name: one, title: One, sources: [kept]}
  - {name: "a b,c", title: Other, sources: [kept]}
  - {name: direct, title: Direct, sources: [debug]}
caches:
  kept: {grids: [g], sources: [debug], meta_size: [1, 1], meta_buffer: 0, cache: {type: file, directory: /cache}}
  never: {grids: [g], sources: [debug], disable_storage: true}
grids: {g: {base: GLOBAL_WEBMERCATOR, origin: nw, num_levels: 10}}
sources: {debug: {type: debug}}
globals: {tiles: ${tiles}}
`;

async function appOf(text: string, overrides: Partial<Platform> = {}) {
  const platform = testPlatform(overrides);
  await platform.files.write("/maps.yaml", new TextEncoder().encode(text));
  const logged: string[] = [];
  const log = {
    ...silentLog,
    info: (event: string, fields = {}) => void logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  const { fetch } = await loadOne("/maps.yaml", { platform, log });
  const get = (path: string) => fetch(new Request(`http://h${path}`), {});
  const purge = async (query: string, { token = TOKEN, method = "POST" } = {}) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(new Request(`http://h/purge?${query}`, { method, headers }), {});
    return { status: response.status, answer: await response.json(), headers: response.headers };
  };
  /** Asks for a tile; rows count from the north. */
  const tile = async (level: number, x: number, y: number, layer = "one") => {
    const response = await get(`/wmts/${layer}/g/${level}/${x}/${y}.png`);
    assert.equal(response.status, 200);
    return response.headers;
  };
  /** Which of the tiles are stored, as `level/x/y`. */
  const stored = async () => {
    const found: string[] = [];
    for (const level of [0, 1, 5]) {
      for (let x = 0; x < 2 ** level; x++) {
        for (let y = 0; y < 2 ** level; y++) {
          const part = (n: number) =>
            String(n)
              .padStart(9, "0")
              .replace(/(...)(...)(...)/, "$1/$2/$3");
          const path = `/cache/${String(level).padStart(2, "0")}/${part(x)}/${part(y)}.png`;
          if (await platform.files.stat(path)) found.push(`${level}/${x}/${y}`);
        }
      }
    }
    return found;
  };
  return { get, purge, tile, stored, platform, logged };
}

describe("POST /purge", () => {
  it("answers when other processes have stopped to serve what they kept of the files", async () => {
    for (const [look, lag] of [
      [0, 0],
      [2.5, 2500],
    ]) {
      const { purge, platform } = await appOf(
        config(`{purge_token: ${TOKEN}, hot_tiles_look: ${look}}`),
      );
      const before = platform.time;
      assert.equal((await purge("layer=one&levels=5&bbox=1,1,2,2")).status, 200);
      assert.equal(platform.time - before, lag);
    }
  });

  it("removes the tiles that touch a bbox, in the levels named, and names their tags", async () => {
    const { purge, tile, stored } = await appOf(config());
    for (const [level, x, y] of [
      [0, 0, 0],
      [1, 0, 1],
      [1, 1, 0],
      [5, 16, 15],
      [5, 17, 15],
    ] as const) {
      await tile(level, x, y);
    }
    assert.deepEqual(await stored(), ["0/0/0", "1/0/1", "1/1/0", "5/16/15", "5/17/15"]);
    const { status, answer } = await purge("layer=one&levels=1-5&bbox=1,1,2,2");
    assert.equal(status, 200);
    assert.deepEqual(await stored(), ["0/0/0", "1/0/1", "5/17/15"]);
    assert.deepEqual(answer.caches, ["kept"]);
    assert.equal(answer.removed, 2);
    const { tags } = answer;
    for (const tag of ["one/*", "one/g/1/0-0", "one/g/5/1-0", "a%20b%2Cc/g/5/1-0", "a%20b%2Cc/*"]) {
      assert.ok(tags.includes(tag), `${tag} of ${tags}`);
    }
    assert.ok(!tags.some((tag: string) => tag.includes("direct")));
  });

  it("takes a bbox in another system, x before y, whole meta tiles", async () => {
    const { purge, tile, stored } = await appOf(config());
    await tile(5, 16, 15);
    await purge("layer=one&levels=5&srs=EPSG:3857&bbox=-200000,-200000,-100000,-100000");
    assert.deepEqual(await stored(), ["5/16/15"]);
    await purge("layer=one&levels=5&srs=EPSG:3857&bbox=100000,100000,200000,200000");
    assert.deepEqual(await stored(), []);
  });

  it("removes whole levels, or all, of a layer or a cache", async () => {
    const { purge, tile, stored } = await appOf(config());
    for (const level of [0, 1, 5]) await tile(level, 0, 0);
    const some = await purge("cache=kept&levels=1");
    assert.deepEqual(some.answer.tags, ["one/*", "one/g/1", "a%20b%2Cc/*", "a%20b%2Cc/g/1"]);
    assert.equal(some.answer.removed, undefined);
    assert.deepEqual(await stored(), ["0/0/0", "5/0/0"]);
    const all = await purge("layer=one");
    assert.deepEqual(all.answer.tags, ["one", "a%20b%2Cc"]);
    assert.deepEqual(await stored(), []);
  });

  it("removes only what is older than a time", async () => {
    const { purge, tile, stored, platform } = await appOf(config());
    platform.time = Date.parse("2026-01-01T00:00:00Z");
    await tile(1, 0, 0);
    platform.time = Date.parse("2026-03-01T00:00:00Z");
    await tile(1, 1, 1);
    await purge("layer=one&before=2026-02-01T00:00:00Z");
    assert.deepEqual(await stored(), ["1/1/1"]);
  });

  it("tags of its answer are those that the tiles carry, at every place", async () => {
    const { purge, tile } = await appOf(config());
    for (const [level, x, y] of [
      [3, 1, 6],
      [5, 31, 0],
      [9, 300, 200],
      [9, 511, 511],
    ] as const) {
      const headers = await tile(level, x, y);
      const tags = headers.get("cache-tag")?.split(",") ?? [];
      assert.equal(tags.length, 3);
      assert.equal(headers.get("surrogate-key"), tags.join(" "));
      const width = 360 / 2 ** level;
      const [west, east] = [-180 + (x + 0.4) * width, -180 + (x + 0.6) * width];
      const lat = (row: number) =>
        (Math.atan(Math.sinh(Math.PI * (1 - 2 * (row / 2 ** level)))) * 180) / Math.PI;
      const bbox = [west, lat(y + 0.6), east, lat(y + 0.4)].join();
      const { answer } = await purge(`layer=one&levels=${level}&bbox=${bbox}`);
      assert.equal(answer.removed, 1);
      assert.ok(answer.tags.includes(tags[2]), `${tags[2]} of ${answer.tags}`);
    }
  });

  it("pictures that are no tiles of a grid are tagged by their layers, and go with any purge of them", async () => {
    const { get, purge } = await appOf(config());
    const picture = await get("/ogcapi/collections/one/map/tiles/g/0/0/0.png");
    assert.equal(picture.headers.get("cache-tag"), "one,one/*");
    const { answer } = await purge("layer=one&bbox=0,0,1,1&levels=3");
    assert.ok(answer.tags.includes("one/*"));
  });

  it("is there only with a token, and answers nobody without it", async () => {
    const { purge, tile, stored } = await appOf(config());
    await tile(0, 0, 0);
    for (const token of ["", "wrong", `${TOKEN}x`, TOKEN.slice(1), "x".repeat(5000)]) {
      const { status, headers, answer } = await purge("layer=one", { token });
      assert.equal(status, 401);
      assert.equal(headers.get("www-authenticate"), "Bearer");
      assert.deepEqual(answer, { error: "unauthorized" });
    }
    assert.equal((await purge("layer=one", { method: "GET" })).status, 405);
    assert.deepEqual(await stored(), ["0/0/0"]);
    const { get } = await appOf(config("{}"));
    assert.equal((await get("/purge?layer=one")).status, 404);
  });

  it("takes the token from the environment, and refuses one that is short or was not set", async () => {
    const env = { RHUMB_PURGE_TOKEN: "another-long-secret" };
    const { purge } = await appOf(config(), { env });
    assert.equal((await purge("layer=one")).status, 401);
    assert.equal((await purge("layer=one", { token: env.RHUMB_PURGE_TOKEN })).status, 200);
    const refused = async (text: string, own: Record<string, string> = {}) =>
      await assert.rejects(appOf(text, { env: own }), ConfigError);
    await refused(config("{purge_token: short}"));
    await refused(config("{purge_token: '$NOT_SET_ANYWHERE'}"));
    await refused(config(), { RHUMB_PURGE_TOKEN: "short" });
  });

  it("says what is wrong with a request, and removes nothing", async () => {
    const { purge, tile, stored } = await appOf(config());
    await tile(0, 0, 0);
    const cases: [string, number, RegExp][] = [
      ["", 400, /name a layer or a cache/],
      ["layer=one&cache=kept", 400, /one of them/],
      ["layer=nothing", 404, /no such layer/],
      ["layer=direct", 404, /no such layer/],
      ["layer=one&level=3", 400, /unknown parameter level/],
      ["layer=one&layer=two", 400, /given twice/],
      ["layer=one&levels=9-5", 400, /expected 5 or 5-9/],
      ["layer=one&bbox=1,2,3", 400, /expected minx,miny,maxx,maxy/],
      ["layer=one&bbox=3,2,1,4", 400, /expected minx/],
      ["layer=one&bbox=1,2,,4", 400, /expected minx/],
      ["layer=one&bbox=1,2,3,4&srs=EPSG:0", 400, /no such system/],
      ["layer=one&before=yesterday", 400, /expected a time/],
      ["layer=one&levels=9&bbox=-180,-85,180,85", 413, /262144 tiles would have to be looked at/],
    ];
    for (const [query, status, message] of cases) {
      const { status: got, answer } = await purge(query);
      assert.equal(got, status, query);
      assert.match(answer.error, message);
    }
    assert.deepEqual(await stored(), ["0/0/0"]);
  });

  it("logs what was removed, without the token", async () => {
    const { purge, logged } = await appOf(config());
    await purge("layer=one&levels=0");
    assert.match(logged.join(), /purged .*"caches":"kept"/);
    assert.ok(!logged.join().includes(TOKEN));
  });
});

describe("globals.tiles", () => {
  it("stale_while_revalidate and stale_if_error are told to shared caches only (RFC 5861)", async () => {
    const tiles = "{expires_hours: 1, stale_while_revalidate: 60, stale_if_error: 86400}";
    const { tile } = await appOf(config("{}", tiles));
    assert.equal(
      (await tile(0, 0, 0)).get("cache-control"),
      "public, max-age=3600, s-maxage=3600, stale-while-revalidate=60, stale-if-error=86400",
    );
  });

  it("tiles carry no tags unless asked for", async () => {
    const { tile } = await appOf(config("{}", "{}"));
    const headers = await tile(0, 0, 0);
    assert.equal(headers.get("cache-tag"), null);
    assert.equal(headers.get("cache-control"), "public, max-age=259200, s-maxage=259200");
  });
});
