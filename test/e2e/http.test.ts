import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { peek } from "../../src/image/peek.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { type Server, startServer, target } from "./server.ts";

let server: Server;

before(async () => {
  server = await startServer();
});
after(async () => {
  await server?.stop();
});

const wms = (params: Record<string, string | number>, path = "/proxy/service") =>
  fetch(`${server.url}${path}?${new URLSearchParams(params as Record<string, string>)}`);

const map111 = (srs: string, bbox: string, size: readonly [number, number], format = "image/png") =>
  wms({
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetMap",
    LAYERS: "world",
    STYLES: "",
    SRS: srs,
    BBOX: bbox,
    WIDTH: size[0],
    HEIGHT: size[1],
    FORMAT: format,
  });

const map130 = (crs: string, bbox: string, size: readonly [number, number], format = "image/png") =>
  wms({
    SERVICE: "WMS",
    VERSION: "1.3.0",
    REQUEST: "GetMap",
    LAYERS: "world",
    STYLES: "",
    CRS: crs,
    BBOX: bbox,
    WIDTH: size[0],
    HEIGHT: size[1],
    FORMAT: format,
  });

async function picture(response: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = response.headers.get("content-type")?.startsWith("image/")
    ? ""
    : new TextDecoder().decode(bytes);
  assert.equal(response.status, 200, text);
  assert.equal(text, "");
  return bytes;
}

/** Mean difference of the colours, 0 to 255, alpha left out. */
function meanDifference(a: RasterView, b: RasterView): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  let sum = 0;
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++) {
      for (let c = 0; c < 3; c++) {
        const p = a.data[a.offset + y * a.stride + x * a.channels + c] ?? 0;
        const q = b.data[b.offset + y * b.stride + x * b.channels + c] ?? 0;
        sum += Math.abs(p - q);
      }
    }
  }
  return sum / (a.width * a.height * 3);
}

/**
 * Largest mean difference to GDAL's warp of the same picture. Ours went through tiles of the nearest
 * level, stored as JPEG, and a mesh whose quads may be off by less than a pixel; GDAL smooths where it
 * reduces. (PNG is not compared: a palette of 256 colours alone differs by 5.)
 */
const TOLERANCE = 4.3;

async function assertLikeGdal(response: Response, name: string): Promise<void> {
  const ours = await decode(await picture(response));
  const theirs = await decode(
    new Uint8Array(await readFile(new URL(`../fixtures/warp/${name}.png`, import.meta.url))),
  );
  const difference = meanDifference(ours, theirs);
  assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
}

