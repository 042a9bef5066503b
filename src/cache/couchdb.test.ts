import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cacheDeps, TEST_TIME, testGrid } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { testContext, testPlatform } from "../../test/platform.ts";
import { toBase64 } from "../core/bytes.ts";
import { CacheError, RhumbError } from "../core/errors.ts";
import { ConfigFault } from "../model/define.ts";
import { couchdbCache } from "./couchdb.ts";

const ctx = testContext();
type Options = Parameters<typeof couchdbCache.create>[0];
type Doc = Record<string, unknown> & { _id: string; _rev?: string };
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

/** As much of CouchDB as the cache speaks to (its HTTP API, version 3). */
function couchServer(override: (seen: Seen) => Response | undefined = () => undefined) {
  const docs = new Map<string, Doc>();
  const seen: Seen[] = [];
  let revision = 0;
  const json = (status: number, value: unknown) => new Response(JSON.stringify(value), { status });
  const answer = ({ method, url, body }: Seen): Response => {
    const { pathname, searchParams } = new URL(url);
    const [, database, id] = /^\/([^/]+)(?:\/(.+))?$/.exec(pathname) ?? [];
    if (database === undefined) return json(404, {});
    if (id === undefined) return json(method === "PUT" ? 412 : 200, {});
    if (id === "_bulk_docs") {
      const rows = (JSON.parse(body) as { docs: Doc[] }).docs.map((doc) => {
        const known = docs.get(doc._id);
        if (known && known._rev !== doc._rev) return { id: doc._id, error: "conflict" };
        docs.set(doc._id, { ...doc, _rev: `1-${++revision}` });
        return { id: doc._id, ok: true };
      });
      return json(201, rows);
    }
    if (id === "_all_docs") {
      const { keys } = JSON.parse(body) as { keys: string[] };
      return json(200, { rows: keys.map((key) => ({ key, value: { rev: docs.get(key)?._rev } })) });
    }
    const doc = docs.get(decodeURIComponent(id));
    if (!doc) return json(404, { error: "not_found" });
    if (method === "HEAD") return new Response(null, { headers: { etag: `"${doc._rev}"` } });
    if (method !== "DELETE") return json(200, doc);
    if (searchParams.get("rev") !== doc._rev) return json(409, {});
    docs.delete(decodeURIComponent(id));
    return json(200, {});
  };
  const fetch = (async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    const question = { method, url, headers, body: await request.text() };
    seen.push(question);
    return override(question) ?? answer(question);
  }) as typeof globalThis.fetch;
  return { docs, seen, fetch };
}

const open = async (server: ReturnType<typeof couchServer>, more: Partial<Options> = {}) => {
  const platform = testPlatform({ fetch: server.fetch });
  platform.time = TEST_TIME;
  return await couchdbCache.create(
    { type: "couchdb", url: "http://couch:5984/", tile_metadata: {}, ...more },
    cacheDeps("/", { platform, grid: testGrid("g", { base: "GLOBAL_WEBMERCATOR" }) }),
  );
};

tileCacheContract("couchdb", () => open(couchServer()));

