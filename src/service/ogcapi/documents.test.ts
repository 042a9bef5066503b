import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apiOf, exampleApi, PREDEFINED, ROOT } from "../../../test/ogcapi-service.ts";
import { gridOf } from "../../../test/tile-service.ts";
import { extentOf, group, leaf } from "../../../test/wms-service.ts";

const REL = "http://www.opengis.net/def/rel/ogc/1.0/";
const DATASET = { default_dataset_layers: ["a"] };

/** Relation, type and address of links, in their order. */
const shape = (links: { rel: string; type: string; href: string }[]) =>
  links.map(({ rel, type, href }) => [
    rel.replace(REL, "ogc:"),
    type.replace(/^application\/(?:vnd\..*?\+)?(json).*$/, "$1").replace(/^\w+\//, ""),
    href.replace(ROOT, ""),
  ]);

describe("OGC API landing page", () => {
  it("services-tiles 28: links everything, in the order that clients know", async () => {
    const { links } = await (await exampleApi()).json("");
    assert.deepEqual(shape(links), [
      ["self", "json", "?f=json"],
      ["alternate", "html", "?f=html"],
      ["conformance", "json", "/conformance?f=json"],
      ["ogc:conformance", "json", "/conformance?f=json"],
      ["ogc:conformance", "html", "/conformance?f=html"],
      ["service-desc", "json", "/api?f=json"],
      ["service-doc", "html", "/api?f=html"],
      ["data", "json", "/collections?f=json"],
      ["data", "html", "/collections?f=html"],
      ["ogc:data", "json", "/collections?f=json"],
      ["ogc:data", "html", "/collections?f=html"],
      ["ogc:tiling-schemes", "json", "/tileMatrixSets?f=json"],
      ["ogc:tiling-schemes", "html", "/tileMatrixSets?f=html"],
    ]);
    for (const link of links) assert.ok(link.title, link.href);
  });

  it("services-tiles 28: has a map of the whole only if its layers are configured", async () => {
    const { links, extent } = await (await exampleApi(DATASET)).json("");
    const found = shape(links).filter(([rel]) => rel === "ogc:map" || rel === "ogc:tilesets-map");
    assert.deepEqual(found, [
      ["ogc:map", "png", "/map.png"],
      ["ogc:map", "jpeg", "/map.jpg"],
      ["ogc:tilesets-map", "json", "/map/tiles?f=json"],
      ["ogc:tilesets-map", "html", "/map/tiles?f=html"],
    ]);
    assert.deepEqual(extent.spatial.bbox, [[-180, -90, 180, 90]]);
    assert.match(extent.spatial.crs, /CRS84$/);
  });

  it("is the same with and without slashes", async () => {
    const api = await exampleApi();
    const texts = await Promise.all(["", "/", "//"].map(async (p) => (await api.get(p)).text()));
    assert.equal(new Set(texts).size, 1);
  });

  it("writes addresses as the client came, JSON by two blanks", async () => {
    const response = await (await exampleApi()).get("", {});
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.match(await response.text(), /^\{\n {2}"links": \[\n {4}\{\n {6}"rel": "self"/);
  });
});

describe("OGC API conformance", () => {
  const names = async (options: Parameters<typeof exampleApi>[0]) => {
    const { conformsTo } = await (await exampleApi(options)).json("/conformance");
    for (const uri of conformsTo) assert.match(uri, /^http:\/\/www\.opengis\.net\/spec\//);
    return conformsTo.map((uri: string) => uri.slice("http://www.opengis.net/spec/".length));
  };
  const common = [
    "ogcapi-common-1/1.0/conf/core",
    "ogcapi-common-1/1.0/conf/html",
    "ogcapi-common-1/1.0/conf/json",
    "ogcapi-common-1/1.0/conf/landing-page",
    "ogcapi-common-1/1.0/conf/oas30",
    "ogcapi-common-2/1.0/conf/collections",
  ];
  const maps =
    "core scaling spatial-subsetting crs display-resolution background collection-map collections-selection png jpeg"
      .split(" ")
      .map((name) => `ogcapi-maps-1/1.0/conf/${name}`);
  const tiles = "core oas30 tileset tilesets-list geodata-tilesets"
    .split(" ")
    .map((name) => `ogcapi-tiles-1/1.0/conf/${name}`);

  it("services-tiles 28: maps alone", async () => {
    assert.deepEqual(await names({ enable_tiles: false }), [...common, ...maps]);
  });
  it("services-tiles 28: tiles alone", async () => {
    assert.deepEqual(await names({ enable_maps: false }), [...common, ...tiles]);
  });
  it("services-tiles 28: both, with a map of the whole", async () => {
    assert.deepEqual(await names(DATASET), [
      ...common,
      ...maps,
      "ogcapi-maps-1/1.0/conf/dataset-map",
      "ogcapi-maps-1/1.0/conf/tilesets",
      ...tiles,
      "ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    ]);
  });
});

describe("OGC API collections", () => {
  it("services-tiles 29: lists all named layers depth first, groups too", async () => {
    const { collections, links } = await (await exampleApi()).json("/collections");
    assert.deepEqual(
      collections.map(({ id }: { id: string }) => id),
      ["a", "g", "b", "c"],
    );
    assert.deepEqual(shape(links), [
      ["self", "json", "/collections?f=json"],
      ["alternate", "html", "/collections?f=html"],
    ]);
  });

  it("services-tiles 29: describes a collection with its keys in order", async () => {
    const collection = await (await exampleApi()).json("/collections/a");
    assert.deepEqual(Object.keys(collection), [
      "dataType",
      "id",
      "title",
      "extent",
      "crs",
      "storageCrs",
      "links",
    ]);
    assert.deepEqual(collection.extent, { spatial: { bbox: [[-180, -90, 180, 90]] } });
    assert.deepEqual(collection.crs, [
      "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
      "http://www.opengis.net/def/crs/EPSG/0/4326",
      "http://www.opengis.net/def/crs/EPSG/0/3857",
    ]);
    assert.equal(collection.storageCrs, "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    assert.deepEqual(shape(collection.links), [
      ["self", "json", "/collections/a?f=json"],
      ["alternate", "html", "/collections/a?f=html"],
      ["ogc:map", "png", "/collections/a/map.png"],
      ["ogc:map", "jpeg", "/collections/a/map.jpg"],
      ["ogc:tilesets-map", "json", "/collections/a/map/tiles?f=json"],
      ["ogc:tilesets-map", "html", "/collections/a/map/tiles?f=html"],
      ["ogc:styles", "json", "/collections/a/styles?f=json"],
      ["ogc:styles", "html", "/collections/a/styles?f=html"],
    ]);
  });

  it("services-tiles 29: says where a layer is in its own system, and how fine it is", async () => {
    const api = await apiOf(
      group(undefined, [
        leaf("utm", {
          extent: extentOf([400000, 5500000, 500000, 5600000], "EPSG:25832"),
          metadata: { abstract: "about it" },
          resolutions: { min: 280, max: 0.28 },
        }),
      ]),
    );
    const utm = await api.json("/collections/utm");
    assert.equal(utm.description, "about it");
    const [[west, south, east, north]] = utm.extent.spatial.bbox;
    assert.ok(west > 7.5 && west < 7.7 && east > 8.9 && east < 9.1, `${west} ${east}`);
    assert.ok(south > 49.6 && south < 49.7 && north > 50.5 && north < 50.6);
    assert.deepEqual(utm.extent.spatial.storageCrsBbox, [[400000, 5500000, 500000, 5600000]]);
    assert.equal(utm.storageCrs, "http://www.opengis.net/def/crs/EPSG/0/25832");
    assert.equal(utm.minCellSize, 0.28);
    assert.ok(Math.abs(utm.minScaleDenominator - 1000) < 1e-9);
    assert.equal(utm.maxCellSize, 280);
    assert.ok(Math.abs(utm.maxScaleDenominator - 1_000_000) < 1e-6);
  });

  it("services-tiles 29: writes attribution as text, or as markdown where there is a link", async () => {
    const of = async (attribution: object) => {
      const layer = leaf("a", { metadata: { attribution } });
      const json = await (await apiOf(group(undefined, [layer]))).json("/collections/a");
      return [json.attribution, json.attributionMediaType];
    };
    assert.deepEqual(await of({ title: "We" }), ["We", undefined]);
    assert.deepEqual(await of({ title: "We", url: "http://we" }), [
      "[We](http://we)",
      "text/markdown",
    ]);
    assert.deepEqual(await of({ title: "We", url: "http://we", logo: { url: "http://l.png" } }), [
      "[![We](http://l.png](http://we)",
      "text/markdown",
    ]);
  });

  it("services-tiles 29: describes layers of other bodies in the degrees of those", async () => {
    const api = await apiOf(
      group(undefined, [
        leaf("moon", { extent: extentOf([-180, -90, 180, 90], "IAU_2015:30100") }),
      ]),
      { map_srs: ["IAU_2015:30100"] },
    );
    const moon = await api.json("/collections/moon");
    const uri = "http://www.opengis.net/def/crs/IAU/2015/30100";
    assert.deepEqual(moon.crs, [uri]);
    assert.equal(moon.storageCrs, uri);
    assert.equal(moon.extent.spatial.crs, uri);
    assert.deepEqual(await api.json("/collections/moon/map/tiles").then((d) => d.tilesets), []);
  });

  it("says 404 for other names", async () => {
    const api = await exampleApi();
    for (const path of ["/collections/zz", "/collections/zz/map", "/collections/zz/map/tiles"]) {
      assert.deepEqual(await api.problem(path), [404, "Not Found", "Collection not found"]);
    }
  });
});

describe("OGC API tile matrix sets", () => {
  it("services-tiles 30: lists all grids, the built-in web mercator under its registered name", async () => {
    const grids = new Map(
      [...PREDEFINED, "utm"].map((name) => [
        name,
        gridOf(
          name,
          name === "utm"
            ? { srs: "EPSG:25832", bbox: [400000, 5500000, 500000, 5600000], res: [100] }
            : undefined,
        ),
      ]),
    );
    const { tileMatrixSets } = await (await exampleApi({}, { grids })).json("/tileMatrixSets");
    assert.deepEqual(
      tileMatrixSets.map(({ id, uri }: { id: string; uri?: string }) => [id, uri]),
      [
        ["GLOBAL_GEODETIC", undefined],
        ["GLOBAL_MERCATOR", undefined],
        ["WebMercatorQuad", "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"],
        ["utm", undefined],
      ],
    );
  });

  it("services-tiles 30: describes WebMercatorQuad as it is registered", async () => {
    const api = await exampleApi();
    const set = await api.json("/tileMatrixSets/WebMercatorQuad");
    assert.deepEqual(Object.keys(set), [
      "id",
      "title",
      "crs",
      "uri",
      "wellKnownScaleSet",
      // the names of the first edition, for older clients
      "type",
      "identifier",
      "supportedCRS",
      "tileMatrices",
    ]);
    assert.equal(set.crs, "http://www.opengis.net/def/crs/EPSG/0/3857");
    assert.equal(
      set.wellKnownScaleSet,
      "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
    );
    assert.equal(set.tileMatrices.length, 20);
    assert.deepEqual(set.tileMatrices[0], {
      id: "0",
      cellSize: 156543.03392804097,
      scaleDenominator: 559082264.0287178,
      cornerOfOrigin: "topLeft",
      pointOfOrigin: [-20037508.342789244, 20037508.342789244],
      matrixWidth: 1,
      matrixHeight: 1,
      tileWidth: 256,
      tileHeight: 256,
      identifier: "0",
      topLeftCorner: [-20037508.342789244, 20037508.342789244],
    });
    assert.deepEqual(await api.problem("/tileMatrixSets/GLOBAL_WEBMERCATOR"), [
      404,
      "Not Found",
      "TileMatrixSet not found",
    ]);
  });

  it("counts degrees along the equator in scales, and writes EPSG:4326 as CRS84", async () => {
    const set = await (await exampleApi()).json("/tileMatrixSets/GLOBAL_GEODETIC");
    assert.equal(set.crs, "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    const [level] = set.tileMatrices;
    assert.equal(level.cornerOfOrigin, "bottomLeft");
    assert.deepEqual(level.pointOfOrigin, [-180, -90]);
    assert.ok(Math.abs(level.scaleDenominator - (1.40625 * 111319.49079327358) / 0.00028) < 1e-3);
  });
});

describe("OGC API tile sets", () => {
  it("services-tiles 31: lists the sets of a collection with templates and limits", async () => {
    const { tilesets } = await (await exampleApi()).json("/collections/b/map/tiles");
    assert.equal(tilesets.length, 3);
    const web = tilesets[2];
    assert.equal(web.title, "Title of b with WebMercatorQuad tile matrix set");
    assert.equal(web.dataType, "map");
    assert.match(web.tileMatrixSetURI, /OGC\/1\.0\/WebMercatorQuad$/);
    const base = "/collections/b/map/tiles/WebMercatorQuad";
    assert.deepEqual(shape(web.links), [
      ["ogc:tiling-scheme", "json", "/tileMatrixSets/WebMercatorQuad?f=json"],
      ["ogc:tiling-scheme", "html", "/tileMatrixSets/WebMercatorQuad?f=html"],
      ["self", "json", `${base}?f=json`],
      ["alternate", "html", `${base}?f=html`],
      ["item", "png", `${base}/{tileMatrix}/{tileRow}/{tileCol}.png`],
      ["item", "jpeg", `${base}/{tileMatrix}/{tileRow}/{tileCol}.jpg`],
    ]);
    assert.ok(web.links.at(-1).templated);
    // 0..40 east, 0..20 north: the north-east quarter, in level 2 its south-western tile
    assert.deepEqual(web.tileMatrixSetLimits[2], {
      tileMatrix: "2",
      minTileRow: 1,
      maxTileRow: 1,
      minTileCol: 2,
      maxTileCol: 2,
    });
  });

  it("services-tiles 31: links the data and gives the template in a header", async () => {
    const api = await exampleApi(DATASET);
    const response = await api.get("/collections/a/map/tiles/GLOBAL_GEODETIC");
    assert.equal(
      response.headers.get("link-template"),
      '</ogcapi/collections/a/map/tiles/GLOBAL_GEODETIC/{tileMatrix}/{tileRow}/{tileCol}.png>; rel="item"; type="image/png"',
    );
    const { links } = await response.json();
    assert.deepEqual(shape(links.slice(-4)), [
      ["ogc:tiling-scheme", "json", "/tileMatrixSets/GLOBAL_GEODETIC?f=json"],
      ["ogc:tiling-scheme", "html", "/tileMatrixSets/GLOBAL_GEODETIC?f=html"],
      ["ogc:geodata", "json", "/collections/a?f=json"],
      ["ogc:geodata", "html", "/collections/a?f=html"],
    ]);
    const whole = await api.json("/map/tiles/GLOBAL_GEODETIC");
    assert.equal(whole.title, "Whole dataset with GLOBAL_GEODETIC tile matrix set");
    assert.ok(!whole.links.some(({ rel }: { rel: string }) => rel === `${REL}geodata`));
  });

  for (const [path, kind] of [
    ["/map", "map"],
    ["/map/tiles", "tilesets"],
    ["/map/tiles/WebMercatorQuad", "tileset"],
    ["/map/tiles/WebMercatorQuad/0/0/0", "tile"],
  ] as const) {
    it(`says that ${path} needs layers that are not configured`, async () => {
      assert.deepEqual(await (await exampleApi()).problem(path), [
        500,
        "InternalError",
        `Dataset ${kind} request but no default_dataset_layers defined in server configuration`,
      ]);
    });
  }
});
