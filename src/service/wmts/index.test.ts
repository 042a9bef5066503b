import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SaxesParser } from "saxes";
import { testContext } from "../../../test/platform.ts";
import {
  fakeTiles,
  gridOf,
  layerNode,
  layerTree,
  routed,
  serviceDeps,
  started,
} from "../../../test/tile-service.ts";
import { SourceError } from "../../core/errors.ts";
import type { Authorizer } from "../../model/auth.ts";
import { ConfigFault } from "../../model/define.ts";
import type { InfoLayer } from "../../model/layer.ts";
import type { InfoQuery } from "../../model/source.ts";
import { parseSrs } from "../../srs/srs.ts";
import { wmtsService } from "./index.ts";

const MERCATOR = gridOf("GLOBAL_MERCATOR");
const WEB = gridOf("GLOBAL_WEBMERCATOR");
const GEODETIC = gridOf("GLOBAL_GEODETIC");
const GK3 = gridOf("gk3", {
  srs: "EPSG:31467",
  bbox: [3000000, 5000000, 4000000, 6000000],
  origin: "ul",
  res: [1000, 500],
});

async function wmts(
  layers: readonly ReturnType<typeof fakeTiles>[],
  options: Record<string, unknown> = {},
  overrides: Parameters<typeof serviceDeps>[1] = {},
) {
  return routed([await started(wmtsService, options, serviceDeps(layers, overrides))]);
}

const base = (extra: Parameters<typeof fakeTiles>[2] = {}) => fakeTiles("base", WEB, extra);

/** Query of a GetTile request, with some parameters changed, or left out where `undefined`. */
function getTile(changes: Record<string, string | undefined> = {}): string {
  const params: Record<string, string | undefined> = {
    service: "WMTS",
    version: "1.0.0",
    request: "GetTile",
    layer: "base",
    style: "",
    tilematrixset: "GLOBAL_WEBMERCATOR",
    tilematrix: "01",
    tilerow: "0",
    tilecol: "1",
    format: "image/png",
    ...changes,
  };
  const given = Object.entries(params).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return `/service?${new URLSearchParams(given)}`;
}

async function problem(
  response: Response,
): Promise<[number, string | undefined, string | undefined]> {
  assert.equal(response.headers.get("content-type"), "text/xml");
  assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
  const text = await response.text();
  return [
    response.status,
    /exceptionCode="(.*?)"/.exec(text)?.[1],
    /<ows:ExceptionText>(.*?)<\/ows:ExceptionText>/.exec(text)?.[1],
  ];
}

/** Elements of a document by path; throws if it is not well-formed. */
function elements(text: string): { path: string; text: string }[] {
  const parser = new SaxesParser();
  const open: string[] = [];
  const found: { path: string; text: string }[] = [];
  const texts: string[] = [];
  parser.on("opentag", ({ name }) => {
    open.push(name);
    texts.push("");
  });
  parser.on("text", (chunk) => {
    if (texts.length > 0) texts[texts.length - 1] += chunk;
  });
  parser.on("closetag", () => {
    found.push({ path: open.join("/"), text: (texts.pop() ?? "").trim() });
    open.pop();
  });
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(text).close();
  return found;
}
const OUTSIDE = "The requested tile is outside the bounding box of the tile map.";

