/** The assertions of the OGC's test suites for Tiles 1.0 and Maps 1.0, by their ids. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exampleApi, ROOT } from "../../../test/ogcapi-service.ts";
import { pixelsOf } from "../../../test/wms-service.ts";
import { peek } from "../../image/peek.ts";

const REL = "http://www.opengis.net/def/rel/ogc/1.0/";
const api = await exampleApi({ default_dataset_layers: ["a"] });

interface Link {
  readonly rel: string;
  readonly href: string;
  readonly type: string;
}
const follow = ({ href }: Link) => api.get(href.slice(ROOT.length));
const linked = async (target: string, rel: string): Promise<Link[]> =>
  (await api.json(target)).links.filter((link: Link) => link.rel.startsWith(rel));
const tilesetLists = async () => [
  ...(await linked("", `${REL}tilesets-`)),
  ...(await linked("/collections/a", `${REL}tilesets-`)),
];

describe("CITE OGC API Tiles 1.0", () => {
  it("A.1 conformance lists the core class", async () => {
    const { conformsTo } = await api.json("/conformance");
    assert.ok(conformsTo.every((uri: unknown) => typeof uri === "string"));
    assert.ok(conformsTo.some((uri: string) => uri.endsWith("/ogcapi-tiles-1/1.0/conf/core")));
  });

  it("A.2 to A.5 tile sets have templates with their three variables", async () => {
    for (const link of await tilesetLists()) {
      if (link.type !== "application/json") continue;
      const { tilesets } = await (await follow(link)).json();
      assert.ok(tilesets.length > 0);
      for (const { links } of tilesets) {
        const items = links.filter(({ rel }: Link) => rel === "item");
        assert.ok(items.length > 0);
        for (const { href } of items) {
          assert.match(href, /^http:\/\/.*\{tileMatrix\}.*\{tileRow\}.*\{tileCol\}/);
        }
      }
    }
  });

  it("A.6 the first tile within the limits is there", async () => {
    const { tilesets } = await api.json("/collections/b/map/tiles");
    for (const { links, tileMatrixSetLimits } of tilesets) {
      const [{ tileMatrix, maxTileRow, minTileCol }] = tileMatrixSetLimits;
      const { href } = links.find(({ rel }: Link) => rel === "item");
      const url = fill(href, [tileMatrix, maxTileRow, minTileCol]);
      assert.equal((await api.get(url.slice(ROOT.length))).status, 200, url);
    }
  });

  it("A.7 tiles beyond the limits of the set are an error of the client", async () => {
    const template = "/collections/a/map/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}";
    for (const at of [
      [2, 2 ** 31 - 1, 0],
      [2, 0, 2 ** 31 - 1],
      [2, 4, 0],
      [2, 0, 4],
    ] as const) {
      const { status } = await api.get(fill(template, at));
      assert.ok(status === 400 || status === 404, `${at}: ${status}`);
    }
  });

  it("A.9 lists name the tile matrix set of every entry", async () => {
    for (const link of await tilesetLists()) {
      assert.match(link.href, /\/tiles/);
    }
    for (const { tileMatrixSetURI } of (await api.json("/map/tiles?f=json")).tilesets) {
      assert.match(tileMatrixSetURI, /^http/);
    }
  });

  it("A.10 to A.13 the landing page and a collection link their tile sets", async () => {
    assert.ok((await linked("", `${REL}tilesets-map`)).length > 0);
    const links = await linked("/collections/a", `${REL}tilesets-map`);
    assert.ok(links.length > 0);
    for (const link of links) {
      assert.match(link.href, /\/tiles(?:$|\?)/);
      assert.equal((await follow(link)).status, 200);
    }
  });

  it("A.23 the landing page links a definition in OpenAPI 3.0", async () => {
    const [link] = await linked("", "service-desc");
    assert.equal(link?.type, "application/vnd.oai.openapi+json;version=3.0");
    const { openapi, info, paths } = await (await follow(link!)).json();
    assert.match(openapi, /^3\.0\.\d+$/);
    assert.ok(info.title && info.version && paths);
  });

  it("A.24 an operation is named for getting tiles", async () => {
    const { paths } = await api.json("/api");
    const ids = Object.values<{ get: { operationId: string } }>(paths).map(
      (p) => p.get.operationId,
    );
    assert.ok(ids.some((id) => id.includes(".getTile")));
  });
});

describe("CITE OGC API Maps 1.0", () => {
  const MAP = "/collections/a/map?bbox=0,0,8,4&width=8";

  it("A.1.1, A.13.1 and A.13.3 each map link of a collection gives a picture", async () => {
    for (const id of ["a", "b"]) {
      const links = await linked(`/collections/${id}`, `${REL}map`);
      assert.ok(links.length > 0);
      for (const link of links) {
        const response = await follow(link);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get("content-type"), link.type);
      }
    }
  });

  it("A.1.2 a map says its place, and its system unless that is CRS84", async () => {
    const degrees = await api.get(MAP);
    assert.deepEqual(degrees.headers.get("content-bbox")?.split(",").map(Number), [0, 0, 8, 4]);
    assert.equal(degrees.headers.get("content-crs"), null);
    const metres = await api.get(`${MAP}&crs=EPSG:3857`);
    assert.match(metres.headers.get("content-crs") ?? "", /^<http.*\/EPSG\/0\/3857>$/);
    assert.equal(metres.headers.get("content-bbox")?.split(",").length, 4);
  });

  it("A.1.3 conformance lists the core class", async () => {
    const { conformsTo } = await api.json("/conformance");
    assert.ok(conformsTo.includes("http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/core"));
  });

  it("A.2.1 the landing page links tile sets of maps", async () => {
    for (const { href } of await linked("", `${REL}tilesets-map`)) assert.ok(href);
  });

  it("A.2.2 tiles honour the parameters of maps", async () => {
    const tile = "/collections/a/map/tiles/WebMercatorQuad/1/0/0.png";
    const size = async (query: string) => (await pixelsOf(await api.get(`${tile}?${query}`))).size;
    assert.deepEqual(await size("width=100&height=50"), [100, 50]);
    assert.deepEqual(await size("width=100"), [100, 100]);
    assert.deepEqual(await size("height=100"), [100, 100]);
    assert.notDeepEqual(await size("mm-per-pixel=0.1"), [256, 256]);
    assert.notDeepEqual(await size("scale-denominator=1e8"), [256, 256]);
  });

  it("A.3.1 the ground is white, or any colour by number or name", async () => {
    const outside = "/collections/b/map?bbox=-8,-8,-4,-4&width=4";
    const at = async (query: string) => (await pixelsOf(await api.get(outside + query))).at(1, 1);
    assert.deepEqual((await at("")).slice(0, 3), [255, 255, 255]);
    for (const color of ["0x0000FF", "blue", "BLUE", "Blue"]) {
      assert.deepEqual((await at(`&bgcolor=${color}`)).slice(0, 3), [0, 0, 255], color);
    }
  });

  it("A.3.2 and A.3.5 the ground is transparent, or opaque in a color that is asked for, unless transparent= says which", async () => {
    const outside = "/collections/b/map?bbox=-8,-8,-4,-4&width=4";
    const at = async (query: string) => (await pixelsOf(await api.get(outside + query))).at(1, 1);
    assert.equal((await at(""))[3], 0);
    assert.deepEqual(await at("&bgcolor=blue"), [0, 0, 255, 255]);
    assert.equal((await at("&bgcolor=blue&transparent=true"))[3], 0);
    assert.deepEqual(await at("&transparent=false"), [255, 255, 255, 255]);
    assert.deepEqual(await at("&bgcolor=blue&transparent=false"), [0, 0, 255, 255]);
    // what there is of the layer hides the ground
    const inside = "/collections/b/map?bbox=1,1,2,2&width=4&bgcolor=blue";
    assert.deepEqual((await pixelsOf(await api.get(inside))).at(1, 1), [0, 255, 0, 255]);
  });

  it("A.3.3, A.3.4 and A.19.1 void areas and TIFF are not offered, and not declared", async () => {
    const { conformsTo } = await api.json("/conformance");
    for (const name of ["void", "tiff"]) {
      assert.ok(!conformsTo.some((uri: string) => uri.includes(name)), name);
    }
    for (const query of ["void-color=red", "void-transparent=true"]) {
      assert.equal((await api.get(`${MAP}&${query}`)).status, 400);
    }
  });

  it("A.11 collections takes one id, several, or URLs, and is declared", async () => {
    const url = encodeURIComponent(`${ROOT}/collections/b`);
    for (const value of ["a", "a,b", url, `${url},a`]) {
      const response = await api.get(`/map?bbox=0,0,8,4&width=8&collections=${value}`);
      assert.equal(response.status, 200, value);
    }
    const declared = (await api.json("/api")).paths["/map"].get.parameters;
    assert.ok(
      declared.some(({ $ref }: { $ref: string }) => $ref.endsWith("parameters/collections")),
    );
  });

  it("A.13.2 a collection says its systems and where it is", async () => {
    for (const { crs, extent } of (await api.json("/collections")).collections) {
      assert.ok(crs.length > 0);
      for (const uri of crs) assert.match(uri, /^http:\/\/www\.opengis\.net\/def\/crs\//);
      for (const bbox of extent.spatial.bbox) {
        assert.equal(bbox.length, 4);
        assert.ok(bbox[0] <= bbox[2] && bbox[1] <= bbox[3]);
      }
    }
  });

  it("A.14.1 the landing page links the map of the whole on its own host", async () => {
    for (const link of await linked("", `${REL}map`)) {
      assert.match(link.href, new RegExp(`^${ROOT}/map`));
      assert.equal((await follow(link)).status, 200);
    }
  });

  it("A.14.2 the landing page says where the whole is", async () => {
    const { extent } = await api.json("");
    assert.match(extent.spatial.crs, /CRS84$/);
  });

  it("A.15.1 and A.15.2 each style links its map, and that gives a picture", async () => {
    for (const target of ["/collections/a", ""]) {
      const [list] = await linked(target, `${REL}styles`);
      const { styles } = await (await follow(list!)).json();
      assert.ok(styles.length > 0);
      for (const { id, links } of styles) {
        const maps = links.filter(({ rel }: Link) => rel === `${REL}map`);
        assert.ok(maps.length > 0, id);
        for (const link of maps) {
          assert.equal((await follow(link)).headers.get("content-type"), link.type);
        }
      }
    }
    assert.equal((await api.get("/styles/none")).status, 404);
    assert.equal((await api.get("/styles/none/map")).status, 404);
    assert.equal((await (await exampleApi()).get("/styles")).status, 404, "no map of the whole");
    assert.equal((await api.get("/collections/a/styles/none")).status, 404);
    assert.equal((await api.get("/collections/a/styles/none/map?bbox=0,0,1,1")).status, 404);
    assert.equal((await api.get("/collections/none/styles")).status, 404);
  });

  it("A.16.1 and A.17.1 pictures are what they say", async () => {
    for (const format of ["png", "jpeg"] as const) {
      const bytes = new Uint8Array(await (await api.get(`${MAP}&f=${format}`)).arrayBuffer());
      assert.deepEqual(peek(bytes)?.format, format);
    }
  });

  it("A.22.1 every link to a map or to tile sets has its path in the definition", async () => {
    const { paths } = await api.json("/api");
    const patterns = Object.keys(paths).map(
      (path) => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`),
    );
    const links = [
      ...(await linked("", `${REL}map`)),
      ...(await linked("/collections/a", `${REL}map`)),
      ...(await tilesetLists()),
    ];
    for (const { href } of links) {
      const path = href.slice(ROOT.length).replace(/\?.*$|\.\w+$/, "");
      assert.ok(
        patterns.some((pattern) => pattern.test(path)),
        path,
      );
    }
  });

  it("A.22.2 operations of maps and tiles have the names of the standard", async () => {
    const { paths } = await api.json("/api");
    for (const [path, item] of Object.entries<{ get: { operationId: string } }>(paths)) {
      const name = path.endsWith("/{styleId}/map")
        ? ".style.getMap"
        : path.endsWith("/map")
          ? ".getMap"
          : path.endsWith("/map/tiles")
            ? ".map.getTileSetsList"
            : path.endsWith("/map/tiles/{tileMatrixSetId}")
              ? ".map.getTileSet"
              : path.endsWith("{tileCol}")
                ? ".map.getTile"
                : "";
      assert.ok(item.get.operationId.endsWith(name), path);
    }
  });
});

/** A template with matrix, row and column in it. */
function fill(template: string, [level, row, column]: readonly (string | number)[]): string {
  return template
    .replace("{tileMatrix}", String(level))
    .replace("{tileRow}", String(row))
    .replace("{tileCol}", String(column));
}
