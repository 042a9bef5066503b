import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apiOf, exampleApi } from "../../../test/ogcapi-service.ts";
import { gridOf } from "../../../test/tile-service.ts";
import {
  extentOf,
  fakeMap,
  group,
  leaf,
  mapResult,
  pixelsOf,
  plain,
} from "../../../test/wms-service.ts";

const EDGE = 20037508.342789244;
const TILES = "/collections/a/map/tiles";
const WEB = `${TILES}/WebMercatorQuad`;
const INVALID = "Invalid Parameter";

describe("OGC API tile", () => {
  it("counts rows from the corner of the grid", async () => {
    const map = fakeMap("a", [255, 0, 0]);
    const api = await apiOf(group(undefined, [leaf("a", { maps: [map] })]));
    await api.get(`${WEB}/1/0/1`);
    await api.get(`${TILES}/GLOBAL_MERCATOR/1/0/1`);
    assert.deepEqual(map.asked[0]?.bbox, [0, 0, EDGE, EDGE]);
    assert.deepEqual(map.asked[1]?.bbox, [0, -EDGE, EDGE, 0]);
    assert.deepEqual(map.asked[0]?.size, [256, 256]);
  });

  it("services-tiles 33: says where it is", async () => {
    const response = await (await exampleApi()).get(`${WEB}/1/0/1.png`);
    assert.equal(response.headers.get("content-bbox"), `0,0,${EDGE},${EDGE}`);
    assert.equal(
      response.headers.get("content-crs"),
      "<http://www.opengis.net/def/crs/EPSG/0/3857>",
    );
    const degrees = await (await exampleApi()).get(`${TILES}/GLOBAL_GEODETIC/1/0/1.png`);
    assert.equal(degrees.headers.get("content-bbox"), "0,-90,180,90");
    assert.equal(degrees.headers.get("content-crs"), null);
  });

  const sizes: [query: string, size: [number, number]][] = [
    ["", [256, 256]],
    ["mm-per-pixel=0.14", [512, 512]],
    ["width=512", [512, 512]],
    ["height=128", [128, 128]],
    ["width=30&height=20", [30, 20]],
    ["scale-denominator=559082264.0287178", [256, 256]],
    ["scale-denominator=279541132.0143589", [512, 512]],
    ["scale-denominator=279541132.0143589&mm-per-pixel=0.56", [256, 256]],
  ];
  for (const [query, size] of sizes) {
    it(`services-tiles 32: is as large as "${query}" says`, async () => {
      const response = await (await exampleApi()).get(`${WEB}/0/0/0.png?${query}`);
      assert.deepEqual((await pixelsOf(response)).size, size);
    });
  }

  it("keeps the shape of tiles that are no squares", async () => {
    const wide = gridOf("wide", { srs: "EPSG:4326", tile_size: [256, 128] } as never);
    const api = await exampleApi({}, { grids: new Map([["wide", wide]]) });
    const size = async (query: string) =>
      (await pixelsOf(await api.get(`${TILES}/wide/0/0/0?${query}`))).size;
    assert.deepEqual(await size(""), [256, 128]);
    assert.deepEqual(await size("width=512"), [512, 256]);
    assert.deepEqual(await size("height=64"), [128, 64]);
  });

  const faults: [target: string, status: number, type: string, detail: string][] = [
    [`${WEB}/0/0/0?zz=1`, 400, "Bad Request", "Unknown query parameter zz"],
    [`${WEB}/0/0/0?crs=EPSG:4326`, 400, "Bad Request", "Unknown query parameter crs"],
    [`${WEB}/0/0/0?collections=a`, 400, "Bad Request", "Unknown query parameter collections"],
    [`${WEB}/0/0/0?f=gif`, 400, INVALID, "Invalid value for f query parameter"],
    ["/collections/zz/map/tiles/WebMercatorQuad/0/0/0", 404, "Not Found", "Collection not found"],
    [`${TILES}/zz/0/0/0`, 404, "Not Found", "TileMatrixSet not found"],
    [`${TILES}/GLOBAL_WEBMERCATOR/0/0/0`, 404, "Not Found", "TileMatrixSet not found"],
    [`${WEB}/0/0/0.INVALID`, 406, "Not Acceptable", "Unsupported image format INVALID"],
    [`${WEB}/20/0/0`, 400, INVALID, "Invalid zoom level. Valid range is [0,19]"],
    [`${WEB}/-1/0/0`, 400, INVALID, "Invalid zoom level. Valid range is [0,19]"],
    [`${WEB}/x/0/0`, 400, INVALID, "Invalid zoom level. Valid range is [0,19]"],
    [`${WEB}/1/2/0`, 400, INVALID, "Invalid row number. Valid range is [0,1]"],
    [`${WEB}/1/-1/0`, 400, INVALID, "Invalid row number. Valid range is [0,1]"],
    [`${WEB}/1/0/2`, 400, INVALID, "Invalid col number. Valid range is [0,1]"],
    [`${WEB}/1/0/2147483647`, 400, INVALID, "Invalid col number. Valid range is [0,1]"],
    [`${WEB}/1/0/1e0`, 400, INVALID, "Invalid col number. Valid range is [0,1]"],
    [`${WEB}/0/0/0?width=x`, 400, INVALID, "width is not an integer"],
    [`${WEB}/0/0/0?width=40001`, 400, INVALID, "width=40001 exceeds max_width=40000"],
    [`${WEB}/0/0/0?height=0`, 400, INVALID, "height must be strictly positive"],
    [
      `${WEB}/0/0/0?mm-per-pixel=-1`,
      400,
      INVALID,
      "mm-per-pixel must be a strictly positive numeric value",
    ],
    [
      `${WEB}/0/0/0?scale-denominator=1&width=3`,
      400,
      INVALID,
      "scale-denominator is mutually exclusive with width or height",
    ],
    [`${WEB}/0/0/0?bgcolor=zz`, 400, INVALID, "invalid value for bgcolor"],
  ];
  for (const [target, ...expected] of faults) {
    it(`services-tiles 34: ${target}`, async () => {
      assert.deepEqual(await (await exampleApi()).problem(target), expected);
    });
  }

  it("has no sizes where there are no maps, and no tiles where those are off", async () => {
    const tilesOnly = await exampleApi({ enable_maps: false });
    assert.deepEqual(await tilesOnly.problem(`${WEB}/0/0/0?width=5`), [
      400,
      "Bad Request",
      "Unknown query parameter width",
    ]);
    assert.equal((await tilesOnly.get(`${WEB}/0/0/0`)).status, 200);
    assert.equal((await tilesOnly.get("/collections/a/map")).status, 404);
    const mapsOnly = await exampleApi({ enable_tiles: false });
    for (const path of [`${WEB}/0/0/0`, WEB, TILES, "/tileMatrixSets", "/map/tiles"]) {
      assert.equal((await mapsOnly.get(path)).status, 404, path);
    }
  });

  it("draws the whole from its layers, or from those that are named", async () => {
    const api = await exampleApi({ default_dataset_layers: ["a"] });
    const at = async (query: string) => {
      const response = await api.get(`/map/tiles/GLOBAL_MERCATOR/3/4/4.png?${query}`);
      return (await pixelsOf(response)).at(100, 200);
    };
    assert.deepEqual(await at(""), [255, 0, 0, 255]);
    assert.deepEqual(await at("collections=b"), [0, 255, 0, 255]);
    assert.deepEqual(await api.problem("/map/tiles/GLOBAL_MERCATOR/0/0/0?collections=zz"), [
      400,
      "Bad Request",
      "unknown collection zz",
    ]);
  });

  it("does not show the earth in tiles of the moon", async () => {
    const moon = gridOf("moon", { srs: "IAU_2015:30100", bbox: [-180, -90, 180, 90] });
    const grids = new Map([
      ["moon", moon],
      ["GLOBAL_GEODETIC", gridOf("GLOBAL_GEODETIC")],
    ]);
    const layer = leaf("m", { extent: extentOf([-180, -90, 180, 90], "IAU_2015:30100") });
    const api = await apiOf(group(undefined, [leaf("a"), layer]), {}, { grids });
    assert.equal((await api.get("/collections/m/map/tiles/moon/0/0/0.png")).status, 200);
    for (const path of ["a/map/tiles/moon", "m/map/tiles/GLOBAL_GEODETIC"]) {
      for (const tile of ["", "/0/0/0"]) {
        assert.equal((await api.problem(`/collections/${path}${tile}`))[0], 404, path + tile);
      }
    }
  });

  it("is kept by caches as other tiles are, with a tag of its content", async () => {
    const api = await exampleApi();
    const first = await api.get(`${WEB}/0/0/0.png`);
    assert.equal(first.headers.get("cache-control"), "public, max-age=259200, s-maxage=259200");
    const etag = first.headers.get("etag")!;
    const again = await api.get(`${WEB}/0/0/0.png`, { "if-none-match": etag });
    assert.equal(again.status, 304);
  });

  it("is not kept where it stands in for another", async () => {
    const stand = fakeMap("s", [0, 0, 0], {
      getMap: async ({ size }) => mapResult(plain(size, [1, 2, 3]), { cacheable: false }),
    });
    const api = await apiOf(group(undefined, [leaf("s", { maps: [stand] })]));
    const tile = await api.get("/collections/s/map/tiles/WebMercatorQuad/0/0/0.png");
    assert.equal(tile.headers.get("cache-control"), "no-cache, no-store");
    assert.equal(tile.headers.get("etag"), null);
  });
});
