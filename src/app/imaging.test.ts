/** The checklist of imaging, line by line, through whole applications: a configuration, an upstream, requests. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import { pixel } from "../../test/pictures.ts";
import { testPlatform } from "../../test/platform.ts";
import { plain } from "../../test/wms-service.ts";
import { decode, encode } from "../image/codec.ts";
import { sniff } from "../image/peek.ts";
import type { RasterView } from "../image/picture.ts";
import { writeChunks } from "../image/png-chunks.ts";
import { encodePng } from "../image/png-encode.ts";
import { resolveImageOptions } from "../image/resolve.ts";
import { newView, withChannels } from "../image/view.ts";
import { loadOne } from "./one.ts";

type Options = Readonly<Record<string, unknown>>;

const GRID = {
  srs: "EPSG:4326",
  bbox: [0, 0, 10, 10],
  origin: "nw",
  res: [0.1, 0.05],
  tile_size: [100, 100],
};
const LOG = { debug() {}, info() {}, warn() {}, error() {} };

/** What the upstream draws: a picture of the size asked for, by the layer. */
type Upstream = (url: URL, size: readonly [number, number]) => Promise<Response> | Response;

const png = (view: RasterView) =>
  new Response(encodePng(view) as BodyInit, { headers: { "content-type": "image/png" } });

const solid =
  (...color: number[]): Upstream =>
  (_url, size) =>
    png(plain(size, color));

/** Noise of many colors, the same for the same size. */
const noisy: Upstream = (_url, size) => {
  const view = newView(size, 3);
  for (let i = 0; i < view.data.length; i++) view.data[i] = (Math.imul(i, 2654435761) >>> 24) & 255;
  return png(view);
};

/** An application over one source, cache and layer `c`, with parts replaced. */
async function serve(
  parts: {
    readonly cache?: Options;
    readonly source?: Options;
    readonly caches?: Options;
    readonly sources?: Options;
    readonly layers?: readonly Options[];
    readonly image?: Options;
    readonly wms?: Options;
  },
  upstream: Upstream = solid(50, 100, 200),
) {
  const asked: URL[] = [];
  const platform = testPlatform({
    fetch: (async (input: RequestInfo | URL) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      asked.push(url);
      const side = (name: string) => Number(url.searchParams.get(name) ?? 100);
      return upstream(url, [side("width"), side("height")]);
    }) as typeof fetch,
  });
  const wms = { type: "wms", req: { url: "http://up/wms", layers: "x", transparent: false } };
  const config = {
    services: {
      tms: {},
      wms: { srs: ["EPSG:4326", "EPSG:3857"], md: { title: "t" }, ...parts.wms },
    },
    layers: parts.layers ?? [{ name: "c", title: "c", sources: ["c"] }],
    caches: {
      c: { sources: ["s"], grids: ["g"], meta_size: [1, 1], meta_buffer: 0, ...parts.cache },
      ...parts.caches,
    },
    sources: { s: { ...wms, ...parts.source }, ...parts.sources },
    grids: { g: GRID },
    globals: { image: parts.image ?? {}, cache: { base_dir: "/cache" } },
  };
  await platform.files.write("/mapproxy.yaml", new TextEncoder().encode(JSON.stringify(config)));
  const app = await loadOne("/mapproxy.yaml", { platform, log: LOG });
  const get = async (path: string) => {
    const response = await app.fetch(new Request(`http://localhost${path}`));
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      type: response.headers.get("content-type"),
    };
  };
  const tile = (at = "0/0/0", ext = "png") => get(`/tms/1.0.0/c/EPSG4326/${at}.${ext}`);
  const map = (changes: Readonly<Record<string, string>> = {}) => {
    const query = {
      SERVICE: "WMS",
      VERSION: "1.1.1",
      REQUEST: "GetMap",
      LAYERS: "c",
      STYLES: "",
      SRS: "EPSG:4326",
      BBOX: "0,0,10,10",
      WIDTH: "100",
      HEIGHT: "100",
      FORMAT: "image/png",
      ...changes,
    };
    return get(`/service?${new URLSearchParams(query)}`);
  };
  const stored = async (ext = "png") => {
    const found: Uint8Array[] = [];
    const walk = async (path: string): Promise<void> => {
      for await (const { name, isDirectory } of platform.files.list(path)) {
        if (isDirectory) await walk(`${path}/${name}`);
        else if (name.endsWith(`.${ext}`))
          found.push((await platform.files.read(`${path}/${name}`))!.bytes);
      }
    };
    await walk("/cache");
    return found;
  };
  return { platform, asked, get, tile, map, stored };
}

/** Color type and depth of a PNG: `3/8` has a palette, `2/8` is RGB, `6/8` RGBA. */
const kindOf = (bytes: Uint8Array) => {
  assert.equal(sniff(bytes), "png");
  return `${bytes[25]}/${bytes[24]}`;
};