describe(`HTTP on ${target}`, () => {
  it("says hello at the root and below the base path", async () => {
    for (const path of ["/", "/proxy", "/proxy/"]) {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /Welcome to Rhumb/);
    }
  });

  it("answers 404 to unknown paths", async () => {
    for (const path of ["/servicefoo", "/TMS", "/proxy/nothing"]) {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 404, path);
      assert.equal(await response.text(), "not found");
    }
  });

  describe("GetCapabilities", () => {
    for (const version of ["1.1.1", "1.3.0"]) {
      it(`${version} carries the path it was asked at in its URLs`, async () => {
        for (const path of ["/proxy/service", "/service"]) {
          const response = await wms(
            { SERVICE: "WMS", REQUEST: "GetCapabilities", VERSION: version },
            path,
          );
          const text = await response.text();
          assert.equal(response.status, 200);
          assert.ok(text.includes(`version="${version}"`));
          assert.ok(text.includes(`xlink:href="${server.url}${path}?"`), text.slice(0, 2000));
          assert.ok(text.includes("<Name>world</Name>"));
        }
      });
    }

    it("believes X-Forwarded-Host and X-Script-Name of this machine; a Worker knows no peer to trust", async () => {
      const response = await fetch(`${server.url}/service?SERVICE=WMS&REQUEST=GetCapabilities`, {
        headers: {
          "X-Forwarded-Host": "maps.example.org",
          "X-Forwarded-Proto": "https",
          "X-Script-Name": "/gis",
        },
      });
      const text = await response.text();
      if (target === "workers") assert.doesNotMatch(text, /maps\.example\.org|\/gis\//);
      else assert.match(text, /"https:\/\/maps\.example\.org\/gis\/service\?"/);
    });
  });

  describe("GetMap", () => {
    it("EPSG:3857 looks like GDAL's warp", async () => {
      const bbox = "-1500000,3500000,4500000,8000000";
      await assertLikeGdal(await map111("EPSG:3857", bbox, [320, 240], "image/jpeg"), "mercator");
    });
    it("EPSG:4326 in 1.1.1 (x, y) looks like GDAL's warp", async () => {
      await assertLikeGdal(
        await map111("EPSG:4326", "-20,30,60,70", [320, 160], "image/jpeg"),
        "geographic",
      );
    });
    it("EPSG:4326 in 1.3.0 (latitude first) looks like GDAL's warp", async () => {
      await assertLikeGdal(
        await map130("EPSG:4326", "30,-20,70,60", [320, 160], "image/jpeg"),
        "geographic",
      );
    });
    it("CRS:84 in 1.3.0 (longitude first) looks like GDAL's warp", async () => {
      await assertLikeGdal(
        await map130("CRS:84", "-20,30,60,70", [320, 160], "image/jpeg"),
        "geographic",
      );
    });
    it("EPSG:25832 looks like GDAL's warp", async () => {
      const bbox = "-1000000,4000000,2000000,7000000";
      await assertLikeGdal(await map130("EPSG:25832", bbox, [300, 300], "image/jpeg"), "utm32");
    });
    it("the southern hemisphere looks like GDAL's warp", async () => {
      await assertLikeGdal(
        await map111("EPSG:4326", "100,-50,180,10", [320, 240], "image/jpeg"),
        "pacific",
      );
    });

    it("PNG has a palette of 256 colours", async () => {
      const bytes = await picture(await map111("EPSG:4326", "-20,30,60,70", [320, 160]));
      assert.equal(bytes[25], 3, "colour type of the PNG header");
    });

    it("JPEG is a JPEG of the asked size", async () => {
      const response = await map111("EPSG:4326", "-20,30,60,70", [321, 163], "image/jpeg");
      assert.equal(response.headers.get("content-type"), "image/jpeg");
      const { format, width, height } = peek(await picture(response)) ?? {};
      assert.deepEqual([format, width, height], ["jpeg", 321, 163]);
    });
  });

  describe("tiles", () => {
    const rest = "/wmts/world/GLOBAL_WEBMERCATOR/2/1/1.jpeg";

    it("REST and KVP give the same bytes", async () => {
      const a = await picture(await fetch(`${server.url}/proxy${rest}`));
      const b = await picture(
        await wms({
          SERVICE: "WMTS",
          VERSION: "1.0.0",
          REQUEST: "GetTile",
          LAYER: "world",
          STYLE: "default",
          TILEMATRIXSET: "GLOBAL_WEBMERCATOR",
          TILEMATRIX: 2,
          TILEROW: 1,
          TILECOL: 1,
          FORMAT: "image/jpeg",
        }),
      );
      assert.deepEqual(a, b);
      assert.equal(peek(a)?.width, 256);
    });

    it("a map that is exactly one tile has the tile's bytes", async () => {
      const tile = await picture(await fetch(`${server.url}${rest}`));
      const half = 20037508.342789244;
      const map = await map111(
        "EPSG:3857",
        `${-half / 2},0,0,${half / 2}`,
        [256, 256],
        "image/jpeg",
      );
      assert.deepEqual(await picture(map), tile);
    });

    it("is not sent again to who has it", async () => {
      const first = await fetch(`${server.url}${rest}`);
      await first.arrayBuffer();
      const etag = first.headers.get("etag") ?? "";
      assert.match(first.headers.get("cache-control") ?? "", /public, max-age=259200/);
      const second = await fetch(`${server.url}${rest}`, { headers: { "If-None-Match": etag } });
      assert.equal(second.status, 304);
      assert.equal((await second.arrayBuffer()).byteLength, 0);
    });

    it("TMS counts rows from the south, WMTS from the north", async () => {
      const north = await picture(
        await fetch(`${server.url}/wmts/world/GLOBAL_WEBMERCATOR/2/1/0.jpeg`),
      );
      const south = await picture(
        await fetch(`${server.url}/tms/1.0.0/world/GLOBAL_WEBMERCATOR/1/1/3.jpeg`),
      );
      assert.deepEqual(north, south);
    });

    it("WMTS capabilities name the layer and its grid", async () => {
      const text = await (
        await fetch(`${server.url}/proxy/wmts/1.0.0/WMTSCapabilities.xml`)
      ).text();
      assert.match(text, /<ows:Identifier>world<\/ows:Identifier>/);
      assert.match(text, /<ows:Identifier>GLOBAL_WEBMERCATOR<\/ows:Identifier>/);
      assert.ok(text.includes(`${server.url}/proxy/wmts/`));
    });
  });

  describe("bad requests", () => {
    const cases: [string, string, RegExp][] = [
      ["no SERVICE", "?REQUEST=GetCapabilities", /MissingParameterValue/],
      ["unknown layer", map("LAYERS=nope"), /LayerNotDefined/],
      ["unknown SRS", map("SRS=EPSG:99999"), /InvalidSRS/],
      ["unknown format", map("FORMAT=image/nope"), /InvalidFormat/],
      ["inverted BBOX", map("BBOX=10,10,-10,-10"), /invalid bbox/],
      ["BBOX of three numbers", map("BBOX=1,2,3"), /ServiceException/],
      ["BBOX with NaN", map("BBOX=nan,0,10,10"), /ServiceException/],
      ["no WIDTH", map("WIDTH="), /ServiceException/],
      ["huge WIDTH", map("WIDTH=1000000000"), /image size too large/],
      ["unknown request", "?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetNothing", /unknown WMS request/],
      ["script in a layer name", map("LAYERS=%3Cscript%3E"), /&lt;script&gt;/],
    ];
    for (const [what, query, expected] of cases) {
      it(`${what}: the protocol's own exception`, async () => {
        const response = await fetch(`${server.url}/proxy/service${query}`);
        const text = await response.text();
        assert.match(text, expected);
        assert.match(response.headers.get("content-type") ?? "", /xml/);
        assert.ok(response.status >= 400);
      });
    }

    it("an exception in the image, if asked for", async () => {
      const response = await fetch(
        `${server.url}/proxy/service${map("LAYERS=nope")}&EXCEPTIONS=application/vnd.ogc.se_inimage`,
      );
      const { format, width, height } = peek(await picture(response)) ?? {};
      assert.deepEqual([format, width, height], ["png", 200, 100]);
    });

    it("a tile outside the matrix", async () => {
      const response = await fetch(`${server.url}/wmts/world/GLOBAL_WEBMERCATOR/1/9/0.jpeg`);
      assert.equal(response.status, 400);
      assert.match(await response.text(), /TileOutOfRange/);
    });
  });

  describe("demo", () => {
    it("shows the layers, with nothing from elsewhere", async () => {
      const response = await fetch(`${server.url}/proxy/demo/`);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'self'/);
      assert.match(await response.text(), /world/);
    });
  });
});

/** Query of a GetMap in which one parameter is replaced. */
function map(replaced: string): string {
  const [name = ""] = replaced.split("=");
  const params = [
    "SERVICE=WMS",
    "VERSION=1.1.1",
    "REQUEST=GetMap",
    "LAYERS=world",
    "STYLES=",
    "SRS=EPSG:4326",
    "BBOX=-10,-10,10,10",
    "WIDTH=200",
    "HEIGHT=100",
    "FORMAT=image/png",
  ];
  return `?${[...params.filter((param) => !param.startsWith(`${name}=`)), replaced].join("&")}`;
}
