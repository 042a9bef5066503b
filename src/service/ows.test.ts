import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { leaf, mapQuery, wmsOf } from "../../test/wms-service.ts";
import { echo, firstValue, joinedValue, owsDispatcher, parseQuery } from "./ows.ts";
import { withCharset } from "./responses.ts";
import { negotiate, VERSIONS } from "./wms/version.ts";

describe("parseQuery()", () => {
  it("services-wms 4: names are compared without case, blank values are kept", () => {
    const params = parseQuery("Layers=a&STYLES=&x&LAYERS=b&layers=");
    assert.equal(firstValue(params, "layers"), "a");
    assert.equal(joinedValue(params, "layers"), "a,b,");
    assert.deepEqual([firstValue(params, "styles"), firstValue(params, "x")], ["", ""]);
    assert.equal(joinedValue(params, "none"), undefined);
  });

  it("reads back what any encoder writes", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (pairs) => {
        const params = parseQuery(new URLSearchParams(pairs).toString());
        for (const [name] of pairs) {
          if (name === "") continue;
          const key = name.toLowerCase();
          const values = pairs.filter(([other]) => other.toLowerCase() === key).map(([, v]) => v);
          assert.deepEqual(params.get(key), values);
        }
      }),
    );
  });

  it("T4: reads anything without failing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        parseQuery(text);
        parseQuery(`${text}%${text}&a=%ff${text}`);
      }),
    );
    assert.equal(firstValue(parseQuery("a=%zz%41"), "a"), "%zzA");
  });
});

describe("echo()", () => {
  it("cuts long values and takes out what XML cannot hold", () => {
    assert.equal(echo("x".repeat(1000)).length, 257);
    assert.equal(echo("a\u0000b\u001bc"), "a\ufffdb\ufffdc");
  });
});

describe("the OWS dispatcher", () => {
  it("services-wms 1: WMS is behind /service, /ows and /wms", async () => {
    const { get } = await wmsOf(leaf("a"));
    for (const path of ["/service", "/ows", "/wms"]) {
      assert.equal((await get(mapQuery("1.1.1"), { path })).status, 200, path);
    }
  });

  it("services-wms 2: without SERVICE only what old clients send is WMS", async () => {
    const { get } = await wmsOf(leaf("a"));
    const old = mapQuery("1.0.0", { SERVICE: undefined });
    assert.equal((await get(old)).status, 200);
    assert.equal((await get(old.replace("GetMap", "map"))).status, 200);
    assert.equal((await get(mapQuery("1.1.1", { SERVICE: undefined }))).status, 200);
    for (const query of [
      mapQuery("1.1.1", { SERVICE: "", REQUEST: "getmap" }),
      "",
      "SERVICE=&REQUEST=x",
    ]) {
      const response = await get(query);
      assert.equal(response.status, 400);
      const text = await response.text();
      assert.match(text, /exceptionCode="MissingParameterValue" locator="service"/);
      assert.match(
        text,
        /<ows:ExceptionText>The service parameter is missing<\/ows:ExceptionText>/,
      );
      assert.equal(response.headers.get("content-type"), "text/xml; charset=utf-8");
      assert.equal(response.headers.get("cache-control"), null);
    }
  });

  it("services-wms 3: an unknown service is quoted in lower case", async () => {
    const response = await (await wmsOf(leaf("a"))).get('SERVICE=Foo<">');
    assert.equal(response.status, 400);
    assert.match(
      await response.text(),
      /"InvalidParameterValue" locator="service">\s*<ows:ExceptionText>The value of the service parameter &quot;foo&lt;&quot;&gt;&quot; is invalid</,
    );
    assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
  });

  it("is there without any service, and then knows none", async () => {
    const { get } = await wmsOf(leaf("a"));
    const dispatch = owsDispatcher(new Map());
    await get(mapQuery("1.1.1"), { dispatch: async () => new Response() });
    const request = { method: "GET", query: "SERVICE=WMS" } as Parameters<typeof dispatch>[0];
    assert.equal((await dispatch(request))?.status, 400);
  });

  it("reads a form where the query string asks for nothing", async () => {
    const { get } = await wmsOf(leaf("a"));
    const form = async () => mapQuery("1.1.1");
    assert.equal((await get("", { method: "POST", form })).status, 200);
    assert.equal((await get("map=x", { method: "POST", form })).status, 200);
    const ignored = await get("SERVICE=WMS&REQUEST=GetCapabilities", { method: "POST", form });
    assert.match(ignored.headers.get("content-type") ?? "", /^text\/xml/);
    assert.equal((await get("", { method: "GET", form })).status, 400);
    assert.equal((await get(mapQuery("1.1.1"), { method: "POST" })).status, 200);
  });
});

