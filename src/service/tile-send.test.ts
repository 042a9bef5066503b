import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../test/tile-service.ts";
import { decode } from "../image/codec.ts";
import { peek } from "../image/peek.ts";
import { encodePng } from "../image/png-encode.ts";
import { newView } from "../image/view.ts";
import type { TileLayer } from "../model/layer.ts";
import { kmlService } from "./kml/index.ts";
import { wantsWebp } from "./tile-variant.ts";
import { tmsService } from "./tms/index.ts";
import { wmtsService } from "./wmts/index.ts";

const WEB = gridOf("GLOBAL_WEBMERCATOR");
const PNG = encodePng(newView([256, 256], 3, new Uint8Array(256 * 256 * 3).fill(200)));
const BROWSER = "image/avif,image/webp,image/apng,image/*,*/*;q=0.8";

async function service(options: Partial<TileLayer> = {}) {
  const tiles = fakeTiles("l", WEB, { answer: () => ({ bytes: PNG }), ...options });
  const deps = serviceDeps([tiles]);
  const [tms, wmts, kml] = [
    await started(tmsService, {}, deps),
    await started(wmtsService, {}, deps),
    await started(kmlService, {}, deps),
  ];
  return { tiles, send: routed([tms, wmts, kml]) };
}
const TILE = "/tiles/l/EPSG3857/0/0/0.png";
const PATHS = [
  TILE,
  "/tms/1.0.0/l/EPSG3857/0/0/0.png",
  "/wmts/l/GLOBAL_WEBMERCATOR/0/0/0.png",
  "/kml/l/EPSG3857/0/0/0.png",
];
const webp = { metadata: { acceptFormats: ["image/webp"] as const } };

describe("tiles as WebP", () => {
  for (const path of PATHS) {
    it(`sends ${path} as WebP to clients that ask for it, where the layer allows it`, async () => {
      const { send } = await service(webp);
      const response = await send(path, { headers: { accept: BROWSER } });
      assert.equal(response.headers.get("content-type"), "image/webp");
      assert.equal(response.headers.get("vary"), "Accept");
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(peek(bytes)?.format, "webp");
      const view = await decode(bytes);
      assert.deepEqual([view.width, view.height], [256, 256]);
      assert.ok(Math.abs(view.data[0]! - 200) <= 2);
    });
  }

  it("sends the stored bytes to all others, and tells caches that it depends", async () => {
    const { send } = await service(webp);
    for (const accept of [
      "*/*",
      "image/*",
      "image/png",
      "image/webp;q=0",
      "image/webp; q=0.0, */*",
    ]) {
      const response = await send(TILE, { headers: { accept } });
      assert.equal(response.headers.get("content-type"), "image/png", accept);
      assert.equal(response.headers.get("vary"), "Accept");
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), PNG);
    }
  });

  it("does neither where the layer does not say so", async () => {
    const response = await (await service()).send(TILE, { headers: { accept: BROWSER } });
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.equal(response.headers.get("vary"), null);
  });

  it("gives each form a tag of its own, by which it is known again", async () => {
    const { send } = await service(webp);
    const asWebp = { accept: BROWSER };
    const [one, other] = [await send(TILE, { headers: asWebp }), await send(TILE)];
    const tags = [one.headers.get("etag")!, other.headers.get("etag")!];
    assert.notEqual(tags[0], tags[1]);
    const status = async (tag: string, headers: Record<string, string>) =>
      (await send(TILE, { headers: { ...headers, "if-none-match": tag } })).status;
    assert.equal(await status(tags[0]!, asWebp), 304);
    assert.equal(await status(tags[1]!, {}), 304);
    assert.equal(await status(tags[1]!, asWebp), 200);
    assert.equal(await status(tags[0]!, {}), 200);
    const known = await send(TILE, { headers: { ...asWebp, "if-none-match": tags[0]! } });
    assert.equal(known.headers.get("vary"), "Accept");
  });

  it("encodes a tile once, and anew when it changes", async () => {
    let timestamp = 1000;
    let encoded = 0;
    const tiles = fakeTiles("l", WEB, { answer: () => ({ bytes: PNG, timestamp }), ...webp });
    const { imageOptions, ...deps } = serviceDeps([tiles]);
    const counted: typeof imageOptions = (format, local) => {
      if (format === "image/png") encoded++;
      return imageOptions(format, local);
    };
    const send = routed([await started(tmsService, {}, { ...deps, imageOptions: counted })]);
    const get = () => send(TILE, { headers: { accept: BROWSER } });
    await get();
    await get();
    assert.equal(encoded, 1);
    timestamp = 2000;
    await get();
    assert.equal(encoded, 2);
  });
});

describe("wantsWebp()", () => {
  for (const [accept, wanted] of [
    [BROWSER, true],
    ["IMAGE/WEBP", true],
    ["image/webp;q=0.5", true],
    ["image/webp;q=0", false],
    ["image/webp;q=0.000", false],
    ["image/*", false],
    ["", false],
  ] as const) {
    it(`${wanted ? "follows" : "passes over"} "${accept}"`, () => {
      assert.equal(wantsWebp(new Headers({ accept })), wanted);
    });
  }
});

describe("Cache-Control by layer", () => {
  for (const path of [...PATHS, "/kml/l/EPSG3857/0/0/0.kml"]) {
    it(`keeps ${path} as long as its layer says`, async () => {
      const { send } = await service({ metadata: { maxAge: 3600 } });
      const control = (await send(path)).headers.get("cache-control");
      assert.equal(control, "public, max-age=3600, s-maxage=3600");
    });
  }
});

describe("tiles @2x", () => {
  const big = newView([512, 512], 3, new Uint8Array(512 * 512 * 3).fill(90));
  const asked: unknown[] = [];
  const large: Partial<TileLayer> = {
    async getEnlarged(coord, factor) {
      asked.push([coord, factor]);
      const options = serviceDeps([]).imageOptions("image/png", undefined);
      return { picture: { kind: "raster", view: big }, options, cacheable: true };
    },
  };
  for (const path of PATHS) {
    it(`has twice the pixels each way: ${path.replace(".png", "@2x.png")}`, async () => {
      const { send, tiles } = await service(large);
      const response = await send(path.replace(".png", "@2x.png"));
      const size = peek(new Uint8Array(await response.arrayBuffer()));
      assert.deepEqual([size?.format, size?.width, size?.height], ["png", 512, 512]);
      assert.equal(tiles.asked.length, 0);
      assert.equal(
        response.headers.get("cache-control"),
        "public, max-age=259200, s-maxage=259200",
      );
      assert.match(response.headers.get("etag") ?? "", /^"\w{32}"$/);
    });
  }

  it("is as empty as the layer is there", async () => {
    const response = await (await service()).send("/tiles/l/EPSG3857/0/0/0@2x.png");
    const size = peek(new Uint8Array(await response.arrayBuffer()));
    assert.deepEqual([size?.width, size?.height], [512, 512]);
  });

  it("knows no other factors, and the same limits as other tiles", async () => {
    const { send } = await service(large);
    for (const path of ["/tiles/l/EPSG3857/0/0/0@3x.png", "/tiles/l/EPSG3857/0/0/1@2x.png"]) {
      assert.equal((await send(path)).status, 404, path);
    }
    assert.equal((await send("/wmts/l/GLOBAL_WEBMERCATOR/0/0/1@2x.png")).status, 400);
  });
});
