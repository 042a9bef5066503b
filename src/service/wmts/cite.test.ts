/** The assertions of the OGC's test suite for WMTS 1.0.0, by their ids; with `strict_ogc`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../../test/tile-service.ts";
import { decode } from "../../image/codec.ts";
import { peek } from "../../image/peek.ts";
import { encodePng } from "../../image/png-encode.ts";
import { newView, withChannels } from "../../image/view.ts";
import { wmtsService } from "./index.ts";

const WEB = gridOf("GLOBAL_WEBMERCATOR");
const PNG = encodePng(newView([256, 256], 3));
const dimensions = [{ name: "Time", values: ["2020", "2021"], default: "2021" }];
const infos = [
  { coverage: undefined, getInfo: async () => ({ type: "text", text: "here" }) as const },
];
const answer = () => ({ bytes: PNG });
const send = routed([
  await started(
    wmtsService,
    {
      strict_ogc: true,
      featureinfo_formats: [{ mimetype: "text/plain", suffix: "txt" }],
      md: { contact: { organization: "We" } },
    },
    serviceDeps([
      fakeTiles("a", WEB, { answer, infos }),
      fakeTiles("a", gridOf("GLOBAL_MERCATOR"), { answer, infos }),
      fakeTiles("plain", WEB, { answer, dimensions }),
      fakeTiles("empty", WEB, {
        answer: () => undefined,
        metadata: { wmtsKvpLegendUrl: "{base_url}/legends/legend.png" },
      }),
    ]),
  ),
]);

type Changes = Record<string, string | undefined>;
const query = (params: Changes) =>
  `/service?${new URLSearchParams(
    Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )}`;
const capabilities = (changes: Changes = {}) =>
  query({ service: "WMTS", request: "GetCapabilities", ...changes });
const TILE: Changes = {
  service: "WMTS",
  version: "1.0.0",
  request: "GetTile",
  layer: "a",
  style: "default",
  tilematrixset: "GLOBAL_WEBMERCATOR",
  tilematrix: "01",
  tilerow: "0",
  tilecol: "1",
  format: "image/png",
};
const tile = (changes: Changes = {}) => query({ ...TILE, ...changes });
const INFO: Changes = { request: "GetFeatureInfo", infoformat: "text/plain", i: "1", j: "1" };
const info = (changes: Changes = {}) => tile({ ...INFO, ...changes });

async function fault(target: string) {
  const response = await send(target);
  const text = await response.text();
  return [
    response.status,
    /exceptionCode="(.*?)"/.exec(text)?.[1],
    /locator="(.*?)"/.exec(text)?.[1],
  ];
}

describe("CITE WMTS 1.0: common", () => {
  it("KVP.GET.InvalidService and NoService", async () => {
    const invalid = [400, "InvalidParameterValue", "service"];
    assert.deepEqual(await fault(capabilities({ service: "BOGUS" })), invalid);
    const missing = [400, "MissingParameterValue", "service"];
    assert.deepEqual(await fault(capabilities({ service: undefined })), missing);
  });
  it("KVP.GET.InvalidQueryString", async () => {
    const missing = [400, "MissingParameterValue", "request"];
    assert.deepEqual(
      await fault("/service?service=WMTS&request~GetCapabilities!version~1.0.0"),
      missing,
    );
  });
  it("KVP.GET.InvalidRequest, and none", async () => {
    const invalid = [400, "InvalidParameterValue", "request"];
    assert.deepEqual(await fault(capabilities({ request: "GetBOGUS" })), invalid);
    const missing = [400, "MissingParameterValue", "request"];
    assert.deepEqual(await fault(capabilities({ request: undefined })), missing);
  });
  it("RESTful.HTTP.Mandatory and InvalidQueryString", async () => {
    const path = "/wmts/1.0.0/WMTSCapabilities.xml";
    const status = async (accept: string, more = "") =>
      (await send(path + more, { headers: { accept } })).status;
    assert.equal(await status("example/unknown"), 406);
    assert.equal(await status("*/*"), 200);
    assert.equal(await status("application/xml"), 200);
    assert.equal(await status("text/xml;q=0.5"), 200);
    assert.equal(await status("*/*", "/Bogus"), 404);
  });
});