describe("GetTile by KVP", () => {
  it("services-tiles 3: counts rows from the north in every grid", async () => {
    const [nw, sw] = [base(), fakeTiles("base", MERCATOR)];
    const send = await wmts([nw, sw]);
    assert.equal(await (await send(getTile())).text(), "1/1/0");
    await send(getTile({ tilematrixset: "GLOBAL_MERCATOR" }));
    assert.deepEqual(sw.asked[0]?.coord, { x: 1, y: 1, level: 1 });
  });

  it("services-tiles 19: takes levels with and without zeros, and formats short or not at all", async () => {
    const send = await wmts([base()]);
    for (const tilematrix of ["1", "01", "001"]) {
      for (const format of ["image/png", "png", ""]) {
        const response = await send(getTile({ tilematrix, format }));
        assert.equal(await response.text(), "1/1/0");
        assert.equal(response.headers.get("content-type"), "image/png");
      }
    }
  });

  it("services-tiles 19: takes the names that the grid gives its levels", async () => {
    const layer = fakeTiles("base", {
      ...WEB,
      levelNames: WEB.levelNames.map((_, i) => `EPSG:3857:${i}`),
    });
    const send = await wmts([layer]);
    assert.equal(await (await send(getTile({ tilematrix: "EPSG:3857:1" }))).text(), "1/1/0");
    const path = "/wmts/base/GLOBAL_WEBMERCATOR/EPSG:3857:1/1/0.png";
    assert.equal(await (await send(path)).text(), "1/1/0");
  });

  it("takes names of parameters in any case", async () => {
    const upper = getTile().replace(/[a-z]+=/g, (name) => name.toUpperCase());
    assert.equal((await (await wmts([base()]))(upper)).status, 200);
  });

  for (const [changes, expected] of [
    [{ layer: "other" }, [400, "InvalidParameterValue", "unknown layer: other"]],
    [{ tilematrixset: "x" }, [400, "InvalidParameterValue", "unknown tilematrixset: x"]],
    [{ tilerow: "2" }, [400, "TileOutOfRange", OUTSIDE]],
    [{ tilecol: "-1" }, [400, "TileOutOfRange", OUTSIDE]],
    [{ tilematrix: "20" }, [400, "TileOutOfRange", OUTSIDE]],
    [{ tilecol: "1.5" }, [400, "InvalidParameterValue", undefined]],
    [{ tilerow: "1e3" }, [400, "InvalidParameterValue", undefined]],
    [{ tilematrix: "abc" }, [400, "InvalidParameterValue", undefined]],
    [{ tilerow: "9".repeat(400) }, [400, "InvalidParameterValue", undefined]],
    [{ style: undefined }, [500, "NoApplicableCode", "missing parameters [&#x27;style&#x27;]"]],
    [
      { format: undefined, layer: undefined },
      [500, "NoApplicableCode", "missing parameters [&#x27;layer&#x27;, &#x27;format&#x27;]"],
    ],
    [{ styles: "s" }, [500, "StyleNotDefined", "unsupported styles: s"]],
    [
      { format: "image/jpeg" },
      [400, "InvalidParameterValue", "invalid format (jpeg). this tile set only supports (png)"],
    ],
    [{ request: "x" }, [500, "NoApplicableCode", "unknown WMTS request type &#x27;None&#x27;"]],
    [
      { request: undefined },
      [500, "NoApplicableCode", "unknown WMTS request type &#x27;None&#x27;"],
    ],
  ] as const) {
    it(`services-tiles 5, 6, 20: answers ${JSON.stringify(changes).slice(0, 60)} with ${expected[0]} ${expected[1]}`, async () => {
      const [status, code, text] = await problem(await (await wmts([base()]))(getTile(changes)));
      assert.deepEqual([status, code], expected.slice(0, 2));
      if (expected[2] !== undefined) assert.equal(text, expected[2]);
    });
  }

  it("services-tiles 7: words a source's error as an OWS exception, with 500", async () => {
    const layer = base({
      getTile: () => Promise.reject(new SourceError("s", "HTTP Error", { url: "x" })),
    });
    const response = await (await wmts([layer]))(getTile());
    assert.deepEqual(await problem(response), [500, "NoApplicableCode", "HTTP Error"]);
  });

  it("services-tiles 13: lets nobody keep what is not cacheable", async () => {
    const layer = base({ answer: () => ({ cacheable: false }) });
    const { headers } = await (await wmts([layer]))(getTile());
    assert.equal(headers.get("cache-control"), "no-cache, no-store");
  });

  it("threats T7: escapes what the request says", async () => {
    const text = await (await (await wmts([base()]))(getTile({ layer: "<script>&" }))).text();
    assert.ok(text.includes("unknown layer: &lt;script&gt;&amp;"));
  });
});

