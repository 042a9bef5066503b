/**
 * The checklist of the configuration's specification, lines 14, 22 and 25 to 47, by number, through whole applications.
 * Each of these configurations is also read as TOML and has to mean the same: line 47.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultsOf, loadText } from "../../test/config.ts";
import { configured } from "../../test/configured.ts";
import { pixel } from "../../test/pictures.ts";
import { silentLog, testPlatform } from "../../test/platform.ts";
import { capabilitiesQuery } from "../../test/wms-service.ts";
import { hotTilesLag, keepsHotTiles } from "../cache/hot-tiles.ts";
import { build } from "../config/build.ts";
import { buildContext } from "../config/build-context.ts";
import { buildSeedTasks } from "../config/seed-tasks.ts";
import { decode } from "../image/codec.ts";
import { decodedTilesRoom } from "../image/decoded-tiles.ts";
import { sniff } from "../image/peek.ts";
import { withChannels } from "../image/view.ts";
import { loadApp } from "./load.ts";

/** Sections of a small configuration; each may be replaced. */
interface Sections {
  readonly services?: string;
  readonly layers?: string;
  readonly caches?: string;
  readonly sources?: string;
  readonly globals?: string;
}

const SOURCE = "{type: wms, req: {url: 'http://up/wms', layers: l}}";
/** A cache whose tiles are drawn anew, not handed on as they came. */
const CUT = "grids: [GLOBAL_WEBMERCATOR], sources: [s], meta_size: [2, 2], meta_buffer: 0";
const CACHE = "grids: [GLOBAL_WEBMERCATOR], sources: [s], meta_size: [1, 1], meta_buffer: 0";

const yaml = ({
  services = "{wms: , wmts: , tms: , kml: }",
  layers = "[{name: a, title: A, sources: [c]}]",
  caches = `{c: {${CACHE}}, d: {${CACHE}}}`,
  sources = `{s: ${SOURCE}, g: {type: debug}}`,
  globals = "{}",
}: Sections = {}) =>
  Object.entries({ services, layers, caches, sources, globals })
    .map(([key, value]) => `${key}: ${value}`)
    .join("\n");

const app = (sections?: Sections) => configured(yaml(sections));
const config = async (sections?: Sections) => (await loadText(yaml(sections))).config;

/** Starts no programs, but says that it could. */
const PLATFORM = testPlatform({ spawn: () => Promise.reject(new Error("no programs here")) });

/** Why a configuration is refused, by reading it or by building it. */
async function refusal(sections: Sections): Promise<string> {
  const start = loadText(yaml(sections)).then((loaded) => build(loaded, PLATFORM, silentLog));
  return (await faultsOf(start as never))
    .map(({ path, message }) => `${path}: ${message}`)
    .join("\n");
}

const tile = "/tms/1.0.0/a/EPSG3857/0/0/0.png";
const map = (layer: string, size = [10, 10]) =>
  `/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=${layer}&STYLES=&SRS=EPSG:3857&BBOX=0,0,1000000,1000000&WIDTH=${size[0]}&HEIGHT=${size[1]}&FORMAT=image/png`;
const WMS = `/service?${capabilitiesQuery("1.3.0")}`;
const WMTS = "/wmts/1.0.0/WMTSCapabilities.xml";

/** Color type of a PNG: 3 has a palette, 2 is RGB, 6 RGBA. */
function colorType(bytes: Uint8Array): number | undefined {
  assert.equal(sniff(bytes), "png");
  return bytes[25];
}

const names = (text: string, element: string) =>
  [...text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "g"))].map(([, name]) => name);