const at = async ({ bytes }: { bytes: Uint8Array }, x: number, y: number) =>
  pixel(withChannels(await decode(bytes), 4), x, y);

/** Fails unless samples differ by `most` at most. */
function near(actual: readonly number[], expected: readonly number[], most: number): void {
  const isNear = actual.every((value, i) => Math.abs(value - expected[i]!) <= most);
  assert.ok(isNear && actual.length === expected.length, `${actual} instead of ${expected}`);
}

/** Whether a configuration is refused, and with which words. */
async function fault(parts: Parameters<typeof serve>[0]): Promise<string> {
  try {
    await serve(parts);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

const META = { meta_size: [2, 2], meta_buffer: 0 };

describe("imaging checklist: encoding", () => {
  it("Default PNG responses and tiles are 8-bit palette; `globals.image.paletted: false` gives 24/32-bit", async () => {
    const by = async (image: Options) => {
      const app = await serve({ cache: META, image }, noisy);
      return [
        kindOf((await app.tile("1/0/0")).bytes),
        kindOf((await app.map({ WIDTH: "90" })).bytes),
      ];
    };
    assert.deepEqual(await by({}), ["3/8", "3/8"]);
    assert.deepEqual(await by({ paletted: false }), ["2/8", "2/8"]);
  });

  it("`image.colors: 0` disables the palette for one cache", async () => {
    const app = await serve({ cache: { ...META, image: { colors: 0 } } }, noisy);
    assert.equal(kindOf((await app.tile("1/0/0")).bytes), "2/8");
  });

  it("`mode: RGB` + default colours gives a 24-bit PNG", async () => {
    const app = await serve({ cache: { ...META, image: { mode: "RGB" } } }, noisy);
    const { bytes } = await app.tile("1/0/0");
    assert.equal(kindOf(bytes), "2/8");
    const { data } = await decode(bytes);
    const colors = new Set(
      Array.from({ length: data.length / 3 }, (_, i) => data.subarray(3 * i, 3 * i + 3).join()),
    );
    assert.ok(colors.size <= 256, `${colors.size} colors`);
  });

  it("`mode: RGBA` on an opaque upstream RGB PNG re-encodes to RGBA", async () => {
    const app = await serve({ cache: { image: { mode: "RGBA", colors: 0 } } });
    assert.equal(kindOf((await app.tile()).bytes), "6/8");
  });

  it("RGBA pixels to JPEG never fail, alpha is dropped not composited", async () => {
    const app = await serve(
      {
        cache: {
          format: "image/jpeg",
          request_format: "image/png",
          image: { colors: 0, mode: "RGBA" },
        },
      },
      solid(200, 40, 90, 0),
    );
    const answer = await app.tile("0/0/0", "jpeg");
    assert.equal(sniff(answer.bytes), "jpeg");
    near(await at(answer, 50, 50), [200, 40, 90, 255], 3);
  });

  it("JPEG default quality 90; local `jpeg_quality` changes size", async () => {
    const size = async (image: Options) => {
      const cache = {
        format: "image/jpeg",
        request_format: "image/png",
        image: { colors: 0, ...image },
      };
      return (await (await serve({ cache }, noisy)).tile("0/0/0", "jpeg")).bytes.length;
    };
    const usual = await size({});
    assert.equal(usual, await size({ encoding_options: { jpeg_quality: 90 } }));
    assert.ok((await size({ encoding_options: { jpeg_quality: 40 } })) < usual / 1.5);
    assert.equal(usual, await size({ encoding_options: { jpeg_sampling: "4:2:0" } }));
    assert.ok((await size({ encoding_options: { jpeg_sampling: "4:4:4" } })) > usual * 1.2);
  });

  it("TIFF/JPEG compression default quality equals 75", async () => {
    const size = async (encoding_options: Options) => {
      const formats = { "image/tiff": { format: "image/tiff", encoding_options } };
      const app = await serve({ image: { formats } }, noisy);
      return (await app.map({ FORMAT: "image/tiff", WIDTH: "90" })).bytes.length;
    };
    const usual = await size({ tiff_compression: "jpeg" });
    assert.equal(usual, await size({ tiff_compression: "jpeg", jpeg_quality: 75 }));
    assert.notEqual(usual, await size({ tiff_compression: "jpeg", jpeg_quality: 90 }));
  });

  it("Unknown encoding option, wrong quantizer, wrong tiff_compression, non-int quality → configuration error", async () => {
    const of = (encoding_options: Options) => fault({ cache: { image: { encoding_options } } });
    assert.match(await of({ speed: 3 }), /encoding_options/);
    assert.match(await of({ quantizer: "best" }), /quantizer/);
    assert.match(await of({ tiff_compression: "zip" }), /tiff_compression/);
    assert.match(await of({ jpeg_quality: "high" }), /jpeg_quality/);
    assert.match(await of({ jpeg_sampling: "4:1:1" }), /jpeg_sampling/);
  });

  it("WMS GeoTIFF/TIFF carry tags 33550, 33922, 34735 with right EPSG and model type", async () => {
    const app = await serve({});
    for (const [srs, format, model, epsg] of [
      ["EPSG:4326", "image/GeoTIFF", 2, 4326],
      ["EPSG:3857", "image/tiff", 1, 3857],
    ] as const) {
      const bbox = srs === "EPSG:4326" ? "0,0,10,10" : "0,0,1000000,1000000";
      const answer = await app.map({ FORMAT: format, SRS: srs, BBOX: bbox });
      assert.equal(answer.type, format);
      const tags = tiffTags(answer.bytes);
      assert.deepEqual(tags.get(34735), [
        1,
        1,
        0,
        3,
        1024,
        0,
        1,
        model,
        1025,
        0,
        1,
        1,
        3072,
        0,
        1,
        epsg,
      ]);
      assert.equal(tags.get(33550)?.length, 3);
      assert.deepEqual(tags.get(33922)?.slice(0, 4), [0, 0, 0, 0]);
    }
  });

  it("Format name with parameters must be requested in full and is echoed in Content-Type", async () => {
    const name = "image/png; mode=24bit";
    const formats = { [name]: { format: name, colors: 0, mode: "RGB" } };
    const app = await serve(
      { image: { formats }, wms: { image_formats: [name, "image/jpeg"] } },
      noisy,
    );
    const answer = await app.map({ FORMAT: name, WIDTH: "90" });
    assert.equal(answer.type, name);
    assert.equal(kindOf(answer.bytes), "2/8");
    assert.match((await app.map({ FORMAT: "image/png" })).type ?? "", /xml/);
  });

  it("Palette image with an unused transparent entry counts as opaque for `mixed`", async () => {
    const unused = writePalettePng();
    const app = await serve(
      { cache: { ...META, format: "mixed", request_format: "image/png" } },
      () => new Response(unused as BodyInit, { headers: { "content-type": "image/png" } }),
    );
    const answer = await app.tile("1/0/0");
    assert.equal(sniff(answer.bytes), "jpeg");
  });

  it("WebP is lossy unless `webp_lossless` says otherwise; wrong options are refused", async () => {
    const of = async (encoding_options: Options) => {
      const cache = {
        ...META,
        format: "image/webp",
        request_format: "image/png",
        image: { colors: 0, encoding_options },
      };
      return (await serve({ cache }, noisy)).tile("1/0/0", "webp");
    };
    const [lossy, rough, exact] = [
      await of({}),
      await of({ webp_quality: 20 }),
      await of({ webp_lossless: true }),
    ];
    assert.equal(sniff(lossy.bytes), "webp");
    assert.ok(rough.bytes.length < lossy.bytes.length);
    const png = await (await serve({ cache: { ...META, image: { colors: 0 } } }, noisy)).tile(
      "1/0/0",
    );
    const samples = async ({ bytes }: { bytes: Uint8Array }) =>
      withChannels(await decode(bytes), 3).data;
    assert.deepEqual(await samples(exact), await samples(png));
    assert.notDeepEqual(await samples(lossy), await samples(png));
    assert.match(
      await fault({ cache: { image: { encoding_options: { webp_quality: 101 } } } }),
      /webp_quality/,
    );
    assert.match(
      await fault({ cache: { image: { encoding_options: { webp_lossless: "yes" } } } }),
      /webp_lossless/,
    );
  });

  it("LA images asked for 256 colours stay LA", async () => {
    const options = resolveImageOptions("image/png", undefined, {
      formats: {},
      resampling: "bicubic",
      paletted: true,
      jpegQuality: 90,
    });
    const { bytes } = await encode(plain([9, 9], [80, 128]), options);
    assert.equal(kindOf(bytes), "4/8");
  });
});

describe("imaging checklist: bytes that pass through", () => {
  const upstreamTile = encodePng(plain([100, 100], [9, 8, 7]));
  const same: Upstream = () =>
    new Response(upstreamTile as BodyInit, { headers: { "content-type": "image/png" } });
  const tiles = { type: "tile", url: "http://up/%(z)s/%(x)s/%(y)s.png", grid: "g" };

  it("Tile source: upstream bytes stored byte-identical", async () => {
    const app = await serve({ sources: { s: tiles } }, same);
    assert.deepEqual((await app.tile()).bytes, upstreamTile);
    assert.deepEqual(await app.stored(), [upstreamTile]);
  });

  it("WMS source with meta_size [1,1], meta_buffer 0 and same format: bytes stored identical", async () => {
    const app = await serve({}, same);
    assert.deepEqual((await app.tile()).bytes, upstreamTile);
    assert.deepEqual(await app.stored(), [upstreamTile]);
  });

  it("Same with different cache format: converted (TIFF source → JPEG cache)", async () => {
    const options = resolveImageOptions("image/tiff", undefined, {
      formats: {},
      resampling: "bicubic",
      paletted: true,
      jpegQuality: 90,
    });
    const tiff = (await encode(plain([100, 100], [9, 80, 170]), options)).bytes;
    const app = await serve(
      {
        cache: { format: "image/jpeg" },
        source: { req: { url: "http://up/wms", layers: "x", format: "image/tiff" } },
      },
      () => new Response(tiff as BodyInit, { headers: { "content-type": "image/tiff" } }),
    );
    const answer = await app.tile("0/0/0", "jpeg");
    assert.equal(sniff(answer.bytes), "jpeg");
    near(await at(answer, 3, 3), [9, 80, 170, 255], 3);
  });

  it("Meta tile requests always re-encode", async () => {
    const app = await serve({ cache: META });
    assert.equal(kindOf((await app.tile()).bytes), "3/1");
  });

  it("WMS request aligned with one cached tile returns identical bytes if format equal and transparency rule holds", async () => {
    const app = await serve({}, same);
    assert.deepEqual((await app.map()).bytes, upstreamTile);
    const clear = await serve({ cache: { image: { transparent: true } } }, same);
    assert.deepEqual((await clear.map({ TRANSPARENT: "true" })).bytes, upstreamTile);
    assert.notDeepEqual((await clear.map()).bytes, upstreamTile);
  });

  it("A source that answers in another format than requested: bytes stored unchanged (1×1 meta size)", async () => {
    const app = await serve({ cache: { format: "image/jpeg" } }, same);
    const answer = await app.tile("0/0/0", "jpeg");
    assert.deepEqual(answer.bytes, upstreamTile);
    assert.deepEqual(await app.stored("jpeg"), [upstreamTile]);
  });

  it("A palette WMS format does not re-encode a lone pass-through layer", async () => {
    const name = "image/png; mode=8bit";
    const formats = { [name]: { format: name, colors: 8 } };
    const app = await serve({ image: { formats }, wms: { image_formats: [name] } }, same);
    const answer = await app.map({ FORMAT: name });
    assert.deepEqual(answer.bytes, upstreamTile);
    assert.equal(answer.type, name);
  });
});

describe("imaging checklist: layers over each other", () => {
  const direct = { layers: [{ name: "c", title: "c", sources: ["s"] }] };
  const two = (upper: Options, lower: Options = {}) => ({
    layers: [
      { name: "a", title: "a", sources: ["s"] },
      { name: "b", title: "b", sources: ["t"] },
    ],
    source: { req: { url: "http://up/wms", layers: "lower" }, ...lower },
    sources: { t: { type: "wms", req: { url: "http://other/wms", layers: "upper" }, ...upper } },
  });
  const colors: Upstream = (url, size) =>
    png(plain(size, url.searchParams.get("layers") === "upper" ? [0, 255, 255] : [255, 0, 255]));

  it("TRANSPARENT=false over a transparent layer gives bgcolor behind", async () => {
    const app = await serve(
      { ...direct, source: { req: { url: "http://up/wms", layers: "x", transparent: true } } },
      solid(0, 0, 0, 0),
    );
    near(await at(await app.map({ BGCOLOR: "0x102030" }), 5, 5), [16, 32, 48, 255], 0);
  });

  it("BGCOLOR has no effect on a lone opaque layer", async () => {
    const app = await serve(direct, solid(1, 2, 3));
    near(await at(await app.map({ BGCOLOR: "0x102030" }), 5, 5), [1, 2, 3, 255], 0);
  });

  it("Lone layer with opacity is delivered unfaded; over another layer it fades", async () => {
    const app = await serve(two({ image: { opacity: 0.5 } }), colors);
    near(await at(await app.map({ LAYERS: "b" }), 5, 5), [0, 255, 255, 255], 0);
    near(await at(await app.map({ LAYERS: "a,b" }), 5, 5), [127, 127, 255, 255], 1);
  });

  it("Opacity alpha factor is int(255·opacity)", async () => {
    const app = await serve(
      two(
        { image: { opacity: 0.5 } },
        { req: { url: "http://up/wms", layers: "x", transparent: true } },
      ),
      (url, size) =>
        png(plain(size, url.searchParams.get("layers") === "upper" ? [0, 255, 255] : [0, 0, 0, 0])),
    );
    const answer = await app.map({ LAYERS: "a,b", TRANSPARENT: "true" });
    assert.deepEqual(await at(answer, 5, 5), [0, 255, 255, 127]);
  });

  it("Opaque layer above hides (and prevents requests for) layers below", async () => {
    const app = await serve(two({}), colors);
    near(await at(await app.map({ LAYERS: "a,b" }), 5, 5), [0, 255, 255, 255], 0);
    assert.deepEqual(
      app.asked.map(({ host }) => host),
      ["other"],
    );
  });

  it("Layers with opacity are not combined into one upstream request", async () => {
    const config = (image: Options) =>
      two(
        { req: { url: "http://up/wms", layers: "upper", transparent: true }, image },
        { req: { url: "http://up/wms", layers: "lower", transparent: true } },
      );
    const together = await serve(config({}), solid(1, 2, 3, 128));
    await together.map({ LAYERS: "a,b" });
    assert.equal(together.asked.length, 1);
    const apart = await serve(config({ opacity: 0.5 }), solid(1, 2, 3, 128));
    await apart.map({ LAYERS: "a,b" });
    assert.equal(apart.asked.length, 2);
  });

  it("Fully transparent layer with opacity over an RGB canvas still darkens/lightens by its hidden RGB values (blend ignores alpha)", async () => {
    const app = await serve(
      two({
        req: { url: "http://other/wms", layers: "upper", transparent: true },
        image: { opacity: 0.5 },
      }),
      (url, size) =>
        png(
          plain(size, url.searchParams.get("layers") === "upper" ? [0, 0, 0, 0] : [200, 100, 50]),
        ),
    );
    near(await at(await app.map({ LAYERS: "a,b" }), 5, 5), [100, 50, 25, 255], 1);
  });

  it("transparent_color tolerance inclusive, default 5, RGB kept", async () => {
    const source = (tolerance?: number) => ({
      req: { url: "http://up/wms", layers: "x" },
      image: {
        transparent_color: [130, 150, 120],
        ...(tolerance === undefined ? {} : { transparent_color_tolerance: tolerance }),
      },
    });
    const alpha = async (color: number[], tolerance?: number) => {
      const app = await serve(
        { ...direct, source: source(tolerance), image: { paletted: false } },
        solid(...color),
      );
      return at(await app.map({ TRANSPARENT: "true" }), 5, 5);
    };
    assert.deepEqual(await alpha([130, 155, 115]), [130, 155, 115, 0]);
    assert.deepEqual(await alpha([130, 156, 120]), [130, 156, 120, 255]);
    assert.deepEqual(await alpha([132, 150, 120], 1), [132, 150, 120, 255]);
  });
});

describe("imaging checklist: tiles and shapes", () => {
  it("Missing tiles in a mosaic show the canvas background", async () => {
    const only: Upstream = (url, size) =>
      url.searchParams.get("bbox")?.startsWith("0")
        ? png(plain(size, [1, 2, 3]))
        : new Response("", { status: 404 });
    const app = await serve(
      {
        source: { on_error: { 404: { response: "transparent", cache: false } } },
        cache: { image: { transparent: true } },
      },
      only,
    );
    const answer = await app.map({
      BBOX: "2,2,8,8",
      WIDTH: "120",
      HEIGHT: "120",
      BGCOLOR: "0x00ff00",
    });
    near(await at(answer, 5, 5), [1, 2, 3, 255], 0);
    near(await at(answer, 115, 5), [0, 255, 0, 255], 0);
  });

  it("A corrupt cached tile is removed and the map still answers", async () => {
    const app = await serve({});
    await app.tile("1/0/0");
    const [path] = await pathsOf(app.platform, "/cache");
    await app.platform.files.write(path!, encodePng(plain([100, 100], [5, 5, 5])).slice(0, 60));
    const answer = await app.map({ BBOX: "1,1,9,9", WIDTH: "160", HEIGHT: "160" });
    assert.equal(answer.status, 200);
    near(await at(answer, 155, 5), [50, 100, 200, 255], 1);
    near(await at(answer, 5, 155), [255, 255, 255, 255], 0);
    assert.equal(await app.platform.files.read(path!), undefined);
  });

  it("Equal resolution, shifted bbox → crop at rounded pixel, no resampling", async () => {
    const stripes: Upstream = (_url, size) => {
      const view = plain(size, [0, 0, 0]);
      for (let i = 0; i < size[0] * size[1]; i++)
        view.data.fill((i % size[0]) * 2, 3 * i, 3 * i + 3);
      return png(view);
    };
    const app = await serve({ image: { paletted: false } }, stripes);
    const answer = await app.map({ BBOX: "1.04,1,6.04,6", WIDTH: "50", HEIGHT: "50" });
    near(await at(answer, 0, 10), [20, 20, 20, 255], 0);
    near(await at(answer, 30, 10), [80, 80, 80, 255], 0);
  });

  it("Partial extents: offsets truncated, surroundings (255,255,255,0)", async () => {
    const app = await serve({ image: { paletted: false } });
    const answer = await app.map({
      BBOX: "-5,0,10,10",
      WIDTH: "150",
      HEIGHT: "100",
      TRANSPARENT: "true",
    });
    assert.deepEqual(await at(answer, 49, 50), [255, 255, 255, 0]);
    near(await at(answer, 51, 50), [50, 100, 200, 255], 0);
  });

  it("Empty tile: 32-bit PNG (255,255,255,0) even for JPEG layers", async () => {
    const app = await serve({
      cache: { format: "image/jpeg" },
      source: { coverage: { bbox: [0, 0, 1, 1], srs: "EPSG:4326" } },
    });
    const answer = await app.tile("1/1/1", "jpeg");
    assert.equal(answer.status, 200);
    assert.equal(answer.type, "image/png");
    assert.equal(kindOf(answer.bytes), "6/8");
    assert.deepEqual(await at(answer, 50, 50), [255, 255, 255, 0]);
  });

  it("Mixed cache: `.mixed` files, png URL, per-tile content type", async () => {
    const half: Upstream = (_url, size) => {
      const view = plain(size, [10, 20, 30, 255]);
      for (let i = 0; i < size[0] * size[1]; i++)
        if (i % size[0] < size[0] / 4) view.data[4 * i + 3] = 0;
      return png(view);
    };
    const app = await serve(
      { cache: { ...META, format: "mixed", request_format: "image/png" } },
      half,
    );
    assert.equal((await app.tile("1/0/0")).type, "image/png");
    assert.equal((await app.tile("1/1/0")).type, "image/jpeg");
    assert.equal((await app.stored("mixed")).length, 4);
  });

  it("No `clip`: only the bounding box limits the upstream request", async () => {
    const coverage = { bbox: [2, 2, 6, 6], srs: "EPSG:4326" };
    const app = await serve({
      layers: [{ name: "c", title: "c", sources: ["s"] }],
      source: { coverage },
    });
    await app.map();
    const bbox = app.asked[0]?.searchParams.get("bbox")?.split(",").map(Number);
    assert.deepEqual(bbox, [2, 2, 6, 6]);
    assert.equal(app.asked[0]?.searchParams.get("width"), "40");
  });

  it("single_color_tiles link names and link kinds", async () => {
    for (const [kind, extension] of [
      ["symlink", "png"],
      ["hardlink", "png"],
    ] as const) {
      const app = await serve({ cache: { link_single_color_images: kind } }, solid(254, 0, 4));
      await app.tile();
      const paths = await pathsOf(app.platform, "/cache");
      assert.ok(
        paths.some((path) => path.endsWith(`single_color_tiles/fe0004.${extension}`)),
        paths.join(),
      );
    }
  });

  it("caches 52: Band merge test values (§8.6)", async () => {
    const bands = async (sources: Options, image: Options = {}, query = {}) => {
      const app = await serve({
        cache: { sources, image: { colors: 0, ...image } },
        image: { paletted: false },
      });
      return app.map(query);
    };
    const take = (band: number, factor = 1) => [{ source: "s", band, factor }];
    const swapped = await bands({ r: take(0), g: take(2), b: take(1) });
    near(await at(swapped, 5, 5), [50, 200, 100, 255], 0);
    const grey = { l: [...take(0, 0.25), ...take(1, 0.7), ...take(2, 0.05)] };
    const made = await bands(grey);
    assert.equal(kindOf(made.bytes), "0/8");
    near(await at(made, 5, 5), [92, 92, 92, 255], 0);
    near(await at(await bands(grey, {}, { FORMAT: "image/jpeg" }), 5, 5), [92, 92, 92, 255], 1);
    const faint = { r: take(0), g: take(1), b: take(2), a: take(2, 0.25) };
    near(
      await at(await bands(faint, { transparent: true }, { TRANSPARENT: "true" }), 5, 5),
      [50, 100, 200, 50],
      0,
    );
    near(await at(await bands({ l: take(0) }, { mode: "RGB" }), 5, 5), [50, 50, 50, 255], 0);
  });
});

describe("imaging checklist: marks, messages and failures", () => {
  it("caches 53: Watermark placement by parity, `wide` skips every other tile, bad spacing → config error", async () => {
    const marked = async (spacing: string | undefined, tile: string) => {
      const watermark = { text: "MARK", opacity: 255, ...(spacing ? { spacing } : {}) };
      const view = await decode(
        (await (await serve({ cache: { watermark } }, solid(255, 255, 255))).tile(tile)).bytes,
      );
      const dark = (x: number) =>
        Array.from({ length: 100 }, (_, y) => pixel(view, x, y)[0]!).some((v) => v < 200);
      return {
        middle: [...Array(20).keys()].some((x) => dark(40 + x)),
        edge: [...Array(15).keys()].some(dark),
      };
    };
    const [even, odd] = [await marked(undefined, "1/0/1"), await marked(undefined, "1/0/0")];
    assert.notDeepEqual(even, odd);
    assert.ok(even.middle !== odd.middle || even.edge !== odd.edge);
    const wide = [await marked("wide", "1/0/0"), await marked("wide", "1/1/0")];
    assert.deepEqual(wide.map(({ middle, edge }) => middle || edge).sort(), [false, true]);
    assert.match(
      await fault({ cache: { watermark: { text: "x", spacing: "narrow" } } }),
      /spacing/,
    );
  });

  it("Watermarked RGB tile stays RGB; transparent tile keeps alpha 0 background", async () => {
    const watermark = { text: "MARK" };
    const rgb = await serve({ cache: { watermark, image: { colors: 0 } } });
    assert.equal(kindOf((await rgb.tile()).bytes), "2/8");
    const clear = await serve(
      { cache: { watermark, image: { transparent: true, colors: 0 } } },
      solid(1, 2, 3, 0),
    );
    const answer = await clear.tile();
    assert.equal(kindOf(answer.bytes), "6/8");
    assert.equal((await at(answer, 1, 1))[3], 0);
  });

  it("Attribution appears lower right, absent for `tiled=true`", async () => {
    const app = await serve({ wms: { attribution: { text: "hello" } } }, solid(90, 90, 90));
    const view = withChannels(await decode((await app.map()).bytes), 3);
    assert.notDeepEqual(pixel(view, 97, 97), [90, 90, 90]);
    near(pixel(view, 10, 10), [90, 90, 90], 0);
    near(await at(await app.map({ tiled: "true" }), 97, 97), [90, 90, 90, 255], 0);
  });

  it("In-image exception: 200, requested size and format; blank variant has a single colour", async () => {
    const app = await serve({});
    const broken = { LAYERS: "none", WIDTH: "150", HEIGHT: "120", FORMAT: "image/jpeg" };
    const answer = await app.map({ ...broken, EXCEPTIONS: "application/vnd.ogc.se_inimage" });
    const view = await decode(answer.bytes);
    assert.deepEqual(
      [answer.status, answer.type, view.width, view.height],
      [200, "image/jpeg", 150, 120],
    );
    const blank = await app.map({
      ...broken,
      FORMAT: "image/png",
      EXCEPTIONS: "application/vnd.ogc.se_blank",
    });
    const { data } = withChannels(await decode(blank.bytes), 3);
    assert.ok(data.every((value) => value === 255));
  });

  it("White text on dark bgcolor, black otherwise", async () => {
    const app = await serve({});
    const levels = async (BGCOLOR: string) => {
      const query = { LAYERS: "none", EXCEPTIONS: "application/vnd.ogc.se_inimage", BGCOLOR };
      return new Set(withChannels(await decode((await app.map(query)).bytes), 3).data);
    };
    assert.ok((await levels("0x101010")).has(255));
    const light = await levels("0xf0f0f0");
    assert.ok(light.has(0) && !light.has(255));
  });

  it("Blank from several sources inside a cache is stored; from a single source it is not", async () => {
    const coverage = { bbox: [20, 20, 30, 30], srs: "EPSG:4326" };
    const one = await serve({ source: { coverage } });
    await one.tile();
    assert.equal((await one.stored()).length, 0);
    const other = { type: "wms", req: { url: "http://up/wms", layers: "y" }, coverage };
    const two = await serve({
      source: { coverage },
      sources: { t: other },
      cache: { sources: ["s", "t"] },
    });
    await two.tile();
    assert.equal((await two.stored()).length, 1);
  });

  it("on_error without cache → no file written, no-cache headers", async () => {
    const app = await serve(
      { source: { on_error: { 500: { response: "#ff0000", cache: false } } } },
      () => new Response("", { status: 500 }),
    );
    const answer = await app.tile();
    near(await at(answer, 5, 5), [255, 0, 0, 255], 0);
    assert.match(answer.headers.get("cache-control") ?? "", /no-store/);
    assert.equal(answer.headers.get("etag"), null);
    assert.equal((await app.stored()).length, 0);
  });

  it("services-tiles 13: a stand-in that on_error stores is public like any tile", async () => {
    const app = await serve(
      { source: { on_error: { 500: { response: "#ff0000", cache: true } } } },
      () => new Response("", { status: 500 }),
    );
    const answer = await app.tile();
    near(await at(answer, 5, 5), [255, 0, 0, 255], 0);
    assert.match(answer.headers.get("cache-control") ?? "", /^public, max-age=259200/);
    assert.ok(answer.headers.get("etag"));
    assert.ok((await app.stored()).length > 0);
  });

  it("a stand-in of one colour gets no palette, and keeps its alpha", async () => {
    for (const [response, kind, color] of [
      ["transparent", "6/8", [255, 255, 255, 0]],
      [[1, 2, 3, 128], "6/8", [1, 2, 3, 128]],
      ["#010203", "2/8", [1, 2, 3, 255]],
    ] as const) {
      const app = await serve(
        { source: { on_error: { 500: { response } } }, cache: { meta_size: [1, 1] } },
        () => new Response("", { status: 500 }),
      );
      const answer = await app.tile();
      assert.equal(kindOf(answer.bytes), kind);
      near(await at(answer, 5, 5), [...color], 0);
    }
  });

  it("sources 34: authorize_stale returns the expired tile", async () => {
    let isDown = false;
    const on_error = { 406: { response: "transparent", cache: false, authorize_stale: true } };
    const app = await serve(
      { source: { on_error }, cache: { refresh_before: { seconds: 1 } } },
      (_url, size) => (isDown ? new Response("", { status: 406 }) : png(plain(size, [7, 8, 9]))),
    );
    await app.tile();
    isDown = true;
    app.platform.time += 60_000;
    near(await at(await app.tile(), 5, 5), [7, 8, 9, 255], 0);
    assert.equal(app.asked.length, 2);
  });

  it("Notified source errors make the response non-cacheable; all failing → exception text", async () => {
    const parts = {
      layers: [
        { name: "a", title: "a", sources: ["s"] },
        { name: "b", title: "b", sources: ["t"] },
      ],
      source: { req: { url: "http://up/wms", layers: "x", transparent: true } },
      sources: {
        t: { type: "wms", req: { url: "http://down/wms", layers: "y", transparent: true } },
      },
    };
    const app = await serve(parts, (url, size) =>
      url.host === "down" ? new Response("", { status: 500 }) : png(plain(size, [1, 2, 3, 255])),
    );
    const some = await app.map({ LAYERS: "a,b" });
    assert.match(some.headers.get("cache-control") ?? "", /no-store/);
    assert.match(some.type ?? "", /png/);
    const none = await app.map({ LAYERS: "b" });
    assert.match(new TextDecoder().decode(none.bytes), /Could not get any sources/);
  });

  it("Legends stacked with last on top, width = max", async () => {
    const legend = (layer: string) => ({
      type: "wms",
      wms_opts: { legendgraphic: true },
      req: { url: "http://up/wms", layers: layer },
    });
    const app = await serve(
      {
        layers: [{ name: "c", title: "c", sources: ["s", "t"] }],
        source: legend("one"),
        sources: { t: legend("two") },
      },
      (url) => {
        const isFirst = /one/.test(url.search);
        return png(isFirst ? plain([30, 10], [255, 0, 0]) : plain([20, 15], [0, 0, 255]));
      },
    );
    const answer = await app.get(
      "/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetLegendGraphic&LAYER=c&FORMAT=image/png&SLD_VERSION=1.1.0",
    );
    const view = withChannels(await decode(answer.bytes), 4);
    assert.deepEqual([view.width, view.height], [30, 25]);
    assert.notDeepEqual(pixel(view, 5, 2), pixel(view, 5, 22));
  });
});

async function pathsOf(
  platform: Awaited<ReturnType<typeof serve>>["platform"],
  path: string,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of platform.files.list(path)) {
    const below = `${path}/${name}`;
    found.push(...(isDirectory ? await pathsOf(platform, below) : [below]));
  }
  return found;
}

/** Numbers of the tags of the first directory of a little-endian TIFF. */
function tiffTags(bytes: Uint8Array): Map<number, number[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = view.getUint32(4, true);
  const tags = new Map<number, number[]>();
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const entry = directory + 2 + 12 * i;
    const type = view.getUint16(entry + 2, true);
    const count = view.getUint32(entry + 4, true);
    const size = type === 12 ? 8 : type === 4 ? 4 : 2;
    const from = size * count > 4 ? view.getUint32(entry + 8, true) : entry + 8;
    const read = (at: number) =>
      type === 12
        ? view.getFloat64(at, true)
        : type === 4
          ? view.getUint32(at, true)
          : view.getUint16(at, true);
    tags.set(
      view.getUint16(entry, true),
      Array.from({ length: count }, (_, n) => read(from + n * size)),
    );
  }
  return tags;
}

/** 200 x 200 pixels of entry 0; entry 1, which none uses, is transparent. */
function writePalettePng(): Uint8Array {
  return writeChunks({
    header: { width: 200, height: 200, bits: 8, colorType: 3, interlaced: false },
    palette: Uint8Array.of(10, 120, 230, 0, 0, 0),
    transparency: Uint8Array.of(255, 0),
    pixels: deflateSync(new Uint8Array(201 * 200)),
  });
}
