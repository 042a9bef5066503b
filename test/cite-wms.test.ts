/**
 * Assertions of the OGC's test suites for WMS 1.1.1 and 1.3.0 in our own words, against a made-up country;
 * those that need no map from upstream stand beside the service (`cite-*.test.ts`).
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { peek } from "../src/image/peek.ts";
import { type Quarry, quarry } from "./quarry.ts";
import { capabilitiesQuery, infoQuery, mapQuery, pixelsOf, textOf } from "./wms-service.ts";

const VERSIONS = ["1.1.1", "1.3.0"] as const;
type Version = (typeof VERSIONS)[number];
const RED = [200, 20, 20, 255];
const GREEN = [20, 160, 20, 255];
const WHITE = [255, 255, 255, 255];
const STRICT = "    strict_ogc: true";

/** A map of 8 x 8 pixels, half a degree each, around the middle of the polygons. */
const POLYGONS = (version: Version, changes: Record<string, string> = {}) =>
  mapQuery(version, {
    LAYERS: "cite:BasicPolygons",
    BBOX: "-2,-2,2,2",
    WIDTH: "8",
    HEIGHT: "8",
    ...changes,
  });

const ASK = (version: Version, changes: Record<string, string> = {}) => {
  const [x, y] = version === "1.3.0" ? ["I", "J"] : ["X", "Y"];
  return infoQuery(version, {
    LAYERS: "cite:BasicPolygons",
    QUERY_LAYERS: "cite:BasicPolygons",
    BBOX: "-2,-2,2,2",
    WIDTH: "80",
    HEIGHT: "80",
    [x as string]: "15",
    [y as string]: "45",
    INFO_FORMAT: "text/plain",
    ...changes,
  });
};

const pixels = async (server: Quarry, query: string) => pixelsOf(await server.get(query));

async function exception(server: Quarry, query: string) {
  const response = await server.get(query);
  const text = await response.text();
  assert.match(text, /<ServiceException[ >]/);
  return {
    type: response.headers.get("content-type"),
    code: /<ServiceException code="(.*?)"/.exec(text)?.[1],
    text,
  };
}

describe("CITE: versions", () => {
  it("cite wms130 basic_elements:negotiate-*, cite wms111 basic_elements-version-negotiation-2, -4", async () => {
    const { get } = await quarry();
    const answers = {
      "": "1.3.0",
      "1.3.0": "1.3.0",
      "100.0.0": "1.3.0",
      "0.0.0": "1.0.0",
      "1.1.1": "1.1.1",
    };
    for (const [asked, answered] of Object.entries(answers)) {
      const version = asked === "" ? "" : `&VERSION=${asked}`;
      const text = await (await get(`SERVICE=WMS&REQUEST=GetCapabilities${version}`)).text();
      assert.match(
        text,
        new RegExp(
          `<WM\\w+Capabilities[^>]* ?version="${answered}"|<WMT_MS_Capabilities version="${answered}"`,
        ),
      );
    }
  });

  it("cite wms111 wmsops-getcapabilities-params-version-1..6: VERSION wins over WMTVER in any order", async () => {
    const { get } = await quarry();
    for (const query of [
      "WMTVER=1.0.0&VERSION=1.1.1",
      "VERSION=1.1.1&WMTVER=1.0.0",
      "WMTVER=1.1.1",
    ]) {
      const text = await (await get(`SERVICE=WMS&REQUEST=capabilities&${query}`)).text();
      assert.match(text, /<WMT_MS_Capabilities version="1.1.1"/);
    }
  });

  it("cite wms111 wmsops-getmap-params-request-1, -version-1: REQUEST=map and WMTVER", async () => {
    const server = await quarry();
    const query = POLYGONS("1.1.1").replace("GetMap", "map").replace("VERSION", "WMTVER");
    const text = await (await server.get(query)).text();
    // 1.1.1 wants VERSION for maps; with it, the old name of the request is enough
    assert.match(text, /missing parameters/);
    await pixels(server, POLYGONS("1.1.1", { REQUEST: "map" }));
  });
});

