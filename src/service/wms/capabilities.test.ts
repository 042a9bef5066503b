import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  capabilitiesQuery,
  elementNames,
  extentOf,
  fakeLegend,
  fakeMap,
  group,
  leaf,
  richWms,
  textOf,
  wmsOf,
} from "../../../test/wms-service.ts";
import { parseXml } from "../../featureinfo/tree.ts";
import type { WmsOptions } from "./options.ts";
import { VERSIONS } from "./version.ts";

const boxes = (xml: string, code: string) =>
  [...xml.matchAll(new RegExp(`<BoundingBox [CS]RS="${code}" (.*?)/>`, "g"))].map(
    ([, edges = ""]) => [...edges.matchAll(/="(.*?)"/g)].map(([, edge]) => Number(edge)),
  );

describe("GetCapabilities", () => {
  it("services-wms 8: each version has its content type, root and document type", async () => {
    const { get } = await richWms();
    const expected = {
      "1.0.0": ["text/xml; charset=utf-8", "/wms/1.0.0/WMS_MS_Capabilities.dtd"],
      "1.1.0": ["application/vnd.ogc.wms_xml", "/wms/1.1.0/capabilities_1_1_0.dtd"],
      "1.1.1": ["application/vnd.ogc.wms_xml", "/wms/1.1.1/WMS_MS_Capabilities.dtd"],
      "1.3.0": ["text/xml; charset=utf-8", "/wms/1.3.0/capabilities_1_3_0.xsd"],
    };
    for (const version of VERSIONS) {
      const response = await get(capabilitiesQuery(version));
      const text = await response.text();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), expected[version][0]);
      assert.ok(text.includes(`http://schemas.opengis.net${expected[version][1]}`), version);
      const root = version === "1.3.0" ? "WMS_Capabilities" : "WMT_MS_Capabilities";
      assert.match(text, new RegExp(`<${root}[^>]* version="${version}"`));
      assert.equal(response.headers.get("cache-control"), null);
      assert.match(response.headers.get("vary") ?? "", /^X-Script-Name, X-Forwarded-Host, X-Forw/);
      assert.ok(!/\n\s*\n/.test(text), "blank lines");
    }
  });

  it("services-wms 9: every version is well-formed, whatever the texts hold", async () => {
    const hostile = `a & b &amp; <c> "d" 'e' &nbsp; &#233; \u0001`;
    const { text } = await wmsOf(
      group(undefined, [leaf("x&<y", { title: hostile, metadata: { abstract: hostile } })]),
      { md: { title: hostile, abstract: hostile, contact: { person: hostile } } },
    );
    for (const version of VERSIONS) {
      const document = await text(capabilitiesQuery(version));
      assert.ok(parseXml(document.replace(/<!DOCTYPE[^[]*\[[^\]]*\]>/, "")), version);
      assert.ok(document.includes("a &amp; b &amp; &lt;c&gt;"), version);
      assert.ok(document.includes("&amp;nbsp; &#233;"), "only references of XML itself stay");
    }
  });

  it("services-wms 9: the children of a layer stand in the order of the schema", async () => {
    const { text } = await richWms();
    const order = {
      "1.1.1":
        "Name Title Abstract KeywordList LatLonBoundingBox BoundingBox Dimension Attribution MetadataURL Style ScaleHint",
      "1.3.0":
        "Name Title Abstract KeywordList EX_GeographicBoundingBox BoundingBox Dimension Attribution AuthorityURL Identifier MetadataURL DataURL FeatureListURL Style MinScaleDenominator MaxScaleDenominator",
    };
    for (const [version, names] of Object.entries(order)) {
      const document = await text(capabilitiesQuery(version));
      const layer = document.slice(
        document.indexOf("<Name>a</Name>"),
        document.indexOf("<Name>g<"),
      );
      const found = elementNames(layer).filter((name) => names.split(" ").includes(name));
      // Names, titles and links also occur inside of other elements: the first of each counts.
      assert.deepEqual([...new Set(found)], names.split(" "), version);
    }
  });

  it("services-wms 10: 1.0.0 lists the systems on every layer, later versions on the root", async () => {
    const { text } = await richWms({ srs: ["EPSG:4326", "epsg:3857"] });
    const count = async (version: string, pattern: RegExp) =>
      [...(await text(capabilitiesQuery(version))).matchAll(pattern)].length;
    assert.equal(await count("1.0.0", /<SRS>EPSG:4326 EPSG:3857<\/SRS>/g), 5);
    assert.equal(await count("1.1.0", /<SRS>EPSG:4326 EPSG:3857<\/SRS>/g), 1);
    assert.equal(await count("1.1.1", /<SRS>EPSG:(?:4326|3857)<\/SRS>/g), 2);
    assert.equal(await count("1.3.0", /<CRS>EPSG:(?:4326|3857)<\/CRS>/g), 2);
  });

  it("services-wms 11: the wrapper of several layers has no name, and the title of the service", async () => {
    const { text } = await richWms({ md: { title: "Maps" } });
    assert.match(
      await text(capabilitiesQuery("1.1.1")),
      /<Layer queryable="1">\s*<Title>Maps<\/Title>/,
    );
    const single = await wmsOf(leaf("only"));
    assert.match(
      await single.text(capabilitiesQuery("1.1.1")),
      /<Capability>[\s\S]*?<Layer>\s*<Name>only<\/Name>\s*<Title>Title of only<\/Title>/,
    );
  });

  it("services-wms 12: latitudes end before the poles", async () => {
    const { text } = await wmsOf(leaf("world"));
    assert.match(
      await text(capabilitiesQuery("1.1.1")),
      /<LatLonBoundingBox minx="-180" miny="-89.999999" maxx="180" maxy="89.999999"\/>/,
    );
    const mercator = await wmsOf(
      leaf("m", {
        extent: extentOf(
          [-20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244],
          "EPSG:3857",
        ),
      }),
    );
    const north = /maxy="(.*?)"/.exec(await mercator.text(capabilitiesQuery("1.1.1")))?.[1];
    assert.ok(Math.abs(Number(north) - 85.0511287798066) < 1e-9);
  });

  it("services-wms 13: boxes in the usual systems and the layer's own; 1.3.0 turns the axes", async () => {
    const own = extentOf([400000, 5200000, 800000, 5900000], "EPSG:25832");
    const { text } = await wmsOf(leaf("a", { extent: own }), {
      srs: ["EPSG:4326", "EPSG:3857", "EPSG:25832", "CRS:84"],
    });
    const old = await text(capabilitiesQuery("1.1.1"));
    assert.deepEqual(
      [...old.matchAll(/<BoundingBox SRS="(.*?)"/g)].map(([, code]) => code),
      ["EPSG:3857", "EPSG:4326", "EPSG:25832"],
    );
    const [west, south, east, north] = boxes(old, "EPSG:4326")[0] as number[];
    assert.ok(west! > 7.4 && east! < 13.6 && south! > 46 && north! < 54);
    const document = await text(capabilitiesQuery("1.3.0"));
    assert.deepEqual(boxes(document, "EPSG:4326"), [[south, west, north, east]]);
    assert.deepEqual(boxes(document, "CRS:84"), [[west, south, east, north]]);
    assert.deepEqual(boxes(document, "EPSG:25832"), [[400000, 5200000, 800000, 5900000]]);
  });

  it("services-wms 14: an explicit bbox is advertised, within the extent of the layer", async () => {
    const bbox_srs = ["EPSG:4326", { srs: "EPSG:3857", bbox: [0, 0, 1000000, 1000000] }];
    const world = await wmsOf(leaf("world"), { bbox_srs });
    assert.deepEqual(boxes(await world.text(capabilitiesQuery("1.1.1")), "EPSG:3857"), [
      [0, 0, 1e6, 1e6],
    ]);
    const part = await wmsOf(leaf("part", { extent: extentOf([-10, -10, 4.5, 10]) }), { bbox_srs });
    const [minx, miny, maxx, maxy] = boxes(
      await part.text(capabilitiesQuery("1.1.1")),
      "EPSG:3857",
    )[0] as number[];
    assert.ok(Math.abs(minx!) < 1e-6 && Math.abs(miny!) < 1e-6);
    assert.ok(Math.abs(maxx! - 500937.7) < 0.1 && Math.abs(maxy! - 1e6) < 1e-3);
  });

  it("omits the bbox of a layer that lies beside the explicit one", async () => {
    const bbox_srs = [{ srs: "EPSG:3857", bbox: [0, 0, 1000000, 1000000] }];
    const { get } = await wmsOf(leaf("far", { extent: extentOf([100, 10, 110, 20]) }), {
      bbox_srs,
    });
    const response = await get(capabilitiesQuery("1.3.0"));
    assert.equal(response.status, 200);
    assert.deepEqual(boxes(await response.text(), "EPSG:3857"), []);
  });

  it("services-wms 15: scale hints run along the diagonal, scale denominators do not", async () => {
    const { text } = await richWms();
    const [, min, max] =
      /<ScaleHint min="(.*?)" max="(.*?)"\/>/.exec(await text(capabilitiesQuery("1.1.1"))) ?? [];
    assert.ok(Math.abs(Number(min) - 14.142) < 1e-3 && Math.abs(Number(max) - 14142.136) < 1e-3);
    const document = await text(capabilitiesQuery("1.3.0"));
    assert.ok(Math.abs(Number(textOf(document, "MinScaleDenominator")) - 10 / 0.00028) < 1e-6);
    assert.ok(Math.abs(Number(textOf(document, "MaxScaleDenominator")) - 10000 / 0.00028) < 1e-6);
  });

  it("services-wms 16: 1.1.1 names two metadata standards and leaves other links out", async () => {
    const { text } = await richWms();
    const types = async (version: string) =>
      [...(await text(capabilitiesQuery(version))).matchAll(/<MetadataURL type="(.*?)"/g)].map(
        ([, type]) => type,
      );
    assert.deepEqual(await types("1.1.1"), ["TC211", "FGDC"]);
    assert.deepEqual(await types("1.3.0"), ["ISO19115:2003", "FGDC:1998", "other"]);
    assert.deepEqual(await types("1.1.0"), []);
  });

  it("services-wms 17: legends are linked by a request of 1.1.1, with the size of all together", async () => {
    const { text } = await richWms();
    const link =
      "http://localhost/service?format=image%2Fpng&amp;layer=a&amp;sld_version=1.1.0&amp;request=GetLegendGraphic&amp;service=WMS&amp;version=1.1.1&amp;styles=";
    for (const version of VERSIONS)
      assert.ok((await text(capabilitiesQuery(version))).includes(link), version);
    for (const version of ["1.1.0", "1.1.1", "1.3.0"]) {
      assert.match(await text(capabilitiesQuery(version)), /<LegendURL width="25" height="40">/);
    }
  });

  it("a legend that cannot be had counts as 1x1, and is asked for again a minute later", async () => {
    let asked = 0;
    let time = 1e12;
    const legend = {
      id: "l",
      get: async () => {
        asked++;
        throw new Error("down");
      },
    };
    const deps = await import("../../../test/tile-service.ts");
    const { platform } = deps.serviceDeps([]);
    const { text } = await wmsOf(
      leaf("a", { legends: [legend] }),
      {},
      {
        platform: { ...platform, clock: { now: () => time, sleep: async () => {} } },
      },
    );
    assert.match(await text(capabilitiesQuery("1.1.1")), /<LegendURL width="1" height="1">/);
    await text(capabilitiesQuery("1.1.1"));
    assert.equal(asked, 1);
    time += 61_000;
    await text(capabilitiesQuery("1.1.1"));
    assert.equal(asked, 2);
  });

  it("services-wms 18: GetLegendGraphic is offered from 1.1.1 on, if there is a legend", async () => {
    const { text } = await richWms();
    const offers = async (version: string) =>
      (await text(capabilitiesQuery(version))).includes("GetLegendGraphic>");
    assert.deepEqual(await Promise.all(VERSIONS.map(offers)), [false, false, true, true]);
    const without = await wmsOf(leaf("a"));
    assert.ok(!(await without.text(capabilitiesQuery("1.3.0"))).includes("GetLegendGraphic"));
  });

  it("services-wms 19: keywords with vocabularies, attribution, identifiers and links in 1.3.0", async () => {
    const { text } = await richWms({
      md: { title: "t", keyword_list: [{ keywords: ["service"] }] },
    });
    const document = await text(capabilitiesQuery("1.3.0"));
    for (const part of [
      '<Keyword vocabulary="GEMET">one</Keyword>',
      "<Keyword>three</Keyword>",
      "<Keyword>service</Keyword>",
      '<LogoURL width="10" height="20">',
      'xlink:href="http://owner/?a&amp;b"',
      '<AuthorityURL name="auth">',
      '<Identifier authority="auth">id-1</Identifier>',
      "<Format>text/csv</Format>",
      'xlink:href="http://features"',
    ]) {
      assert.ok(document.includes(part), part);
    }
  });

  it("weakness 19: 1.1.1 has the keywords and the attribution too", async () => {
    const { text } = await richWms({
      md: { title: "t", keyword_list: [{ keywords: ["service"] }] },
    });
    const document = await text(capabilitiesQuery("1.1.1"));
    assert.ok(document.includes("<Keyword>service</Keyword>"));
    assert.ok(document.includes("<Attribution>"));
  });

  it("services-wms 20: the largest side is the root of the pixel limit", async () => {
    const side = async (options: WmsOptions) =>
      textOf(await (await wmsOf(leaf("a"), options)).text(capabilitiesQuery("1.3.0")), "MaxWidth");
    assert.equal(await side({}), "4000");
    assert.equal(await side({ max_output_pixels: [3000, 1000] }), "1732");
    assert.equal(await side({ max_output_pixels: 0 }), undefined);
  });

  it("services-wms 21: tiled=true adds tile sets to 1.1.x with the resolutions of TMS", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.1.1", "&tiled=TRUE"));
    assert.equal([...document.matchAll(/<TileSet>/g)].length, 2);
    assert.match(document, /<Resolutions>78271.51696402048 39135.75848201024 /);
    assert.match(document, /<TileSet>\s*<SRS>EPSG:900913<\/SRS>\s*<BoundingBox SRS="EPSG:900913"/);
    assert.match(document, /<Width>256<\/Width>\s*<Height>256<\/Height>\s*<Format>image\/png</);
    assert.match(document, /<Layers>a<\/Layers>\s*<Styles\/>/);
    assert.match(await text(capabilitiesQuery("1.1.0", "&tiled=true")), /<SRS>OSGEO:41001<\/SRS>/);
    for (const version of ["1.0.0", "1.3.0"]) {
      assert.ok(!(await text(capabilitiesQuery(version, "&tiled=true"))).includes("TileSet"));
    }
    assert.ok(!(await text(capabilitiesQuery("1.1.1"))).includes("TileSet"));
  });

  it("services-wms 49: advertises the types of feature information by version", async () => {
    const { text } = await richWms({ featureinfo_types: ["text", "html", "xml", "json"] });
    const offered = async (version: string) =>
      /<GetFeatureInfo>([\s\S]*?)<DCPType>/
        .exec(await text(capabilitiesQuery(version)))?.[1]
        ?.match(/[\w.]+\/[\w.]+(?=<\/F)/g);
    assert.deepEqual(await offered("1.1.1"), [
      "text/plain",
      "text/html",
      "application/vnd.ogc.gml",
      "application/json",
    ]);
    assert.equal((await offered("1.3.0"))?.[2], "text/xml");
    assert.match(
      await text(capabilitiesQuery("1.0.0")),
      /<FeatureInfo>\s*<Format><MIME\/><MIME\/><GML.1\/><MIME\/><\/Format>/,
    );
  });

  it("services-wms 51: dimensions in all versions, names in lower case, units for time", async () => {
    const { text } = await richWms();
    for (const version of VERSIONS) {
      const document = await text(capabilitiesQuery(version));
      assert.match(
        document,
        /<Dimension name="time" units="ISO8601" default="2021" nearestValue="0">2020-01-01T00:00:00Z,2021<\/Dimension>/,
      );
      assert.match(
        document,
        /<Dimension name="elevation"(?: units="")? default="1" nearestValue="0">1,2</,
      );
    }
  });

  it("services-wms 55: URLs are those under which the client came", async () => {
    const { text } = await richWms();
    const baseUrl = "https://maps.example.org/a%20b/service/x";
    for (const version of VERSIONS) {
      const document = await text(capabilitiesQuery(version), { baseUrl });
      assert.ok(document.includes(`"${baseUrl}?"`), version);
      assert.ok(!document.includes("localhost"), version);
    }
  });

  it("services-wms 55: a hostile host is escaped and does not reach others", async () => {
    const { text } = await richWms();
    const hostile = await text(capabilitiesQuery("1.3.0"), {
      baseUrl: 'http://x"><script>/service',
    });
    assert.ok(!hostile.includes("<script"));
    assert.ok(!(await text(capabilitiesQuery("1.3.0"))).includes("script"));
  });

  it("services-wms 56: the title is a default only without md", async () => {
    const document = async (options: WmsOptions) =>
      (await wmsOf(leaf("a"), options)).text(capabilitiesQuery("1.1.1"));
    assert.match(await document({}), /<Service>\s*<Name>.*\s*<Title>MapProxy WMS<\/Title>/);
    assert.match(await document({ md: { abstract: "x" } }), /<Service>\s*<Name>.*\s*<Title\/>/);
  });

  it("contact information comes with the address type that clients expect", async () => {
    const { text } = await richWms({
      md: { title: "t", contact: { person: "P", postcode: 12345 } },
    });
    for (const version of ["1.1.0", "1.1.1", "1.3.0"]) {
      const document = await text(capabilitiesQuery(version));
      assert.match(document, /<ContactPerson>P<\/ContactPerson>\s*<ContactOrganization\/>/);
      assert.match(
        document,
        /<AddressType>postal<\/AddressType>[\s\S]*<PostCode>12345<\/PostCode>/,
      );
    }
    assert.ok(!(await text(capabilitiesQuery("1.0.0"))).includes("Contact"));
  });

  it("a group is renderable, and has a style, only with sources of its own", async () => {
    const legends = [fakeLegend("g", [5, 5], [1, 2, 3])];
    const { text } = await wmsOf(
      group("g", [leaf("a")], { maps: [fakeMap("g", [1, 2, 3])], legends }),
    );
    assert.equal([...(await text(capabilitiesQuery("1.1.1"))).matchAll(/<Style>/g)].length, 1);
    const pure = await wmsOf(group("g", [leaf("a", { legends })]));
    assert.match(await pure.text(capabilitiesQuery("1.1.1")), /layer=a&amp;/);
  });
});