describe("memory for tiles", () => {
  const builtWith = async (
    server: string,
    platform = PLATFORM,
  ): Promise<[hot: boolean, decoded: number, lag: number]> => {
    const { close } = await build(
      await loadText(`${yaml()}\nserver: ${server}`),
      platform,
      silentLog,
    );
    await close();
    return [keepsHotTiles(), decodedTilesRoom(), hotTilesLag()];
  };

  it("is what `server` says, and none on Workers", async () => {
    assert.deepEqual(await builtWith("{}"), [true, 48 * 2 ** 20, 1000]);
    assert.deepEqual(await builtWith("{hot_tiles: 0, decoded_tiles: 0}"), [false, 0, 0]);
    const some = "{hot_tiles: 1, hot_tiles_look: 0.5, decoded_tiles: 1}";
    assert.deepEqual(await builtWith(some), [true, 2 ** 20, 500]);
    const small = testPlatform({ budget: { memory: 2 ** 26, subrequests: 50 } });
    assert.deepEqual(await builtWith("{}", small), [false, 0, 0]);
  });
});

describe("memory for decoded tiles while seeding", () => {
  it("is what `server` says, and none on Workers", async () => {
    const small = { budget: { memory: 2 ** 26, subrequests: 50 } };
    for (const [platform, room] of [
      [testPlatform(), 48 * 2 ** 20],
      [testPlatform(small), 0],
    ] as const) {
      const loaded = await loadText(yaml());
      const context = await buildContext(loaded.config, platform, {
        log: silentLog,
        seeding: true,
      });
      const nothing = { seeds: {}, cleanups: {}, coverages: {} };
      await buildSeedTasks(nothing, loaded, context, { seeds: [], cleanups: [] });
      assert.equal(decodedTilesRoom(), room);
    }
  });
});

describe("checklist of the configuration: what is built at the start", () => {
  it("config 22: a mapserver source without its program prevents the start though nothing uses it", async () => {
    const sources = `{s: ${SOURCE}, m: {type: mapserver, req: {map: a.map, layers: l}, mapserver: {binary: /no/mapserv}}}`;
    assert.match(
      await refusal({ sources }),
      /sources\.m\.mapserver\.binary: could not find mapserver binary \('\/no\/mapserv'\)/,
    );
  });

  it("what shows only when parts are made has its file and line too", async () => {
    const sources = `{s: ${SOURCE},\n  t: {type: wms, req: {url: 'http://up/', layers: l},\n  coverage: {datasource: no.wkt, srs: 'EPSG:4326'}}}`;
    const text = yaml({ sources, layers: "[{name: a, title: A, sources: [c, t, t]}]" });
    const faults = await faultsOf(
      loadText(text).then((loaded) => build(loaded, PLATFORM, silentLog)) as never,
    );
    assert.deepEqual(
      faults.map(({ file, line, path }) => [file, line, path]),
      [["rhumb.yaml", 6, "sources.t.coverage"]],
    );
  });

  it("config 25: unknown encoding_options of a format are fatal though nothing uses it", async () => {
    const globals = "{image: {formats: {f: {format: image/png, encoding_options: {foo: 1}}}}}";
    assert.match(
      await refusal({ globals }),
      /globals\.image\.formats\.f: unknown encoding_options: \{"foo":1\}/,
    );
    const fault = (options: string) =>
      refusal({ globals: `{image: {formats: {f: {encoding_options: {${options}}}}}}` });
    assert.match(await fault("jpeg_quality: x"), /formats\.f.*jpeg_quality is not an integer/);
    assert.match(await fault("tiff_compression: x"), /formats\.f.*unknown tiff_compression/);
    assert.match(await fault("quantizer: x"), /formats\.f.*unknown quantizer/);
  });

  it("config 25: unknown reference systems of preferred_src_proj are fatal too", async () => {
    const globals = "{srs: {preferred_src_proj: {'EPSG:99999': ['EPSG:4326']}}}";
    assert.match(await refusal({ globals }), /globals\.srs\.preferred_src_proj.*EPSG:99999/);
  });
});