describe("CITE WMTS 1.0: GetCapabilities", () => {
  it("Request.Mandatory and CaseInsensitive.KVP.Names", async () => {
    const whole = await (await send(capabilities())).text();
    assert.match(whole, /<Capabilities [^>]*version="1\.0\.0"/);
    const odd = await send("/service?ReQuEsT=GetCapabilities&SERVICE=WMTS");
    assert.equal(await odd.text(), whole);
  });
  it("Request.AcceptVersions", async () => {
    assert.equal((await send(capabilities({ acceptversions: "2.0.0,1.0.0" }))).status, 200);
    assert.deepEqual(await fault(capabilities({ acceptversions: "9.9.9" })), [
      400,
      "VersionNegotiationFailed",
      undefined,
    ]);
  });
  it("Request.Sections.All, .ServiceIdentification, .ServiceProvider, .OperationsMetadata, .Contents, .Themes, .Multiple, .Invalid, .Missing", async () => {
    const names = "ServiceIdentification ServiceProvider OperationsMetadata Contents".split(" ");
    const told = async (sections: string) => {
      const text = await (await send(capabilities({ sections }))).text();
      return names.filter((other) => new RegExp(`<(?:ows:)?${other}>`).test(text));
    };
    for (const name of names) assert.deepEqual(await told(name), [name]);
    assert.deepEqual(await told("All"), names);
    assert.deepEqual(await told("Themes"), [], "there are none");
    assert.deepEqual(await told("Contents,ServiceProvider"), ["ServiceProvider", "Contents"]);
    const invalid = [400, "InvalidParameterValue", "sections"];
    assert.deepEqual(await fault(capabilities({ sections: "Bogus" })), invalid);
    const missing = [400, "MissingParameterValue", "sections"];
    assert.deepEqual(await fault(capabilities({ sections: "" })), missing);
  });
  it("Request.UpdateSequence: none is told, and any is ignored", async () => {
    const whole = await (await send(capabilities())).text();
    assert.ok(!whole.includes("updateSequence"));
    for (const updatesequence of ["0", "99999999"]) {
      assert.equal(await (await send(capabilities({ updatesequence }))).text(), whole);
    }
  });
  it("Request.AcceptFormats: what is listed, else application/xml", async () => {
    const type = async (acceptformats: string) =>
      (await send(capabilities({ acceptformats }))).headers.get("content-type");
    for (const formats of ["application/xml", "text/bogus", "text/bogus,application/xml", ""]) {
      assert.equal(await type(formats), "application/xml", formats);
    }
  });
  it("RESTful.GetCapabilities.Request.Mandatory: the document names its own URL", async () => {
    const path = "/wmts/1.0.0/WMTSCapabilities.xml";
    const text = await (await send(path)).text();
    assert.equal(
      /<ServiceMetadataURL xlink:href="(.*?)"/.exec(text)?.[1],
      `http://localhost${path}`,
    );
    assert.deepEqual(
      [...new Set([...text.matchAll(/<ows:Value>(.*?)</g)].map(([, v]) => v))],
      ["RESTful"],
    );
    for (const [, template = ""] of text.matchAll(/template="(.*?)"/g)) {
      assert.match(template, /^http:\/\/localhost\/wmts\//);
    }
  });
  it("Response.TileMatrix.Identifiers.Unique, Response.TileMatrixSet.WellKnownScaleSet: none is claimed, so none is claimed wrongly", async () => {
    const text = await (await send(capabilities())).text();
    for (const set of text.split("<TileMatrixSet>\n").slice(1)) {
      const matrices = set.split("<TileMatrix>").slice(1);
      const names = matrices.map((matrix) => /<ows:Identifier>(.*?)</.exec(matrix)?.[1]);
      assert.ok(names.length > 0);
      assert.equal(new Set(names).size, names.length);
    }
    assert.ok(!/WellKnownScaleSet|<Themes>/.test(text));
  });
  it("Response.Layer.LegendURL.Correct.Format: the type of the legend is told", async () => {
    const text = await (await send(capabilities())).text();
    const links = [...text.matchAll(/<LegendURL ([^>]*)>/g)].map(
      ([, attributes = ""]) => attributes,
    );
    assert.equal(links.length, 1);
    assert.match(links[0]!, /format="image\/png"/);
    assert.match(links[0]!, /xlink:href="http:\/\/localhost\/legends\/legend\.png"/);
  });
  it("Response.OnlineResource, Response.Encoding.Constraint, Response.Layer.Identifiers.Unique, .TileMatrixSet.Identifiers.Unique, .TileMatrixSet.ScaleDenominators.Unique, Response.Layer.TileMatrixSet.Valid", async () => {
    const text = await (await send(capabilities())).text();
    const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found!);
    for (const url of all(/<ows:Get xlink:href="(.*?)"/g)) assert.match(url, /\?$/);
    assert.deepEqual(new Set(all(/<ows:Value>(.*?)</g)), new Set(["KVP"]));
    const layers = all(/<Layer>[\s\S]*?<ows:Identifier>(.*?)</g);
    const sets = all(/<TileMatrixSet>\s+<ows:Identifier>(.*?)</g);
    for (const names of [layers, sets]) assert.equal(new Set(names).size, names.length);
    for (const name of all(/<TileMatrixSet>([^<\s]+)</g)) assert.ok(sets.includes(name), name);
    for (const set of text.split("<TileMatrixSet>\n").slice(1)) {
      const scales = [...set.matchAll(/<ScaleDenominator>(.*?)</g)].map(([, scale]) => scale);
      assert.equal(new Set(scales).size, scales.length);
    }
  });
});

