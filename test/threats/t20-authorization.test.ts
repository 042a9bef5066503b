/** T20: what the authorizer denies is denied at every door, and whatever is wrong with it denies. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { mapQuery, oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

/** Everything that shows something of a layer, by operation. */
const DOORS: Readonly<Record<string, string>> = {
  "wms.map": mapQuery("cached"),
  "wms.map of 1.3.0": mapQuery("cached", { VERSION: "1.3.0", CRS: "EPSG:3857" }),
  "wms.map by another case": mapQuery("cached").replace("LAYERS", "lAyErS"),
  "wms.featureinfo": mapQuery("direct", {
    REQUEST: "GetFeatureInfo",
    QUERY_LAYERS: "direct",
    X: "1",
    Y: "1",
  }),
  "wms.legendgraphic": mapQuery("direct", { REQUEST: "GetLegendGraphic", LAYER: "direct" }),
  "wms.capabilities": "/service?SERVICE=WMS&REQUEST=GetCapabilities",
  "wmts by path": "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png",
  "wmts by query":
    "/service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=cached&STYLE=&TILEMATRIXSET=GLOBAL_WEBMERCATOR&TILEMATRIX=0&TILEROW=0&TILECOL=0&FORMAT=image/png",
  "wmts.featureinfo":
    "/service?SERVICE=WMTS&REQUEST=GetFeatureInfo&VERSION=1.0.0&LAYER=cached&STYLE=&TILEMATRIXSET=GLOBAL_WEBMERCATOR&TILEMATRIX=0&TILEROW=0&TILECOL=0&FORMAT=image/png&I=1&J=1&INFOFORMAT=text/html",
  "wmts capabilities": "/wmts/1.0.0/WMTSCapabilities.xml",
  tms: "/tms/1.0.0/cached/EPSG3857/0/0/0.png",
  "tms capabilities": "/tms/1.0.0/",
  "tms capabilities of a layer": "/tms/1.0.0/cached/EPSG3857",
  tiles: "/tiles/cached/EPSG3857/0/0/0.png",
  "kml tile": "/kml/cached/EPSG3857/0/0/0.png",
  kml: "/kml/cached/EPSG3857/0/0/0.kml",
  demo: "/demo/",
  "demo of a layer": "/demo/?wms_layer=cached&srs=EPSG:3857",
  "ogcapi landing page": "/ogcapi?f=json",
  "ogcapi collections": "/ogcapi/collections?f=json",
  "ogcapi map": "/ogcapi/collections/cached/map?f=png",
  "ogcapi tile": "/ogcapi/collections/cached/map/tiles/GLOBAL_WEBMERCATOR/0/0/0?f=png",
  tilejson: "/tiles/cached/GLOBAL_WEBMERCATOR.json",
};

/** Ways in which a hook denies, or is broken. */
const HOOKS: Readonly<Record<string, { status?: number; body?: string; hang?: boolean }>> = {
  "says none": { body: '{"authorized": "none"}' },
  "says unauthenticated": { body: '{"authorized": "unauthenticated"}' },
  "allows another layer": {
    body: '{"authorized": "partial", "layers": {"other": {"map": true, "tile": true, "featureinfo": true, "legendgraphic": true}}}',
  },
  "allows nothing of it": { body: '{"authorized": "partial", "layers": {"cached": {}}}' },
  fails: { status: 500, body: "oops" },
  "answers no JSON": { body: "<html>" },
  "answers an empty object": { body: "{}" },
  "answers a word that it does not have": { body: '{"authorized": "sure"}' },
  redirects: { status: 302 },
  hangs: { hang: true },
};

async function hookServer(hook: (typeof HOOKS)[string]) {
  const server = createServer((request, response) => {
    request.resume();
    if (hook.hang) return;
    response.writeHead(hook.status ?? 200, {
      "content-type": "application/json",
      ...(hook.status === 302 && { location: "/yes" }),
    });
    response.end(request.url === "/yes" ? '{"authorized": "full"}' : hook.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function withApp(
  hook: (typeof HOOKS)[string],
  work: (app: ProxyApp) => Promise<void>,
): Promise<void> {
  const upstream = await hostileUpstream();
  const server = await hookServer(hook);
  const yaml = oneSource(`${upstream.url}/good`).replace(
    "services:",
    "services:\n  demo: {}\n  ogcapi: {}",
  );
  const app = await proxy(yaml, { RHUMB_AUTHORIZE_URL: server.url });
  try {
    await work(app);
    assert.deepEqual(upstream.asked, [], "no source is asked for who may see nothing");
  } finally {
    await app.close();
    server.close();
    await upstream.close();
  }
}

describe("T20: a hook that", () => {
  for (const [what, hook] of Object.entries(HOOKS)) {
    const doors = hook.hang ? { "wms.map": DOORS["wms.map"]! } : DOORS;
    it(`${what}: shows nothing at any door`, { timeout: 120_000 }, async () => {
      await withApp(hook, async (app) => {
        for (const [door, path] of Object.entries(doors)) {
          const response = await app.get(path);
          const text = await response.text();
          const isDocument = /capabilities|landing|collections/.test(door);
          if (response.status === 200) {
            // A partial decision filters documents; a picture would show something.
            assert.ok(isDocument && what.startsWith("allows"), `${door}: ${response.status}`);
          }
          assert.doesNotMatch(text, /Cached/, `${door} names the layer`);
          assert.doesNotMatch(response.headers.get("cache-control") ?? "", /public/, door);
        }
      });
    });
  }
});
