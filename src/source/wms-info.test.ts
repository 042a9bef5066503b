import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { testContext } from "../../test/platform.ts";
import { mapQuery, pixelAt, plainPng, sourceDeps } from "../../test/source-deps.ts";
import { type Answer, type Expected, upstream } from "../../test/upstream.ts";
import { SourceError } from "../core/errors.ts";
import { transformInfo } from "../featureinfo/transform.ts";
import { toRaster } from "../image/codec.ts";
import { ConfigFault } from "../model/define.ts";
import type { InfoQuery } from "../model/source.ts";
import { parseSrs } from "../srs/srs.ts";
import { wmsSource } from "./wms.ts";

const REQ = { url: "http://x/s?foo=bar", layers: "a,b", transparent: true, map: "/x y.map" };
const HEAD = "http://x/s?foo=bar&layers=a,b&transparent=True&map=%2Fx%20y.map";
const INFO = `${HEAD}&bbox=5.0,50.0,10.0,55.0&width=200&height=200&x=10&y=20&feature_count=5&query_layers=a,b&info_format=text%2Fhtml&format=image%2Fpng&srs=EPSG%3A4326&request=GetFeatureInfo&version=1.1.1&service=WMS&styles=`;

const query = (overrides: Partial<InfoQuery> = {}): InfoQuery => ({
  ...mapQuery({ size: [200, 200] }),
  at: [10, 20],
  infoFormat: "text/html",
  featureCount: 5,
  ...overrides,
});

async function setUp(
  options: Record<string, unknown>,
  expected: readonly Expected[],
  overrides: Parameters<typeof sourceDeps>[1] = {},
) {
  const { wms_opts, req, ...rest } = options as { wms_opts?: object; req?: object };
  const server = upstream(...expected);
  const parsed = v.parse(wmsSource.options, {
    type: "wms",
    req: { ...REQ, ...req },
    wms_opts: { featureinfo: true, ...wms_opts },
    ...rest,
  });
  const source = await wmsSource.create(parsed, sourceDeps(server.fetch, overrides));
  return { source, done: server.done, asked: server.asked };
}

const HTML: Answer = { type: "text/html; charset=utf-8", body: "<p>ü</p>" };

describe("wms source: feature info", () => {
  it("sources 47: asks as the example says, and reads the answer as UTF-8", async () => {
    const { source, done } = await setUp({}, [{ url: INFO, answer: HTML }]);
    const document = await source.info?.get(query(), testContext());
    done();
    assert.deepEqual(document, { type: "html", text: "<p>ü</p>" });
  });

  it("sources 47: finds the pixel again in a system that the server knows", async () => {
    const asked: URLSearchParams[] = [];
    const fetch = async (input: unknown) => {
      asked.push(new URL(String(input)).searchParams);
      return new Response("ok");
    };
    for (const options of [{ supported_srs: ["EPSG:25832"] }, { req: { srs: "EPSG:25832" } }]) {
      const { source } = await setUp(options, [], {
        ...sourceDeps(fetch as unknown as typeof globalThis.fetch),
      });
      await source.info?.get(query(), testContext());
    }
    for (const parameters of asked) {
      const of = (...names: string[]) => names.map((name) => parameters.get(name));
      assert.deepEqual(of("srs", "width", "height", "x", "y"), [
        "EPSG:25832",
        "200",
        "314",
        "24",
        "31",
      ]);
    }
    assert.equal(asked.length, 2);
  });

  it("keeps the client's code of a system that the server knows under another one", async () => {
    const expected = INFO.replace("EPSG%3A4326", "EPSG%3A900913");
    const { source, done } = await setUp({ supported_srs: ["EPSG:3857"] }, [
      { url: expected, answer: HTML },
    ]);
    await source.info?.get(query({ srs: parseSrs("EPSG:900913") }), testContext());
    done();
  });

  it("sources 48: asks for the configured format and layers", async () => {
    const url = INFO.replace("query_layers=a,b", "query_layers=c").replace(
      "text%2Fhtml",
      "text%2Fxml",
    );
    const wms_opts = { featureinfo_format: "text/xml", query_layers: "c" };
    const { source, done } = await setUp({ wms_opts }, [{ url, answer: HTML }]);
    assert.equal((await source.info?.get(query(), testContext()))?.type, "xml");
    done();
  });

  it("takes the type of the answer, else that of the question", async () => {
    const typeOf = async (answer: Answer, infoFormat?: string) => {
      const url = infoFormat ? INFO.replace("text%2Fhtml", encodeURIComponent(infoFormat)) : INFO;
      const { source } = await setUp({}, [{ url, answer }]);
      const asked = query(infoFormat ? { infoFormat } : {});
      return (await source.info?.get(asked, testContext()))?.type;
    };
    assert.equal(await typeOf({ type: "application/vnd.ogc.gml; a=b", body: "" }), "xml");
    assert.equal(await typeOf({ type: "application/json", body: "{}" }), "json");
    assert.equal(await typeOf({ type: "text/x-odd", body: "" }), "text");
    assert.equal(await typeOf({ body: new TextEncoder().encode("x") }, "text/xml"), "xml");
  });

  it("sources 49: applies a stylesheet to what came", async () => {
    const stylesheet = `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><p><xsl:value-of select="/a/b"/></p></xsl:template></xsl:stylesheet>`;
    const wms_opts = {
      featureinfo_format: "text/xml",
      featureinfo_xslt: "x.xsl",
      featureinfo_out_format: "text/html",
    };
    const url = INFO.replace("text%2Fhtml", "text%2Fxml");
    const expected = { url, answer: { type: "text/xml", body: "<a><b>Bar</b></a>" } };
    const platformOverrides = {
      resource: async (path: string) =>
        path === "/etc/rhumb/x.xsl" ? new TextEncoder().encode(stylesheet) : undefined,
    };
    const { source } = await setUp({ wms_opts }, [expected], { platformOverrides, transformInfo });
    const document = await source.info?.get(query(), testContext());
    assert.equal(document?.type, "html");
    assert.match(document?.text ?? "", /<p>Bar<\/p>/);
    await assert.rejects(setUp({ wms_opts }, [], { transformInfo }), ConfigFault);
    await assert.rejects(setUp({ wms_opts }, [], { platformOverrides }), ConfigFault);
  });

  it("sources 50: asks nothing about a point outside the coverage", async () => {
    const coverage = {
      srs: parseSrs("EPSG:4326"),
      bbox: [6, 50, 10, 55],
      polygons: undefined,
      clip: false,
    } as const;
    const { source, asked } = await setUp({}, [], { coverage });
    assert.equal(await source.info?.get(query(), testContext()), undefined);
    assert.equal(asked.length, 0);
  });

  it("is absent unless it is configured", async () => {
    const { source } = await setUp({ wms_opts: { featureinfo: false } }, []);
    assert.equal(source.info, undefined);
  });

  it("throws what the server failed with", async () => {
    const { source } = await setUp({}, [{ url: INFO, answer: { status: 500 } }]);
    await assert.rejects(source.info!.get(query(), testContext()), SourceError);
  });
});

