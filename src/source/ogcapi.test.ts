import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { testContext } from "../../test/platform.ts";
import { mapQuery, plainPng, sourceDeps } from "../../test/source-deps.ts";
import { type Answer, type Expected, upstream } from "../../test/upstream.ts";
import { SourceError } from "../core/errors.ts";
import { GLOBAL_WEBMERCATOR } from "../grid/well-known.ts";
import type { MapQuery, Source } from "../model/source.ts";
import { parseSrs } from "../srs/srs.ts";
import { codeOfCrs, uriOfCrs } from "./ogcapi-links.ts";
import { ogcapiMapsSource } from "./ogcapi-maps.ts";
import { ogcapiTilesSource } from "./ogcapi-tiles.ts";
import { parseTileMatrixSet } from "./tile-matrix-set.ts";

const HALF = 20037508.342789244;
const json = (document: unknown): Answer => ({
  type: "application/json",
  body: JSON.stringify(document),
});
const PNG: Answer = { type: "image/png", body: plainPng() };
const REL = "http://www.opengis.net/def/rel/ogc/1.0/";

function matrixSet(overrides: Record<string, unknown> = {}, levels = 4) {
  return {
    id: "WebMercatorQuad",
    crs: "http://www.opengis.net/def/crs/EPSG/0/3857",
    tileMatrices: Array.from({ length: levels }, (_, level) => ({
      id: String(level),
      cellSize: (2 * HALF) / 256 / 2 ** level,
      cornerOfOrigin: "topLeft",
      pointOfOrigin: [-HALF, HALF],
      matrixWidth: 2 ** level,
      matrixHeight: 2 ** level,
      tileWidth: 256,
      tileHeight: 256,
      ...overrides,
    })),
  };
}

describe("codeOfCrs()", () => {
  it("reads URIs and CURIEs, and is the inverse of uriOfCrs()", () => {
    for (const code of ["EPSG:3857", "EPSG:25832", "EPSG:4326"]) {
      assert.equal(codeOfCrs(uriOfCrs(code)), code);
    }
    assert.equal(codeOfCrs("[EPSG:3857]"), "EPSG:3857");
    assert.equal(codeOfCrs("[OGC:CRS84]"), "EPSG:4326");
    for (const odd of [undefined, 7, "#/crs", "http://evil/def/crs/EPSG/0/1"]) {
      assert.equal(codeOfCrs(odd), undefined);
    }
  });
});

describe("parseTileMatrixSet()", () => {
  it("makes the grid that the document describes", () => {
    const grid = parseTileMatrixSet(matrixSet(), parseSrs("EPSG:3857"));
    assert.deepEqual(grid.bbox, GLOBAL_WEBMERCATOR.bbox);
    assert.deepEqual(grid.resolutions, GLOBAL_WEBMERCATOR.resolutions.slice(0, 4));
    assert.deepEqual(grid.sizes, GLOBAL_WEBMERCATOR.sizes.slice(0, 4));
    assert.equal(grid.origin, "nw");
  });

  it("reads the origin in the axis order of the document", () => {
    const geodetic = (crs: string, pointOfOrigin: number[]) => {
      const set = matrixSet(
        { cellSize: 180 / 256, pointOfOrigin, matrixWidth: 2, matrixHeight: 1 },
        1,
      );
      return parseTileMatrixSet({ ...set, crs }, parseSrs("EPSG:4326")).bbox;
    };
    const world = [-180, -90, 180, 90];
    assert.deepEqual(geodetic("http://www.opengis.net/def/crs/EPSG/0/4326", [90, -180]), world);
    assert.deepEqual(geodetic("http://www.opengis.net/def/crs/OGC/1.3/CRS84", [-180, 90]), world);
  });

  it("refuses what is no grid of equal tiles", () => {
    const srs = parseSrs("EPSG:3857");
    for (const overrides of [
      { variableMatrixWidths: [{ coalesce: 2 }] },
      { cornerOfOrigin: "middle" },
      { cellSize: -1 },
      { pointOfOrigin: [0] },
      { matrixWidth: "1" },
    ]) {
      assert.throws(() => parseTileMatrixSet(matrixSet(overrides), srs), RangeError);
    }
    const uneven = matrixSet();
    uneven.tileMatrices[1]!.tileWidth = 512;
    assert.throws(() => parseTileMatrixSet(uneven, srs), /vary/);
    assert.throws(() => parseTileMatrixSet({}, srs), RangeError);
  });
});

