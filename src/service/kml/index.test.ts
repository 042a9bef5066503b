import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../../test/tile-service.ts";
import { SourceError } from "../../core/errors.ts";
import { md5Hex } from "../../core/hash.ts";
import type { Authorizer } from "../../model/auth.ts";
import { kmlService } from "./index.ts";

const MERCATOR = gridOf("GLOBAL_MERCATOR");
const WEB = gridOf("GLOBAL_WEBMERCATOR");
const GEODETIC = gridOf("GLOBAL_GEODETIC");

async function kml(
  layers: readonly ReturnType<typeof fakeTiles>[],
  options: Record<string, unknown> = {},
  overrides: Parameters<typeof serviceDeps>[1] = {},
) {
  return routed([await started(kmlService, options, serviceDeps(layers, overrides))]);
}

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((found) => found[1]);

describe("/kml", () => {
  it("services-tiles 16: answers the initial document by layer, by layer and system, and as 0/0/0", async () => {
    const send = await kml([fakeTiles("base", MERCATOR)]);
    const paths = ["base", "base/", "base/EPSG900913", "base/EPSG900913/", "base/0/0/0.kml"];
    const texts = await Promise.all(paths.map(async (path) => (await send(`/kml/${path}`)).text()));
    for (const text of texts) assert.equal(text, texts[0]);
  });

  it("services-tiles 16: links the sub tiles row by row from the top, each to document and picture", async () => {
    for (const grid of [MERCATOR, WEB]) {
      const send = await kml([fakeTiles("base", grid)]);
      const spec = grid.srs.code.replace(":", "");
      const text = await (await send(`/kml/base/${spec}`, { scriptUrl: "https://x/p" })).text();
      const order = ["1/0/1", "1/1/1", "1/0/0", "1/1/0"];
      assert.deepEqual(all(text, /<href>(.*)<\/href>/g), [
        ...order.map((tile) => `https://x/p/kml/base/${spec}/${tile}.kml`),
        ...order.map((tile) => `https://x/p/kml/base/${spec}/${tile}.png`),
      ]);
      assert.deepEqual(all(text, /<name>(base - .*)<\/name>/g).slice(0, 2), [
        "base - (0, 1, 1)",
        "base - (1, 1, 1)",
      ]);
    }
  });

  it("services-tiles 16: draws the poles where web mercator ends", async () => {
    const text = await (await (await kml([fakeTiles("base", WEB)]))("/kml/base/EPSG3857")).text();
    assert.deepEqual([...new Set(all(text, /<north>(.*?)<\/north>/g))].sort(), [
      "0.000000",
      "90.000000",
    ]);
    assert.ok(all(text, /<south>(.*?)<\/south>/g).includes("-90.000000"));
  });

  it("services-tiles 16: tells sizes, order of drawing and fading", async () => {
    const text = await (
      await (
        await kml([fakeTiles("base", GEODETIC)])
      )("/kml/base/1/0/0.kml")
    ).text();
    assert.deepEqual(new Set(all(text, /<minLodPixels>(.*)<\/minLodPixels>/g)), new Set(["128"]));
    assert.deepEqual(
      new Set(all(text, /<maxLodPixels>(.*)<\/maxLodPixels>/g)),
      new Set(["-1", "768"]),
    );
    assert.deepEqual(new Set(all(text, /<drawOrder>(.*)<\/drawOrder>/g)), new Set(["2"]));
    assert.equal(all(text, /<(NetworkLink)>/g).length, 4);
    assert.equal(all(text, /<(GroundOverlay)>/g).length, 4);
  });

  it("services-tiles 16: gives each tile of a level to exactly one document above it", async () => {
    const grid = gridOf("odd", {
      srs: "EPSG:25832",
      bbox: [300000, 5200000, 900000, 6100000],
      res: [2000, 900, 500],
      origin: "nw",
    });
    const send = await kml([fakeTiles("l", grid)]);
    const [columns, rows] = grid.sizes[1]!;
    const linked: (string | undefined)[] = [];
    for (let x = 0; x < columns; x++) {
      for (let y = 0; y < rows; y++) {
        const text = await (await send(`/kml/l/EPSG25832/1/${x}/${y}.kml`)).text();
        linked.push(...all(text, /EPSG25832\/(2\/\d+\/\d+)\.kml/g));
      }
    }
    assert.equal(new Set(linked).size, linked.length);
  });

  it("services-tiles 16: names itself by its body, so that 304 is possible", async () => {
    const send = await kml([fakeTiles("base", GEODETIC)]);
    const response = await send("/kml/base");
    const text = await response.text();
    const { headers } = response;
    assert.equal(headers.get("content-type"), "application/vnd.google-earth.kml+xml");
    assert.equal(headers.get("etag"), `"${md5Hex(text)}"`);
    assert.equal(headers.get("last-modified"), null);
    assert.equal(headers.get("cache-control"), "public, max-age=259200, s-maxage=259200");
    assert.equal(headers.get("vary"), "X-Script-Name, X-Forwarded-Host, X-Forwarded-Proto");
    const again = await send("/kml/base", { headers: { "if-none-match": headers.get("etag")! } });
    assert.equal(again.status, 304);
  });

  it("answers the deepest level with a document without sub tiles", async () => {
    const grid = gridOf("flat", { srs: "EPSG:4326", num_levels: 2 });
    const response = await (await kml([fakeTiles("l", grid)]))("/kml/l/1/0/0.kml");
    assert.equal(response.status, 200);
    assert.ok(!(await response.text()).includes("<href>"));
  });

  it("services-tiles 4: prefers EPSG4326 and then EPSG900913", async () => {
    const [geodetic, mercator] = [fakeTiles("l", GEODETIC), fakeTiles("l", MERCATOR)];
    const send = await kml([mercator, geodetic]);
    await send("/kml/l/0/0/0.png");
    assert.deepEqual([geodetic.asked.length, mercator.asked.length], [1, 0]);
    await (await kml([mercator]))("/kml/l/0/0/0.png");
    assert.equal(mercator.asked.length, 1);
  });

  it("services-tiles 3: counts rows from the south in every grid", async () => {
    const layer = fakeTiles("l", WEB);
    await (await kml([layer]))("/kml/l/EPSG3857/1/0/0.png");
    assert.deepEqual(layer.asked[0]?.coord, { x: 0, y: 1, level: 1 });
  });

  for (const [path, message] of [
    ["/kml", "invalid request (/kml)"],
    ["/kml/base/0/5/0.kml", "The requested tile is outside the bounding box of the tile map."],
    ["/kml/base/0/-1/0.png", "The requested tile is outside the bounding box of the tile map."],
    ["/kml/other", "unknown layer: other"],
    ["/kml/base/0/0/0.jpeg", "invalid format (jpeg). this tile set only supports (png)"],
  ] as const) {
    it(`services-tiles 5, 6, 8: answers ${path} with 404 in plain text`, async () => {
      const response = await (await kml([fakeTiles("base", GEODETIC)]))(path);
      assert.equal(response.status, 404);
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
      assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
      assert.equal(await response.text(), message);
    });
  }

  it("services-tiles 7: words a source's error as plain text, with 500", async () => {
    const layer = fakeTiles("base", GEODETIC, {
      getTile: () => Promise.reject(new SourceError("s", "HTTP Error", { url: "x" })),
    });
    const response = await (await kml([layer]))("/kml/base/0/0/0.png");
    assert.deepEqual([response.status, await response.text()], [500, "HTTP Error"]);
  });

  it("http-app 25: asks for documents and pictures alike, with the whole of the tile", async () => {
    const asked: unknown[] = [];
    const authorizer: Authorizer = {
      restricts: true,
      async authorize(service, layers, extent) {
        asked.push([service, ...layers, ...(extent?.bbox ?? [])]);
        return { authorized: "none" };
      },
    };
    const send = await kml([fakeTiles("base", GEODETIC)], {}, { authorizer });
    assert.equal((await send("/kml/base")).status, 403);
    assert.equal((await send("/kml/base/0/0/0.png")).status, 403);
    const question = ["kml", "base", -180, -90, 180, 270];
    assert.deepEqual(asked, [question, question]);
  });

  it("threats T7, T9: escapes names of layers and hosts", async () => {
    const layer = fakeTiles('a"<b>&', GEODETIC);
    const send = await kml([layer]);
    const path = `/kml/${encodeURIComponent(layer.name)}`;
    const text = await (await send(path, { scriptUrl: "http://<evil>&" })).text();
    assert.ok(!text.includes("<evil>") && !text.includes("<b>"));
    assert.ok(text.includes("<name>a&quot;&lt;b&gt;&amp;</name>"));
  });
});