describe("wms source: legends", () => {
  const url = (layer: string, format = "image%2Fpng") =>
    `http://x/s?foo=bar&transparent=True&map=%2Fx%20y.map&layer=${layer}&format=${format}&scale=1000.0&request=GetLegendGraphic&service=WMS&sld_version=1.1.0&version=1.1.1&styles=`;
  const picture = (color: readonly number[], size: readonly [number, number]): Answer => ({
    type: "image/png",
    body: plainPng(size, color),
  });
  const wms_opts = { legendgraphic: true };

  it("sources 53: one request a layer, the last layer on top", async () => {
    const { source, done } = await setUp({ wms_opts }, [
      { url: url("a"), answer: picture([1, 1, 1], [10, 20]) },
      { url: url("b"), answer: picture([2, 2, 2], [30, 5]) },
    ]);
    const legend = await source.legend?.get(1000, testContext());
    done();
    const view = await toRaster(legend!, [1, 1], source.options);
    assert.deepEqual([view.width, view.height], [30, 25]);
    assert.deepEqual(pixelAt(view, 0, 0).slice(0, 3), [2, 2, 2]);
    assert.deepEqual(pixelAt(view, 0, 5).slice(0, 3), [1, 1, 1]);
    assert.equal(pixelAt(view, 20, 10)[3], 0);
    assert.equal(legend?.incomplete, false);
    assert.equal(source.legend?.id, "http://x/s?foo=barahttp://x/s?foo=barb");
  });

  it("sources 53: leaves failures out, and says that something is missing", async () => {
    const { source } = await setUp({ wms_opts }, [
      { url: url("a"), answer: { status: 500 } },
      { url: url("b"), answer: picture([2, 2, 2], [30, 5]) },
    ]);
    const legend = await source.legend?.get(1000, testContext());
    assert.equal(legend?.incomplete, true);
    assert.equal((await toRaster(legend!, [1, 1], source.options)).height, 5);
    const text = { type: "text/plain", body: "no" };
    const none = await setUp({ wms_opts }, [
      { url: url("a"), answer: text },
      { url: url("b"), answer: text },
    ]);
    assert.deepEqual(await none.source.legend?.get(1000, testContext()), {
      kind: "blank",
      incomplete: true,
    });
  });

  it("sources 55: collects the first legend of each document", async () => {
    const json = (document: unknown): Answer => ({
      type: "application/json",
      body: JSON.stringify(document),
    });
    const { source } = await setUp({ wms_opts }, [
      { url: url("a", "application%2Fjson"), answer: json({ Legend: [{ n: 1 }, { n: 2 }] }) },
      { url: url("b", "application%2Fjson"), answer: json({ other: 3 }) },
    ]);
    assert.deepEqual(await source.legend?.json?.(1000, testContext()), {
      Legend: [{ n: 1 }, { other: 3 }],
    });
    const wrong = await setUp({ wms_opts }, [
      { url: url("a", "application%2Fjson"), answer: { type: "text/html", body: "{}" } },
    ]);
    await assert.rejects(wrong.source.legend!.json!(1000, testContext()), {
      message: "no json returned from source WMS",
    });
  });

  it("sources 54: a fixed legend wins, from a file or a server", async () => {
    const bytes = plainPng([4, 4]);
    const platformOverrides = {
      resource: async (path: string) => (path === "/etc/rhumb/l/x.png" ? bytes : undefined),
    };
    const file = await setUp(
      { wms_opts: { legendgraphic: true, legendurl: "file://l/x.png" } },
      [],
      { platformOverrides },
    );
    const legend = await file.source.legend?.get(undefined, testContext());
    assert.deepEqual(legend, { kind: "encoded", bytes, format: "png" });
    const web = await setUp({ wms_opts: { legendurl: "http://y/l.png" } }, [
      { url: "http://y/l.png", answer: { type: "text/html", body: "no" } },
    ]);
    assert.equal(web.source.legend?.id, "http://y/l.png");
    await assert.rejects(web.source.legend!.get(undefined, testContext()), {
      message: "no image returned from static LegendURL",
    });
  });

  it("refuses versions that have no legends", async () => {
    const old = { legendgraphic: true, version: "1.1.0" };
    await assert.rejects(setUp({ wms_opts: old }, []), ConfigFault);
  });
});