describe("ogcapitiles source", () => {
  const COLLECTION = "http://x/api/collections/c";
  const SET = `${COLLECTION}/map/tiles/WebMercatorQuad`;
  const accept = { headers: { accept: "application/json" } };
  const link = (rel: string, href: string, type?: string) => ({ rel: REL + rel, href, type });
  const DISCOVERY: Expected[] = [
    {
      url: COLLECTION,
      ...accept,
      answer: json({
        links: [
          { rel: "self", href: COLLECTION },
          link("tilesets-map", "/api/html", "text/html"),
          link("tilesets-map", "/api/collections/c/map/tiles", "application/json"),
        ],
      }),
    },
    {
      url: `${COLLECTION}/map/tiles`,
      ...accept,
      answer: json({
        tilesets: [
          { dataType: "vector", crs: uriOfCrs("EPSG:3857"), links: [] },
          {
            dataType: "map",
            crs: uriOfCrs("EPSG:3857"),
            links: [
              link("tiling-scheme", "/api/tms/WebMercatorQuad?f=json", "application/json"),
              { rel: "self", href: SET, type: "application/json" },
            ],
          },
        ],
      }),
    },
    { url: "http://x/api/tms/WebMercatorQuad?f=json", ...accept, answer: json(matrixSet()) },
    {
      url: SET,
      ...accept,
      answer: json({
        links: [
          { rel: "item", href: `${SET}/{tileMatrix}/{tileRow}/{tileCol}.jpg`, type: "image/jpeg" },
          { rel: "item", href: `${SET}/{tileMatrix}/{tileRow}/{tileCol}.png`, type: "image/png" },
        ],
      }),
    },
  ];
  const TILE: Partial<MapQuery> = { bbox: [0, 0, HALF, HALF], srs: parseSrs("EPSG:900913") };

  function create(expected: readonly Expected[], options: Record<string, unknown> = {}) {
    const server = upstream(...expected);
    const parsed = v.parse(ogcapiTilesSource.options, {
      type: "ogcapitiles",
      landingpage_url: "http://x/api/",
      collection: "c",
      ...options,
    });
    const source = ogcapiTilesSource.create(parsed, sourceDeps(server.fetch)) as Source;
    const get = (query: Partial<MapQuery> = TILE) =>
      source.map!.get(mapQuery(query), testContext());
    return { source, get, ...server };
  }

  it("sources 57: asks what there is, once, and then for tiles", async () => {
    const { get, done, asked, source } = create([
      ...DISCOVERY,
      { url: `${SET}/1/0/1.png`, answer: PNG },
      { url: `${SET}/1/1/0.png`, answer: PNG },
    ]);
    const result = await get();
    assert.equal(result?.picture.kind, "encoded");
    await get({ ...TILE, bbox: [-HALF, -HALF, 0, 0] });
    done();
    assert.equal(asked.length, 6);
    assert.equal(source.map?.tilesOnly, true);
  });

  it("takes only tilesets of the configured matrix set", async () => {
    const { get } = create(DISCOVERY, { tile_matrix_set_id: "Other" });
    await assert.rejects(get(), { message: "Cannot find a valid tile matrix set for EPSG:900913" });
  });

  it("sources 38: refuses what is no tile of the grid", async () => {
    const refused = (query: Partial<MapQuery>) => create(DISCOVERY).get({ ...TILE, ...query });
    await assert.rejects(refused({ size: [512, 512] }), {
      message: "tile size of cache and tile source do not match: (512, 512) != (256, 256)",
    });
    await assert.rejects(refused({ bbox: [1e6, 1e6, 1e6 + HALF, 1e6 + HALF] }), {
      message: "BBOX does not align to tile",
    });
    await assert.rejects(refused({ srs: parseSrs("EPSG:25832") }), {
      message: "Cannot find a valid tile matrix set for EPSG:25832",
    });
  });

  it("words what is missing, and asks again after a failure", async () => {
    const first = (answer: Expected["answer"]): Expected => ({ url: COLLECTION, answer });
    await assert.rejects(create([first(json({}))]).get(), {
      message: `Could not retrieve 'links' in ${COLLECTION} response`,
    });
    await assert.rejects(create([first(json({ links: [] }))]).get(), {
      message: `Could not retrieve a tilesets-map link in ${COLLECTION} response`,
    });
    await assert.rejects(create([first({ body: "<html>", type: "text/html" })]).get(), SourceError);
    const { get, done } = create([
      first({ status: 503 }),
      ...DISCOVERY,
      { url: `${SET}/1/0/1.png`, answer: PNG },
    ]);
    await assert.rejects(get(), SourceError);
    await get();
    done();
  });

  it("threats T1: follows no link to another server", async () => {
    for (const href of [
      "http://169.254.169.254/tiles",
      "//evil.test/tiles",
      "file:///etc/passwd",
    ]) {
      const links = [link("tilesets-map", href, "application/json")];
      const { get, asked } = create([{ url: COLLECTION, answer: json({ links }) }]);
      await assert.rejects(get(), SourceError);
      assert.equal(asked.length, 1, href);
    }
  });
});

