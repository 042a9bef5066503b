import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../../test/tile-service.ts";
import { decides, extentOf } from "../../../test/wms-service.ts";
import { tmsService } from "./index.ts";

const WEB = gridOf("GLOBAL_WEBMERCATOR");

async function service(
  layers: readonly ReturnType<typeof fakeTiles>[],
  options: object = {},
  overrides: Parameters<typeof serviceDeps>[1] = {},
) {
  const send = routed([await started(tmsService, options, serviceDeps(layers, overrides))]);
  return { send, json: async (path: string) => (await send(path)).json() };
}

describe("TileJSON", () => {
  it("says all that a map library needs", async () => {
    const metadata = {
      abstract: "about it",
      attribution: { title: "We & you", url: "https://we.example/?a&b" },
    };
    const { json, send } = await service([fakeTiles("l", WEB, { image: "image/jpeg", metadata })]);
    const { resolutions, ...document } = await json("/tiles/l/EPSG3857/tile.json");
    assert.deepEqual(document, {
      tilejson: "3.0.0",
      name: "Title of l",
      description: "about it",
      attribution: '<a href="https://we.example/?a&amp;b">We &amp; you</a>',
      version: "1.0.0",
      scheme: "xyz",
      tiles: ["http://localhost/tiles/1.0.0/l/EPSG3857/{z}/{x}/{y}.jpeg?origin=nw"],
      minzoom: 0,
      maxzoom: 19,
      bounds: [-180, -85.0511287798066, 180, 85.0511287798066],
      center: [0, 0, 0],
      tileSize: 256,
      crs: "EPSG:3857",
    });
    assert.equal(resolutions.length, 20);
    const type = (await send("/tiles/l/EPSG3857/tile.json")).headers.get("content-type");
    assert.equal(type, "application/json");
  });

  for (const name of ["GLOBAL_WEBMERCATOR", "GLOBAL_MERCATOR", "GLOBAL_GEODETIC"]) {
    it(`has a template by which the tile in the north-west of ${name} is found`, async () => {
      const grid = gridOf(name);
      const tiles = fakeTiles("l", grid);
      const { json, send } = await service([tiles], { use_grid_names: true });
      const {
        tiles: [template],
        scheme,
      } = await json(`/tiles/l/${name}/tile.json`);
      const level = 3;
      const rows = grid.sizes[level]![1];
      const north = scheme === "xyz" ? 0 : rows - 1;
      const url = template.replace("{z}", level).replace("{x}", 0).replace("{y}", north);
      assert.equal((await send(url.slice("http://localhost".length))).status, 200);
      const y = grid.origin === "nw" ? 0 : rows - 1;
      assert.deepEqual(tiles.asked[0]?.coord, { x: 0, y, level });
    });
  }

  it("counts the levels that are public", async () => {
    const sqrt2 = gridOf("s", { srs: "EPSG:3857", res_factor: "sqrt2", num_levels: 9 });
    const { json } = await service([fakeTiles("l", sqrt2)]);
    const { maxzoom, resolutions } = await json("/tiles/l/EPSG3857/tile.json");
    assert.equal(maxzoom, 4);
    assert.ok(Math.abs(resolutions[0] / resolutions[1] - 2) < 1e-9);
  });

  it("says where the layer is, in degrees", async () => {
    const extent = extentOf([400000, 5500000, 500000, 5600000], "EPSG:25832");
    const { json } = await service([fakeTiles("l", WEB, { extent })]);
    const [west, south, east, north] = (await json("/tiles/l/EPSG3857/tile.json")).bounds;
    assert.ok(west > 7.5 && east < 9.1 && south > 49.6 && north < 50.6);
  });

  it("is refused as tiles are", async () => {
    const none = await service(
      [fakeTiles("l", WEB)],
      {},
      { authorizer: decides({ authorized: "none" }) },
    );
    assert.equal((await none.send("/tiles/l/EPSG3857/tile.json")).status, 403);
    const full = await service(
      [fakeTiles("l", WEB)],
      {},
      { authorizer: decides({ authorized: "full" }) },
    );
    const response = await full.send("/tiles/l/EPSG3857/tile.json");
    assert.equal(response.headers.get("cache-control"), "private");
    const { send } = await service([fakeTiles("l", WEB)]);
    assert.equal((await send("/tiles/zz/EPSG3857/tile.json")).status, 404);
    assert.equal((await send("/tiles/tile.json")).status, 404);
  });
});