describe("WMTS by path", () => {
  it("services-tiles 21: serves tiles by the default template, whatever follows them", async () => {
    const send = await wmts([base()]);
    for (const path of ["1/1/0.png", "01/1/0.png", "1/1/0.png/extra"]) {
      assert.equal(await (await send(`/wmts/base/GLOBAL_WEBMERCATOR/${path}`)).text(), "1/1/0");
    }
  });

  it("services-tiles 21: serves tiles by a template of one's own, without a format too", async () => {
    const restful_template = "/x/{TileMatrixSet}/{Layer}/{Style}/{TileMatrix}-{TileRow}-{TileCol}";
    const send = await wmts([base()], { restful: true, restful_template });
    assert.equal(await (await send("/wmts/x/GLOBAL_WEBMERCATOR/base/any/1-0-1")).text(), "1/1/0");
  });

  it("services-tiles 21: reads double braces, with a warning", async () => {
    const events: { level: string; event: string; fields?: unknown }[] = [];
    const restful_template =
      "/{{Layer}}/{{TileMatrixSet}}/{{TileMatrix}}/{{TileCol}}/{{TileRow}}.{{Format}}";
    const send = await wmts(
      [base()],
      { restful: true, restful_template },
      { log: testContext(events).log },
    );
    assert.equal((await send("/wmts/base/GLOBAL_WEBMERCATOR/1/1/0.png")).status, 200);
    assert.match(JSON.stringify(events), /double braces in WMTS restful_template are deprecated/);
  });

  it("services-tiles 21: refuses a template without what a tile needs", async () => {
    const start = (options: Record<string, unknown>) => wmts([base()], options);
    await assert.rejects(
      start({ restful_template: "/{Layer}/{TileMatrixSet}/{TileCol}/{TileRow}" }),
      (error) =>
        error instanceof ConfigFault &&
        error.path === "restful_template" &&
        error.message.includes(
          "missing required variables in WMTS restful template: {'TileMatrix'}",
        ),
    );
    const tile = "/{Layer}/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}";
    for (const option of ["restful_featureinfo_template", "restful_fi_template"]) {
      await assert.rejects(start({ [option]: tile }), /missing required variables/);
    }
  });

  it("services-tiles 8: answers other paths with 404 in plain text", async () => {
    const send = await wmts([base()]);
    for (const path of ["/wmts", "/wmts/base", "/wmts/1.0.0/WMTSCapabilities.xml/Bogus"]) {
      const response = await send(path);
      assert.equal(response.status, 404);
      assert.equal(await response.text(), `invalid request (${path})`);
    }
  });

  it("services-tiles 5, 6: answers mistakes as KVP does", async () => {
    const send = await wmts([base()]);
    const of = async (path: string) => (await problem(await send(`/wmts/${path}`))).slice(0, 2);
    assert.deepEqual(await of("x/GLOBAL_WEBMERCATOR/0/0/0.png"), [400, "InvalidParameterValue"]);
    assert.deepEqual(await of("base/x/0/0/0.png"), [400, "InvalidParameterValue"]);
    assert.deepEqual(await of("base/GLOBAL_WEBMERCATOR/0/0/-1.png"), [400, "TileOutOfRange"]);
    assert.deepEqual(await of("base/GLOBAL_WEBMERCATOR/0/0/0.jpeg"), [
      400,
      "InvalidParameterValue",
    ]);
  });

  it("threats T10: is soon done with absurd paths", async () => {
    const send = await wmts([base()], {
      restful: true,
      restful_template: "/{Layer}{Style}{TileMatrixSet}{TileMatrix}/{TileCol}/{TileRow}",
    });
    assert.equal((await send(`/wmts/${"a".repeat(100_000)}`)).status, 404);
  });
});

describe("WMTS switches", () => {
  const works = async (options: Record<string, unknown>) => {
    const send = await wmts([base()], options);
    const kvp = (await send(getTile())).status === 200;
    const path = (await send("/wmts/base/GLOBAL_WEBMERCATOR/1/1/0.png")).status === 200;
    return { kvp, path };
  };

  it("services-tiles 17: both ways are open unless one is named, then that one", async () => {
    assert.deepEqual(await works({}), { kvp: true, path: true });
    assert.deepEqual(await works({ kvp: true }), { kvp: true, path: false });
    assert.deepEqual(await works({ restful: true }), { kvp: false, path: true });
    assert.deepEqual(await works({ kvp: false, restful: true }), { kvp: false, path: true });
    assert.deepEqual(await works({ kvp: false }), { kvp: false, path: false });
  });

  it("services-tiles 17: what is off is not there at all", async () => {
    const kvpOnly = await wmts([base()], { kvp: true });
    assert.equal((await kvpOnly("/wmts/1.0.0/WMTSCapabilities.xml")).status, 404);
    const pathOnly = await wmts([base()], { restful: true });
    const text = await (await pathOnly(getTile())).text();
    assert.match(text, /The value of the service parameter &quot;wmts&quot; is invalid/);
  });
});

