import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryFiles, silentLog, testPlatform } from "../../test/platform.ts";
import { loadOne } from "./one.ts";

const HOOK = "http://hook.test/authorize";
const config = (server: string) => `
server: ${server}
services: {wms: {}, wmts: {}, tms: {use_grid_names: true}, kml: {use_grid_names: true}, demo: {}, ogcapi: {}}
layers:
  - {name: one, title: Visible, sources: [cache]}
  - {name: two, title: Visible too, sources: [features]}
caches: {cache: {sources: [debug], grids: [GLOBAL_WEBMERCATOR], disable_storage: true}}
sources:
  debug: {type: debug}
  features: {type: wms, wms_opts: {featureinfo: true}, req: {url: "http://maps.test/", layers: x}}
`;

const MAP = "LAYERS=one&STYLES=&SRS=EPSG:3857&BBOX=0,0,9,9&WIDTH=9&HEIGHT=9&FORMAT=image/png";

/** One request a service and operation. */
const REQUESTS: Readonly<Record<string, string>> = {
  "WMS GetMap": `/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&${MAP}`,
  "WMS GetFeatureInfo": `/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetFeatureInfo&${MAP.replace("one", "two")}&QUERY_LAYERS=two&X=1&Y=1`,
  "WMS GetLegendGraphic":
    "/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetLegendGraphic&LAYER=one&FORMAT=image/png",
  "WMS GetCapabilities": "/service?SERVICE=WMS&REQUEST=GetCapabilities",
  "TMS document": "/tms/1.0.0/",
  "TMS tile map": "/tms/1.0.0/one/GLOBAL_WEBMERCATOR",
  "TMS tile": "/tms/1.0.0/one/GLOBAL_WEBMERCATOR/0/0/0.png",
  tiles: "/tiles/one/GLOBAL_WEBMERCATOR/0/0/0.png",
  "KML document": "/kml/one/GLOBAL_WEBMERCATOR",
  "KML tile": "/kml/one/GLOBAL_WEBMERCATOR/0/0/0.png",
  "WMTS capabilities": "/wmts/1.0.0/WMTSCapabilities.xml",
  "WMTS tile": "/wmts/one/GLOBAL_WEBMERCATOR/0/0/0.png",
  "WMTS tile by KVP":
    "/service?SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile&LAYER=one&STYLE=&TILEMATRIXSET=GLOBAL_WEBMERCATOR&TILEMATRIX=0&TILEROW=0&TILECOL=0&FORMAT=image/png",
  demo: "/demo/",
  "OGC API collections": "/ogcapi/collections",
  "OGC API collection": "/ogcapi/collections/one",
  "OGC API map": "/ogcapi/collections/one/map",
  "OGC API tile": "/ogcapi/collections/one/map/tiles/WebMercatorQuad/0/0/0",
};

const json = (value: unknown) => async () => new Response(JSON.stringify(value));
const limited = (limited_to: unknown) =>
  json({
    authorized: "partial",
    layers: { one: { map: true, featureinfo: true, tile: true } },
    limited_to,
  });

/** Ways of a hook to say nothing. */
const FAILURES: Readonly<Record<string, () => Promise<Response>>> = {
  "is not there": () => Promise.reject(new Error("refused")),
  "answers 500": async () => new Response('{"authorized":"full"}', { status: 500 }),
  "answers 201": async () => new Response('{"authorized":"full"}', { status: 201 }),
  hangs: () => new Promise(() => {}),
  "answers no JSON": async () => new Response("full"),
  "answers with bytes that are no text": async () =>
    new Response(new Uint8Array([0xff, 0xfe, 0x7b])),
  "answers null": json(null),
  "answers a list": json(["full"]),
  "answers another word": json({ authorized: "FULL" }),
  "answers true": json({ authorized: true }),
  "answers partial without layers": json({ authorized: "partial" }),
  "answers partial with 1 in place of true": json({
    authorized: "partial",
    layers: { one: { map: 1, featureinfo: 1, tile: 1, legendgraphic: 1 } },
  }),
  "limits to nonsense": limited(7),
  "limits to false": limited(false),
  "limits to half a bbox": limited({ srs: "EPSG:4326", geometry: [1, 2] }),
  "limits to a bbox of text": limited({ srs: "EPSG:4326", geometry: ["a", "b", "c", "d"] }),
  "limits to no polygon": limited({ srs: "EPSG:4326", geometry: "POINT(1 1)x" }),
  "limits in an unknown reference system": limited({ srs: "EPSG:0", geometry: [0, 0, 1, 1] }),
  "answers without end": async () =>
    new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65536).fill(32)) })),
};

async function setUp(hook: () => Promise<Response>) {
  const files = memoryFiles();
  const text = config(`{authorize_url: "${HOOK}", hook_timeout: 0.1, base_path: ""}`);
  await files.write("/r.yaml", new TextEncoder().encode(text));
  const asked: string[] = [];
  const fetch = (async (url: string) => {
    asked.push(url);
    return url === HOOK
      ? hook()
      : new Response("Visible", { headers: { "content-type": "text/plain" } });
  }) as unknown as typeof globalThis.fetch;
  const app = await loadOne("/r.yaml", {
    platform: testPlatform({ files, fetch }),
    log: silentLog,
  });
  return { asked, get: (path: string) => app.fetch(new Request(`http://h${path}`)) };
}

describe("T20: authorization, for every service and operation alike", () => {
  it("asks server.authorize_url before it answers", async () => {
    const { get, asked } = await setUp(json({ authorized: "full" }));
    for (const [name, path] of Object.entries(REQUESTS)) {
      asked.length = 0;
      const response = await get(path);
      const text = await response.text();
      assert.ok(
        response.status < 400 || name === "WMS GetLegendGraphic",
        `${name}: ${response.status} ${text.slice(0, 200)}`,
      );
      assert.ok(asked.includes(HOOK), `${name} was not asked about`);
      assert.doesNotMatch(response.headers.get("cache-control") ?? "", /public/);
    }
  });

  it("answers 401 to who must say who it is, 403 to who may not", async () => {
    for (const [authorized, status] of [
      ["unauthenticated", 401],
      ["none", 403],
    ] as const) {
      const { get } = await setUp(json({ authorized }));
      for (const [name, path] of Object.entries(REQUESTS)) {
        assert.equal((await get(path)).status, status, `${name}, ${authorized}`);
      }
    }
  });

  for (const [failure, hook] of Object.entries(FAILURES)) {
    it(`shows nothing when the hook ${failure}`, async () => {
      const { get } = await setUp(hook);
      await Promise.all(
        Object.entries(REQUESTS).map(async ([name, path]) => {
          const response = await get(path);
          const text = await response.text();
          const type = response.headers.get("content-type") ?? "";
          // A partial decision filters documents; none of them may name the layer.
          const isEmptyDocument = response.status === 200 && !type.startsWith("image/");
          assert.ok(
            response.status >= 400 || isEmptyDocument,
            `${name}: ${response.status} ${type}`,
          );
          assert.ok(!text.includes("Visible"), `${name} names the layer`);
        }),
      );
    });
  }
});
