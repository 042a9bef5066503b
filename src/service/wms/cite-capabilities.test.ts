import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capabilitiesQuery, richWms, textOf } from "../../../test/wms-service.ts";

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
  it("cite wms130 getcapabilities:capability-xml-getcapabilities-format, capability-xml-exception-format", async () => {
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
  it("cite wms130 getcapabilities:dims-time, cite wms111 dims-declaring-1/-3", async () => {
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
});
