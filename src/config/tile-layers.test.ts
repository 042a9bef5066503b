import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultsOf, loadText } from "../../test/config.ts";
import { silentLog, testPlatform } from "../../test/platform.ts";
import { createHono } from "../app/app.ts";
import { build } from "./build.ts";
import { layerShapes } from "./layer-shape.ts";

const SOURCES = `
services: {wms: {}, tms: {}}
caches:
  one: {grids: [GLOBAL_MERCATOR, GLOBAL_GEODETIC], sources: [map]}
  two: {grids: [GLOBAL_WEBMERCATOR], sources: [map], format: image/jpeg}
sources:
  map: {type: wms, req: {url: "http://x/s", layers: a}}
  knows: {type: wms, wms_opts: {map: false, featureinfo: true}, req: {url: "http://x/s", layers: a}}
  test: {type: debug}
`;

async function tilesOf(layers: string) {
  const { config } = await loadText(`${SOURCES}layers:\n${layers}`);
  return layerShapes(config).tiles.map(({ name, caches, infoSources }) => ({
    name,
    caches,
    infos: infoSources.map((ref) => ref.name),
  }));
}

describe("layerShapes(): tile layers", () => {
  it("services-tiles 1: lists named layers depth first, children before their group", async () => {
    const tiles = await tilesOf(`
  - {name: layer1, title: "1", sources: [one], layers: [
      {name: layer1a, title: 1a, sources: [one]}, {name: layer1b, title: 1b, sources: [one]}]}
  - {title: "2", layers: [
      {name: layer2a, title: 2a, sources: [one]},
      {title: 2b, layers: [{name: layer2b1, title: 2b1, sources: [one]}]}]}
  - {name: layer3, title: "3", sources: [one]}`);
    assert.deepEqual(
      tiles.map(({ name }) => name),
      ["layer1a", "layer1b", "layer1", "layer2a", "layer2b1", "layer3"],
    );
  });

  it("services-tiles 1: takes layers of one cache; debug and map:false sources do not count", async () => {
    assert.deepEqual(await tilesOf("  - {name: l, title: l, sources: [one, test, knows]}"), [
      { name: "l", caches: ["one"], infos: ["knows"] },
    ]);
    for (const sources of ["[one, two]", "[map]", "[one, map]", "[test]", "[knows]"]) {
      assert.deepEqual(await tilesOf(`  - {name: l, title: l, sources: ${sources}}`), [], sources);
    }
  });

  it("services-tiles 1: adds every cache of tile_sources, whatever the layer is drawn from", async () => {
    assert.deepEqual(
      await tilesOf("  - {name: l, title: l, sources: [map], tile_sources: [one, two]}"),
      [{ name: "l", caches: ["one", "two"], infos: [] }],
    );
  });
});

describe("layers with dimensions", () => {
  const faults = async (cache: string) => {
    const loaded = await loadText(`
services: {tms: {}}
layers: [{name: l, title: l, sources: [c], dimensions: {time: {values: [a, b]}}}]
caches: {c: {grids: [GLOBAL_WEBMERCATOR], sources: [d], cache: ${cache}}}
sources: {d: {type: debug}}
`);
    return faultsOf(build(loaded, testPlatform(), silentLog) as never);
  };

  it("caches 56: are refused on a store that holds one set of tiles, and on no other", async () => {
    const [fault] = await faults("{type: pmtiles, url: 'http://x/y.pmtiles'}");
    assert.equal(
      fault?.message,
      "caching of dimension layer (l) is not supported yet. need to `disable_storage: true` on c cache",
    );
    await assert.rejects(faults("{type: couchdb}"), /expected faults/);
  });
});

describe("layers: expires_hours, accept_formats", () => {
  const answer = async (options: string, accept = "*/*") => {
    const loaded = await loadText(`
services: {tms: {use_grid_names: true}}
layers: [{name: l, title: l, sources: [c]${options}}]
caches: {c: {grids: [GLOBAL_WEBMERCATOR], sources: [d], disable_storage: true, meta_size: [1, 1]}}
sources: {d: {type: debug}}
`);
    const hono = createHono(await build(loaded, testPlatform(), silentLog));
    const url = "http://localhost/tiles/l/GLOBAL_WEBMERCATOR/0/0/0.png";
    return (await hono.request(url, { headers: { accept } })).headers;
  };

  it("say how long clients may keep tiles, in place of the globals", async () => {
    assert.match((await answer("")).get("cache-control") ?? "", /max-age=259200\b/);
    const control = (await answer(", expires_hours: 0.5")).get("cache-control");
    assert.equal(control, "public, max-age=1800, s-maxage=1800");
  });

  it("allow tiles in WebP, and in nothing else", async () => {
    const headers = await answer(", accept_formats: [image/webp]", "image/webp");
    assert.deepEqual([headers.get("content-type"), headers.get("vary")], ["image/webp", "Accept"]);
    const faults = await faultsOf(
      loadText(
        `${SOURCES}layers: [{name: l, title: l, sources: [one], accept_formats: [image/gif]}]`,
      ),
    );
    assert.equal(faults[0]?.path, "layers[0].accept_formats[0]");
  });
});
