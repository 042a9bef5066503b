/** T1: nothing but what is configured is ever fetched, whatever a request or an upstream names. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { mapQuery, oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

describe("T1: requests that name a URL", () => {
  let configured: HostileUpstream;
  let inner: HostileUpstream;
  let app: ProxyApp;
  before(async () => {
    [configured, inner] = await Promise.all([hostileUpstream(), hostileUpstream()]);
    app = await proxy(oneSource(`${configured.url}/good`));
  });
  after(async () => {
    await app.close();
    await Promise.all([configured.close(), inner.close()]);
  });

  const names = ["SLD", "url", "URL", "map", "MAP", "legend", "callback", "REMOTE_OWS_URL", "host"];
  for (const name of names) {
    it(`${name}=… is not fetched`, async () => {
      await app.get(mapQuery("direct", { [name]: `${inner.url}/good` }));
      assert.deepEqual(inner.asked, []);
    });
  }

  it("hosts that headers name are not fetched", async () => {
    const { host } = new URL(inner.url);
    for (const path of [
      "/demo/?wms_capabilities",
      "/demo/?wms_capabilities&type=external",
      "/demo/?tms_capabilities&type=external",
      "/service?SERVICE=WMS&REQUEST=GetCapabilities",
    ]) {
      await app.get(path, {
        headers: { host, "x-forwarded-host": host, "x-forwarded-proto": "http" },
      });
    }
    assert.deepEqual(inner.asked, []);
  });

  it("values of a request do not reach the path or the host of the source", async () => {
    const before = configured.asked.length;
    await app.get(mapQuery("direct", { STYLES: "@evil.example/", FORMAT: "image/png" }));
    const asked = configured.asked.slice(before);
    assert.ok(asked.every((target) => target.startsWith("/good?")));
  });
});

describe("T1, weakness 3: redirects of an upstream", () => {
  let inner: HostileUpstream;
  before(async () => {
    inner = await hostileUpstream();
  });
  after(() => inner.close());

  const targets: Record<string, (port: string) => string> = {
    "another port": (port) => `http://127.0.0.1:${port}/good`,
    "another name of this host": (port) => `http://localhost:${port}/good`,
    "a number": (port) => `http://2130706433:${port}/good`,
    octal: (port) => `http://0177.0.0.1:${port}/good`,
    "an IPv6-mapped address": (port) => `http://[::ffff:127.0.0.1]:${port}/good`,
    "no scheme": (port) => `//127.0.0.1:${port}/good`,
  };
  for (const [what, target] of Object.entries(targets)) {
    it(`to ${what} are not followed`, async () => {
      const upstream = await hostileUpstream();
      const to = encodeURIComponent(target(new URL(inner.url).port));
      const app = await proxy(oneSource(`${upstream.url}/redirect-to?to=${to}`));
      const response = await app.get(mapQuery("direct"));
      assert.notEqual(response.headers.get("content-type"), "image/png");
      assert.deepEqual(inner.asked, []);
      await app.close();
      await upstream.close();
    });
  }

  for (const fault of ["redirect-file", "redirect-loop"]) {
    it(`${fault} ends in an error`, async () => {
      const upstream = await hostileUpstream();
      const app = await proxy(oneSource(`${upstream.url}/${fault}`));
      const response = await app.get(mapQuery("direct"));
      const text = await response.text();
      assert.match(text, /ServiceException/);
      assert.doesNotMatch(text, /root:/);
      assert.ok(upstream.asked.length < 15);
      await app.close();
      await upstream.close();
    });
  }
});

describe("T1: schemes of the configuration", () => {
  for (const url of ["file:///etc/passwd", "data:image/png;base64,AAAA", "ftp://h/x"]) {
    it(`${url.split(":")[0]}: is not fetched`, async () => {
      const app = await proxy(oneSource(url)).catch((error: Error) => error);
      if (app instanceof Error) return; // refused at the start: better still
      const response = await app.get(mapQuery("direct"));
      assert.doesNotMatch(await response.text(), /root:|PNG/);
      await app.close();
    });
  }
});
