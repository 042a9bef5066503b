import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exampleApi } from "../../../test/ogcapi-service.ts";
import { decides, pixelsOf } from "../../../test/wms-service.ts";
import type { Coverage } from "../../coverage/coverage.ts";
import type { BBox } from "../../geo/bbox.ts";
import type { Decision, LayerPermission } from "../../model/auth.ts";
import { parseSrs } from "../../srs/srs.ts";

const DOCUMENTS = [
  "",
  "/conformance",
  "/api",
  "/collections",
  "/collections/a",
  "/collections/a/styles",
  "/collections/a/styles/default",
  "/tileMatrixSets",
  "/tileMatrixSets/WebMercatorQuad",
  "/collections/a/map/tiles",
  "/collections/a/map/tiles/WebMercatorQuad",
  "/map/tiles",
  "/map/tiles/WebMercatorQuad",
];
const PICTURES = [
  "/collections/a/styles/default/map.png?width=8&height=8&bbox=0,0,8,8",
  "/collections/a/map.png?width=8&height=8&bbox=0,0,8,8",
  "/map.png?width=8&height=8&bbox=0,0,8,8",
  "/collections/a/map/tiles/WebMercatorQuad/0/0/0.png",
  "/map/tiles/WebMercatorQuad/0/0/0.png",
];

const api = (decision: Decision) => {
  const authorizer = decides(decision);
  const service = exampleApi({ default_dataset_layers: ["a"] }, { authorizer });
  return { authorizer, get: async (target: string) => (await service).get(target) };
};
const only = (layers: Record<string, LayerPermission>): Decision => ({
  authorized: "partial",
  layers: new Map(Object.entries(layers)),
});
const area = (bbox: BBox): Coverage => ({
  srs: parseSrs("EPSG:4326"),
  bbox,
  polygons: undefined,
  clip: true,
});

describe("OGC API authorization", () => {
  for (const target of [...DOCUMENTS, ...PICTURES]) {
    it(`asks before it answers ${target || "/"}, and says so to caches`, async () => {
      const { authorizer, get } = api({ authorized: "full" });
      const response = await get(target);
      assert.equal(response.status, 200);
      assert.equal(authorizer.asked.length, 1);
      const expected = PICTURES.includes(target) ? "ogcapi.map" : "ogcapi";
      assert.equal(authorizer.asked[0]?.service, expected);
      assert.match(response.headers.get("cache-control") ?? "", /^private/);
    });

    it(`refuses ${target || "/"} to those who may not or must say who they are`, async () => {
      const none = await api({ authorized: "none" }).get(target);
      assert.deepEqual([none.status, await none.text()], [403, "forbidden"]);
      const unknown = await api({ authorized: "unauthenticated" }).get(target);
      assert.deepEqual([unknown.status, await unknown.text()], [401, "unauthorized"]);
    });
  }

  it("asks about documents with all layers, about maps with the drawn ones and their place", async () => {
    const documents = api({ authorized: "full" });
    await documents.get("/collections");
    assert.deepEqual(documents.authorizer.asked[0]?.layers, ["a", "g", "b", "c"]);
    const maps = api({ authorized: "full" });
    await maps.get("/collections/g/map.png?width=8&height=8&bbox=0,0,8,8");
    const [question] = maps.authorizer.asked;
    assert.deepEqual(question?.layers, ["g", "b", "c"]);
    assert.deepEqual(question?.extent?.bbox, [0, 0, 8, 8]);
  });

  it("does not name what a client may not see", async () => {
    const { get } = api(only({ a: { map: true }, b: { map: false, tile: true } }));
    const { collections } = await (await get("/collections")).json();
    assert.deepEqual(
      collections.map(({ id }: { id: string }) => id),
      ["a"],
    );
    const definition = await (await get("/api")).json();
    assert.deepEqual(definition.components.parameters.collectionId.schema.enum, ["a"]);
    for (const path of ["", "/map/tiles", "/map/tiles/WebMercatorQuad"]) {
      assert.equal((await get(`/collections/b${path}`)).status, 404, path);
    }
    for (const path of ["/map?bbox=0,0,1,1", "/map/tiles/WebMercatorQuad/0/0/0"]) {
      assert.equal((await get(`/collections/b${path}`)).status, 403, path);
    }
    assert.equal((await get("/map?collections=a,b&bbox=0,0,1,1")).status, 403);
    assert.equal((await get("/map/tiles/WebMercatorQuad/0/0/0?collections=b")).status, 403);
  });

  it("keeps documents of one client from another", async () => {
    let decision: Decision = { authorized: "full" };
    const authorizer = { restricts: true, authorize: async () => decision };
    const service = await exampleApi({}, { authorizer });
    const count = async () => (await service.json("/collections")).collections.length;
    assert.equal(await count(), 4);
    decision = only({ a: { map: true } });
    assert.equal(await count(), 1);
    decision = { authorized: "full" };
    assert.equal(await count(), 4);
  });

  it("leaves members of a group out that the client may not see", async () => {
    const { get } = api(only({ g: { map: true }, b: { map: true } }));
    const picture = await pixelsOf(await get("/collections/g/map?width=8&height=8&bbox=0,0,8,8"));
    assert.deepEqual(picture.at(3, 3), [0, 255, 0, 255]);
  });

  it("cuts maps and tiles to what the client is limited to", async () => {
    const limitedTo = area([0, 0, 4, 8]);
    for (const decision of [
      only({ a: { map: true, limitedTo } }),
      { ...only({ a: { map: true } }), limitedTo } as Decision,
    ]) {
      const { get } = api(decision);
      const map = await pixelsOf(await get("/collections/a/map.png?width=8&height=8&bbox=0,0,8,8"));
      assert.deepEqual(map.at(1, 4), [255, 0, 0, 255]);
      assert.equal(map.at(6, 4)[3], 0);
      const tile = await pixelsOf(await get("/collections/a/map/tiles/GLOBAL_GEODETIC/5/8/16.png"));
      assert.deepEqual(tile.at(20, 200), [255, 0, 0, 255]);
      assert.equal(tile.at(200, 200)[3], 0);
    }
  });
});
