import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serviceDeps } from "../../../test/tile-service.ts";
import {
  fakeInfo,
  fakeMap,
  group,
  infoQuery,
  leaf,
  mapQuery,
  textOf,
  wmsOf,
} from "../../../test/wms-service.ts";
import { SourceError } from "../../core/errors.ts";
import type { InfoDocument } from "../../model/source.ts";
import { VERSIONS } from "./version.ts";

const told = (...documents: [InfoDocument["type"], string][]) =>
  leaf("a", { infos: documents.map(([type, text]) => fakeInfo(type, text)) });

async function answer(response: Response) {
  return [response.headers.get("content-type"), await response.text()];
}

describe("GetFeatureInfo", () => {
  it("services-wms 44: FORMAT and STYLES may be missing unless strict", async () => {
    const without = { FORMAT: undefined, STYLES: undefined };
    for (const version of VERSIONS) {
      const loose = await wmsOf(told(["text", "info"]));
      assert.equal(await loose.text(infoQuery(version, without)), "info");
      const strict = await wmsOf(told(["text", "info"]), { strict: true });
      const text = await strict.text(infoQuery(version, without));
      assert.ok(text.includes("missing parameters [&#x27;styles&#x27;, &#x27;format&#x27;]"), text);
    }
    const wms = await wmsOf(told(["text", "info"]));
    const all = await wms.text("SERVICE=WMS&VERSION=1.3.0&REQUEST=GetFeatureInfo");
    assert.ok(all.includes("&#x27;query_layers&#x27;, &#x27;i&#x27;, &#x27;j&#x27;]"), all);
  });

  it("services-wms 44: count, position and format are passed on", async () => {
    const info = fakeInfo("text", "");
    const { get } = await wmsOf(leaf("a", { infos: [info] }));
    const changes = {
      FEATURE_COUNT: "100",
      X: "10.123",
      Y: "5",
      INFO_FORMAT: "text/plain",
      TIME: "t",
    };
    await get(infoQuery("1.1.1", changes));
    const [query] = info.asked;
    assert.deepEqual(
      [query?.featureCount, query?.at, query?.infoFormat],
      [100, [10.123, 5], "text/plain"],
    );
    assert.deepEqual(
      [query?.bbox, query?.size, { ...query?.dimensions }],
      [[-180, -90, 180, 90], [20, 10], { time: "t" }],
    );
  });

  it("passes on what FORMAT says, but does not check it", async () => {
    const info = fakeInfo("text", "info");
    const { text } = await wmsOf(leaf("a", { infos: [info] }), { strict: true });
    assert.equal(await text(infoQuery("1.1.1", { FORMAT: "nix" })), "info");
    await text(infoQuery("1.1.1", { FORMAT: "image/jpeg" }));
    assert.deepEqual(
      info.asked.map(({ format }) => format),
      [undefined, "jpeg"],
    );
  });

  it("turns the axes of 1.3.0", async () => {
    const info = fakeInfo("text", "");
    const { get } = await wmsOf(leaf("a", { infos: [info] }));
    await get(infoQuery("1.3.0", { BBOX: "40,5,50,15" }));
    assert.deepEqual(info.asked[0]?.bbox, [5, 40, 15, 50]);
  });

  it("services-wms 46: nothing known is an empty answer of the type asked for", async () => {
    const silent = { coverage: undefined, getInfo: async () => undefined };
    const { get } = await wmsOf(leaf("a", { infos: [silent] }));
    const type = async (INFO_FORMAT: string | undefined) =>
      answer(await get(infoQuery("1.1.1", { INFO_FORMAT })));
    assert.deepEqual(await type("text/html"), ["text/html; charset=utf-8", ""]);
    assert.deepEqual(await type("application/json"), ["application/json", ""]);
    assert.deepEqual(await type(undefined), ["text/plain; charset=utf-8", ""]);
    assert.deepEqual(await type("text/x\r\nSet-Cookie: a"), ["text/plain; charset=utf-8", ""]);
  });

  it("services-wms 47: the type is that of the joined documents, by version", async () => {
    const cases: [InfoDocument["type"], string, string, string][] = [
      ["text", "a", "text/plain; charset=utf-8", "text/plain; charset=utf-8"],
      ["html", "<p>a</p>", "text/html; charset=utf-8", "text/html; charset=utf-8"],
      ["xml", "<a/>", "application/vnd.ogc.gml", "text/xml; charset=utf-8"],
      ["json", '{"a": 1}', "application/json", "application/json"],
    ];
    for (const [type, text, older, newest] of cases) {
      const { get } = await wmsOf(told([type, text]));
      for (const version of VERSIONS) {
        const response = await get(infoQuery(version, { INFO_FORMAT: "text/xml" }));
        assert.equal(response.status, 200);
        assert.equal(response.headers.get("content-type"), version === "1.3.0" ? newest : older);
      }
    }
  });

  it("services-wms 47: answers of all sources are joined, in the order of the layers", async () => {
    const b = leaf("b", { infos: [fakeInfo("text", "third")] });
    const root = group(undefined, [told(["text", "first"], ["text", "second"]), b]);
    const { text } = await wmsOf(root, { concurrent_layer_renderer: 4 });
    const asked = { LAYERS: "a,b", QUERY_LAYERS: "a,b,a" };
    assert.equal(await text(infoQuery("1.1.1", asked)), "first\nsecond\nthird");
  });

  it("services-wms 47: documents of different types become text", async () => {
    const { get } = await wmsOf(told(["text", "a"], ["xml", "<b/>"]));
    assert.deepEqual(await answer(await get(infoQuery("1.3.0"))), [
      "text/plain; charset=utf-8",
      "a\n<b/>",
    ]);
  });

  it("T7: HTML from upstream runs no scripts here", async () => {
    const { get } = await wmsOf(told(["html", "<script>evil()</script>"]));
    const { headers } = await get(infoQuery("1.3.0"));
    assert.match(headers.get("content-security-policy") ?? "", /^sandbox(?!.*allow-scripts)/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("services-wms 50: a layer that knows nothing cannot be asked", async () => {
    const { get } = await wmsOf(group(undefined, [told(["text", "x"]), leaf("mute")]));
    const response = await get(infoQuery("1.1.1", { QUERY_LAYERS: "a,mute" }));
    assert.equal(response.status, 500);
    assert.equal(textOf(await response.text(), "ServiceException"), "layer mute is not queryable");
  });

  it("a group stands for its leaves that know something; QUERY_LAYERS may differ from LAYERS", async () => {
    const root = group("g", [
      told(["text", "x"]),
      leaf("mute"),
      group("in", [leaf("c", { infos: [fakeInfo("text", "y")] })]),
    ]);
    const { text } = await wmsOf(root);
    assert.equal(await text(infoQuery("1.1.1", { LAYERS: "mute", QUERY_LAYERS: "g" })), "x\ny");
    const own = await wmsOf(
      group("g", [told(["text", "x"])], {
        maps: [fakeMap("g", [1, 2, 3])],
        infos: [fakeInfo("text", "own")],
      }),
    );
    assert.equal(await own.text(infoQuery("1.1.1", { LAYERS: "g", QUERY_LAYERS: "g" })), "own");
  });

  it("unknown layers are told in both lists, before and after the reference system", async () => {
    const { text } = await wmsOf(told(["text", "x"]));
    const message = async (changes: Record<string, string>) =>
      textOf(await text(infoQuery("1.1.1", changes)), "ServiceException");
    assert.equal(await message({ LAYERS: "nix", SRS: "nix" }), "unknown layer: nix");
    assert.equal(await message({ QUERY_LAYERS: "odd", SRS: "nix" }), "unsupported srs: nix");
    assert.equal(await message({ QUERY_LAYERS: "odd" }), "unknown layer: odd");
    assert.equal(await message({ STYLES: "odd", BBOX: "x" }), "invalid bbox x");
    assert.equal(await message({ STYLES: "odd", LAYERS: "x" }), "unsupported styles: odd");
  });

  it("T4: a position that is none is an exception, never an internal error", async () => {
    const { get } = await wmsOf(told(["text", "x"]));
    for (const value of ["", "x", "NaN", "1e3", "Infinity", "1.2.3", "0x5", ".", "1,2"]) {
      const old = await get(infoQuery("1.1.1", { X: value }));
      assert.equal(old.status, 500);
      assert.match(await old.text(), /<ServiceException>invalid position/);
      assert.match(
        await (await get(infoQuery("1.3.0", { J: value }))).text(),
        /code="InvalidPoint"/,
      );
    }
    assert.equal((await get(infoQuery("1.1.1", { FEATURE_COUNT: "1e99" }))).status, 200);
  });

  it("the pixel limit does not apply, since nothing is drawn", async () => {
    const { text } = await wmsOf(told(["text", "x"]), { max_output_pixels: 10 });
    assert.equal(await text(infoQuery("1.1.1", { WIDTH: "100000", HEIGHT: "100000" })), "x");
  });

  it("a failing source is a service exception with its message", async () => {
    const down = new SourceError("s", "No response from URL (see logs for URL and reason).", {
      url: "",
    });
    const broken = { coverage: undefined, getInfo: () => Promise.reject(down) };
    const { get } = await wmsOf(leaf("a", { infos: [broken] }));
    const response = await get(infoQuery("1.1.1"));
    assert.equal(response.headers.get("content-type"), "application/vnd.ogc.se_xml");
    assert.equal(textOf(await response.text(), "ServiceException"), down.message);
  });

  it("services-wms 27: its exceptions are pictures too if they shall be", async () => {
    const { get } = await wmsOf(told(["text", "x"]));
    const response = await get(infoQuery("1.1.1", { SRS: "nix", EXCEPTIONS: "INIMAGE" }));
    assert.equal(response.headers.get("content-type"), "image/png");
  });
});

describe("stylesheets for feature information", () => {
  const sheet = (body: string) =>
    `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">${body}</xsl:template></xsl:stylesheet>`;
  const files: Record<string, string> = {
    "/etc/rhumb/x.xsl": sheet(
      '<baz><xsl:for-each select="/a/b"><foo><xsl:value-of select="."/></foo></xsl:for-each></baz>',
    ),
    "/etc/rhumb/h.xsl": sheet(
      '<html><body><h1>Bars</h1><xsl:for-each select="/a/b"><p><xsl:value-of select="."/></p></xsl:for-each></body></html>',
    ),
  };
  const { platform } = serviceDeps([]);
  const deps = {
    platform: {
      ...platform,
      resource: async (path: string) =>
        files[path] === undefined ? undefined : new TextEncoder().encode(files[path]),
    },
  };
  const xml: [InfoDocument["type"], string] = ["xml", "<a><b>one &amp; &lt;i&gt;</b></a>"];
  const both = { featureinfo_xslt: { xml: "x.xsl", html: "h.xsl" } };

  it("services-wms 48: the script is chosen by INFO_FORMAT, without it the one for XML", async () => {
    const { get } = await wmsOf(told(xml, ["xml", "<a><b>two</b></a>"]), both, deps);
    const asXml = "<baz><foo>one &amp; &lt;i&gt;</foo><foo>two</foo></baz>";
    assert.deepEqual(await answer(await get(infoQuery("1.1.1"))), [
      "application/vnd.ogc.gml",
      asXml,
    ]);
    const asked = await get(infoQuery("1.1.1", { INFO_FORMAT: "text/xml" }));
    assert.deepEqual(await answer(asked), ["text/xml; charset=utf-8", asXml]);
    const html = await get(infoQuery("1.1.1", { INFO_FORMAT: "text/html" }));
    assert.deepEqual(await answer(html), [
      "text/html; charset=utf-8",
      "<html><body><h1>Bars</h1><p>one &amp; &lt;i&gt;</p><p>two</p></body></html>",
    ]);
  });

  it("services-wms 48: documents of different types are not transformed", async () => {
    const { get } = await wmsOf(told(xml, ["text", "t"]), both, deps);
    const [type, text] = await answer(await get(infoQuery("1.1.1")));
    assert.deepEqual([type, text], ["text/plain", `${xml[1]}\nt`]);
  });

  it("a type without a script is answered as it is", async () => {
    const { get } = await wmsOf(told(xml), { featureinfo_xslt: { html: "h.xsl" } }, deps);
    const [type, text] = await answer(await get(infoQuery("1.3.0", { INFO_FORMAT: "text/xml" })));
    assert.deepEqual([type, text], ["text/xml; charset=utf-8", xml[1]]);
  });

  it("services-wms 49: the scripts decide what is advertised", async () => {
    const { text } = await wmsOf(told(xml), { featureinfo_xslt: { html: "h.xsl" } }, deps);
    const document = await text("SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.3.0");
    assert.match(document, /<GetFeatureInfo>\s*<Format>text\/html<\/Format>\s*<DCPType>/);
  });

  it("a missing file is a fault of the configuration", async () => {
    await assert.rejects(
      wmsOf(told(xml), { featureinfo_xslt: { xml: "none.xsl" } }, deps),
      /none\.xsl/,
    );
  });
});

describe("CITE GetFeatureInfo", () => {
  it("cite wms130 getfeatureinfo:invalid-i, invalid-j: InvalidPoint", async () => {
    const { text } = await wmsOf(told(["text", "x"]));
    for (const changes of [{ I: "-1" }, { I: "20" }, { J: "-5" }, { J: "10" }]) {
      assert.match(await text(infoQuery("1.3.0", changes)), /code="InvalidPoint"/);
    }
    assert.equal(await text(infoQuery("1.3.0", { I: "19", J: "9" })), "x");
  });
  it("cite wms130 getfeatureinfo:invalid-query_layers, query_layers-not-queryable", async () => {
    const { text } = await wmsOf(group(undefined, [told(["text", "x"]), leaf("mute")]));
    assert.match(await text(infoQuery("1.3.0", { QUERY_LAYERS: "nix" })), /code="LayerNotDefined"/);
    assert.match(
      await text(infoQuery("1.3.0", { QUERY_LAYERS: "mute" })),
      /code="LayerNotQueryable"/,
    );
  });
  it("cite wms111 wmsops-getfeatureinfo-params-info_format-1: without INFO_FORMAT there is an answer", async () => {
    const { get } = await wmsOf(told(["text", "x"]));
    assert.equal((await get(infoQuery("1.1.1"))).status, 200);
  });
  it("cite wms130 getfeatureinfo:exceptions-default, exceptions-xml", async () => {
    const { get } = await wmsOf(told(["text", "x"]));
    for (const EXCEPTIONS of [undefined, "XML"]) {
      const response = await get(infoQuery("1.3.0", { QUERY_LAYERS: "nix", EXCEPTIONS }));
      assert.match(response.headers.get("content-type") ?? "", /^text\/xml/);
    }
  });
  it("cite wms130 basic_elements:extra-GetFeatureInfo-param", async () => {
    const { text } = await wmsOf(told(["text", "x"]));
    assert.equal(await text(`${infoQuery("1.3.0")}&UNKNOWN=1`), "x");
    assert.equal((await (await wmsOf(told(["text", "x"]))).get(mapQuery("1.3.0"))).status, 200);
  });
});
