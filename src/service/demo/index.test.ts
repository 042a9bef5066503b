import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  fakeTiles,
  gridOf,
  layerNode,
  layerTree,
  routed,
  serviceDeps,
  started,
} from "../../../test/tile-service.ts";
import { VERSION } from "../../core/version.ts";
import type { Authorizer } from "../../model/auth.ts";
import { tmsService } from "../tms/index.ts";
import { wmtsService } from "../wmts/index.ts";
import { assets } from "./dist/assets.js";
import { demoService } from "./index.ts";
import { pictureOrigin, rootOf } from "./page.ts";

const MERCATOR = gridOf("GLOBAL_MERCATOR");
const WEB = gridOf("GLOBAL_WEBMERCATOR");
const GEODETIC = gridOf("GLOBAL_GEODETIC");

const LAYERS = () => [
  fakeTiles("zoo", WEB),
  fakeTiles("base", MERCATOR, { image: "image/jpeg" }),
  fakeTiles("base", GEODETIC, { image: "image/jpeg" }),
];

/** The demo beside the services whose options are given. */
async function demo(
  options: { wms?: unknown; wmts?: unknown; tms?: unknown; ogcapi?: unknown; demo?: unknown } = {
    wms: {},
    wmts: {},
    tms: {},
  },
  overrides: Parameters<typeof serviceDeps>[1] = {},
) {
  const { demo: own = {}, ...others } = options;
  const deps = serviceDeps(LAYERS(), { services: new Map(Object.entries(others)), ...overrides });
  const services = [await started(demoService, own, deps)];
  if (options.wmts) services.push(await started(wmtsService, options.wmts, deps));
  if (options.tms) services.push(await started(tmsService, options.tms, deps));
  return routed(services);
}

type Send = Awaited<ReturnType<typeof demo>>;
const page = async (send: Send, target: string) => {
  const response = await send(target);
  assert.equal(response.status, 200, target);
  assert.equal(response.headers.get("content-type"), "text/html");
  return await response.text();
};

