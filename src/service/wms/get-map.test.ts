import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fakeMap,
  fault,
  group,
  leaf,
  mapQuery,
  mapResult,
  pixelsOf,
  plain,
  wmsOf,
} from "../../../test/wms-service.ts";
import { RequestError, SourceError } from "../../core/errors.ts";
import { encode } from "../../image/codec.ts";
import { peek } from "../../image/peek.ts";
import type { LayerNode } from "../../model/layer.ts";
import { VERSIONS } from "./version.ts";

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];

describe("GetMap", () => {
  it("draws in every version", async () => {
    for (const version of VERSIONS) {
      const { get } = await wmsOf(leaf("a"));
      const response = await get(mapQuery(version));
      assert.equal(response.headers.get("content-type"), "image/png");
      const { size, at } = await pixelsOf(response);
      assert.deepEqual(
        [size, at(3, 3)],
        [
          [20, 10],
          [255, 0, 0, 255],
        ],
      );
    }
  });

  it("services-wms 4: names in any case; repeated values are joined", async () => {
    const maps = [fakeMap("a", RED), fakeMap("b", BLUE)] as const;
    const { get } = await wmsOf(
      group(undefined, [leaf("a", { maps: [maps[0]] }), leaf("b", { maps: [maps[1]] })]),
    );
    const query = mapQuery("1.1.1", { LAYERS: undefined })
      .toLowerCase()
      .replace("epsg:4326", "EPSG:4326");
    const response = await get(`${query}&lAyErS=a&layers=b`);
    assert.equal(response.status, 200);
    assert.deepEqual([maps[0].asked.length, maps[1].asked.length], [1, 1]);
  });

  it("services-wms 6: old request names in all versions", async () => {
    const { get } = await wmsOf(leaf("a"));
    for (const version of VERSIONS) {
      assert.equal((await get(mapQuery(version, { REQUEST: "map" }))).status, 200);
      assert.equal((await get(`SERVICE=WMS&VERSION=${version}&REQUEST=capabilities`)).status, 200);
    }
  });

  it("services-wms 7: an unknown request is named in lower case", async () => {
    const wms = await wmsOf(leaf("a"));
    const message = async (query: string) => (await fault(wms, query)).message;
    assert.equal(
      await message("SERVICE=WMS&REQUEST=GetFoo"),
      "unknown WMS request type &#x27;getfoo&#x27;",
    );
    assert.equal(await message("SERVICE=WMS"), "unknown WMS request type &#x27;None&#x27;");
    assert.equal(
      await message("SERVICE=WMS&VERSION=1.1.0&REQUEST=GetLegendGraphic"),
      "unknown WMS request type &#x27;legendgraphic&#x27;",
    );
  });

  it("services-wms 23: missing parameters are listed in the order of the table", async () => {
    const wms = await wmsOf(leaf("a"));
    const without = { LAYERS: undefined, BBOX: undefined };
    const expected = "missing parameters [&#x27;layers&#x27;, &#x27;bbox&#x27;]";
    for (const version of VERSIONS) {
      assert.deepEqual(await fault(wms, mapQuery(version, without)), {
        status: 500,
        code: undefined,
        message: expected,
      });
    }
    const none = await fault(wms, "SERVICE=WMS&REQUEST=GetMap");
    assert.equal(
      none.message?.replaceAll("&#x27;", "'"),
      "missing parameters ['version', 'layers', 'styles', 'crs', 'bbox', 'width', 'height', 'format']",
    );
    assert.match(
      (await fault(wms, "VERSION=1.0.0&SERVICE=WMS&REQUEST=GetMap")).message ?? "",
      /wmtver/,
    );
  });

  it("services-wms 24: faults have the texts and codes that clients know", async () => {
    const wms = await wmsOf(leaf("a"));
    const cases = [
      [{ BBOX: "7,2,-9,10" }, undefined, "invalid bbox 7,2,-9,10"],
      [{ BBOX: "1,2,3" }, undefined, "invalid bbox 1,2,3"],
      [{ STYLES: "default,odd" }, "StyleNotDefined", "unsupported styles: default,odd"],
      [{ LAYERS: "a,nix" }, "LayerNotDefined", "unknown layer: nix"],
      [{ LAYERS: "" }, "LayerNotDefined", "unknown layer: "],
      [{ FORMAT: "image/PNG" }, "InvalidFormat", "unsupported image format: image/PNG"],
      [{ SRS: "EPSG:1234" }, "InvalidSRS", "unsupported srs: EPSG:1234"],
      [{ WIDTH: "4001", HEIGHT: "4000" }, undefined, "image size too large"],
      [{ BGCOLOR: "0xnope00" }, undefined, "invalid bgcolor: 0xnope00"],
    ] as const;
    for (const [changes, code, message] of cases) {
      const found = await fault(wms, mapQuery("1.1.1", changes));
      assert.deepEqual(found, { status: 500, code, message: message.trim() });
    }
    const crs = await fault(wms, mapQuery("1.3.0", { CRS: "EPSG:1234" }));
    assert.deepEqual([crs.code, crs.message], ["InvalidCRS", "unsupported crs: EPSG:1234"]);
  });

  it("services-wms 25: faults are found in the agreed order", async () => {
    const wms = await wmsOf(leaf("a"));
    const faults: [string, string | undefined, RegExp][] = [
      ["HEIGHT", undefined, /missing/],
      ["BBOX", "1,1,1,1", /invalid bbox/],
      ["STYLES", "x", /unsupported styles/],
      ["WIDTH", "99999999", /too large/],
      ["LAYERS", "nix", /unknown layer/],
      ["FORMAT", "nix", /unsupported image format/],
      ["SRS", "nix", /unsupported srs/],
      ["BGCOLOR", "nix", /invalid bgcolor/],
    ];
    for (const [i, [, , expected]] of faults.entries()) {
      const changes = Object.fromEntries(faults.slice(i).map(([name, value]) => [name, value]));
      assert.match((await fault(wms, mapQuery("1.1.1", changes))).message ?? "", expected);
    }
  });

  it("services-wms 26: a picture that is too large is an XML exception even for INIMAGE", async () => {
    const { get } = await wmsOf(leaf("a"), { max_output_pixels: 100 });
    const at = (side: string) =>
      get(mapQuery("1.1.1", { WIDTH: side, HEIGHT: "10", EXCEPTIONS: "inimage" }));
    assert.equal((await at("10")).headers.get("content-type"), "image/png");
    assert.equal((await at("11")).headers.get("content-type"), "application/vnd.ogc.se_xml");
  });

  it("services-wms 27: pictures of exceptions have status 200 and the size asked for, or 256", async () => {
    const { get } = await wmsOf(leaf("a"));
    for (const version of VERSIONS) {
      for (const exceptions of ["application/vnd.ogc.se_inimage", "INIMAGE", "blank"]) {
        const changes = {
          LAYERS: "nix",
          EXCEPTIONS: exceptions,
          FORMAT: "image/jpeg",
          WIDTH: "400",
        };
        const response = await get(mapQuery(version, changes));
        assert.equal(response.status, 200);
        assert.equal(response.headers.get("content-type"), "image/jpeg");
        assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
        const head = peek(new Uint8Array(await response.arrayBuffer()));
        assert.deepEqual([head?.format, head?.width, head?.height], ["jpeg", 400, 10]);
      }
    }
    const missing = await get(mapQuery("1.1.1", { WIDTH: undefined, EXCEPTIONS: "INIMAGE" }));
    assert.deepEqual((await pixelsOf(missing)).size, [256, 256]);
  });

  it("services-wms 27: blank exceptions show the background, or nothing; in-image ones a text", async () => {
    const { get } = await wmsOf(leaf("a"));
    const bad = { LAYERS: "nix", EXCEPTIONS: "BLANK", WIDTH: "200", HEIGHT: "50" };
    const red = await pixelsOf(await get(mapQuery("1.3.0", { ...bad, BGCOLOR: "0xff0000" })));
    assert.deepEqual(red.at(10, 10), [255, 0, 0, 255]);
    const clear = await pixelsOf(await get(mapQuery("1.3.0", { ...bad, TRANSPARENT: "TRUE" })));
    for (let x = 0; x < 200; x++) assert.equal(clear.at(x, 10)[3], 0);
    const text = await pixelsOf(await get(mapQuery("1.3.0", { ...bad, EXCEPTIONS: "INIMAGE" })));
    let dark = 0;
    for (let y = 0; y < 50; y++) for (let x = 0; x < 200; x++) if (text.at(x, y)[0]! < 100) dark++;
    assert.ok(dark > 50, "some text is there");
  });

  it("falls back to PNG where the format of an exception cannot be written", async () => {
    const { get } = await wmsOf(leaf("a"));
    const bad = { LAYERS: "nix", EXCEPTIONS: "INIMAGE" };
    for (const FORMAT of ["image/nix", "text/html\r\nx: y", ""]) {
      const response = await get(mapQuery("1.1.1", { ...bad, FORMAT }));
      assert.equal(response.headers.get("content-type"), "image/png");
    }
    const old = await get(mapQuery("1.0.0", { ...bad, FORMAT: "JPEG" }));
    assert.equal(old.headers.get("content-type"), "image/jpeg");
  });

  it("services-wms 28: XML exceptions have status 500 and are not kept", async () => {
    const { get } = await wmsOf(leaf("a"));
    const types = [
      "text/xml",
      "application/vnd.ogc.se_xml",
      "application/vnd.ogc.se_xml",
      "text/xml; charset=utf-8",
    ];
    for (const [i, version] of VERSIONS.entries()) {
      const response = await get(mapQuery(version, { LAYERS: "nix" }));
      const { headers } = response;
      assert.equal(response.status, 500);
      assert.equal(headers.get("content-type"), types[i]);
      assert.deepEqual(
        ["cache-control", "pragma", "expires"].map((name) => headers.get(name)),
        ["no-cache, no-store", "no-cache", "-1"],
      );
    }
  });

  it("services-wms 29: sizes with decimals are cut", async () => {
    const { get } = await wmsOf(leaf("a"));
    const sizes = { WIDTH: "99.9", HEIGHT: "1e1" };
    assert.deepEqual((await pixelsOf(await get(mapQuery("1.1.1", sizes)))).size, [99, 10]);
  });

  it("services-wms 30: 1.3.0 reads the axes in the order of the system", async () => {
    const map = fakeMap("a", RED);
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    await get(mapQuery("1.3.0", { BBOX: "40,5,50,15" }));
    await get(mapQuery("1.3.0", { BBOX: "5,40,15,50", CRS: "CRS:84" }));
    await get(mapQuery("1.3.0", { BBOX: "5,40,15,50", CRS: "EPSG:3857" }));
    await get(mapQuery("1.1.1", { BBOX: "5,40,15,50" }));
    for (const { bbox } of map.asked) assert.deepEqual(bbox, [5, 40, 15, 50]);
    assert.equal(map.asked.length, 4);
  });

  it("services-wms 31: reference systems in any case", async () => {
    const { get } = await wmsOf(leaf("a"));
    assert.equal((await get(mapQuery("1.1.1", { SRS: "epsg:4326" }))).status, 200);
  });

  it("services-wms 32: TRANSPARENT in any case; the background shows below layers", async () => {
    const { get } = await wmsOf(leaf("a", { maps: [fakeMap("a", [255, 0, 0, 0])] }));
    const pixel = async (changes: Record<string, string>) =>
      (await pixelsOf(await get(mapQuery("1.1.1", changes)))).at(5, 5);
    assert.deepEqual(await pixel({}), [255, 255, 255, 255]);
    assert.deepEqual(await pixel({ BGCOLOR: "0x00ff00" }), [0, 255, 0, 255]);
    assert.equal((await pixel({ TRANSPARENT: "tRuE" }))[3], 0);
  });

  it("services-wms 33: a format with parameters is asked for and answered verbatim", async () => {
    const mime = "image/png; mode=8bit";
    const { get } = await wmsOf(leaf("a"), { image_formats: [mime, "image/jpeg"] });
    const response = await get(mapQuery("1.1.1", { FORMAT: mime }));
    assert.equal(response.headers.get("content-type"), mime);
    assert.equal((await get(mapQuery("1.1.1"))).status, 500);
  });

  it("services-wms 34: GeoTIFF says where it lies", async () => {
    const { get } = await wmsOf(leaf("a"));
    const response = await get(mapQuery("1.1.1", { FORMAT: "image/GeoTIFF" }));
    assert.equal(response.headers.get("content-type"), "image/GeoTIFF");
    const bytes = new DataView(await response.arrayBuffer());
    const start = bytes.getUint32(4, true);
    const tags = Array.from({ length: bytes.getUint16(start, true) }, (_, i) =>
      bytes.getUint16(start + 2 + i * 12, true),
    );
    for (const tag of [33550, 33922, 34735]) assert.ok(tags.includes(tag), String(tag));
  });

  it("services-wms 35: a layer outside its resolutions is left out, alone the map is blank", async () => {
    const [a, b] = [fakeMap("a", RED), fakeMap("b", BLUE)];
    const { get } = await wmsOf(
      group(undefined, [
        leaf("a", { maps: [a], resolutions: { min: 10, max: 1 } }),
        leaf("b", { maps: [b] }),
      ]),
    );
    const alone = await pixelsOf(await get(mapQuery("1.1.1")));
    assert.deepEqual(alone.at(0, 0), [255, 255, 255, 255]);
    const both = await pixelsOf(await get(mapQuery("1.1.1", { LAYERS: "b,a" })));
    assert.deepEqual(both.at(0, 0), [0, 0, 255, 255]);
    assert.deepEqual([a.asked.length, b.asked.length], [0, 1]);
  });

  it("draws as many layers at the same time as concurrent_layer_renderer says, in their order", async () => {
    for (const concurrent_layer_renderer of [undefined, 3]) {
      let running = 0;
      let most = 0;
      const slow = (name: string, color: number[]) =>
        fakeMap(name, color, {
          async getMap({ size }) {
            most = Math.max(most, ++running);
            await new Promise((resolve) => setTimeout(resolve, name === "a" ? 5 : 1));
            running--;
            return mapResult(plain(size, color));
          },
        });
      const colors = { a: [1, 1, 1], b: [2, 2, 2], c: [3, 3, 3], d: [4, 4, 4] };
      const leaves = Object.entries(colors).map(([name, color]) =>
        leaf(name, { maps: [slow(name, color)] }),
      );
      const { get } = await wmsOf(group(undefined, leaves), { concurrent_layer_renderer });
      const { at } = await pixelsOf(await get(mapQuery("1.1.1", { LAYERS: "a,b,c,d" })));
      assert.equal(most, concurrent_layer_renderer ?? 1);
      assert.deepEqual(at(0, 0), [4, 4, 4, 255]);
    }
  });

  it("services-wms 36: an opaque layer saves the requests for those below", async () => {
    const below = fakeMap("a", RED);
    const opaque = fakeMap("b", BLUE, { isOpaque: () => true });
    const above = fakeMap("c", [0, 255, 0, 0]);
    const { get } = await wmsOf(
      group(undefined, [
        leaf("a", { maps: [below] }),
        leaf("b", { maps: [opaque] }),
        leaf("c", { maps: [above] }),
      ]),
    );
    await get(mapQuery("1.1.1", { LAYERS: "a,b,c" }));
    assert.deepEqual(
      [below, opaque, above].map(({ asked }) => asked.length),
      [0, 1, 1],
    );
    await get(mapQuery("1.1.1", { LAYERS: "c,b,a" }));
    assert.deepEqual(
      [below, opaque, above].map(({ asked }) => asked.length),
      [1, 2, 1],
    );
  });

  it("services-wms 38: a group stands for its leaves, one with sources only for itself", async () => {
    const maps = ["a", "b", "own"].map((name) => fakeMap(name, RED));
    const [a, b, own] = maps as [
      (typeof maps)[0] & {},
      (typeof maps)[0] & {},
      (typeof maps)[0] & {},
    ];
    const children = [leaf("a", { maps: [a] }), group("inner", [leaf("b", { maps: [b] })])];
    const { get } = await wmsOf(
      group(undefined, [group("pure", children), group("full", children, { maps: [own] })]),
    );
    await get(mapQuery("1.1.1", { LAYERS: "pure" }));
    assert.deepEqual(
      maps.map(({ asked }) => asked.length),
      [1, 1, 0],
    );
    await get(mapQuery("1.1.1", { LAYERS: "full" }));
    assert.deepEqual(
      maps.map(({ asked }) => asked.length),
      [1, 1, 1],
    );
    await get(mapQuery("1.1.1", { LAYERS: "pure,a,inner,b" }));
    assert.deepEqual(
      maps.map(({ asked }) => asked.length),
      [2, 2, 1],
    );
  });

  it("services-wms 39: notify draws over what is left and is not kept; raise fails", async () => {
    const broken = fakeMap("b", RED, {
      getMap: () =>
        Promise.reject(
          new SourceError("s", "HTTP Error (see logs for URL and reason).", { url: "" }),
        ),
    });
    const root = group(undefined, [leaf("a"), leaf("b", { maps: [broken] })]);
    const notify = await wmsOf(root);
    const partly = await notify.get(mapQuery("1.1.1", { LAYERS: "a,b" }));
    assert.equal(partly.status, 200);
    assert.equal(partly.headers.get("cache-control"), "no-cache, no-store");
    const all = await fault(notify, mapQuery("1.1.1", { LAYERS: "b" }));
    assert.equal(
      all.message,
      "Could not get any sources:\nHTTP Error (see logs for URL and reason).",
    );
    const raise = await wmsOf(root, { on_source_errors: "raise" });
    const one = await fault(raise, mapQuery("1.1.1", { LAYERS: "a,b" }));
    assert.equal(one.message, "HTTP Error (see logs for URL and reason).");
  });

  it("services-wms 40: a request for too many tiles is an exception, never softened", async () => {
    const text =
      "Request too large or invalid BBOX. (too many tiles, max_tile_limit: 500, num_tiles: 501)";
    const map = fakeMap("a", RED, {
      getMap: () => Promise.reject(new RequestError(undefined, text)),
    });
    const wms = await wmsOf(group(undefined, [leaf("a", { maps: [map] }), leaf("b")]));
    assert.equal((await fault(wms, mapQuery("1.1.1", { LAYERS: "b,a" }))).message, text);
  });

  it("services-wms 41: the attribution is drawn, but not onto tiles", async () => {
    const { get } = await wmsOf(leaf("a"), { attribution: { text: "me" } });
    const drawn = async (changes: Record<string, string>) => {
      const { at } = await pixelsOf(
        await get(mapQuery("1.1.1", { WIDTH: "200", HEIGHT: "100", ...changes })),
      );
      return at(195, 95).join() !== "255,0,0,255";
    };
    assert.deepEqual([await drawn({}), await drawn({ TILED: "true" })], [true, false]);
  });

  it("services-wms 42: a single tile has validators, and 304 for who has it", async () => {
    const timestamp = 1234567890000;
    const map = fakeMap("a", RED, {
      getMap: async ({ size }) => mapResult(plain(size, RED), { timestamp }),
    });
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    const tile = await get(mapQuery("1.1.1", { TILED: "True" }));
    assert.equal(tile.headers.get("cache-control"), "public, max-age=259200, s-maxage=259200");
    assert.equal(tile.headers.get("last-modified"), "Fri, 13 Feb 2009 23:31:30 GMT");
    const etag = tile.headers.get("etag") ?? "";
    const again = await get(mapQuery("1.1.1", { TILED: "true" }), {
      headers: new Headers({ "if-none-match": etag }),
    });
    assert.equal(again.status, 304);
    const plainMap = await get(mapQuery("1.1.1"));
    assert.equal(plainMap.headers.get("etag"), null);
  });

  it("a single tile is kept as long as its layers say, and sent as WebP where they allow it", async () => {
    const tile = (name: string, metadata: LayerNode["metadata"]) =>
      leaf(name, {
        metadata,
        maps: [
          fakeMap(name, RED, {
            isOpaque: () => true,
            getMap: async ({ size }) => mapResult(plain(size, RED), { timestamp: 1234567890000 }),
          }),
        ],
      });
    const acceptFormats = ["image/webp"] as const;
    const { get } = await wmsOf(
      group(undefined, [
        tile("both", { maxAge: 60, acceptFormats }),
        tile("short", { maxAge: 5 }),
        tile("plain", {}),
      ]),
    );
    const ask = async (LAYERS: string, accept: string, more: Record<string, string> = {}) => {
      const query = mapQuery("1.1.1", { LAYERS, TILED: "true" });
      const response = await get(query, { headers: new Headers({ accept, ...more }) });
      const { headers, status } = response;
      const format = peek(new Uint8Array(await response.arrayBuffer()))?.format;
      return { headers, status, format, type: headers.get("content-type") };
    };
    const webp = await ask("both", "image/webp,*/*");
    assert.deepEqual([webp.type, webp.format], ["image/webp", "webp"]);
    assert.equal(webp.headers.get("cache-control"), "public, max-age=60, s-maxage=60");
    assert.equal(webp.headers.get("vary"), "Accept");
    const png = await ask("both", "*/*");
    assert.deepEqual([png.type, png.format], ["image/png", "png"]);
    assert.equal(png.headers.get("vary"), "Accept");
    assert.notEqual(png.headers.get("etag"), webp.headers.get("etag"));
    const again = { "if-none-match": webp.headers.get("etag") ?? "" };
    assert.equal((await ask("both", "image/webp", again)).status, 304);
    assert.equal((await ask("both", "*/*", again)).status, 200);

    const other = await ask("plain", "image/webp");
    assert.deepEqual([other.type, other.headers.get("vary")], ["image/png", null]);
    const age = "public, max-age=259200, s-maxage=259200";
    assert.equal(other.headers.get("cache-control"), age);
    // the picture of several layers is that of the uppermost, which hides the others
    const together = await ask("both,short", "image/webp");
    assert.equal(together.type, "image/png");
    assert.equal(together.headers.get("cache-control"), "public, max-age=5, s-maxage=5");
  });

  it("services-wms 43: a map has no cache headers and does not vary", async () => {
    const { headers } = await (await wmsOf(leaf("a"))).get(mapQuery("1.1.1"));
    for (const name of ["cache-control", "pragma", "expires", "etag", "last-modified", "vary"]) {
      assert.equal(headers.get(name), null, name);
    }
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("services-wms 52: dimension values and all parameters reach the layers", async () => {
    const map = fakeMap("a", RED, { passesOn: ["time", "elevation", "dim_foo"] });
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    const extra = { TIME: "2020", Elevation: "5", dim_Foo: "x", USER: "me", __proto: "p" };
    await get(mapQuery("1.1.1", extra));
    await get(mapQuery("1.0.0", extra));
    assert.deepEqual(
      { ...map.asked[0]?.dimensions },
      { time: "2020", elevation: "5", dim_foo: "x" },
    );
    assert.equal(map.asked[0]?.parameter?.("user"), "me");
    assert.equal(map.asked[1]?.dimensions, undefined);
  });

  it("keeps the dimensions when the map is cut to a bbox", async () => {
    const map = fakeMap("a", RED, { passesOn: ["time"] });
    const bbox_srs = [{ srs: "EPSG:4326", bbox: [0, -90, 180, 90] }];
    const { get } = await wmsOf(leaf("a", { maps: [map] }), { bbox_srs });
    await get(mapQuery("1.1.1", { TIME: "2020" }));
    assert.equal(map.asked[0]?.dimensions?.time, "2020");
  });

  it("services-wms 14: a limiting bbox cuts the map, whatever the spelling of the system", async () => {
    const map = fakeMap("a", RED, { passesOn: ["time"] });
    const bbox_srs = [{ srs: "EPSG:4326", bbox: [0, -90, 180, 90] }];
    const { get } = await wmsOf(leaf("a", { maps: [map] }), { bbox_srs });
    for (const SRS of ["EPSG:4326", "epsg:4326"]) {
      const cut = await pixelsOf(await get(mapQuery("1.1.1", { SRS, BGCOLOR: "0x00ff00" })));
      assert.deepEqual(cut.size, [20, 10]);
      assert.deepEqual(
        [cut.at(9, 5), cut.at(10, 5)],
        [
          [0, 255, 0, 255],
          [255, 0, 0, 255],
        ],
      );
    }
    assert.deepEqual(
      [map.asked[0]?.size, map.asked[0]?.bbox],
      [
        [10, 10],
        [0, -90, 180, 90],
      ],
    );
    const clear = await pixelsOf(await get(mapQuery("1.1.1", { TRANSPARENT: "true" })));
    assert.deepEqual([clear.at(9, 5)[3], clear.at(10, 5)[3]], [0, 255]);
    const beside = await get(mapQuery("1.1.1", { BBOX: "-90,0,-10,40", BGCOLOR: "0x0000ff" }));
    assert.deepEqual((await pixelsOf(beside)).at(0, 0), [0, 0, 255, 255]);
    assert.equal(map.asked.length, 3);
    const inside = await get(mapQuery("1.1.1", { BBOX: "10,10,20,20" }));
    assert.deepEqual((await pixelsOf(inside)).at(0, 0), [255, 0, 0, 255]);
  });

  it("http-app 29: the decorator gets the names that were drawn and the extent", async () => {
    const seen: unknown[] = [];
    const { get } = await wmsOf(
      group("g", [leaf("a"), leaf("b")]),
      {},
      {
        decorate: async (_, { service, layers, extent, size }) => {
          seen.push(service, layers, extent.srs.code, extent.bbox, size);
          return { kind: "raster", view: plain(size, BLUE) };
        },
      },
    );
    const { at } = await pixelsOf(await get(mapQuery("1.1.1", { LAYERS: "g" })));
    assert.deepEqual(at(0, 0), [0, 0, 255, 255]);
    assert.deepEqual(seen, ["wms.map", ["a", "b"], "EPSG:4326", [-180, -90, 180, 90], [20, 10]]);
  });

  it("hands single pictures on byte by byte", async () => {
    const { options } = mapResult(plain([1, 1], RED));
    const { bytes } = await encode(plain([20, 10], RED), options);
    const map = fakeMap("a", RED, {
      getMap: async () => ({
        picture: { kind: "encoded", bytes, format: "png" },
        options,
        cacheable: true,
      }),
    });
    const response = await (await wmsOf(leaf("a", { maps: [map] }))).get(mapQuery("1.1.1"));
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  });
});
