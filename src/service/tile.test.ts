import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../test/tile-service.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { BBox } from "../geo/bbox.ts";
import { decode } from "../image/codec.ts";
import type { RasterView } from "../image/picture.ts";
import { encodePng } from "../image/png-encode.ts";
import type { Authorizer } from "../model/auth.ts";
import type { Decorator } from "../model/service.ts";
import { parseSrs } from "../srs/srs.ts";
import { kmlService } from "./kml/index.ts";
import { tmsService } from "./tms/index.ts";

const GEODETIC = gridOf("GLOBAL_GEODETIC");

/** A picture of one color. */
function plain(color: readonly [number, number, number]): Uint8Array {
  const data = new Uint8Array(256 * 256 * 3);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 3]!;
  return encodePng({ width: 256, height: 256, channels: 3, data, offset: 0, stride: 768 });
}
const RED = plain([255, 0, 0]);

function pixel(view: RasterView, x: number, y: number): number[] {
  const at = view.offset + y * view.stride + x * view.channels;
  return [...view.data.subarray(at, at + view.channels)];
}

function limiting(bbox: BBox): Authorizer {
  const limitedTo: Coverage = {
    srs: parseSrs("EPSG:4326"),
    bbox,
    polygons: undefined,
    clip: true,
  };
  return {
    restricts: true,
    authorize: async (_service, layers) => ({
      authorized: "partial",
      layers: new Map(layers.map((name) => [name, { tile: true, limitedTo }])),
    }),
  };
}

const redTiles = (image = "image/png") =>
  fakeTiles("red", GEODETIC, { image, answer: () => ({ bytes: RED, format: "png" }) });

describe("a tile with a limit of the authorizer", () => {
  const PATH = "/tms/1.0.0/red/0/0/0";

  it("http-app 24: is untouched if it lies inside", async () => {
    const deps = serviceDeps([redTiles("image/jpeg")], {
      authorizer: limiting([-180, -90, 180, 90]),
    });
    const response = await routed([await started(tmsService, {}, deps)])(`${PATH}.jpeg`);
    assert.equal(response.headers.get("content-type"), "image/jpeg");
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), RED);
  });

  it("http-app 24, imaging checklist: Partially authorised tile from JPEG cache is answered as PNG", async () => {
    const deps = serviceDeps([redTiles("image/jpeg")], {
      authorizer: limiting([-180, -90, -90, 90]),
    });
    const response = await routed([await started(tmsService, {}, deps)])(`${PATH}.jpeg`);
    assert.equal(response.headers.get("content-type"), "image/png");
    const view = await decode(new Uint8Array(await response.arrayBuffer()));
    assert.deepEqual(pixel(view, 20, 128), [255, 0, 0, 255]);
    assert.equal(pixel(view, 200, 128)[3], 0);
  });

  it("http-app 24: has validators of its own and is private", async () => {
    const whole = serviceDeps([redTiles()]);
    const part = serviceDeps([redTiles()], { authorizer: limiting([-180, -90, -90, 90]) });
    const [one, two] = await Promise.all(
      [whole, part].map(async (deps) =>
        routed([await started(tmsService, {}, deps)])(`${PATH}.png`),
      ),
    );
    assert.notEqual(one!.headers.get("etag"), two!.headers.get("etag"));
    assert.match(two!.headers.get("cache-control") ?? "", /^private/);
    assert.equal(two!.headers.get("last-modified"), null);
  });

  it("http-app 24: is empty, and not even loaded, if it lies outside", async () => {
    const layer = redTiles();
    const deps = serviceDeps([layer], { authorizer: limiting([10, 10, 20, 20]) });
    for (const service of [tmsService, kmlService]) {
      const path = service === tmsService ? `${PATH}.png` : "/kml/red/1/0/0.png";
      const response = await routed([await started(service, {}, deps)])(path);
      const view = await decode(new Uint8Array(await response.arrayBuffer()));
      assert.equal(pixel(view, 100, 100).at(-1), 0);
    }
    assert.equal(layer.asked.length, 0);
  });
});

describe("a decorated tile", () => {
  const blue: Decorator = async () => ({
    kind: "encoded",
    bytes: plain([0, 0, 255]),
    format: "png",
  });

  it("http-app 29: is what the decorator gives, in the layer's format, with the tile's validators", async () => {
    const seen: unknown[] = [];
    const decorate: Decorator = async (picture, about, ctx) => {
      seen.push([about.service, about.layers, about.extent.bbox, about.size]);
      return blue(picture, about, ctx);
    };
    const layer = redTiles("image/jpeg");
    const [plainAnswer, answer] = await Promise.all(
      [undefined, decorate].map(async (hook) => {
        const deps = serviceDeps([layer], { decorate: hook });
        return routed([await started(tmsService, {}, deps)])("/tms/1.0.0/red/0/0/0.jpeg");
      }),
    );
    assert.equal(answer!.headers.get("content-type"), "image/jpeg");
    assert.equal(answer!.headers.get("last-modified"), plainAnswer!.headers.get("last-modified"));
    const bytes = new Uint8Array(await answer!.arrayBuffer());
    assert.equal(answer!.headers.get("content-length"), String(bytes.length));
    // JPEG of one color: a few steps off by its color conversion.
    const [red = 0, , blueValue = 0] = pixel(await decode(bytes), 9, 9);
    assert.ok(red < 8 && blueValue > 247);
    assert.deepEqual(seen, [["tms", ["red"], [-180, -90, 0, 90], [256, 256]]]);
  });

  it("http-app 29: is untouched if the decorator leaves it alone", async () => {
    const deps = serviceDeps([redTiles()], { decorate: async (picture) => picture });
    const response = await routed([await started(tmsService, {}, deps)])(
      "/tms/1.0.0/red/0/0/0.png",
    );
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), RED);
  });

  it("http-app 29: does not exist in KML, nor where there is nothing", async () => {
    const deps = serviceDeps([redTiles()], { decorate: blue });
    const response = await routed([await started(kmlService, {}, deps)])("/kml/red/0/0/0.png");
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), RED);
    const nothing = fakeTiles("red", GEODETIC, { answer: () => undefined });
    const send = routed([
      await started(tmsService, {}, serviceDeps([nothing], { decorate: blue })),
    ]);
    const empty = await decode(
      new Uint8Array(await (await send("/tms/1.0.0/red/0/0/0.png")).arrayBuffer()),
    );
    assert.equal(pixel(empty, 5, 5).at(-1), 0);
  });
});