describe("/demo/", () => {
  it("services-tiles 36: lists what runs, in its order, and says what does not", async () => {
    const text = await page(await demo({ wms: {}, tms: {} }), "/demo/");
    assert.ok(text.includes(`Rhumb Version ${VERSION}`));
    const headings = [...text.matchAll(/<h2>(.*?)<\/h2>/g)].map((found) => found[1]);
    assert.deepEqual(headings, ["About", "OGC API", "WMS", "WMS-C", "WMTS", "TMS"]);
    assert.ok(
      text.includes("OGC API is not configured") && text.includes("WMTS is not configured"),
    );
  });

  for (const [link, options] of [
    ["../service?REQUEST=GetCapabilities&SERVICE=WMS", { wms: {} }],
    ["../service?REQUEST=GetCapabilities&SERVICE=WMS&tiled=true", { wms: {} }],
    ["../service?REQUEST=GetCapabilities&SERVICE=WMTS", { wmts: { kvp: true } }],
    ["../wmts/1.0.0/WMTSCapabilities.xml", { wmts: { restful: true } }],
    ["../tms/1.0.0/", { tms: {} }],
    ["../demo/?wms_capabilities", { wms: {} }],
    ["../demo/?wms_capabilities&type=external", { wms: {} }],
    ["../demo/?tms_capabilities&type=external", { tms: {} }],
    ["../ogcapi", { ogcapi: {} }],
    ["../ogcapi?f=json", { ogcapi: {} }],
    ["../ogcapi/api", { ogcapi: {} }],
    ["../ogcapi/collections", { ogcapi: {} }],
    ["../demo/?wmts_layer=base&format=jpeg&srs=EPSG%3A900913", { wmts: {} }],
    ["../demo/?tms_layer=base&format=jpeg&srs=EPSG%3A900913", { tms: {} }],
    ["../demo/?tms_capabilities&layer=base&srs=EPSG900913", { tms: {} }],
    ["../demo/?tms_capabilities&layer=base&srs=GLOBAL_MERCATOR", { tms: { use_grid_names: true } }],
  ] as const) {
    it(`services-tiles 36: links ${link} exactly if ${Object.keys(options)[0]} is on`, async () => {
      assert.ok((await page(await demo(options), "/demo/")).includes(`href="${link}"`));
      assert.ok(!(await page(await demo({}), "/demo/")).includes(`href="${link}"`));
    });
  }

  it("services-tiles 36: sorts layers by name and says which grids a protocol cannot have", async () => {
    const text = await page(await demo(), "/demo/");
    const rows = [...text.matchAll(/<th scope="row"[^>]*>(.*?)<\/th>/g)].map((found) => found[1]);
    assert.deepEqual(rows, ["base", "zoo", "base", "base", "zoo", "base", "base", "zoo"]);
    assert.ok(text.includes("GLOBAL_GEODETIC not compatible with WMTS"));
    assert.ok(text.includes("GLOBAL_WEBMERCATOR not compatible with TMS") === false);
  });

  it("services-tiles 36: offers native systems first, with a star, each half by code", async () => {
    const text = await page(await demo(), "/demo/");
    const [first = ""] = /<select name="srs"[^>]*>.*?<\/select>/s.exec(text) ?? [];
    assert.deepEqual(
      [...first.matchAll(/<option[^>]*>(.*?)<\/option>/g)].map((found) => found[1]),
      ["EPSG:4326*", "EPSG:900913*", "CRS:84", "EPSG:3857", "EPSG:4258"],
    );
    assert.ok(text.includes('<input type="hidden" name="wms_layer" value="base">'));
    assert.ok(text.includes('<input type="hidden" name="format" value="image/png">'));
    assert.ok(!text.includes('value="image/gif"'));
  });

  it("services-tiles 36: has no WMS previews without version 1.1.1", async () => {
    const text = await page(await demo({ wms: { versions: ["1.3.0"] } }), "/demo/");
    assert.ok(!text.includes("wms_layer"));
  });

  it("services-tiles 37: is where everything else below /demo leads", async () => {
    const send = await demo();
    for (const path of ["/demo", "/demo/foo"]) {
      const response = await send(path, { scriptUrl: "https://h/p" });
      assert.deepEqual([response.status, await response.text()], [301, ""]);
      assert.equal(response.headers.get("location"), "https://h/p/demo/");
    }
  });

  it("threats T7: forbids scripts of others, framing and sniffing", async () => {
    const { headers } = await (await demo())("/demo/");
    const policy = headers.get("content-security-policy") ?? "";
    assert.ok(
      policy.startsWith("default-src 'self'; img-src 'self' data: blob:; connect-src 'self';"),
    );
    assert.ok(!policy.includes("unsafe"));
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.ok(!/<script(?! src="\.\.\/demo\/static\/)/.test(await page(await demo(), "/demo/")));
  });
});

describe("previews", () => {
  const preview = (text: string) => {
    const data = /data-preview="(.*?)"/.exec(text)?.[1] ?? "";
    return JSON.parse(data.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
  };

  it("services-tiles 36: show a layer of the WMS, with all there is to choose", async () => {
    const dimension = { name: "time", values: ["2020", "2021"], default: "2021" };
    const layers = layerTree([layerNode("base", { dimensions: [dimension] })]);
    const send = await demo({ wms: {} }, { layers });
    const text = await page(send, "/demo/?wms_layer=base&srs=EPSG%3A3857&format=image%2Fpng");
    assert.ok(text.includes("<h2>Layer Preview - base</h2>"));
    const { url, params, srs, background } = preview(text);
    assert.equal(url, "../service");
    assert.deepEqual(
      [params.LAYERS, params.SRS, params.FORMAT],
      ["base", "EPSG:3857", "image/png"],
    );
    assert.deepEqual([srs.code, background], ["EPSG:3857", undefined]);
    assert.match(text, /<select data-dimension="TIME">.*<option value="2021" selected>/s);
    assert.ok(text.includes('id="full-extent"') && text.includes('id="background"'));
  });

  it("services-tiles 36: show tiles by WMTS at URLs that are served", async () => {
    for (const wmts of [
      {},
      { kvp: true },
      {
        restful: true,
        restful_template:
          "/t/{TileMatrixSet}/{Layer}/{Time}/{TileMatrix}/{TileCol}/{TileRow}.{Format}",
      },
    ]) {
      const send = await demo({ wmts });
      const text = await page(send, "/demo/?wmts_layer=base&srs=EPSG%3A900913&format=jpeg");
      const { url, levels, countsFromSouth } = preview(text);
      assert.equal(countsFromSouth, false);
      for (const level of levels.slice(0, 3)) {
        const [columns, rows] = level.size;
        const filled = url
          .replace("{z}", level.name)
          .replace("{x}", columns - 1)
          .replace("{y}", rows - 1);
        assert.equal((await send(filled.replace("..", ""))).status, 200, filled);
      }
    }
  });

  it("services-tiles 36: show tiles by TMS at URLs that are served, beginning at its own level", async () => {
    const send = await demo();
    for (const srs of ["EPSG:900913", "EPSG:4326"]) {
      const text = await page(send, `/demo/?tms_layer=base&srs=${srs}&format=jpeg`);
      const { url, levels, countsFromSouth } = preview(text);
      assert.equal(countsFromSouth, true);
      assert.equal(levels[0].name, "0");
      assert.equal(levels[0].size[0], 2);
      const filled = url.replace("{z}", "0").replace("{x}", "1").replace("{y}", "0");
      assert.equal((await send(filled.replace("..", ""))).status, 200);
      assert.ok(text.includes("Bounding box") && text.includes("Scale denominator"));
    }
  });

  it("show at first as much of the world as a regional system can hold", async () => {
    const send = await demo({ wms: { srs: ["EPSG:25832", "EPSG:4326"] } });
    const { extent, srs } = preview(
      await page(send, "/demo/?wms_layer=base&srs=EPSG:25832&format=png"),
    );
    const [minx, miny, maxx, maxy] = extent;
    assert.ok(maxx - minx < 3e6 && maxy - miny < 4e6 && minx < 500000 && maxx > 500000);
    assert.match(srs.definition, /\+proj=utm/);
  });

  for (const [query, status] of [
    ["wms_layer=none&srs=EPSG:3857&format=png", 404],
    ["wms_layer=base&srs=EPSG:99&format=png", 400],
    ["wms_layer=base", 400],
    ["wms_layer=base&srs=EPSG:3857&format=image/gif", 400],
    ["wmts_layer=none&srs=EPSG:3857", 404],
    ["wmts_layer=base&srs=EPSG:4326", 400],
    ["wmts_layer=base", 400],
    ["tms_layer=base&srs=x", 400],
    ["tms_layer=base&srs=EPSG:900913&format=png", 400],
    ["tms_layer=", 404],
  ] as const) {
    it(`services-tiles 36: answer ${status} to ${query}`, async () => {
      assert.equal((await (await demo())(`/demo/?${query}`)).status, status);
    });
  }

  it("threats T7: write nothing of the request that could run", async () => {
    const send = await demo();
    const evil = encodeURIComponent(`"><script>alert(1)</script><a onx='`);
    for (const query of [
      `wms_layer=${evil}`,
      `wms_layer=base&srs=${evil}`,
      `wms_layer=base&srs=EPSG:3857&format=${evil}`,
      `wmts_layer=${evil}&srs=${evil}`,
      `tms_layer=base&srs=EPSG:900913&format=${evil}`,
      `tms_capabilities&layer=${evil}&srs=${evil}`,
      `wms_capabilities&type=${evil}`,
    ]) {
      const text = await (await send(`/demo/?${query}`)).text();
      assert.ok(!/<script>|<a onx/.test(text), query);
    }
  });

  it("threats T7: write nothing of the configuration that could run", async () => {
    const name = `"><img src=x onerror=1>`;
    const deps = serviceDeps([fakeTiles(name, WEB, { title: name })], {
      services: new Map([
        ["wms", {}],
        ["tms", {}],
        ["wmts", {}],
      ]),
    });
    const send = routed([await started(demoService, { md: { title: name } }, deps)]);
    for (const query of ["", `?wmts_layer=${encodeURIComponent(name)}&srs=EPSG:3857`]) {
      assert.ok(!(await page(send, `/demo/${query}`)).includes("<img src=x"));
    }
  });

  it("load nothing from elsewhere but the background that is configured", async () => {
    const url = "https://{a-c}.tiles.example/{z}/{x}/{y}.png";
    const target = "/demo/?tms_layer=base&srs=EPSG:900913&format=jpeg";
    const bare = await (await demo())(target);
    assert.ok(!bare.headers.get("content-security-policy")?.includes("http"));
    assert.ok((await bare.text()).includes("disabled"));
    for (const send of [
      await demo({ tms: {}, demo: { background: { url } } }),
      await demo({ tms: {} }, { backgroundUrl: url }),
    ]) {
      const response = await send(target);
      assert.match(
        response.headers.get("content-security-policy") ?? "",
        /img-src 'self' data: blob: https:\/\/\*\.tiles\.example;/,
      );
      assert.equal(preview(await response.text()).background, url);
    }
  });
});

describe("previews by MapLibre", () => {
  const map = async (query: string) => {
    const text = await page(await demo(), `/demo/?${query}&viewer=maplibre`);
    const data = /data-preview="(.*?)"/.exec(text)?.[1] ?? "";
    const preview = JSON.parse(data.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
    return { text, mapLibre: preview.mapLibre };
  };

  it("draw the tiles of a web mercator grid, level by level", async () => {
    const { text, mapLibre } = await map("wmts_layer=zoo&srs=EPSG:3857");
    assert.ok(text.includes("maplibre.js") && !text.includes("/ol.js"));
    assert.match(mapLibre.tiles, /^\.\.\/wmts\/zoo\/GLOBAL_WEBMERCATOR\/\{z\}\/\{x\}\/\{y\}\.png$/);
    assert.equal(mapLibre.maxZoom, 19);
  });

  it("draw a WMS in web mercator, window by window", async () => {
    const { mapLibre } = await map("wms_layer=base&srs=EPSG:3857");
    assert.match(mapLibre.tiles, /REQUEST=GetMap.*&WIDTH=512&HEIGHT=512&BBOX=\{bbox-epsg-3857\}$/);
  });

  it("are not there for other systems: OpenLayers draws them", async () => {
    const { text, mapLibre } = await map("wms_layer=base&srs=EPSG:4326");
    assert.equal(mapLibre, undefined);
    assert.ok(text.includes("/ol.js") && !text.includes("maplibre.js"));
  });
});

describe("previews of what can be asked", () => {
  it("say where clicks ask, and show the legend", async () => {
    const info = { coverage: undefined, getInfo: async () => undefined };
    const legend = { id: "l", get: async () => undefined } as never;
    const send = await demo(undefined, {
      layers: layerTree([layerNode("a", { infos: [info], legends: [legend] }), layerNode("b")]),
    });
    const a = await page(send, "/demo/?wms_layer=a&srs=EPSG:3857");
    assert.ok(a.includes("&quot;info&quot;:{&quot;format&quot;:&quot;text/plain&quot;}"));
    assert.ok(
      a.includes("REQUEST=GetLegendGraphic&amp;LAYER=a") ||
        a.includes("REQUEST=GetLegendGraphic&LAYER=a"),
    );
    const b = await page(send, "/demo/?wms_layer=b&srs=EPSG:3857");
    assert.ok(!b.includes("&quot;info&quot;") && !b.includes("GetLegendGraphic"));
  });
});

/** A page without the elements that only give its document colours. */
const uncoloured = (text: string) => text.replace(/<span class="tag">(.*?)<\/span>/g, "$1");

describe("documents in the demo", () => {
  it("services-tiles 36: are shown escaped, as the service itself answers them", async () => {
    const send = await demo();
    for (const [query, heading, part] of [
      ["wmts_capabilities", "WMTS", "&lt;Capabilities xmlns="],
      ["wmts_capabilities_kvp&type=external", "WMTS", "&lt;ows:Value&gt;KVP&lt;"],
      ["tms_capabilities", "TMS", "&lt;TileMapService version="],
      ["tms_capabilities&layer=base&srs=EPSG900913", "TMS", "&lt;SRS&gt;OSGEO:41001&lt;"],
      ["tms_capabilities&layer=../base&srs=EPSG900913", "TMS", "TileMapServerError"],
    ] as const) {
      const text = await page(send, `/demo/?${query}`);
      assert.ok(text.includes(`<h2>${heading} GetCapabilities</h2>`));
      assert.ok(uncoloured(text).includes(part), query);
    }
  });

  it("reference-weaknesses 2: are made in this process, whatever host the request names", async () => {
    const send = await demo();
    const text = await (
      await send("/demo/?wmts_capabilities&type=external", {
        scriptUrl: "http://169.254.169.254/x",
      })
    ).text();
    assert.ok(text.includes('href="http://169.254.169.254/x/wmts/1.0.0/WMTSCapabilities.xml"'));
    assert.ok(uncoloured(text).includes("&lt;Capabilities"));
  });

  it("services-tiles 36: are refused where the scheme is not one of the web", async () => {
    const send = await demo();
    for (const scriptUrl of ["file://etc", "javascript://x"]) {
      const response = await send("/demo/?wms_capabilities&type=external", { scriptUrl });
      assert.deepEqual([response.status, await response.text()], [400, "bad request"]);
    }
  });
});

describe("/demo/static/", () => {
  it("services-tiles 37: answers each asset, for ever by its hash", async () => {
    const send = await demo();
    for (const [name, { type, hash }] of Object.entries(assets)) {
      const plain = await send(`/demo/static/${name}`);
      assert.deepEqual([plain.status, plain.headers.get("content-type")], [200, type]);
      assert.equal(plain.headers.get("cache-control"), "public, max-age=3600");
      const exact = await send(`/demo/static/${name}?v=${hash}`);
      assert.match(exact.headers.get("cache-control") ?? "", /immutable/);
    }
    const logo = await send("/demo/static/logo.png");
    assert.equal(new Uint8Array(await logo.arrayBuffer())[1], "P".charCodeAt(0));
  });

  it("sends gzip to who takes it, and the plain text to others", async () => {
    const send = await demo();
    const zipped = await send("/demo/static/ol.js", { headers: { "accept-encoding": "br, gzip" } });
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    assert.equal(zipped.headers.get("vary"), "Accept-Encoding");
    const bytes = new Uint8Array(await zipped.arrayBuffer());
    const plain = await send("/demo/static/ol.js", { headers: { "accept-encoding": "br" } });
    assert.equal(plain.headers.get("content-encoding"), null);
    const text = new Uint8Array(await plain.arrayBuffer());
    assert.deepEqual(new Uint8Array(gunzipSync(bytes)), text);
    assert.ok(bytes.length < text.length / 2);
  });

  for (const name of [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "nothing",
    "",
    "__proto__",
    "constructor",
    "%00",
  ]) {
    it(`services-tiles 37: answers 404 to ${name}`, async () => {
      const response = await (await demo())(`/demo/static/${name}`);
      assert.deepEqual([response.status, await response.text()], [404, "file not found"]);
      assert.equal(response.headers.get("content-type"), "text/plain");
    });
  }
});

describe("the demo with an authorizer", () => {
  for (const [authorized, status] of [
    ["full", 200],
    ["none", 403],
    ["unauthenticated", 401],
    ["partial", 403],
  ] as const) {
    it(`services-tiles 38: answers ${status} where the decision is ${authorized}, but assets to all`, async () => {
      const authorizer: Authorizer = {
        restricts: true,
        async authorize(service, layers) {
          assert.deepEqual([service, layers], ["demo", []]);
          return authorized === "partial" ? { authorized, layers: new Map() } : { authorized };
        },
      };
      const send = await demo({ wms: {} }, { authorizer });
      assert.equal((await send("/demo/")).status, status);
      assert.equal((await send("/demo/?wms_layer=base&srs=EPSG:3857")).status, status);
      assert.equal((await send("/demo/static/logo.png")).status, 200);
    });
  }
});

describe("rootOf()", () => {
  it("leads from any page to the mount", () => {
    for (const path of ["", "/", "/demo", "/demo/", "/demo/a", "/demo/a/b/"]) {
      const there = new URL(`${rootOf({ mount: "/m/p", path })}x`, `http://h/m/p${path}`);
      assert.equal(there.pathname, "/m/p/x");
    }
  });
});

describe("pictureOrigin()", () => {
  it("names hosts as a policy can, and never anything else", () => {
    assert.equal(pictureOrigin("https://t.example/{z}"), "https://t.example");
    assert.equal(pictureOrigin("http://{s}.t.example:8080/{z}"), "http://*.t.example:8080");
    assert.equal(pictureOrigin("https://t-{a-c}.example/{z}"), "https:");
    assert.equal(pictureOrigin("https://x; script-src *"), "https:");
    assert.equal(pictureOrigin("/own/{z}"), "'self'");
    assert.equal(pictureOrigin("javascript:alert(1)"), "'self'");
  });
});

describe("the preview of the OGC API", () => {
  const ogcApi = (more = {}, overrides = {}) =>
    demo({ ogcapi: more, wms: {}, wmts: {}, tms: {} }, overrides);
  /** What the script is told. */
  const told = (text: string) => {
    const [, data = ""] = /data-preview="([^"]*)"/.exec(text) ?? [];
    return JSON.parse(data.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
  };

  it("asks for the tiles of the collection in the registered set, row before column", async () => {
    const map = told(await page(await ogcApi(), "/demo/?ogcapi_layer=zoo&srs=EPSG:3857"));
    const path = "ogcapi/collections/zoo/map/tiles/WebMercatorQuad/{z}/{y}/{x}.png";
    assert.ok(map.url.endsWith(path), map.url);
    assert.equal(map.srs.code, "EPSG:3857");
    assert.equal(map.countsFromSouth, WEB.origin === "sw");
    assert.ok(map.mapLibre.tiles.endsWith(path));
  });

  it("has rows from the grid's own side, and no MapLibre where those are from the south", async () => {
    const text = await page(await ogcApi(), "/demo/?ogcapi_layer=base&srs=EPSG:4326&format=jpg");
    const map = told(text);
    assert.match(map.url, /collections\/base\/map\/tiles\/GLOBAL_GEODETIC\/.*\.jpg$/);
    assert.equal(map.countsFromSouth, GEODETIC.origin === "sw");
    assert.equal(map.mapLibre, undefined);
    assert.ok(!text.includes('name="viewer"'));
  });

  it("has addresses for GDAL and others, and links to the same layer elsewhere", async () => {
    const text = await page(await ogcApi(), "/demo/?ogcapi_layer=zoo&srs=EPSG:3857");
    assert.match(text, /value="OGCAPI:http[^"]*\/ogcapi\/collections\/zoo"/);
    assert.match(text, /value="http[^"]*\/ogcapi"/);
    assert.match(text, /value="http[^"]*\/WebMercatorQuad\/\{z\}\/\{y\}\/\{x\}\.png"/);
    assert.ok(text.includes('<span aria-current="page">OGC API</span>'));
    assert.ok(text.includes("wmts_layer=zoo"));
    const other = await page(await ogcApi(), "/demo/?wmts_layer=zoo&srs=EPSG:3857");
    assert.ok(other.includes("ogcapi_layer=zoo&srs=EPSG%3A3857"));
  });

  it("is listed for each collection and system", async () => {
    const text = await page(await ogcApi(), "/demo/");
    assert.ok(text.includes('href="../demo/?ogcapi_layer=zoo&srs=EPSG%3A3857"'));
    assert.ok(text.includes('href="../demo/?ogcapi_layer=base&srs=EPSG%3A4326&format=jpg"'));
  });

  it("is not there without tiles", async () => {
    const without = await ogcApi({ enable_tiles: false });
    assert.ok(!(await page(without, "/demo/")).includes("ogcapi_layer"));
    assert.equal((await without("/demo/?ogcapi_layer=zoo&srs=EPSG:3857")).status, 404);
  });

  for (const [query, status, message] of [
    ["ogcapi_layer=%3Cb%3E&srs=EPSG:3857", 404, "unknown layer"],
    ["ogcapi_layer=zoo", 400, "missing parameter srs"],
    ["ogcapi_layer=zoo&srs=EPSG:1", 400, "is not served in EPSG:1"],
    ["ogcapi_layer=zoo&srs=EPSG:3857&format=gif", 400, "only supports (png, jpg)"],
  ] as const) {
    it(`answers ${status} to ${query}`, async () => {
      const response = await (await ogcApi())(`/demo/?${query}`);
      const text = await response.text();
      assert.equal(response.status, status);
      assert.ok(text.includes(message) && !text.includes("<b>"), text);
    });
  }
});

describe("TileJSON on the previews", () => {
  const address = /value="http[^"]*\/tiles\/zoo\/EPSG3857\/tile\.json"/;

  for (const protocol of ["wmts", "tms"]) {
    it(`is named on that of ${protocol}, as /tiles calls the layer`, async () => {
      const target = `/demo/?${protocol}_layer=zoo&srs=EPSG:3857`;
      assert.match(await page(await demo(), target), address);
    });
  }

  it("is not named where no TMS runs, nor where MapLibre could not draw it", async () => {
    const without = await demo({ wmts: {} });
    assert.ok(!(await page(without, "/demo/?wmts_layer=zoo&srs=EPSG:3857")).includes("tile.json"));
    const text = await page(await demo(), "/demo/?tms_layer=base&srs=EPSG:4326");
    assert.ok(!text.includes("tile.json"));
  });
});