describe("ogcapimaps source", () => {
  const page = (...crs: string[]): Expected => ({
    url: "http://x/ogcapi",
    answer: json({
      links: [{ rel: `${REL}map`, type: "image/png", href: "/ogcapi/map.png" }],
      crs: crs.map(uriOfCrs),
    }),
  });
  function create(expected: readonly Expected[], options: Record<string, unknown> = {}) {
    const server = upstream(...expected);
    const parsed = v.parse(ogcapiMapsSource.options, {
      type: "ogcapimaps",
      landingpage_url: "http://x/ogcapi",
      ...options,
    });
    const source = ogcapiMapsSource.create(parsed, sourceDeps(server.fetch)) as Source;
    const get = (query: Partial<MapQuery>) => source.map!.get(mapQuery(query), testContext());
    return { get, ...server };
  }
  const WORLD: Partial<MapQuery> = { bbox: [-180, -90, 180, 90] };

  it("sources 58: sends longitude first for EPSG:4326, without naming it", async () => {
    const url = "http://x/ogcapi/map.png?bbox=-180,-90,180,90&width=256&height=256";
    const { get, done, asked } = create([page(), { url, answer: PNG }, { url, answer: PNG }]);
    await get(WORLD);
    await get(WORLD);
    done();
    assert.equal(asked.length, 3);
  });

  it("sources 58: names other systems, in their own axis order", async () => {
    for (const [code, bbox, sent] of [
      ["EPSG:25832", [1, 2, 3, 4], "1,2,3,4"],
      ["EPSG:31467", [1, 2, 3, 4], "2,1,4,3"],
    ] as const) {
      const uri = uriOfCrs(code);
      const url = `http://x/ogcapi/map.png?bbox=${sent}&bbox-crs=${uri}&crs=${uri}&width=256&height=256`;
      const { get, done } = create([page("EPSG:4326", code), { url, answer: PNG }]);
      await get({ bbox, srs: parseSrs(code) });
      done();
    }
  });

  it("names the system of the answer if there is a choice", async () => {
    const url = `http://x/ogcapi/map.png?bbox=-180,-90,180,90&crs=${uriOfCrs("EPSG:4326")}&width=256&height=256`;
    const { get, done } = create([page(), { url, answer: PNG }], {
      supported_srs: ["EPSG:4326", "EPSG:3857"],
    });
    await get(WORLD);
    done();
  });

  it("sources 59: writes alpha first", async () => {
    for (const [bgcolor, sent] of [
      [[1, 2, 255], "0x0102FF"],
      ["#0102ff80", "0x800102FF"],
    ]) {
      const url = `http://x/ogcapi/map.png?bbox=-180,-90,180,90&width=256&height=256&transparent=true&bgcolor=${sent}`;
      const { get, done } = create([page(), { url, answer: PNG }], { bgcolor, transparent: true });
      await get(WORLD);
      done();
    }
  });

  it("fails for a page without maps, and asks again", async () => {
    const empty: Expected = { url: "http://x/ogcapi", answer: json({ links: [] }) };
    const url = "http://x/ogcapi/map.png?bbox=-180,-90,180,90&width=256&height=256";
    const { get, done } = create([empty, page(), { url, answer: PNG }]);
    await assert.rejects(get(WORLD), {
      message: "Could not retrieve a map link in http://x/ogcapi response",
    });
    await get(WORLD);
    done();
  });

  it("fails for an error document with status 200, and for an empty answer", async () => {
    const url = "http://x/ogcapi/map.png?bbox=-180,-90,180,90&width=256&height=256";
    for (const answer of [json({ title: "wrong" }), { type: "image/png", body: "" }]) {
      await assert.rejects(create([page(), { url, answer }]).get(WORLD), SourceError);
    }
  });
});
