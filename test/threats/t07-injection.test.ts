/** T7, T8, T9: nothing that a request or an upstream says runs, redirects or sets headers anywhere. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { mapQuery, oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

let upstream: HostileUpstream;
let app: ProxyApp;
before(async () => {
  upstream = await hostileUpstream();
  app = await proxy(
    `${oneSource(`${upstream.url}/info-html`)}
`.replace("services:", "services:\n  demo: {}"),
  );
});
after(async () => {
  await app.close();
  await upstream.close();
});

const SCRIPT = `"'><script>alert(1)</script>&<![CDATA[`;

describe("T7: what a request says", () => {
  const encoded = encodeURIComponent(SCRIPT);
  for (const path of [
    `/demo/?wms_layer=${encoded}&srs=${encoded}&format=${encoded}`,
    `/demo/?wms_layer=direct&srs=${encoded}&format=${encoded}`,
    `/demo/?tms_layer=${encoded}&srs=${encoded}`,
    `/demo/?wmts_layer=${encoded}&srs=${encoded}`,
    `/demo/?tms_capabilities&layer=${encoded}&srs=${encoded}`,
    `/demo/${encoded}`,
    `/service?SERVICE=${encoded}`,
    `/service?SERVICE=WMS&REQUEST=${encoded}`,
    `/service?SERVICE=WMTS&REQUEST=${encoded}`,
    mapQuery(SCRIPT),
    mapQuery("direct", { SRS: SCRIPT }),
    mapQuery("direct", { FORMAT: SCRIPT }),
    mapQuery("direct", { VERSION: SCRIPT, EXCEPTIONS: SCRIPT }),
    mapQuery("direct", { REQUEST: "GetLegendGraphic", LAYER: SCRIPT }),
    `/wmts/${encoded}/${encoded}/0/0/0.png`,
    `/tms/1.0.0/${encoded}/${encoded}/0/0/0.png`,
    `/kml/${encoded}/0/0/0.kml`,
    `/${encoded}`,
  ]) {
    it(`is never written as it is: ${path.slice(0, 60)}`, async () => {
      const response = await app.get(path);
      const text = await response.text();
      // Plain text stays plain text: that is what `nosniff` is for.
      const isPlain = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
      if (!isPlain) assert.doesNotMatch(text, /<script>alert/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      for (const [, value] of response.headers) assert.doesNotMatch(value, /<script>/);
    });
  }
});

describe("T7, weakness 8: what an upstream says of features", () => {
  it("runs nowhere: HTML is sandboxed, whatever was asked", async () => {
    const info = {
      REQUEST: "GetFeatureInfo",
      QUERY_LAYERS: "direct",
      X: "1",
      Y: "1",
    };
    for (const format of ["text/html", "text/plain"]) {
      // The server answers HTML whatever is asked.
      const response = await app.get(mapQuery("direct", { ...info, INFO_FORMAT: format }));
      assert.match(await response.text(), /<script>/);
      assert.match(response.headers.get("content-security-policy") ?? "", /sandbox/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    }
  });
});

describe("T9, weaknesses 2 and 8: hosts and schemes that a client names", () => {
  const documents = [
    "/service?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1",
    "/service?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.3.0",
    "/wmts/1.0.0/WMTSCapabilities.xml",
    "/tms/1.0.0/",
    "/kml/cached/EPSG3857/0/0/0.kml",
    "/",
    "/demo/",
  ];
  for (const [what, headers] of Object.entries<Record<string, string>>({
    "a script as scheme": { "x-forwarded-proto": "javascript" },
    "markup as host": { "x-forwarded-host": '"><script>alert(1)</script>' },
    "markup as prefix": { "x-script-name": '/"><script>alert(1)</script>' },
    "a list of schemes": { "x-forwarded-proto": "https, https" },
    "a host with a path": { "x-forwarded-host": "evil.example/x?y#z" },
  })) {
    it(`${what}: never leave their place in a document`, async () => {
      for (const path of documents) {
        const response = await app.get(path, { headers });
        const text = await response.text();
        assert.doesNotMatch(text, /<script>alert|javascript:|evil\.example\/x\?y/, path);
      }
    });
  }

  it("pictures are the same whatever host is named, and never vary", async () => {
    const good = await hostileUpstream();
    const plain = await proxy(oneSource(`${good.url}/good`));
    const path = "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png";
    const first = await plain.get(path);
    const second = await plain.get(path, { headers: { "x-forwarded-host": "evil.example" } });
    assert.deepEqual(await first.arrayBuffer(), await second.arrayBuffer());
    assert.equal(first.headers.get("etag"), second.headers.get("etag"));
    await plain.close();
    await good.close();
  });
});