describe("WMTS dimensions", () => {
  const timed = () =>
    base({ dimensions: [{ name: "Time", values: ["2020", "2021"], default: "2021" }] });
  const restful_template =
    "/{Layer}/{TileMatrixSet}/{Time}/{TileMatrix}/{TileCol}/{TileRow}.{Format}";

  it("services-tiles 22: takes listed values in KVP in any case, the default without, and no others", async () => {
    const layer = timed();
    const send = await wmts([layer]);
    for (const extra of ["", "&time=", "&TIME=default", "&Time=2020", "&time=2021&foo=bar"]) {
      assert.equal((await send(getTile() + extra)).status, 200);
    }
    const times = layer.asked.map(({ dimensions }) => dimensions.time);
    assert.deepEqual(times, ["2021", "2021", "2021", "2020", "2021"]);
    const wrong = await problem(await send(`${getTile()}&time=2042`));
    assert.deepEqual(wrong, [400, "InvalidParameterValue", "invalid dimension value (time=2042)."]);
  });

  it("services-tiles 22: takes them from the path, where layers without them say default", async () => {
    const [layer, other] = [timed(), fakeTiles("other", WEB)];
    const send = await wmts([layer, other], { restful: true, restful_template });
    const of = (name: string, time: string) =>
      send(`/wmts/${name}/GLOBAL_WEBMERCATOR/${time}/1/1/0.png`);
    assert.equal((await of("base", "2020")).status, 200);
    assert.equal((await of("base", "default")).status, 200);
    assert.deepEqual(
      layer.asked.map(({ dimensions }) => dimensions.time),
      ["2020", "2021"],
    );
    assert.equal((await of("other", "default")).status, 200);
    assert.deepEqual((await problem(await of("other", "2020"))).slice(1), [
      "InvalidParameterValue",
      "unknown dimension: time",
    ]);
  });

  it("services-tiles 22: forgets the values of one request before the next", async () => {
    const layer = timed();
    const send = await wmts([layer]);
    await send(`${getTile()}&time=2020`);
    await send(getTile());
    assert.equal(layer.asked[1]?.dimensions.time, "2021");
  });

  it("reference-weaknesses 20: are in every kind of document, as the template spells them", async () => {
    const kvp = await (await wmts([timed()]))("/service?service=WMTS&request=GetCapabilities");
    assert.ok((await kvp.text()).includes("<ows:Identifier>Time</ows:Identifier>"));
    const send = await wmts([timed()], {
      restful: true,
      restful_template: restful_template.replace("Time", "TIME"),
    });
    const text = await (await send("/wmts/1.0.0/WMTSCapabilities.xml")).text();
    assert.ok(text.includes("<ows:Identifier>TIME</ows:Identifier>"));
    assert.ok(text.includes("<Default>2021</Default>") && text.includes("<Value>2020</Value>"));
  });

  it("threats T5: no value but a listed one reaches the cache", async () => {
    const layer = timed();
    const send = await wmts([layer], { restful: true, kvp: true, restful_template });
    for (const value of ["../../etc", "..%2f..%2fetc", "%00", "__proto__", "2020/../x"]) {
      await send(`${getTile()}&time=${value}`);
      await send(`/wmts/base/GLOBAL_WEBMERCATOR/${value}/1/1/0.png`);
    }
    assert.equal(layer.asked.length, 0);
  });
});

