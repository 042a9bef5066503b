import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  capabilitiesQuery,
  group,
  leaf,
  richWms,
  textOf,
  wmsOf,
} from "../../../test/wms-service.ts";

describe("CITE GetCapabilities", () => {
  it("cite wms130 getcapabilities:no-format, invalid-format, basic_elements:extra-GetCapabilities-param", async () => {
    const { get } = await richWms();
    for (const more of ["", "&FORMAT=nix", "&FORMAT=text/xml", "&UPDATESEQUENCE=5", "&UNKNOWN=1"]) {
      const response = await get(capabilitiesQuery("1.3.0", more));
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type") ?? "", /^text\/xml/);
    }
  });
  it("cite wms130 getcapabilities:capability-onlineresource, cite wms111 capability_metadata-1", async () => {
    const { text } = await richWms();
    for (const version of ["1.1.1", "1.3.0"]) {
      const request =
        /<Request>[\s\S]*<\/Request>/.exec(await text(capabilitiesQuery(version)))?.[0] ?? "";
      const links = [...request.matchAll(/xlink:href="(.*?)"/g)].map(([, link]) => link);
      assert.equal(links.length, 4);
      for (const link of links) assert.match(link ?? "", /\?$/);
    }
  });
  it("cite wms130 getcapabilities:capability-xml-getcapabilities-format, capability-xml-exception-format, cite wms111 wmsops-getcapabilities-output_formats-1", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.3.0"));
    assert.match(document, /<GetCapabilities>\s*<Format>text\/xml<\/Format>/);
    assert.match(document, /<Exception>\s*<Format>XML<\/Format>/);
    assert.match(
      await text(capabilitiesQuery("1.1.1")),
      /<Exception>\s*<Format>application\/vnd\.ogc\.se_xml<\/Format>/,
    );
  });
  it("cite wms130 getcapabilities:bbox-crs-advertised, bbox-distinct-crs, ex_geobbox-coordinates, layer-extents", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.3.0"));
    const known = [...document.matchAll(/<CRS>(.*?)<\/CRS>/g)].map(([, code]) => code);
    for (const layer of document.split(/<Layer/).slice(1)) {
      const found = [
        ...layer.matchAll(
          /<BoundingBox CRS="(.*?)" minx="(.*?)" miny="(.*?)" maxx="(.*?)" maxy="(.*?)"/g,
        ),
      ];
      const codes = found.map(([, code]) => code);
      assert.ok(codes.length > 0 && new Set(codes).size === codes.length);
      for (const [, code, ...edges] of found) {
        const [minx, miny, maxx, maxy] = edges.map(Number) as [number, number, number, number];
        assert.ok(known.includes(code) && minx < maxx && miny < maxy);
        if (code === "EPSG:4326") assert.ok(minx >= -90 && maxx <= 90);
      }
      const edge = (name: string) => Number(textOf(layer, name));
      assert.ok(edge("westBoundLongitude") < edge("eastBoundLongitude"));
      assert.ok(edge("southBoundLatitude") < edge("northBoundLatitude"));
    }
  });
  it("cite wms130 getcapabilities:style-unique: no layer declares a style that it inherits", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.3.0"));
    assert.equal([...document.matchAll(/<Style>/g)].length, 1);
  });
  it("cite wms130 getcapabilities:dims-time, cite wms111 dims-declaring-1, -3", async () => {
    const { text } = await richWms();
    for (const [, name, units] of (await text(capabilitiesQuery("1.3.0"))).matchAll(
      /<Dimension name="(.*?)" units="(.*?)"/g,
    )) {
      assert.ok(!/\s/.test(name ?? " "));
      if (name === "time") assert.equal(units, "ISO8601");
    }
  });
  it("cite wms111 general_metadata-1/-2: the service is OGC:WMS; fees and constraints say none", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.1.1"));
    assert.equal(textOf(document, "Name"), "OGC:WMS");
    assert.deepEqual(
      [textOf(document, "Fees"), textOf(document, "AccessConstraints")],
      ["none", "none"],
    );
  });
  it("cite wms111 wmsops-getcapabilities-params-request-1: the old name of the request", async () => {
    const { text } = await richWms();
    for (const version of ["1.1.1", "1.3.0"]) {
      const query = capabilitiesQuery(version);
      assert.equal(await text(query.replace("GetCapabilities", "capabilities")), await text(query));
    }
  });
  it("cite wms111 wmsops-getcapabilities-response-2: the DOCTYPE names the official copy of the DTD", async () => {
    const { text } = await richWms();
    assert.match(
      await text(capabilitiesQuery("1.1.1")),
      /<!DOCTYPE WMT_MS_Capabilities SYSTEM "http:\/\/schemas\.opengis\.net\/wms\/1\.1\.1\/WMS_MS_Capabilities\.dtd"/,
    );
  });
  it("cite wms111 capability_metadata-2: GML is listed for GetFeatureInfo", async () => {
    const { text } = await richWms();
    const operation = (await text(capabilitiesQuery("1.1.1"))).split("<GetFeatureInfo>")[1] ?? "";
    assert.ok(operation.split("</GetFeatureInfo>")[0]?.includes("application/vnd.ogc.gml"));
  });
  it("cite wms111 layer_properties-latlonbbox-1, -2, -srs-1: the root says where it is, and in which systems", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.1.1"));
    const start = document.indexOf("<Layer");
    const root = document.slice(start, document.indexOf("<Layer", start + 1));
    assert.match(root, /<SRS>EPSG:4326<\/SRS>/);
    const box = /<LatLonBoundingBox minx="(.*?)" miny="(.*?)" maxx="(.*?)" maxy="(.*?)"/.exec(root);
    const [minx, miny, maxx, maxy] = (box ?? []).slice(1).map(Number) as number[];
    assert.ok(minx! >= -180 && minx! < maxx! && maxx! <= 180);
    assert.ok(miny! >= -90 && miny! < maxy! && maxy! <= 90);
  });
  it("cite wms111 layer_properties-bbox-1, -style-1: boxes are of systems that are listed, one each; a style has one name", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.1.1"));
    const known = [...document.matchAll(/<SRS>(.*?)<\/SRS>/g)].map(([, code]) => code);
    for (const layer of document.split(/<Layer/).slice(1)) {
      const codes = [...layer.matchAll(/<BoundingBox SRS="(.*?)"/g)].map(([, code]) => code);
      assert.ok(codes.length > 0 && new Set(codes).size === codes.length);
      for (const code of codes) assert.ok(known.includes(code), code);
      assert.ok([...layer.matchAll(/<Style>/g)].length <= 1);
    }
  });
  it("cite wms130 getcapabilities:logourls, metadataurls, dataurls, featurelisturls: each names its media type", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.3.0"));
    const link = (name: string) =>
      [
        ...document.matchAll(
          new RegExp(
            `<${name}[^>]*>\\s*<Format>(.*?)</Format>\\s*<OnlineResource[^>]* xlink:href="(.*?)"`,
            "g",
          ),
        ),
      ].map(([, format, url]) => [format, url]);
    assert.deepEqual(link("LogoURL"), [["image/png", "http://logo"]]);
    assert.deepEqual(link("MetadataURL"), [
      ["text/xml", "http://iso"],
      ["text/xml", "http://fgdc"],
      ["text/html", "http://other"],
    ]);
    assert.deepEqual(link("DataURL"), [["text/csv", "http://data"]]);
    assert.deepEqual(link("FeatureListURL"), [["text/json", "http://features"]]);
  });
  it("cite wms130 getcapabilities:style-stylesheeturls, style-styleurls, layerlimit, crs-auto2-declarations: not offered", async () => {
    const { text } = await richWms();
    const document = await text(capabilitiesQuery("1.3.0"));
    assert.ok(!/StyleSheetURL|StyleURL|LayerLimit|AUTO2/.test(document));
  });
  it("cite wms130 getcapabilities:dims-elevation-crs88, dims-no-redeclarations, cite wms111 dims-declaring-4: heights claim no system, groups declare nothing", async () => {
    const { text } = await richWms();
    for (const version of ["1.1.1", "1.3.0"]) {
      const document = await text(capabilitiesQuery(version));
      assert.ok(!document.includes("CRS:88"));
      // each dimension once, in the one layer that has it
      const names = [...document.matchAll(/<Dimension name="(.*?)"/g)].map(([, name]) => name);
      assert.deepEqual(names, ["time", "elevation"]);
    }
  });
  it("cite wms130 getcapabilities:authorityurl-unique, identifier-matches-authorityurl: strict_ogc names an authority once, and none without", async () => {
    const about = (value: string) => ({
      identifiers: [
        { url: "http://authority", name: "auth", value },
        { name: "nobody", value: "lost" },
      ],
    });
    const root = group("g", [leaf("a", { metadata: about("id-a") })], {
      metadata: about("id-g"),
    });
    const authorities = async (strict_ogc: boolean) => {
      const { text } = await wmsOf(root, { strict_ogc });
      const document = await text(capabilitiesQuery("1.3.0"));
      const found = (pattern: RegExp) => [...document.matchAll(pattern)].map(([, name]) => name);
      return [found(/<AuthorityURL name="(.*?)"/g), found(/<Identifier authority="(.*?)"/g)];
    };
    assert.deepEqual(await authorities(true), [["auth"], ["auth", "auth"]]);
    assert.deepEqual(await authorities(false), [
      ["auth", "auth"],
      ["auth", "nobody", "auth", "nobody"],
    ]);
  });
  it("cite wms130 recommendations: keywords, abstract, PNG, a system in degrees, metadata of the layer, defaults of dimensions", async () => {
    const { text } = await richWms({ md: { contact: { person: "Ada" } } });
    const document = await text(capabilitiesQuery("1.3.0"));
    assert.match(document, /<ContactPerson>Ada<\/ContactPerson>/);
    assert.match(document, /<Format>image\/png<\/Format>/);
    assert.match(document, /<CRS>(?:CRS:84|EPSG:4326)<\/CRS>/);
    const layer = document.slice(document.indexOf("<Name>a</Name>"));
    assert.match(layer, /^<Name>a<\/Name>[\s\S]*?<Abstract>[\s\S]*?<KeywordList>/);
    assert.match(layer, /<MetadataURL /);
    for (const [tag] of document.matchAll(/<Dimension .*?>/g)) {
      assert.match(tag, /name="\S+".* default="\S+"/);
    }
  });
});
