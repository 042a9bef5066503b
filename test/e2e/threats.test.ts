/** Attacks that any server in the open gets, over HTTP, on every runtime; test/threats has the rest. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Server, startServer, target } from "./server.ts";

const SCRIPT = '"><script>alert(1)</script>';

/** ms that any of these may take: far more than it needs, far less than an attack wants. */
const PATIENCE = 10_000;

describe(`threats on ${target}`, () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await server?.stop();
  });

  const get = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, {
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
      ...init,
    });
  const map = (params: Record<string, string>) => {
    const query = new URLSearchParams({
      ...{ SERVICE: "WMS", VERSION: "1.1.1", REQUEST: "GetMap", LAYERS: "world", STYLES: "" },
      ...{
        SRS: "EPSG:4326",
        BBOX: "-10,-10,10,10",
        WIDTH: "16",
        HEIGHT: "16",
        FORMAT: "image/png",
      },
      ...params,
    });
    return get(`/proxy/service?${query}`);
  };
  const isPicture = (response: Response) =>
    (response.headers.get("content-type") ?? "").startsWith("image/");

  it("T2: XML in a body, with entities and a document type, is not read", async () => {
    const body =
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><GetCapabilities>&b;</GetCapabilities>';
    const response = await get("/proxy/service", {
      method: "POST",
      body,
      headers: { "content-type": "text/xml" },
    });
    assert.doesNotMatch(await response.text(), /aaaa|ENTITY/);
  });

  it("T4: sizes, boxes and counts without sense get an exception", async () => {
    const cases: Record<string, string>[] = [
      ...["-1", "0", "1e9", "NaN", "100000", ""].map((WIDTH) => ({ WIDTH })),
      ...["0,0,inf,1", "1,1,0,0", "0,0,0,0", "a,b,c,d", "1,2,3", "nan,0,1,1"].map((BBOX) => ({
        BBOX,
      })),
      { LAYERS: Array(10_000).fill("x").join() },
      { SRS: "EPSG:999999999" },
    ];
    for (const params of cases) {
      const response = await map(params);
      const text = await response.text();
      assert.ok(!isPicture(response), JSON.stringify(params).slice(0, 80));
      // a line of this length some servers do not even read
      if ([414, 431].includes(response.status)) continue;
      assert.match(text, /ServiceException/, JSON.stringify(params).slice(0, 80));
    }
  });

  it("T5: no path leads out of the caches or the demo's files", async () => {
    for (const path of [
      ...[
        "/proxy/wmts/..%2f..%2fetc/GLOBAL_WEBMERCATOR/0/0/0.png",
        "/proxy/tiles/%2e%2e/0/0/0.png",
      ],
      ...[
        "/proxy/demo/static/..%2f..%2f..%2fetc/passwd",
        "/proxy/demo/static/%00",
        "/proxy/kml/..%5c..%5cx/0/0/0.kml",
      ],
    ]) {
      const response = await get(path);
      assert.ok(response.status >= 400, path);
      assert.doesNotMatch(await response.text(), /root:/);
    }
  });

  it("T7: what a request says is never written as it is", async () => {
    for (const path of [
      ...["LAYERS", "SRS", "FORMAT", "BBOX", "STYLES", "VERSION", "REQUEST"].map(
        (name) => `/proxy/service?SERVICE=WMS&REQUEST=GetMap&${name}=${encodeURIComponent(SCRIPT)}`,
      ),
      ...["format", "srs", "wms_layer"].map(
        (name) => `/proxy/demo/?wms_layer=world&${name}=${encodeURIComponent(SCRIPT)}`,
      ),
      `/proxy/wmts/${encodeURIComponent(SCRIPT)}/x/0/0/0.png`,
      `/proxy/ogcapi/collections/${encodeURIComponent(SCRIPT)}?f=html`,
    ]) {
      const response = await get(path);
      const text = await response.text();
      // plain text that nobody may take for anything else
      const isPlain = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
      assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
      if (!isPlain) assert.doesNotMatch(text, /<script>alert/, path);
    }
  });

  it("T8: line breaks of a request do not end up between headers", async () => {
    for (const name of ["FORMAT", "LAYERS", "TIME", "INFO_FORMAT"]) {
      const response = await map({ [name]: "x\r\nSet-Cookie: a=b\r\n\r\n<html>" });
      await response.arrayBuffer();
      assert.equal(response.headers.get("set-cookie"), null, name);
    }
  });

  it("T9: schemes that are none make no links, and pictures do not depend on the host", async () => {
    const headers = {
      "x-forwarded-proto": "javascript",
      "x-forwarded-host": 'a"><script>alert(1)</script>',
    };
    const text = await (
      await get("/proxy/service?SERVICE=WMS&REQUEST=GetCapabilities", { headers })
    ).text();
    assert.doesNotMatch(text, /javascript:|<script>alert/);
    const tile = "/proxy/wmts/world/GLOBAL_WEBMERCATOR/1/0/0.jpeg";
    const [plain, forged] = [await get(tile), await get(tile, { headers })];
    assert.deepEqual(await forged.arrayBuffer(), await plain.arrayBuffer());
  });

  it("T10: long texts are looked at in no time", async () => {
    for (const text of [
      "a".repeat(6000),
      "(a+)+".repeat(1000),
      "%".repeat(3000),
      "1,".repeat(3000),
    ]) {
      for (const name of ["BBOX", "LAYERS", "TIME", "SRS"]) {
        await (await map({ [name]: text })).arrayBuffer();
      }
    }
  });

  it("still answers after all that", async () => {
    assert.ok(isPicture(await map({})));
  });
});
