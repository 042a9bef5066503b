/** T7: nothing that a request or an upstream says runs anywhere. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { mapQuery, oneSource, type ProxyApp, proxy, withDemo } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

let upstream: HostileUpstream;
let app: ProxyApp;
before(async () => {
  upstream = await hostileUpstream();
  app = await proxy(withDemo(oneSource(`${upstream.url}/info-html`)));
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