describe("withCharset()", () => {
  it("touches only text that has none", () => {
    const types = ["text/xml", "text/html; charset=latin1", "application/json"];
    assert.deepEqual(types.map(withCharset), ["text/xml; charset=utf-8", types[1], types[2]]);
  });
});

describe("negotiate()", () => {
  it("services-wms 5: none is the highest, between is the next lower one", () => {
    const cases = {
      "0.9.0": "1.0.0",
      "1.1": "1.0.0",
      "1.1.3": "1.1.1",
      "1.1.11": "1.1.1",
      "1.2.0": "1.1.1",
      "2.0.0": "1.3.0",
      "1.3.0.1": "1.3.0",
      "1.1.0": "1.1.0",
    };
    for (const [asked, version] of Object.entries(cases)) {
      assert.equal(negotiate(asked, VERSIONS), version, asked);
    }
    for (const odd of [undefined, "", "x", "1.x", "-1", "1..0"])
      assert.equal(negotiate(odd, VERSIONS), "1.3.0");
  });

  it("services-wms 5: configured versions limit the choice, and nothing is remembered", async () => {
    const { text } = await wmsOf(leaf("a"), { versions: ["1.3.0", "1.1.0"] });
    const version = async (asked: string) =>
      /_Capabilities[^>]* version="(.*?)"/.exec(
        await text(`SERVICE=WMS&REQUEST=GetCapabilities${asked}`),
      )?.[1];
    for (let i = 0; i < 2; i++) {
      assert.equal(await version("&VERSION=1.2.0"), "1.1.0");
      assert.equal(await version("&VERSION=1.1.1"), "1.1.0");
      assert.equal(await version("&VERSION=1.0.0"), "1.1.0");
      assert.equal(await version(""), "1.3.0");
    }
    await assert.rejects(wmsOf(leaf("a"), { versions: ["1.2.0"] }), /1\.2\.0/);
  });

  it("cite wms130 basic_elements:negotiate-*, cite wms111 basic_elements-version-negotiation-*", async () => {
    const { text } = await wmsOf(leaf("a"));
    const version = async (asked: string) =>
      /_Capabilities[^>]* version="(.*?)"/.exec(
        await text(`SERVICE=WMS&REQUEST=GetCapabilities${asked}`),
      )?.[1];
    assert.equal(await version(""), "1.3.0");
    assert.equal(await version("&VERSION=1.3.0"), "1.3.0");
    assert.equal(await version("&VERSION=100.0.0"), "1.3.0");
    assert.equal(await version("&VERSION=0.0.0"), "1.0.0");
  });

  it("cite wms111 wmsops-getcapabilities-params-version-1..6: WMTVER counts, VERSION wins", async () => {
    const { text } = await wmsOf(leaf("a"));
    const version = async (asked: string) =>
      /_Capabilities[^>]* version="(.*?)"/.exec(
        await text(`SERVICE=WMS&REQUEST=GetCapabilities&${asked}`),
      )?.[1];
    assert.equal(await version("WMTVER=1.1.1"), "1.1.1");
    assert.equal(await version("WMTVER=1.0.0&VERSION=1.1.1"), "1.1.1");
    assert.equal(await version("VERSION=1.1.1&WMTVER=1.0.0"), "1.1.1");
  });
});
