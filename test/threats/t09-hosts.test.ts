/** T9: hosts, schemes and prefixes that a client names poison no document and no cache. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { oneSource, type ProxyApp, proxy, withDemo } from "./proxy.ts";
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