describe("CITE WMTS 1.0: GetTile", () => {
  it("Mandatory, Optional, Valid.Tile.Format and .Size", async () => {
    for (const set of ["GLOBAL_WEBMERCATOR", "GLOBAL_MERCATOR"]) {
      for (const tilematrix of ["00", "01", "19"]) {
        const response = await send(tile({ tilematrixset: set, tilematrix, tilecol: "0" }));
        assert.equal(response.headers.get("content-type"), "image/png");
        const head = peek(new Uint8Array(await response.arrayBuffer()));
        assert.deepEqual([head?.format, head?.width, head?.height], ["png", 256, 256]);
      }
    }
  });
  for (const name of Object.keys(TILE)) {
    if (name === "service") continue;
    it(`Missing: ${name}`, async () => {
      const expected = [400, "MissingParameterValue", name];
      assert.deepEqual(await fault(tile({ [name]: undefined })), expected);
    });
  }
  for (const [changes, code, locator] of [
    [{ layer: "zz" }, "InvalidParameterValue", "layer"],
    [{ tilematrixset: "zz" }, "InvalidParameterValue", "TileMatrixSet"],
    [{ tilematrix: "zz" }, "InvalidParameterValue", "TileMatrix"],
    [{ tilematrix: "20" }, "InvalidParameterValue", "TileMatrix"],
    [{ tilerow: "2" }, "TileOutOfRange", "TileRow"],
    [{ tilerow: "-1" }, "TileOutOfRange", "TileRow"],
    [{ tilecol: "2" }, "TileOutOfRange", "TileCol"],
    [{ style: "zz" }, "InvalidParameterValue", "Style"],
    [{ format: "image/zz" }, "InvalidParameterValue", "format"],
    [{ layer: "plain", time: "1999" }, "InvalidParameterValue", "time"],
  ] as const) {
    it(`Invalid: ${JSON.stringify(changes)}`, async () => {
      assert.deepEqual(await fault(tile(changes)), [400, code, locator]);
    });
  }
  it("Valid.Tile.Transparency: a tile without data is transparent where the format can be", async () => {
    const response = await send(tile({ layer: "empty" }));
    assert.equal(response.status, 200);
    const view = withChannels(await decode(new Uint8Array(await response.arrayBuffer())), 4);
    assert.deepEqual([view.width, view.height], [256, 256]);
    for (let i = 3; i < view.data.length; i += 4) assert.equal(view.data[i], 0);
  });
  it("GetTileMatrixByImageFormat: each matrix in each advertised format decodes", async () => {
    const text = await (await send(capabilities())).text();
    for (const layer of text.split("<Layer>").slice(1)) {
      const name = /<ows:Identifier>(.*?)</.exec(layer)?.[1];
      for (const [, format] of layer.matchAll(/<Format>(.*?)</g)) {
        for (let level = 0; level < 20; level++) {
          const changes = { layer: name, format, tilematrix: `${level}`, tilecol: "0" };
          const response = await send(tile(changes));
          assert.equal(response.headers.get("content-type"), format);
          await decode(new Uint8Array(await response.arrayBuffer()));
        }
      }
    }
  });
  it("Current.SampleDimension: not offered, and not advertised", async () => {
    assert.ok(!/<Current>true/.test(await (await send(capabilities())).text()));
    const refused = [400, "InvalidParameterValue", "time"];
    assert.deepEqual(await fault(tile({ layer: "plain", time: "current" })), refused);
  });
  it("Default.SampleDimension", async () => {
    assert.equal((await send(tile({ layer: "plain", time: "default" }))).status, 200);
    assert.equal((await send(tile({ layer: "plain", time: "2020" }))).status, 200);
  });
  it("RESTful.GetTile: the same mistakes are errors", async () => {
    for (const path of [
      "zz/GLOBAL_WEBMERCATOR/1/0/0.png",
      "a/zz/1/0/0.png",
      "a/GLOBAL_WEBMERCATOR/20/0/0.png",
      "a/GLOBAL_WEBMERCATOR/1/0/2.png",
      "a/GLOBAL_WEBMERCATOR/1/-1/0.png",
      "a/GLOBAL_WEBMERCATOR/1/0/0.zz",
      "a/GLOBAL_WEBMERCATOR/1/0",
    ]) {
      const { status } = await send(`/wmts/${path}`);
      assert.ok(status === 400 || status === 404, `${path}: ${status}`);
    }
  });
});

describe("CITE WMTS 1.0: GetFeatureInfo", () => {
  it("Valid.InfoFormat", async () => {
    const response = await send(info());
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  });
  for (const [changes, expected] of [
    [{ infoformat: undefined }, [400, "MissingParameterValue", "infoformat"]],
    [{ i: undefined }, [400, "MissingParameterValue", "i"]],
    [{ tilerow: "2" }, [400, "InvalidParameterValue", "TileRow"]],
    [{ tilecol: "2" }, [400, "InvalidParameterValue", "TileCol"]],
    [{ i: "256" }, [400, "InvalidParameterValue", "I"]],
    [{ j: "256" }, [400, "InvalidParameterValue", "J"]],
    [{ infoformat: "text/zz" }, [400, "InvalidParameterValue", "InfoFormat"]],
    [{ layer: "plain" }, [501, "OperationNotSupported", "GetFeatureInfo"]],
  ] as const) {
    it(`mistake: ${JSON.stringify(changes)}`, async () => {
      assert.deepEqual(await fault(info(changes)), expected);
    });
  }
});