describe("WMTS GetFeatureInfo", () => {
  const formats = [
    { mimetype: "application/gml+xml; version=3.1", suffix: "gml" },
    { mimetype: "text/html", suffix: "html" },
    { mimetype: "text/plain" },
  ];
  const asking = (queries: InfoQuery[], extra: Partial<InfoLayer> = {}): InfoLayer => ({
    coverage: undefined,
    async getInfo(query) {
      queries.push(query);
      return { type: "text", text: `info ${queries.length}` };
    },
    ...extra,
  });
  const info = (changes: Record<string, string | undefined> = {}) =>
    getTile({ request: "GetFeatureInfo", infoformat: "text/plain", i: "17", j: "36", ...changes });

  it("services-tiles 23: asks for the pixel of the very tile, rows turned", async () => {
    for (const grid of [WEB, MERCATOR]) {
      const queries: InfoQuery[] = [];
      const send = await wmts([fakeTiles("base", grid, { infos: [asking(queries)] })], {
        featureinfo_formats: formats,
      });
      const response = await send(info({ tilematrixset: grid.name, feature_count: "9" }));
      assert.equal(await response.text(), "info 1");
      const [query] = queries;
      const edge = 20037508.342789244;
      query!.bbox.forEach((side, i) => {
        assert.ok(Math.abs(side - [0, 0, edge, edge][i]!) < 1e-6);
      });
      assert.deepEqual([query!.at, query!.size, query!.featureCount], [[17, 36], [256, 256], 9]);
      assert.equal(query!.infoFormat, "text/plain");
    }
  });

  it("services-tiles 23: takes formats by type and by suffix, and answers in that very type", async () => {
    const send = await wmts([base({ infos: [asking([])] })], { featureinfo_formats: formats });
    const type = async (target: string) => (await send(target)).headers.get("content-type");
    const gml = "application/gml+xml; version=3.1";
    assert.equal(await type(info({ infoformat: gml })), gml);
    assert.equal(await type(info({ infoformat: "gml" })), gml);
    assert.equal(await type("/wmts/base/GLOBAL_WEBMERCATOR/1/1/0/17/36.gml"), gml);
    assert.equal(await type(info({ infoformat: "html" })), "text/html; charset=utf-8");
    assert.equal(await type(info()), "text/plain; charset=utf-8");
  });

  for (const [changes, expected] of [
    [
      { infoformat: "application/json" },
      [400, "InvalidParameterValue", "unknown infoformat: application/json"],
    ],
    [{ infoformat: "xyz" }, [400, "InvalidParameterValue", "unknown infoformat: xyz"]],
    [{ i: undefined }, [500, "NoApplicableCode", "missing parameters [&#x27;i&#x27;]"]],
    [{ i: "256" }, [400, "InvalidParameterValue", undefined]],
    [{ j: "x" }, [400, "InvalidParameterValue", undefined]],
    [{ tilerow: "7" }, [400, "InvalidParameterValue", OUTSIDE]],
    [{ feature_count: "many" }, [400, "InvalidParameterValue", undefined]],
    [{ layer: "other" }, [400, "InvalidParameterValue", "unknown layer: other"]],
  ] as const) {
    it(`services-tiles 20, 23: answers ${JSON.stringify(changes)} with ${expected[0]} ${expected[1]}`, async () => {
      const send = await wmts([base({ infos: [asking([])] })], { featureinfo_formats: formats });
      const [status, code, text] = await problem(await send(info(changes)));
      assert.deepEqual([status, code], expected.slice(0, 2));
      if (expected[2] !== undefined) assert.equal(text, expected[2]);
    });
  }

  it("services-tiles 20: answers 501 for a layer that knows no features", async () => {
    const send = await wmts([base()], { featureinfo_formats: formats });
    assert.deepEqual(await problem(await send(info())), [
      501,
      "OperationNotSupported",
      "layer base not queryable",
    ]);
  });

  it("services-tiles 23: is empty where no source has anything, or its coverage is elsewhere", async () => {
    const nothing = asking([], { getInfo: async () => undefined });
    const srs = parseSrs("EPSG:4326");
    const coverage = { srs, bbox: [-10, -10, -5, -5], polygons: undefined, clip: false } as const;
    for (const layer of [nothing, asking([], { coverage })]) {
      const send = await wmts([base({ infos: [layer] })], { featureinfo_formats: formats });
      const response = await send(info());
      assert.deepEqual([response.status, await response.text()], [200, ""]);
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    }
  });

  it("services-tiles 7: words a source's error as an OWS exception, with 500", async () => {
    const failing = asking([], {
      getInfo: () => Promise.reject(new SourceError("s", "HTTP Error", { url: "x" })),
    });
    const send = await wmts([base({ infos: [failing] })], { featureinfo_formats: formats });
    assert.deepEqual(await problem(await send(info())), [500, "NoApplicableCode", "HTTP Error"]);
  });

  it("threats T7: gives foreign HTML no right to run scripts under our name", async () => {
    const html = asking([], {
      getInfo: async () => ({ type: "html", text: "<script>1</script>" }),
    });
    const send = await wmts([base({ infos: [html] })], { featureinfo_formats: formats });
    const { headers } = await send(info({ infoformat: "html" }));
    assert.equal(headers.get("content-security-policy"), "sandbox");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("http-app 26: asks as wmts.featureinfo, and is silent outside of the limit", async () => {
    const limitedTo = {
      srs: parseSrs("EPSG:4326"),
      bbox: [-180, -90, -90, 90],
      polygons: undefined,
      clip: true,
    } as const;
    const services: string[] = [];
    const authorizer: Authorizer = {
      restricts: true,
      async authorize(service, [name = ""]) {
        services.push(service);
        return {
          authorized: "partial",
          layers: new Map([[name, { featureinfo: true, limitedTo }]]),
        };
      },
    };
    const queries: InfoQuery[] = [];
    const send = await wmts(
      [base({ infos: [asking(queries)] })],
      { featureinfo_formats: formats },
      { authorizer },
    );
    assert.equal(await (await send(info())).text(), "");
    assert.equal(queries.length, 0);
    assert.equal(await (await send(info({ tilecol: "0" }))).text(), "info 1");
    assert.equal((await send(getTile())).status, 403);
    assert.deepEqual(services, ["wmts.featureinfo", "wmts.featureinfo", "wmts"]);
  });
});

describe("WMTS capabilities", () => {
  const KVP = "/service?service=WMTS&request=GetCapabilities";
  const REST = "/wmts/1.0.0/WMTSCapabilities.xml";
  const document = async (
    send: Awaited<ReturnType<typeof wmts>>,
    target: string,
    scriptUrl?: string,
  ) => {
    const response = await send(target, scriptUrl === undefined ? {} : { scriptUrl });
    assert.equal(response.headers.get("content-type"), "application/xml");
    return await response.text();
  };

  it("services-tiles 18: leaves grids out whose rows cannot be counted from the north, with a warning", async () => {
    const events: { level: string; event: string; fields?: unknown }[] = [];
    const layers = [base(), fakeTiles("base", GEODETIC), fakeTiles("alone", GEODETIC)];
    const text = await document(await wmts(layers, {}, { log: testContext(events).log }), KVP);
    assert.ok(!text.includes("GLOBAL_GEODETIC") && !text.includes("alone"));
    assert.match(
      JSON.stringify(events),
      /skipping layer 'base' for WMTS, grid 'GLOBAL_GEODETIC' is not compatible with WMTS/,
    );
  });

  it("services-tiles 24: list each layer once with all its sets, and each set once", async () => {
    const layers = [base(), fakeTiles("base", MERCATOR), fakeTiles("two", WEB)];
    const list = elements(await document(await wmts(layers), KVP));
    const texts = (path: string) => list.filter((e) => e.path === path).map((e) => e.text);
    assert.deepEqual(texts("Capabilities/Contents/Layer/ows:Identifier"), ["base", "two"]);
    assert.deepEqual(texts("Capabilities/Contents/Layer/TileMatrixSetLink/TileMatrixSet"), [
      "GLOBAL_WEBMERCATOR",
      "GLOBAL_MERCATOR",
      "GLOBAL_WEBMERCATOR",
    ]);
    assert.deepEqual(texts("Capabilities/Contents/TileMatrixSet/ows:Identifier"), [
      "GLOBAL_WEBMERCATOR",
      "GLOBAL_MERCATOR",
    ]);
    assert.deepEqual(texts("Capabilities/Contents/TileMatrixSet/ows:SupportedCRS"), [
      "urn:ogc:def:crs:EPSG:3857",
      "urn:ogc:def:crs:EPSG:900913",
    ]);
  });

  it("services-tiles 24: describe levels with scale, corner in the order of the axes, and counts", async () => {
    const list = elements(await document(await wmts([base(), fakeTiles("g", GK3)]), KVP));
    const texts = (name: string) =>
      list
        .filter((e) => e.path === `Capabilities/Contents/TileMatrixSet/TileMatrix/${name}`)
        .map((e) => e.text);
    assert.equal(texts("ScaleDenominator")[0], "559082264.0287178");
    assert.deepEqual(texts("ows:Identifier").slice(0, 2), ["00", "01"]);
    assert.deepEqual(texts("TopLeftCorner").slice(-1), ["6000000.0 3000000.0"]);
    assert.equal(texts("TopLeftCorner")[0], "-20037508.342789244 20037508.342789244");
    assert.deepEqual([texts("MatrixWidth")[1], texts("TileHeight")[0]], ["2", "256"]);
  });

  it("services-tiles 24: print a scale below one as it is", async () => {
    const fine = gridOf("fine", {
      srs: "EPSG:25832",
      bbox: [0, 0, 256, 256],
      res: [1, 0.00014],
      origin: "nw",
    });
    const text = await document(await wmts([fakeTiles("f", fine)]), KVP);
    assert.ok(text.includes("<ScaleDenominator>0.5</ScaleDenominator>"));
  });

  it("services-tiles 24: advertise exactly what is served", async () => {
    const sqrt2 = gridOf("sqrt2", {
      srs: "EPSG:3857",
      res_factor: "sqrt2",
      num_levels: 8,
      origin: "nw",
    });
    const send = await wmts([base(), fakeTiles("base", sqrt2)]);
    const text = await document(send, KVP);
    for (const [, set = "", matrices = ""] of text.matchAll(
      /<TileMatrixSet>\s*<ows:Identifier>(.*?)<\/ows:Identifier>(.*?)<\/TileMatrixSet>\s*(?=<TileMatrixSet>|<\/Contents>)/gs,
    )) {
      for (const [, id = "", width = "", height = ""] of matrices.matchAll(
        /<ows:Identifier>(.*?)<.*?<MatrixWidth>(\d+)<.*?<MatrixHeight>(\d+)</gs,
      )) {
        const at = (col: number, row: number) =>
          send(
            getTile({
              tilematrixset: set,
              tilematrix: id,
              tilecol: String(col),
              tilerow: String(row),
            }),
          );
        assert.equal((await at(Number(width) - 1, Number(height) - 1)).status, 200, `${set} ${id}`);
        assert.equal((await at(Number(width), 0)).status, 400);
        assert.equal((await at(0, Number(height))).status, 400);
      }
    }
  });

  it("services-tiles 24: name formats and paths of feature info only for layers that know features", async () => {
    const info: InfoLayer = { coverage: undefined, getInfo: async () => undefined };
    const layers = [base(), fakeTiles("wise", WEB, { infos: [info] })];
    const featureinfo_formats = [{ mimetype: "text/html", suffix: "html" }];
    const text = await document(await wmts(layers, { featureinfo_formats }), REST);
    assert.equal(text.match(/<InfoFormat>text\/html<\/InfoFormat>/g)?.length, 1);
    assert.deepEqual(
      [...text.matchAll(/template="(.*?)"/g)].map((found) => found[1]),
      [
        "http://localhost/wmts/base/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}.png",
        "http://localhost/wmts/wise/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}.png",
        "http://localhost/wmts/wise/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}/{I}/{J}.html",
      ],
    );
  });

  it("services-tiles 24: say where they are and how to ask", async () => {
    const send = await wmts([base()]);
    const kvp = await document(send, KVP, "https://h/p");
    assert.equal(kvp.match(/<ows:Get xlink:href="https:\/\/h\/p\/service\?">/g)?.length, 3);
    assert.equal(kvp.match(/<ows:Value>KVP</g)?.length, 3);
    assert.ok(!kvp.includes("ResourceURL") && !kvp.includes("ServiceMetadataURL"));
    const rest = await document(send, REST, "https://h/p");
    assert.equal(rest.match(/<ows:Value>RESTful</g)?.length, 3);
    assert.ok(
      rest.includes(
        '<ServiceMetadataURL xlink:href="https://h/p/wmts/1.0.0/WMTSCapabilities.xml"/>',
      ),
    );
  });

  it("services-tiles 25: link legends of our own WMS, or as the layer's template says", async () => {
    const legend = { id: "l", get: async () => undefined };
    const services = new Map<string, unknown>([["wms", { versions: ["1.1.1", "1.3.0"] }]]);
    const layers = layerTree([layerNode("base", { legends: [legend] }), layerNode("own")]);
    const own = fakeTiles("own", WEB, {
      metadata: {
        wmtsKvpLegendUrl: "{base_url}/k/{layer_name}.png",
        wmtsRestLegendUrl: "{base_url}/r/{layer_name}.png",
      },
    });
    const send = await wmts([base(), own], {}, { services, layers });
    const urls = (text: string) =>
      [...text.matchAll(/LegendURL format="image\/png" xlink:href="(.*?)"/g)].map((f) => f[1]);
    const standard =
      "http://localhost/service?service=WMS&amp;request=GetLegendGraphic&amp;version=1.3.0&amp;format=image%2Fpng&amp;layer=base";
    assert.deepEqual(urls(await document(send, KVP)), [standard, "http://localhost/k/own.png"]);
    assert.deepEqual(urls(await document(send, REST)), [standard, "http://localhost/r/own.png"]);
    assert.deepEqual(urls(await document(await wmts([base()], {}, { layers }), KVP)), []);
  });

  it("services-tiles 26: inherit the description of the WMS key by key", async () => {
    const md = {
      title: "W",
      abstract: "WA",
      online_resource: "http://o",
      keyword_list: [{ vocabulary: "GEMET", keywords: ["a"] }],
      contact: { organization: "O", person: "P" },
    };
    const services = new Map([["wms", { md }]]);
    const text = await document(await wmts([base()], { md: { title: "T" } }, { services }), KVP);
    assert.ok(
      text.includes("<ows:Title>T</ows:Title>") && text.includes("<ows:Abstract>WA</ows:Abstract>"),
    );
    assert.ok(text.includes('<ows:Keyword vocabulary="GEMET">a</ows:Keyword>'));
    assert.ok(text.includes("<ows:ProviderName>O</ows:ProviderName>"));
    assert.ok(text.includes("<ows:Fees>none</ows:Fees>"));
    elements(text);
  });

  it("reference-weaknesses 19, 20: stay well-formed whatever is configured, and tell the abstract", async () => {
    const layer = base({ title: "a & b < c", metadata: { abstract: 'x "&" y' } });
    const text = await document(await wmts([layer], { md: { title: "&<>" } }), KVP, 'http://<">&');
    assert.ok(elements(text).some((e) => e.text === 'x "&" y'));
  });

  it("reference-weaknesses 20: give the box of each system that the layer's sets are in", async () => {
    const layer = fakeTiles("g", GK3);
    const text = await document(await wmts([layer]), KVP);
    assert.match(
      text,
      /<ows:BoundingBox crs="urn:ogc:def:crs:EPSG:31467">\s*<ows:LowerCorner>5000000.0 3000000.0</,
    );
  });

  it("cite WMTS 3.2: know sections and versions", async () => {
    const send = await wmts([base()]);
    const text = await document(send, `${KVP}&sections=ServiceIdentification,OperationsMetadata`);
    assert.ok(text.includes("ServiceIdentification") && !text.includes("<Contents>"));
    assert.deepEqual((await problem(await send(`${KVP}&sections=x`))).slice(0, 2), [
      400,
      "InvalidParameterValue",
    ]);
    assert.deepEqual((await problem(await send(`${KVP}&acceptversions=9.9.9`))).slice(0, 2), [
      400,
      "VersionNegotiationFailed",
    ]);
    assert.equal((await send(`${KVP}&acceptversions=9.9.9,1.0.0`)).status, 200);
  });

  it("http-app 26: list what is permitted", async () => {
    const decide = (decision: Awaited<ReturnType<Authorizer["authorize"]>>) => ({
      authorizer: { restricts: true, authorize: async () => decision },
    });
    const layers = [base(), fakeTiles("secret", WEB)];
    const partial = { authorized: "partial", layers: new Map([["base", { tile: true }]]) } as const;
    const text = await document(await wmts(layers, {}, decide(partial)), KVP);
    assert.ok(text.includes("base") && !text.includes("secret"));
    const none = await wmts(layers, {}, decide({ authorized: "none" }));
    assert.equal((await none(REST)).status, 403);
    const unknown = await wmts(layers, {}, decide({ authorized: "unauthenticated" }));
    assert.equal((await unknown(KVP)).status, 401);
  });
});
