import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../test/platform.ts";
import { runTool } from "../../test/tools.ts";
import { wmsCapabilities } from "./wms-capabilities.ts";

const OLD = `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://schemas.example/c.dtd" [<!ELEMENT V EMPTY>]>
<WMT_MS_Capabilities version="1.1.1" xmlns:xlink="http://www.w3.org/1999/xlink">
<Service><Name>OGC:WMS</Name><Title>T</Title></Service>
<Capability><Request><GetMap><DCPType><HTTP><Get>
  <OnlineResource xlink:href="http://x/y?map=1&amp;"/></Get></HTTP></DCPType></GetMap></Request>
<Layer><Title>Root</Title><SRS>EPSG:4326 epsg:3857</SRS><ScaleHint min="2" max="4000"/>
<LatLonBoundingBox minx="1" miny="2" maxx="3" maxy="4"/>
<Layer queryable="1" opaque="1"><Name>a</Name><Title>\xdcber</Title><Abstract>abs</Abstract>
  <Style><Name>other</Name><LegendURL><OnlineResource xlink:href="http://no/"/></LegendURL></Style>
  <Style><Name>default</Name><LegendURL><OnlineResource xlink:href="http://l/"/></LegendURL></Style>
</Layer>
<Layer><Title>Group</Title>
  <Layer><Name>b</Name><BoundingBox SRS="EPSG:4326" minx="1" miny="2" maxx="3" maxy="4"/></Layer>
</Layer></Layer></Capability></WMT_MS_Capabilities>`;

const NEW = `<WMS_Capabilities version="1.3.0" xmlns="http://www.opengis.net/wms"
  xmlns:xlink="http://www.w3.org/1999/xlink"><Service/><Capability><Request/>
<Layer><CRS>EPSG:4326</CRS><EX_GeographicBoundingBox><westBoundLongitude>-10</westBoundLongitude>
<eastBoundLongitude>10</eastBoundLongitude><southBoundLatitude>1</southBoundLatitude>
<northBoundLatitude>2</northBoundLatitude></EX_GeographicBoundingBox>
<Layer><Name>n</Name><BoundingBox CRS="EPSG:4326" minx="1" miny="2" maxx="3" maxy="4"/></Layer>
</Layer></Capability></WMS_Capabilities>`;

/** Serves one document; `asked` is the URL it was asked for by. */
async function run(body: string, ...argv: string[]) {
  const asked: string[] = [];
  const platform = testPlatform({
    fetch: (async (url: string | URL | Request) => {
      asked.push(String(url instanceof Request ? url.url : url));
      return body === "404"
        ? new Response("no", { status: 404 })
        : new Response(Uint8Array.from(body, (char) => char.charCodeAt(0)));
    }) as typeof fetch,
  });
  return { ...(await runTool(wmsCapabilities, argv, { platform })), asked: asked[0] };
}

describe("wmsCapabilities()", () => {
  it("prints the layers below the root with what they inherit", async () => {
    const { code, out } = await run(OLD, "http://w/s");
    assert.equal(code, 0);
    assert.equal(
      out,
      `# Note: This is not a valid MapProxy configuration!
Capabilities Document Version 1.1.1
Root-Layer:
  - name: a
    title: \xdcber
    url: http://x/y?map=1&
    srs: ['EPSG:3857', 'EPSG:4326']
    llbbox: [1.0, 2.0, 3.0, 4.0]
    queryable: True
    opaque: True
    abstract: abs
    res_hint: (2828.42712474619, 1.4142135623730951)
    bbox_srs: {}
    legend: {'url': 'http://l/'}
  - title: Group
    url: http://x/y?map=1&
    srs: ['EPSG:3857', 'EPSG:4326']
    llbbox: [1.0, 2.0, 3.0, 4.0]
    queryable: False
    opaque: False
    abstract: 
    res_hint: (2828.42712474619, 1.4142135623730951)
    bbox_srs: {}
    legend: 
    layers: 
      - name: b
        url: http://x/y?map=1&
        srs: ['EPSG:3857', 'EPSG:4326']
        llbbox: [1.0, 2.0, 3.0, 4.0]
        queryable: False
        opaque: False
        abstract: 
        res_hint: (2828.42712474619, 1.4142135623730951)
        bbox_srs: {'EPSG:4326': [1.0, 2.0, 3.0, 4.0]}
        legend: `,
    );
  });

  it("tools 16: second output line names the version that was asked for; 1.3.0 boxes are turned", async () => {
    const { out, asked } = await run(NEW, "--version", "1.3.0", "http://w/s?a=1&Version=1.0");
    assert.equal(out.split("\n")[1], "Capabilities Document Version 1.3.0");
    assert.match(out, /bbox_srs: \{'EPSG:4326': \[2\.0, 1\.0, 4\.0, 3\.0\]\}/);
    assert.match(out, /llbbox: \[-10\.0, 1\.0, 10\.0, 2\.0\]/);
    assert.equal(asked, "http://w/s?a=1&version=1.3.0&service=WMS&request=GetCapabilities");
  });

  it("tools 15: HTTP error: `ERROR: …`, exit 1", async () => {
    for (const url of ["http://w/s", "/no/valid/url"]) {
      const { code, err } = await run("404", "--host", url);
      assert.equal(code, 1);
      assert.match(err, /^ERROR: /);
    }
  });

  for (const [name, body, verdict] of [
    ["unparsable", "<a><b></a>", /^Could not parse the document: ./],
    ["empty", "", /^Could not parse the document: ./],
    [
      "exception document",
      "<ServiceExceptionReport/>",
      /^Not a capabilities document: unknown start tag/,
    ],
    [
      "WMTS",
      '<Capabilities xmlns="http://www.opengis.net/wmts/1.0"/>',
      /^Not a capabilities document: Parsing of WMTS capabilities is not supported$/,
    ],
    ["entities", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', /^Could not parse the document: ./],
  ] as const) {
    it(`tools 15: ${name}: the document in a frame, what is wrong, exit 1`, async () => {
      const { code, err } = await run(body, "http://w/s");
      assert.equal(code, 1);
      const line = "-".repeat(80);
      const [head, shown, last] = err.split(`${line}\n`);
      assert.deepEqual([head, shown?.trim()], ["Received document:\n", body]);
      assert.match(last ?? "", verdict);
    });
  }

  it("tools 15: missing attribute: its name, exit 1", async () => {
    const { code, out, err } = await run(OLD.replaceAll("minx", "foo"), "http://w/s");
    assert.deepEqual([code, out, err], [1, "", "XML-Element has no such attribute (minx)."]);
  });

  it("tools 15: no URL exit 2, other version exit 2", async () => {
    const { code, out } = await run("");
    assert.equal(code, 2);
    assert.match(out, /^Usage: /);
    assert.equal((await run(OLD, "--version", "1.0.0", "http://w/s")).code, 2);
  });
});