describe("CITE: capabilities", () => {
  it("cite wms130 getcapabilities:each-format, cite wms111 wmsops-getcapabilities-response-1", async () => {
    const { get } = await quarry();
    const type = async (version: string) =>
      (await get(capabilitiesQuery(version))).headers.get("content-type");
    assert.equal(await type("1.3.0"), "text/xml; charset=utf-8");
    assert.equal(await type("1.1.1"), "application/vnd.ogc.wms_xml");
  });

  it("cite wms130 getcapabilities:updatesequence-ignored, cite wms111 wmsops-getcapabilities-params-updatesequence-1..6", async () => {
    const { get } = await quarry();
    for (const version of VERSIONS) {
      const plain = await (await get(capabilitiesQuery(version))).text();
      assert.ok(!/updateSequence/i.test(plain));
      for (const value of ["0", "999999", "x"]) {
        const text = await (
          await get(capabilitiesQuery(version, `&UPDATESEQUENCE=${value}`))
        ).text();
        assert.equal(text, plain);
      }
    }
  });

  it("cite wms130 getcapabilities:resource-format, resource-size, style-legendurls", async () => {
    const { get } = await quarry();
    for (const version of VERSIONS) {
      const text = await (await get(capabilitiesQuery(version))).text();
      const found = [
        ...text.matchAll(
          /<LegendURL width="(\d+)" height="(\d+)">\s*<Format>(.*?)<\/Format>\s*<OnlineResource[^>]* xlink:href="http:\/\/localhost\/service\?(.*?)"/g,
        ),
      ];
      assert.ok(found.length >= 3);
      for (const [, width, height, format, query = ""] of found) {
        const response = await get(query.replaceAll("&amp;", "&"));
        assert.equal(response.headers.get("content-type"), format);
        const head = peek(new Uint8Array(await response.arrayBuffer()));
        assert.deepEqual([head?.width, head?.height], [Number(width), Number(height)]);
      }
    }
  });

  it("cite wms130 basic:gif-or-png, getmap:transparent-opaque-layer", async () => {
    const server = await quarry();
    const text = await (await server.get(capabilitiesQuery("1.3.0"))).text();
    assert.match(text, /<Format>image\/png<\/Format>/);
    const { at } = await pixels(
      server,
      POLYGONS("1.3.0", { TRANSPARENT: "TRUE", BBOX: "0,-1,1,0" }),
    );
    assert.deepEqual(at(4, 4), GREEN);
  });

  it("cite wms130 getcapabilities:bbox-present, ex_geobbox-present, crs-present, crs-for-all-layers", async () => {
    const { get } = await quarry();
    const text = await (await get(capabilitiesQuery("1.3.0"))).text();
    const root = text.slice(
      text.indexOf("<Layer"),
      text.indexOf("<Layer", text.indexOf("<Layer") + 1),
    );
    for (const code of ["EPSG:4326", "CRS:84", "EPSG:3857", "EPSG:25831"]) {
      assert.ok(root.includes(`<CRS>${code}</CRS>`), code);
    }
    for (const layer of text.split(/<Layer/).slice(2)) {
      assert.match(layer, /<EX_GeographicBoundingBox>/);
      assert.match(layer, /<BoundingBox CRS="/);
    }
  });

  it("cite wms111 dim_and_extent-1, -2: strict_ogc gives each Dimension its Extent", async () => {
    const text = await (await (await quarry(STRICT)).get(capabilitiesQuery("1.1.1"))).text();
    assert.match(
      text,
      /<Dimension name="time" units="ISO8601"\/>\s*<Extent name="time" default="2024-07-01T00:00:00Z"/,
    );
  });
});

describe("CITE: maps", () => {
  it("cite wms130 basic:basic-polygons-sanity-check, bbox-pixel-interpretation, cite wms111 wmsops-getmap-params-bbox-4", async () => {
    const server = await quarry();
    for (const version of VERSIONS) {
      const { at, size } = await pixels(server, POLYGONS(version));
      assert.deepEqual(size, [8, 8]);
      // half a degree a pixel: the red square is pixels 0 and 1 of rows 4 and 5, cut by the green one
      assert.deepEqual(at(0, 4), RED);
      assert.deepEqual(at(0, 5), RED);
      assert.deepEqual(at(1, 5), RED);
      assert.deepEqual(at(1, 4), GREEN);
      assert.deepEqual(at(5, 0), GREEN);
      assert.deepEqual(at(6, 0), WHITE);
      assert.deepEqual(at(0, 6), WHITE);
    }
  });

  it("cite wms130 basic:blue-lake-sanity-check, layer-order, getmap:two-layers, three-layers", async () => {
    const server = await quarry();
    const map = (LAYERS: string) =>
      pixels(server, POLYGONS("1.3.0", { LAYERS, STYLES: "", BBOX: "0,0,0.004,0.004" }));
    const below = await map("cite:Ponds,cite:Forests");
    const above = await map("cite:Forests,cite:Ponds");
    assert.deepEqual(below.at(3, 7), [0, 90, 0, 255]);
    assert.deepEqual(above.at(3, 7), [20, 20, 220, 255]);
    const three = await map("cite:BasicPolygons,cite:Forests,cite:Ponds");
    assert.deepEqual(three.at(3, 7), [20, 20, 220, 255]);
    assert.deepEqual(three.at(7, 0), GREEN);
  });

  it("cite wms130 basic:no-bgcolor, blue-bgcolor, transparent-true, getmap:transparent-default, transparent-false", async () => {
    const server = await quarry();
    for (const version of VERSIONS) {
      const corner = async (changes: Record<string, string>) =>
        (await pixels(server, POLYGONS(version, changes))).at(7, 7);
      assert.deepEqual(await corner({}), WHITE);
      assert.deepEqual(await corner({ TRANSPARENT: "FALSE" }), WHITE);
      assert.deepEqual(await corner({ BGCOLOR: "0x0000FF" }), [0, 0, 255, 255]);
      assert.equal((await corner({ TRANSPARENT: "TRUE" }))[3], 0);
    }
  });

  it("cite wms111 wmsops-getmap-params-transparent-1..3: the value is compared without case", async () => {
    const server = await quarry();
    const alpha = async (TRANSPARENT: string) =>
      (await pixels(server, POLYGONS("1.1.1", { TRANSPARENT }))).at(7, 7)[3];
    assert.equal(await alpha("fAlSe"), 255);
    assert.equal(await alpha("tRuE"), 0);
  });

  it("cite wms130 basic:aspect-ratio, cite wms111 wmsops-getmap-params-width_height-3: the map is stretched", async () => {
    const server = await quarry();
    const { at, size } = await pixels(server, POLYGONS("1.3.0", { WIDTH: "16", HEIGHT: "8" }));
    assert.deepEqual(size, [16, 8]);
    for (const column of [0, 1]) assert.deepEqual(at(column, 4), RED);
    assert.deepEqual(at(2, 4), GREEN);
    assert.deepEqual(at(11, 0), GREEN);
    assert.deepEqual(at(12, 0), WHITE);
  });

  it("cite wms111 wmsops-getmap-params-width_height-1, -2, cite wms130 getmap:large-size", async () => {
    const server = await quarry();
    for (const [WIDTH, HEIGHT] of [
      ["1024", "768"],
      ["16", "16"],
    ] as const) {
      const { size } = await pixels(server, POLYGONS("1.1.1", { WIDTH, HEIGHT }));
      assert.deepEqual(size, [Number(WIDTH), Number(HEIGHT)]);
    }
  });

  it("cite wms130 getmap:each-crs, each-layer-crs-combination, each-layer, each-style, bbox-direct, bbox-inherited, crs-direct, crs-inherited, styles-direct, styles-inherited, cite wms111 wmsops-getmap-each-layer, -style, -srs, -params-srs-1, -2, -layers-1", async () => {
    const server = await quarry();
    for (const version of VERSIONS) {
      const system = version === "1.3.0" ? "CRS" : "SRS";
      const box = new RegExp(
        `<BoundingBox ${system}="(.*?)" minx="(.*?)" miny="(.*?)" maxx="(.*?)" maxy="(.*?)"`,
        "g",
      );
      const capabilities = await (await server.get(capabilitiesQuery(version))).text();
      const layers = capabilities.split("<Layer").slice(2);
      assert.equal(layers.length, 8);
      for (const layer of layers) {
        const LAYERS = textOf(layer, "Name");
        const boxes = [...layer.matchAll(box)];
        assert.ok(boxes.length > 0);
        for (const [, code, ...bbox] of boxes) {
          for (const STYLES of ["", "default"]) {
            const place = { [system]: code, BBOX: bbox.join(",") };
            const query = mapQuery(version, { LAYERS, STYLES, ...place });
            assert.deepEqual((await pixels(server, query)).size, [20, 10], `${LAYERS} ${code}`);
          }
        }
      }
    }
  });

  it("cite wms130 getmap:bbox-no-overlap, bbox-outside-crs, cite wms111 wmsops-getmap-params-bbox-9..12: empty beyond the world", async () => {
    const server = await quarry(STRICT);
    const boxes = ["100,60,110,70", "200,0,210,10", "0,95,10,100", "-400,-10,-390,0"];
    for (const LAYERS of ["cite:BasicPolygons", "cite:Cached"]) {
      for (const BBOX of boxes) {
        const { at } = await pixels(server, POLYGONS("1.1.1", { LAYERS, BBOX }));
        for (const [x, y] of [
          [0, 0],
          [4, 4],
          [7, 7],
        ] as const)
          assert.deepEqual(at(x, y), WHITE, `${LAYERS} ${BBOX}`);
      }
    }
  });

  it("cite wms111 wmsops-getmap-each-format-transparent: TRANSPARENT=TRUE is an exception for no format", async () => {
    const server = await quarry();
    const text = await (await server.get(capabilitiesQuery("1.1.1"))).text();
    const formats = [
      ...(text.split("<GetMap>")[1]?.split("<DCPType>")[0] ?? "").matchAll(/<Format>(.*?)</g),
    ];
    assert.ok(formats.length >= 5);
    for (const [, FORMAT = ""] of formats) {
      for (const TRANSPARENT of ["TRUE", "FALSE"]) {
        const response = await server.get(POLYGONS("1.1.1", { FORMAT, TRANSPARENT }));
        assert.equal(response.headers.get("content-type"), FORMAT);
      }
    }
  });
});

describe("maps from upstream", () => {
  it("services-wms 37: neighbours of one server become one request, in their order", async () => {
    const server = await quarry();
    const LAYERS = "cite:Ponds,cite:BasicPolygons,styled,cite:Forests";
    const { at } = await pixels(server, POLYGONS("1.3.0", { LAYERS, BBOX: "0,0,0.004,0.004" }));
    const asked = server.asked.map((query) => query.get("LAYERS"));
    assert.deepEqual(asked, ["ponds,polygons", "ponds", "forests"]);
    assert.deepEqual(at(3, 7), [0, 90, 0, 255]);
  });

  it("services-wms 53: a style of the configuration goes along, its file in the body of a POST", async () => {
    const server = await quarry();
    await pixels(server, POLYGONS("1.3.0", { LAYERS: "styled", SLD: "http://evil/x.sld" }));
    assert.equal(server.asked.at(-1)?.get("SLD"), "http://styles/a.sld");
    const client = { LAYERS: "styled_by_file", SLD_BODY: "<evil/>" };
    await pixels(server, POLYGONS("1.3.0", client));
    assert.equal(server.asked.at(-1)?.get("SLD_BODY"), "<StyledLayerDescriptor/>");
  });

  it("services-wms 45: a question in a system that the server does not know keeps its point", async () => {
    const { get, asked } = await quarry();
    const query = ASK("1.1.1", {
      SRS: "EPSG:3857",
      BBOX: "-200000,-200000,200000,200000",
      X: "17",
      Y: "53",
    });
    assert.equal(await (await get(query)).text(), "polygons.1");
    const [west = 0, , east = 0] = (asked.at(-1)?.get("BBOX") ?? "").split(",").map(Number);
    const x = west + ((Number(asked.at(-1)?.get("X")) + 0.5) / 80) * (east - west);
    const wanted = ((-200000 + 17.5 * 5000) / 20037508.34) * 180;
    assert.ok(Math.abs(x - wanted) < (east - west) / 80);
    assert.equal(asked.at(-1)?.get("SRS"), "EPSG:4326");
  });
});

describe("CITE: exceptions", () => {
  it("cite wms130 getmap:invalid-crs, invalid-format, invalid-layer, invalid-style, exceptions-default, exceptions-xml", async () => {
    const server = await quarry();
    const cases = [
      [{ CRS: "EPSG:9" }, "InvalidCRS"],
      [{ FORMAT: "image/x" }, "InvalidFormat"],
      [{ LAYERS: "none" }, "LayerNotDefined"],
      [{ STYLES: "none" }, "StyleNotDefined"],
    ] as const;
    for (const [changes, code] of cases) {
      for (const EXCEPTIONS of [undefined, "XML"]) {
        const found = await exception(
          server,
          POLYGONS("1.3.0", { ...changes, ...(EXCEPTIONS && { EXCEPTIONS }) }),
        );
        assert.equal(found.code, code);
        assert.equal(found.type, "text/xml; charset=utf-8");
      }
    }
  });

  it("cite wms111 wmsops-getmap-params-srs-3, -format-1, -exceptions-1, -2", async () => {
    const server = await quarry();
    for (const EXCEPTIONS of [undefined, "application/vnd.ogc.se_xml"]) {
      for (const [changes, code] of [
        [{ SRS: "EPSG:9" }, "InvalidSRS"],
        [{ FORMAT: "image/x" }, "InvalidFormat"],
      ] as const) {
        const found = await exception(
          server,
          POLYGONS("1.1.1", { ...changes, ...(EXCEPTIONS && { EXCEPTIONS }) }),
        );
        assert.equal(found.code, code);
        assert.equal(found.type, "application/vnd.ogc.se_xml");
      }
    }
  });

  it("cite wms130 getmap:exceptions-blank-red, exceptions-blank-transparent, cite wms111 wmsops-getmap-params-exceptions-3..7", async () => {
    const server = await quarry();
    for (const [version, blank, inImage] of [
      ["1.3.0", "BLANK", "INIMAGE"],
      ["1.1.1", "application/vnd.ogc.se_blank", "application/vnd.ogc.se_inimage"],
    ] as const) {
      const wrong = { LAYERS: "none", WIDTH: "200", HEIGHT: "100" };
      const red = await pixels(
        server,
        POLYGONS(version, {
          ...wrong,
          EXCEPTIONS: blank,
          BGCOLOR: "0xFF0000",
          TRANSPARENT: "FALSE",
        }),
      );
      const clear = await pixels(
        server,
        POLYGONS(version, { ...wrong, EXCEPTIONS: blank, TRANSPARENT: "TRUE" }),
      );
      const told = await pixels(server, POLYGONS(version, { ...wrong, EXCEPTIONS: inImage }));
      assert.deepEqual(red.size, [200, 100]);
      let dark = 0;
      for (let x = 0; x < 200; x++) {
        for (let y = 0; y < 100; y++) {
          assert.deepEqual(red.at(x, y), [255, 0, 0, 255]);
          assert.equal(clear.at(x, y)[3], 0);
          if (told.at(x, y)[0]! < 100) dark++;
        }
      }
      assert.ok(dark > 50, "there is a text");
    }
  });
});

describe("CITE: features", () => {
  it("cite wms130 getfeatureinfo:each-info_format, cite wms111 getfeatureinfo-each-info_format, params-info_format-2, -3", async () => {
    const server = await quarry(STRICT);
    for (const version of VERSIONS) {
      const text = await (await server.get(capabilitiesQuery(version))).text();
      const formats = [
        ...(text.split("<GetFeatureInfo>")[1]?.split("<DCPType>")[0] ?? "").matchAll(
          /<Format>(.*?)</g,
        ),
      ];
      assert.equal(formats.length, 4);
      for (const [, INFO_FORMAT = ""] of formats) {
        const response = await server.get(ASK(version, { INFO_FORMAT }));
        assert.equal(response.headers.get("content-type")?.split(";")[0], INFO_FORMAT);
        assert.match(await response.text(), /polygons\.1/);
      }
    }
  });

  it("cite wms130 getfeatureinfo:invalid-info_format: strict_ogc refuses what is not advertised", async () => {
    const query = ASK("1.3.0", { INFO_FORMAT: "application/x-none" });
    assert.equal((await exception(await quarry(STRICT), query)).code, "InvalidFormat");
    assert.equal((await (await quarry()).get(query)).status, 200);
  });

  it("cite wms130 getfeatureinfo:two-query_layers, less-query_layers, queryable:getfeatureinfo-supported, cite wms111 wmsops-getfeatureinfo-params-query_layers-1..3", async () => {
    const { get } = await quarry();
    const LAYERS = "cite:BasicPolygons,cite:Ponds,cite:Forests";
    for (const version of VERSIONS) {
      for (const QUERY_LAYERS of [
        "cite:BasicPolygons",
        "cite:BasicPolygons,cite:Ponds",
        "cite:Ponds",
      ]) {
        const text = await (await get(ASK(version, { LAYERS, QUERY_LAYERS }))).text();
        assert.equal(text.includes("polygons.1"), QUERY_LAYERS.includes("Polygons"));
      }
    }
  });

  it("cite wms111 wmsops-getfeatureinfo-params-query_layers-4..6, -exceptions-1, -2: the code, in the type of the version", async () => {
    const server = await quarry();
    for (const EXCEPTIONS of [undefined, "application/vnd.ogc.se_xml"]) {
      for (const [QUERY_LAYERS, code] of [
        ["cite:Forests", "LayerNotQueryable"],
        ["none", "LayerNotDefined"],
        ["cite:BasicPolygons,none", "LayerNotDefined"],
        ["none,cite:BasicPolygons", "LayerNotDefined"],
      ] as const) {
        const changes = { QUERY_LAYERS, ...(EXCEPTIONS && { EXCEPTIONS }) };
        const found = await exception(server, ASK("1.1.1", changes));
        assert.equal(found.code, code);
        assert.equal(found.type, "application/vnd.ogc.se_xml");
      }
    }
  });

  it("cite wms130 getfeatureinfo:query_layers-not-queryable, invalid-query_layers, invalid-i, invalid-j", async () => {
    const server = await quarry();
    const LAYERS = "cite:Forests";
    const code = async (changes: Record<string, string>) =>
      (await exception(server, ASK("1.3.0", changes))).code;
    assert.equal(await code({ LAYERS, QUERY_LAYERS: LAYERS }), "LayerNotQueryable");
    assert.equal(await code({ QUERY_LAYERS: "none" }), "LayerNotDefined");
    for (const changes of [{ I: "80" }, { J: "-1" }, { I: "x" }, { J: "" }]) {
      assert.equal(await code(changes as Record<string, string>), "InvalidPoint");
    }
  });

  it("cite wms130 getfeatureinfo:each-queryable-layer, three-query_layers, queryable:std-data-queryable", async () => {
    const { get } = await quarry();
    const text = await (await get(capabilitiesQuery("1.3.0"))).text();
    const names = [...text.matchAll(/<Layer queryable="1">\s*<Name>(.*?)</g)].map(
      ([, name]) => name,
    );
    assert.ok(names.includes("cite:BasicPolygons") && names.length >= 3);
    for (const LAYERS of [...names, names.slice(0, 3).join(",")]) {
      const response = await get(
        ASK("1.3.0", { LAYERS, QUERY_LAYERS: LAYERS } as Record<string, string>),
      );
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8", LAYERS);
    }
  });

  it("cite wms130 queryable:feature_count-default, feature_count-1, cite wms111 wmsops-getfeatureinfo-params-feature_count-1, -2", async () => {
    const { get } = await quarry();
    for (const version of VERSIONS) {
      const told = async (count: Record<string, string>) =>
        (await (await get(ASK(version, count))).text()).split("\n").length;
      assert.equal(await told({}), 1);
      assert.equal(await told({ FEATURE_COUNT: "1" }), 1);
      assert.equal(await told({ FEATURE_COUNT: "2" }), 2);
    }
  });
});

describe("CITE: dimensions", () => {
  const SEASONS = (changes: Record<string, string> = {}) =>
    POLYGONS("1.3.0", { LAYERS: "cite:Seasons", ...changes });
  const SUMMER = [240, 220, 60];
  const WINTER = [250, 250, 240];

  it("cite wms130 time:time-each-instant, time-default, time-current-instant, time-and-other-layer", async () => {
    const server = await quarry(STRICT);
    const look = async (changes: Record<string, string>) => {
      const response = await server.get(SEASONS(changes));
      const { at } = await pixelsOf(response.clone());
      return { color: at(7, 7).slice(0, 3), warning: response.headers.get("warning") };
    };
    const none = { warning: null };
    assert.deepEqual(await look({ TIME: "2024-01-01T00:00:00Z" }), { color: WINTER, ...none });
    assert.deepEqual(await look({ TIME: "2024-07-01T00:00:00Z" }), { color: SUMMER, ...none });
    assert.deepEqual(await look({ TIME: "current" }), { color: SUMMER, ...none });
    const warning = "99 Default value used: time=2024-07-01T00:00:00Z ISO8601";
    assert.deepEqual(await look({}), { color: SUMMER, warning });
    const both = { LAYERS: "cite:Seasons,cite:BasicPolygons", TIME: "2024-01-01T00:00:00Z" };
    assert.deepEqual(await look(both), { color: WINTER, ...none });
  });

  it("cite wms130 raster_elevation:terrain-invalid, vector_elevation:geometry-multiple-values", async () => {
    const server = await quarry(STRICT);
    for (const TIME of ["1999-01-01", "2024-01-01T00:00:00Z,2024-07-01T00:00:00Z", "x"]) {
      assert.equal((await exception(server, SEASONS({ TIME }))).code, "InvalidDimensionValue");
    }
  });

  const LOW = [60, 120, 60, 255];
  const HIGH = [150, 90, 40, 255];
  const TERRAIN = (changes: Record<string, string> = {}) =>
    POLYGONS("1.3.0", { LAYERS: "cite:Terrain", ...changes });

  it("cite wms130 raster_elevation:terrain-value, terrain-default, terrain-and-other-layer, vector_elevation:geometry-low, geometry-high, geometry-default-value, geometry-and-other-layer", async () => {
    const server = await quarry(STRICT);
    const look = async (changes: Record<string, string>) => {
      const response = await server.get(TERRAIN(changes));
      const { at } = await pixelsOf(response.clone());
      return { west: at(0, 7), east: at(7, 7), warning: response.headers.get("warning") };
    };
    const low = { west: LOW, east: WHITE, warning: null };
    assert.deepEqual(await look({ ELEVATION: "500" }), low);
    const high = { west: WHITE, east: HIGH, warning: null };
    assert.deepEqual(await look({ ELEVATION: "600" }), high);
    const warning = "99 Default value used: elevation=500";
    assert.deepEqual(await look({}), { ...low, warning });
    const LAYERS = "cite:Terrain,cite:BasicPolygons";
    const both = await server.get(TERRAIN({ LAYERS, ELEVATION: "600" }));
    const { at } = await pixelsOf(both);
    assert.deepEqual([at(0, 4), at(7, 7)], [RED, HIGH]);
  });

  // multipleValues and nearestValues are not offered: the suites skip the positive cases, and 06-042 (C.3.4,
  // C.4.2) wants an exception
  it("cite wms130 time:time-interval, time-interval-and-instant, time-interval-list, time-instant-list, time-current-interval, raster_elevation:terrain-low-range, terrain-mid-range, terrain-high-range, terrain-low-and-high-ranges, terrain-range-and-value, vector_elevation:geometry-nearest-value: several values and near ones are refused where they are not offered", async () => {
    const server = await quarry(STRICT);
    const text = await (await server.get(capabilitiesQuery("1.3.0"))).text();
    for (const [tag] of text.matchAll(/<Dimension .*?>/g)) {
      assert.match(tag, / nearestValue="0"/);
      assert.ok(!/multipleValues/.test(tag));
    }
    const first = "2024-01-01T00:00:00Z";
    const last = "2024-07-01T00:00:00Z";
    for (const TIME of [
      `${first}/${last}`,
      `${first}/${last}/P6M`,
      `${first},${first}/${last}`,
      `${first}/${last},${first}/${last}`,
      `${first},${last}`,
      `${first}/current`,
    ]) {
      assert.equal(
        (await exception(server, SEASONS({ TIME }))).code,
        "InvalidDimensionValue",
        TIME,
      );
    }
    for (const ELEVATION of ["500/600", "500/550,590/600", "500/550,600", "501", "500,600"]) {
      const { code } = await exception(server, TERRAIN({ ELEVATION }));
      assert.equal(code, "InvalidDimensionValue", ELEVATION);
    }
  });

  it("values in every form reach a server that gets the parameter, unless strict_ogc", async () => {
    const server = await quarry();
    for (const ELEVATION of ["500/600", "500/550,600", "501"]) {
      await pixels(server, TERRAIN({ ELEVATION }));
      assert.equal(server.asked.at(-1)?.get("ELEVATION"), ELEVATION);
    }
  });

  it("cite wms130 dims:missing-no-default: there is no dimension without a default", async () => {
    for (const wms of ["", STRICT]) {
      const text = await (await (await quarry(wms)).get(capabilitiesQuery("1.3.0"))).text();
      const tags = [...text.matchAll(/<Dimension .*?>/g)];
      assert.equal(tags.length, 2);
      for (const [tag] of tags) assert.match(tag, / default="\S+"/);
    }
  });

  it("weakness 10: values that nobody declared are passed on, but make no files", async () => {
    const server = await quarry();
    const files = async () => {
      const names: string[] = [];
      const visit = async (path: string): Promise<void> => {
        for await (const { name, isDirectory } of server.platform.files.list(path)) {
          if (isDirectory) await visit(`${path}/${name}`);
          else names.push(name);
        }
      };
      await visit("/seasons");
      await visit("/cache");
      return names.length;
    };
    await server.get(SEASONS({ TIME: "2024-01-01T00:00:00Z" }));
    const kept = await files();
    assert.ok(kept > 0, "the default is declared, though it is not among the values");
    for (let year = 1900; year < 1920; year++) {
      await server.get(SEASONS({ TIME: `${year}` }));
      assert.equal(server.asked.at(-1)?.get("TIME"), `${year}`);
    }
    assert.equal(await files(), kept);

    // a cache that has nothing to do with time keeps its tiles once
    await server.get(SEASONS({ LAYERS: "cite:Cached", TIME: "1900" }));
    const withMap = await files();
    const asked = server.asked.length;
    await server.get(SEASONS({ LAYERS: "cite:Cached", TIME: "1901" }));
    await server.get(SEASONS({ LAYERS: "cite:Cached" }));
    assert.equal(await files(), withMap);
    assert.equal(server.asked.length, asked);
  });
});

describe("what users ask for beyond the standard", () => {
  it("a form in a POST is read like a query string, up to a size", async () => {
    const server = await quarry();
    const { at } = await pixelsOf(await server.post(POLYGONS("1.3.0")));
    assert.deepEqual(at(0, 4), RED);
    const long = await server.post(`${POLYGONS("1.3.0")}&NOISE=${"x".repeat(10_000_000)}`);
    assert.equal(long.status, 400);
  });

  it("a server gets the resolution in the spelling that it knows", async () => {
    const server = await quarry();
    for (const told of [{ DPI: "180" }, { MAP_RESOLUTION: "180" }, { FORMAT_OPTIONS: "dpi:180" }]) {
      await server.get(POLYGONS("1.3.0", told as Record<string, string>));
      assert.equal(server.asked.at(-1)?.get("MAP_RESOLUTION"), "180");
      assert.equal(server.asked.at(-1)?.get("DPI"), null);
    }
    await server.get(POLYGONS("1.3.0", { LAYERS: "cite:Cached", DPI: "180" }));
    assert.equal(server.asked.at(-1)?.get("MAP_RESOLUTION"), null, "tiles are for all clients");
  });
});

describe("featureinfo_cache", () => {
  it("keeps answers about features for the seconds that are configured", async () => {
    for (const [seconds, asks] of [
      ["60", 1],
      ["0", 3],
    ] as const) {
      const server = await quarry(`    featureinfo_cache: ${seconds}`);
      const texts = new Set<string>();
      for (let i = 0; i < 3; i++)
        texts.add(await (await server.get(ASK("1.3.0", { NOISE: `${i}` }))).text());
      assert.deepEqual([...texts], ["polygons.1"]);
      assert.equal(server.asked.length, asks);
      server.platform.time += 61_000;
      await server.get(ASK("1.3.0"));
      await server.get(ASK("1.3.0", { J: "44", INFO_FORMAT: "application/json" }));
      assert.equal(server.asked.length, asks + 2);
    }
  });
});
