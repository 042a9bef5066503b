import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryFiles, silentLog, testPlatform } from "../../test/platform.ts";
import { createMetrics } from "../observe/metrics.ts";
import type { Platform } from "../platform/platform.ts";
import { loadOne } from "./one.ts";
import { withOperations } from "./operations.ts";

const SECRET = "s3cr3t-key";

const CONFIG = `
services: {wms: {}, tms: {}}
layers: [{name: one, title: One, sources: [cache]}]
caches: {cache: {sources: [osm], grids: [GLOBAL_GEODETIC]}}
sources: {osm: {type: wms, req: {url: "http://user:${SECRET}@maps.test/?apikey=${SECRET}", layers: x}}}
`;

/** The application with its operations; `upstream` answers for the source. */
async function setUp(upstream: () => Promise<Response>, server = "") {
  const files = memoryFiles();
  await files.write("/etc/rhumb.yaml", new TextEncoder().encode(CONFIG + server));
  const events: string[] = [];
  const at = (event: string, fields?: unknown) =>
    void events.push(`${event} ${JSON.stringify(fields)}`);
  const log = { ...silentLog, info: at, warn: at, error: at };
  const metrics = createMetrics();
  const platform = testPlatform({ files, fetch: upstream as unknown as Platform["fetch"] });
  const app = await loadOne("/etc/rhumb.yaml", { platform, log, metrics });
  const answer = withOperations(app, { collect: async () => metrics.snapshot() });
  const get = (path: string, headers: Record<string, string> = {}, peer = "127.0.0.1") =>
    answer(new Request(`http://h${path}`, { headers }), { peer });
  return { get, events, platform };
}

const alive = async () => new Response("no parameters", { status: 400 });
const dead = () => Promise.reject(new Error(`connect to maps.test?apikey=${SECRET} refused`));

describe("withOperations()", () => {
  it("answers /healthz while the process lives, whatever the sources do", async () => {
    const { get } = await setUp(dead);
    assert.equal((await get("/healthz")).status, 200);
  });

  it("is ready when every cache and source answers, if only that the request is wrong", async () => {
    const { get } = await setUp(alive);
    const response = await get("/readyz");
    assert.deepEqual(
      [response.status, await response.json()],
      [200, { ready: true, parts: [{ part: "cache cache" }, { part: "source osm" }] }],
    );
  });

  for (const [name, upstream] of [
    ["does not answer", dead],
    ["fails", async () => new Response("", { status: 503 })],
  ] as const) {
    it(`is not ready when a source ${name}, and says which without its secrets`, async () => {
      const { get } = await setUp(upstream);
      const response = await get("/readyz");
      assert.equal(response.status, 503);
      const text = await response.text();
      assert.match(text, /"part":"source osm","fault":"/);
      assert.ok(!text.includes(SECRET), text);
    });
  }

  it("tells strangers only whether it is ready", async () => {
    const { get } = await setUp(dead);
    assert.equal(await (await get("/readyz", {}, "192.0.2.1")).text(), "not ready\n");
    assert.equal((await get("/metrics", {}, "192.0.2.1")).status, 403);
    for (const header of ["forwarded", "x-forwarded-for", "x-script-name"]) {
      assert.equal((await get("/metrics", { [header]: "x" })).status, 403);
    }
  });

  it("takes networks from server.metrics_for", async () => {
    const { get } = await setUp(alive, 'server: {metrics_for: ["192.0.2.0/24"]}');
    assert.equal((await get("/metrics", {}, "192.0.2.1")).status, 200);
    assert.equal((await get("/metrics")).status, 403);
  });

  it("counts requests, and labels them by no text that a client chooses", async () => {
    const { get } = await setUp(alive);
    await get("/service?REQUEST=GetCapabilities&SERVICE=WMS");
    await get("/made-up-123");
    const text = await (await get("/metrics")).text();
    assert.match(text, /rhumb_requests_total\{service="service",status="200"\} 1/);
    assert.match(text, /rhumb_requests_total\{service="none",status="404"\} 1/);
    assert.ok(!text.includes("made"));
  });

  it("T22: shows planted secrets nowhere: answers, log, metrics", async () => {
    const { get, events } = await setUp(dead, "server: {access_log: true}");
    const map =
      "/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=one&STYLES=&SRS=EPSG:4326&BBOX=0,0,1,1&WIDTH=9&HEIGHT=9&FORMAT=image/png";
    for (const path of [map, `${map}&apikey=${SECRET}`, "/readyz", "/metrics"]) {
      const response = await get(path);
      const text = (await response.text()) + JSON.stringify([...response.headers]);
      assert.ok(!text.includes(SECRET), text);
    }
    assert.ok(events.some((line) => line.startsWith("request ")));
    assert.ok(!events.join("\n").includes(SECRET), events.join("\n"));
  });

  it("says by Cache-Status what the cache had to do with an answer (RFC 9211)", async () => {
    const { get } = await setUp(alive);
    const capabilities = await get("/service?REQUEST=GetCapabilities&SERVICE=WMS");
    assert.equal(capabilities.headers.get("cache-status"), null);
    const tile = await get("/tms/1.0.0/one/EPSG4326/0/0/0.png");
    assert.equal(tile.headers.get("cache-status"), "Rhumb; fwd=miss");
    assert.match(
      tile.headers.get("server-timing") ?? "",
      /^total;dur=[\d.]+, upstream;dur=[\d.]+;desc="1 requests"$/,
    );
    assert.match(tile.headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/);
  });

  it("takes the request id of a trusted proxy only", async () => {
    const { get } = await setUp(alive);
    const id = async (peer: string, given: string) =>
      (await get("/", { "x-request-id": given }, peer)).headers.get("x-request-id");
    assert.equal(await id("127.0.0.1", "abc-1"), "abc-1");
    assert.notEqual(await id("192.0.2.1", "abc-1"), "abc-1");
    assert.notEqual(await id("127.0.0.1", "a b"), "a b");
  });
});