describe("checklist of the configuration: files that change", () => {
  it("config 14: a change of a base makes the application anew, a broken one keeps it", async () => {
    const platform = testPlatform();
    const write = async (title: string) => {
      platform.time += 5000;
      const text = yaml({
        services: "{wms: }",
        layers: `[{name: a, title: ${title}, sources: [c]}]`,
      });
      await platform.files.write("/base.yaml", new TextEncoder().encode(text));
    };
    await write("Before");
    await platform.files.write("/m.yaml", new TextEncoder().encode("base: base.yaml"));
    const { fetch, reload } = await loadApp({ file: "/m.yaml" }, { platform, log: silentLog });
    const hasTitle = async (title: string) =>
      (await (await fetch(new Request(`http://localhost${WMS}`))).text()).includes(`>${title}<`);
    assert.equal(await hasTitle("Before"), true);
    await write("After");
    assert.deepEqual([await reload?.(), await hasTitle("After")], [true, true]);
    await write("Broken, sources: [none");
    assert.deepEqual([await reload?.(), await hasTitle("After")], [false, true]);
  });
});

describe("checklist of the configuration: globals", () => {
  it("config 26: false at a cache wins over true of the globals; what is empty does not", async () => {
    const globals = "{cache: {bulk_meta_tiles: true, meta_buffer: 7}, http: {headers: {A: b}}}";
    const caches = `{c: {${CACHE}, bulk_meta_tiles: false, image: }, d: {grids: [GLOBAL_WEBMERCATOR], sources: [s]}}`;
    const sources = `{s: {type: wms, http: , req: {url: 'http://up/wms', layers: l}}}`;
    const { caches: made, sources: asked } = await config({ globals, caches, sources });
    assert.deepEqual([made.c?.bulk_meta_tiles, made.c?.meta_buffer], [false, 0]);
    assert.deepEqual([made.d?.bulk_meta_tiles, made.d?.meta_buffer], [true, 7]);
    assert.deepEqual(asked.s?.http.headers, { A: "b" });
  });

  it("config 27: headers of a source replace those of the globals", async () => {
    const globals = "{http: {headers: {X-A: globals, X-B: globals}}}";
    const sources = `{s: {type: wms, http: {headers: {X-A: source}}, req: {url: 'http://up/wms', layers: l}}}`;
    const replaced = await app({ globals, sources });
    await replaced.get(tile);
    const [{ headers } = { headers: new Headers() }] = replaced.asked;
    assert.deepEqual([headers.get("x-a"), headers.get("x-b")], ["source", null]);
    const plain = await app({ globals });
    await plain.get(tile);
    assert.equal(plain.asked[0]?.headers.get("x-b"), "globals");
  });

  it("config 28: PNG has a palette of 256, with paletted: false none", async () => {
    const caches = `{c: {${CUT}}}`;
    const { get } = await app({ caches });
    assert.deepEqual(
      [colorType((await get(tile)).bytes), colorType((await get(map("a"))).bytes)],
      [3, 3],
    );
    const full = await app({ caches, globals: "{image: {paletted: false}}" });
    assert.deepEqual(
      [colorType((await full.get(tile)).bytes), colorType((await full.get(map("a"))).bytes)],
      [2, 2],
    );
  });

  it("config 29: a format of one's own, of which a cache replaces a part", async () => {
    const globals = "{image: {formats: {png8: {format: image/png, colors: 0}}}}";
    const cache = (image: string) => `{c: {${CUT}, format: png8, image: {${image}}}}`;
    const type = async (image: string) =>
      colorType((await (await app({ globals, caches: cache(image) })).get(tile)).bytes);
    assert.equal(await type(""), 2, "as the format says");
    assert.equal(await type("colors: 16"), 3, "other colors, the rest as the format says");
  });

  it("config 30: a format whose name is all it has makes PNG and is asked for by its name", async () => {
    const made = await app({
      globals: "{image: {formats: {mine: {colors: 16}}}}",
      caches: `{c: {${CACHE}, format: mine}}`,
    });
    const { bytes } = await made.get(tile);
    assert.equal(sniff(bytes), "png");
    assert.equal(made.asked[0]?.url.searchParams.get("format"), "image/mine");
  });

  it("config 31: access_control_allow_origin: empty text sends no header, an empty value is *", async () => {
    const header = async (value: string) => {
      const { get } = await app({ globals: `{http: {access_control_allow_origin: ${value}}}` });
      return (await get(tile)).headers.get("access-control-allow-origin");
    };
    assert.deepEqual(
      [await header("''"), await header(""), await header("{}"), await header("'http://a'")],
      [null, "*", "*", "http://a"],
    );
  });

  it("config 32: expires_hours is told in seconds", async () => {
    const age = async (globals?: string) =>
      (await (await app(globals ? { globals } : {})).get(tile)).headers.get("cache-control");
    assert.match((await age()) ?? "", /\bmax-age=259200\b/);
    assert.match((await age("{tiles: {expires_hours: 0.5}}")) ?? "", /\bmax-age=1800\b/);
  });
});