describe("couchdb cache", () => {
  const key = { x: 1, y: 2, level: 3 };

  it("caches 48: posts documents in bulk, with the tile as attachment", async () => {
    const server = couchServer();
    const cache = await open(server);
    await cache.putMany!(
      [
        [key, pngTile(1)],
        [{ ...key, x: 0 }, pngTile(2)],
      ],
      ctx,
    );
    assert.deepEqual(
      server.seen.map(({ method, url }) => `${method} ${url}`),
      ["PUT http://couch:5984/tiles_epsg3857", "POST http://couch:5984/tiles_epsg3857/_bulk_docs"],
    );
    const { docs } = JSON.parse(server.seen[1]?.body ?? "") as { docs: Doc[] };
    assert.deepEqual(docs[0], {
      timestamp: TEST_TIME / 1000,
      _id: "g-3-1-2",
      _attachments: {
        tile: { content_type: "image/png", data: toBase64(pngTile(1).bytes) },
      },
    });
    assert.equal((await cache.get(key, ctx))?.timestamp, TEST_TIME);
    assert.equal(
      server.seen.at(-1)?.url,
      "http://couch:5984/tiles_epsg3857/g-3-1-2?attachments=true",
    );
    assert.equal(server.seen.at(-1)?.headers.get("accept"), "application/json");
  });

  it("ends the ids of tiles with dimensions with their values, also those of a template", async () => {
    const dated = { ...key, dimensions: { time: "2020/P1Y", dim_level: "7" } };
    for (const [options, start] of [
      [{}, "g-3-1-2"],
      [{ tile_id: "%(couch_url)s/%(z)s_%(x)s_%(y)s" }, "3_1_2"],
    ] as const) {
      const server = couchServer();
      const cache = await open(server, options);
      await cache.put(dated, pngTile(1), ctx);
      assert.deepEqual([...server.docs.keys()], [`${start}/time-2020/P1Y/dim_level-7`]);
      await cache.get(dated, ctx);
      assert.equal(
        server.seen.at(-1)?.url,
        `http://couch:5984/tiles_epsg3857/${start}%2Ftime-2020%2FP1Y%2Fdim_level-7?attachments=true`,
      );
    }
  });

  it("caches 48: replaces documents that are there with their revision, once", async () => {
    const server = couchServer();
    const cache = await open(server);
    await cache.put(key, pngTile(1), ctx);
    server.seen.length = 0;
    await cache.putMany!(
      [
        [key, pngTile(2)],
        [{ ...key, x: 0 }, pngTile(3)],
      ],
      ctx,
    );
    assert.deepEqual(
      server.seen.map(({ url }) => url.split("/").at(-1)),
      ["_bulk_docs", "_all_docs", "_bulk_docs"],
    );
    assert.deepEqual(JSON.parse(server.seen[1]?.body ?? ""), { keys: ["g-3-1-2"] });
    assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(2).bytes);
  });

  it("fails when a conflict stays, and shows what CouchDB said", async () => {
    const conflict = () =>
      new Response(JSON.stringify([{ id: "g-3-1-2", error: "conflict" }]), { status: 201 });
    const stuck = couchServer(({ url }) => (url.endsWith("_bulk_docs") ? conflict() : undefined));
    await assert.rejects((await open(stuck)).put(key, pngTile(1), ctx), CacheError);
    const odd = couchServer(({ url }) =>
      url.endsWith("_bulk_docs") ? new Response("what?", { status: 202 }) : undefined,
    );
    await assert.rejects((await open(odd)).put(key, pngTile(1), ctx), (error) =>
      /got unexpected resp \(202\) from CouchDB: what\?/.test(String((error as Error).cause)),
    );
  });

  it("makes the database before any of the first requests goes on", async () => {
    const server = couchServer();
    let isMade = false;
    const fetch = (async (input: string | URL | Request, init?: RequestInit) => {
      const made = init?.method === "PUT";
      if (made) await new Promise((done) => setTimeout(done, 5));
      else assert.ok(isMade, "asked before it was there");
      isMade ||= made;
      return server.fetch(input, init);
    }) as typeof globalThis.fetch;
    const cache = await open({ ...server, fetch });
    await Promise.all([1, 2, 3].map((x) => cache.put({ ...key, x }, pngTile(x), ctx)));
  });

  it("removes a tile whose entity tag a server in between has made its own", async () => {
    const server = couchServer(({ method }) =>
      method === "HEAD" ? new Response(null, { headers: { etag: 'W/"2c-x"' } }) : undefined,
    );
    const cache = await open(server);
    await cache.put(key, pngTile(1), ctx);
    await cache.delete(key, ctx);
    assert.equal(server.docs.size, 0);
  });

  it("takes ids and addresses from the template", async () => {
    const server = couchServer();
    const cache = await open(server, {
      tile_id: "%(couch_url)s/%(grid_name)s_%(z)02d_%(x)s_%(y)s",
      db_name: "MyTiles",
    });
    await cache.put(key, pngTile(1), ctx);
    assert.deepEqual([...server.docs.keys()], ["g_03_1_2"]);
    assert.ok(await cache.get(key, ctx));
    assert.equal(server.seen.at(-1)?.url, "http://couch:5984/mytiles/g_03_1_2?attachments=true");
  });

  it("describes tiles by the variables of tile_metadata", async () => {
    const server = couchServer();
    const cache = await open(server, {
      tile_metadata: {
        column: "{{x}}",
        row: "{{y}}",
        zoom: "{{z}}",
        level: "{{level}}",
        made: "{{timestamp}}",
        iso: "{{utc_iso}}",
        center: "{{tile_centroid}}",
        wgs: "{{wgs_tile_centroid}}",
        plain: "text",
        number: 7,
      },
    });
    await cache.put({ x: 0, y: 0, level: 0 }, pngTile(1), ctx);
    const { _id, _rev, _attachments, center, wgs, ...rest } = server.docs.get("g-0-0-0")!;
    assert.deepEqual(rest, {
      column: 0,
      row: 0,
      zoom: 0,
      level: 0,
      made: TEST_TIME / 1000,
      iso: "2026-01-02T03:04:05Z",
      plain: "text",
      number: 7,
    });
    for (const value of [...(center as number[]), ...(wgs as number[])]) {
      assert.ok(Math.abs(value) < 1e-6, String(value));
    }
    assert.equal((await cache.get({ x: 0, y: 0, level: 0 }, ctx))?.timestamp, TEST_TIME);
    await assert.rejects(
      open(server, { tile_metadata: { a: "{{nope}}" } }),
      (error) =>
        error instanceof ConfigFault &&
        error.message === "unknown CouchDB tile_metadata value: '{{nope}}'",
    );
  });

  it("sends user and password of the URL as a header, and never in a URL", async () => {
    const server = couchServer();
    const cache = await open(server, { url: "http://me:s%40cret@couch:5984" });
    await cache.put(key, pngTile(1), ctx);
    for (const { url, headers } of server.seen) {
      assert.ok(!url.includes("cret"));
      assert.equal(headers.get("authorization"), `Basic ${btoa("me:s@cret")}`);
    }
  });

  it("is an error of the store when CouchDB has trouble or is not there", async () => {
    const trouble = couchServer(() => new Response("", { status: 500 }));
    await assert.rejects((await open(trouble)).get(key, ctx), RhumbError);
    const server = { ...couchServer(), fetch: () => Promise.reject(new TypeError("refused")) };
    await assert.rejects((await open(server)).get(key, ctx), RhumbError);
  });
});