describe("checklist of the configuration: layers", () => {
  it("config 33: one entry with layers is the root, several are wrapped in one without name", async () => {
    const capabilities = async (layers: string) =>
      (await (await app({ services: "{wms: {md: {title: T}}}", layers })).get(WMS)).text;
    const inner = "{name: a, title: A, sources: [c]}";
    const single = await capabilities(`[{name: root, title: Root, layers: [${inner}]}]`);
    assert.deepEqual(names(single.replace(/^.*<Capability>/s, ""), "Name"), ["root", "a"]);
    const several = await capabilities(`[${inner}, {name: b, title: B, sources: [c]}]`);
    const layers = several.replace(/^.*?<Layer\b/s, "<Layer");
    assert.match(layers, /^<Layer[^>]*>\s*<Title>T<\/Title>/);
    assert.deepEqual(names(layers, "Title").slice(0, 3), ["T", "A", "B"]);
  });

  it("config 34: sources of a group are drawn in place of its layers", async () => {
    const layers = (own: string) =>
      `[{title: R, layers: [{name: g, title: G${own}, layers: [{name: a, title: A, sources: ['s:x']}, {name: b, title: B, sources: ['s:y']}]}]}]`;
    const sources = "{s: {type: wms, req: {url: 'http://up/wms', layers: 'x,y,z'}}}";
    const drawn = async (own: string) => {
      const made = await app({ sources, layers: layers(own) });
      assert.equal((await made.get(map("g"))).status, 200);
      return made.asked.map(({ url }) => url.searchParams.get("layers")).join(" ");
    };
    assert.equal(await drawn(", sources: ['s:z']"), "z");
    assert.equal(await drawn(""), "x,y");
  });

  it("config 35: a group without name cannot be asked for", async () => {
    const layers =
      "[{title: R, layers: [{title: Group, layers: [{name: a, title: A, sources: [c]}]}]}]";
    const { get } = await app({ services: "{wms: }", layers });
    const { text } = await get(WMS);
    assert.deepEqual(names(text.replace(/^.*<Capability>/s, ""), "Name"), ["a"]);
    assert.match((await get(map("Group"))).text, /code="LayerNotDefined"/);
  });

  it("config 36: a layer of two caches has no tiles, one of a cache and a debug source has", async () => {
    const status = async (sources: string) =>
      (await (await app({ layers: `[{name: a, title: A, sources: ${sources}}]` })).get(tile))
        .status;
    assert.deepEqual([await status("[c, d]"), await status("[c, g]")], [404, 200]);
  });

  it("config 37: two caches as tile_sources are two tile sets", async () => {
    const { get } = await app({
      layers: "[{name: a, title: A, sources: [s], tile_sources: [c, geo]}]",
      caches: `{c: {${CACHE}}, geo: {grids: [GLOBAL_GEODETIC], sources: [s]}}`,
    });
    const { text } = await get("/tms/1.0.0/");
    assert.deepEqual(
      [...text.matchAll(/href="[^"]*\/a\/(\w+)"/g)].map(([, srs]) => srs),
      ["EPSG3857", "EPSG4326"],
    );
  });

  it("config 38: a source of tiles right in a layer is fatal", async () => {
    const fault = await refusal({
      layers: "[{name: a, title: A, sources: [t]}]",
      sources: `{s: ${SOURCE}, t: {type: tile, grid: GLOBAL_MERCATOR, url: 'http://up/%(z)s/%(x)s/%(y)s.png'}}`,
    });
    assert.match(
      fault,
      /layers\[0\]\.sources\[0\]: source "t" of layer "a" does not support un-tiled access/,
    );
  });

  it("config 39: an interval runs beyond its end, and the last value is the default", async () => {
    const { layers } = await config({
      layers:
        "[{name: a, title: A, sources: [s], dimensions: {Time: {values: ['2020-09-22T11:20:00Z/2020-09-22T14:20:00Z/PT2H']}, level: {values: ['0/10/20']}, n: {values: [1, 2], default: 1}}}]",
    });
    assert.deepEqual(layers[0]?.dimensions, [
      {
        name: "Time",
        values: ["2020-09-22T11:20:00Z", "2020-09-22T13:20:00Z", "2020-09-22T15:20:00Z"],
        default: "2020-09-22T15:20:00Z",
      },
      { name: "level", values: ["0", "10", "20"], default: "20" },
      { name: "n", values: ["1", "2"], default: "1" },
    ]);
  });

  for (const [form, layers] of [
    ["a mapping of names", "{a: {title: A, sources: [c]}, b: {title: B, sources: [c]}}"],
    [
      "a list of mappings of one name",
      "[{a: {title: A, sources: [c]}}, {b: {title: B, sources: [c]}}]",
    ],
    [
      "a single root",
      "{name: r, title: R, layers: [{name: a, title: A, sources: [c]}, {name: b, title: B, sources: [c]}]}",
    ],
  ] as const) {
    it(`config 40: the old forms of layers are accepted with a warning: ${form}`, async () => {
      const made = await app({ services: "{wms: }", layers });
      const { text } = await made.get(WMS);
      const found = names(text.replace(/^.*<Capability>/s, ""), "Name");
      assert.deepEqual(found, form === "a single root" ? ["r", "a", "b"] : ["a", "b"]);
      assert.match(
        made.warnings.join(),
        /old layer configuration syntax is deprecated since 1\.4\.0/,
      );
    });
  }

  it("config 41: a legend of a layer has a URL in WMTS, with the highest version of WMS", async () => {
    const link = async (wms: string) => {
      const { get } = await app({
        services: `{wmts: , wms: ${wms}}`,
        layers: "[{name: a, title: A, sources: [c], legendurl: 'http://up/legend.png'}]",
      });
      return /<LegendURL[^>]* xlink:href="(.*?)"/.exec((await get(WMTS)).text)?.[1];
    };
    const url = (version: string) =>
      `http://localhost/service?service=WMS&amp;request=GetLegendGraphic&amp;version=${version}&amp;format=image%2Fpng&amp;layer=a`;
    assert.equal(await link(""), url("1.3.0"));
    assert.equal(await link("{versions: ['1.1.1', '1.0.0']}"), url("1.1.1"));
  });
});

describe("checklist of the configuration: services", () => {
  it("config 42: WMTS answers both ways unless only one is switched on", async () => {
    const kvp = "/service?SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0";
    const both = async (wmts: string) => {
      const { get } = await app({ services: `{wmts: ${wmts}}` });
      return [(await get(kvp)).status, (await get(WMTS)).status].map((status) => status === 200);
    };
    assert.deepEqual(await both(""), [true, true]);
    assert.deepEqual(await both("{kvp: true}"), [true, false]);
    assert.deepEqual(await both("{restful: true}"), [false, true]);
    assert.deepEqual(await both("{kvp: true, restful: true}"), [true, true]);
  });

  it("config 43: max_output_pixels is a number, or width and height", async () => {
    for (const value of ["200", "[10, 20]"]) {
      const { get } = await app({ services: `{wms: {max_output_pixels: ${value}}}` });
      assert.equal(colorType((await get(map("a", [20, 10]))).bytes), 3, value);
      assert.match((await get(map("a", [201, 1]))).text, /image size too large/, value);
    }
  });

  it("config 44: md of TMS, KML and WMTS is that of WMS, key by key", async () => {
    const md = "{md: {title: T2}}";
    const { services } = await config({
      services: `{wms: {md: {title: T, abstract: A}}, tms: ${md}, kml: ${md}, wmts: ${md}}`,
    });
    for (const name of ["tms", "kml", "wmts"]) {
      assert.deepEqual(services[name]?.md, { title: "T2", abstract: "A" }, name);
    }
    const { get } = await app({
      services: `{wms: {md: {title: T, abstract: A}}, wmts: ${md}, tms: ${md}}`,
    });
    for (const path of [WMTS, "/tms/1.0.0/"]) {
      const { text } = await get(path);
      assert.match(text, /Title>T2</, path);
      assert.match(text, /Abstract>A</, path);
    }
  });

  it("config 45: an empty wms works, an empty services does not", async () => {
    const { get } = await app({ services: "{wms: }" });
    assert.equal((await get(WMS)).status, 200);
    assert.match(await refusal({ services: "" }), /services: /);
  });

  it("config 46: the title is MapProxy WMS only where there is no md", async () => {
    const title = async (wms: string) =>
      names((await (await app({ services: `{wms: ${wms}}` })).get(WMS)).text, "Title")[0];
    assert.equal(await title(""), "MapProxy WMS");
    assert.notEqual(await title("{md: {abstract: A}}"), "MapProxy WMS");
    assert.equal(await title("{md: {title: Mine}}"), "Mine");
  });

  it("config 47: in TOML a status code is a key like any other, and a service is an empty table", async () => {
    const { config: made, warnings } = await loadText(
      `
[services.demo]
[services.wms]
[[layers]]
name = "a"
title = "A"
sources = ["7"]
[caches.7]
grids = ["GLOBAL_WEBMERCATOR"]
sources = ["s"]
[caches.7.refresh_before]
time = 2020-10-21T12:35:00
[sources.s]
type = "wms"
req = {url = "http://up/wms", layers = "l"}
[sources.s.on_error]
404 = {response = [255, 0, 0], cache = true}
other = {response = "#000000"}
`,
      "a.toml",
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(Object.keys(made.services).toSorted(), ["demo", "wms"]);
    const onError = made.sources.s?.on_error as Record<string, { cache: boolean }>;
    assert.deepEqual(Object.keys(onError), ["404", "other"]);
    assert.equal(onError["404"]?.cache, true);
    const yamlTime = await config({
      caches: `{c: {${CACHE}, refresh_before: {time: 2020-10-21T12:35:00}}}`,
    });
    assert.deepEqual(made.caches[7]?.refresh_before, yamlTime.caches.c?.refresh_before);
  });
});

describe("a cache as source of another", () => {
  it("is asked for what lies in the other's grid only, though tiles reach beyond it", async () => {
    const { asked, get } = await configured(`
services: {tms: }
layers: [{name: out, title: out, sources: [out]}]
caches:
  out: {grids: [utm], sources: [in], meta_size: [2, 2], meta_buffer: 0}
  in: {grids: [GLOBAL_WEBMERCATOR], sources: [s], disable_storage: true}
sources: {s: {type: tile, grid: GLOBAL_WEBMERCATOR, url: 'http://up/%(z)s/%(x)s/%(y)s.png'}}
grids: {utm: {srs: 'EPSG:25832', origin: sw, bbox: [4, 46, 16, 56], bbox_srs: 'EPSG:4326', min_res: 5700}}
`);
    const { bytes } = await get("/tms/1.0.0/out/EPSG25832/0/0/0.png");
    assert.deepEqual(asked.map(({ url }) => url.pathname).toSorted(), ["/4/8/4.png", "/4/8/5.png"]);
    // as MapProxy 1.15.1 draws it: 186 by 205 of 256 by 256 pixels, from the south-west
    const view = withChannels(await decode(bytes), 4);
    const isDrawn = (x: number, y: number) => pixel(view, x, y)[0] === 50;
    assert.deepEqual(
      [isDrawn(185, 51), isDrawn(186, 51), isDrawn(185, 50), isDrawn(0, 255)],
      [true, false, false, true],
    );
  });
});
