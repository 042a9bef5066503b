import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../test/platform.ts";
import { runTool } from "../../test/tools.ts";
import { gridconf } from "./gridconf.ts";

const HALF = 20037508.342789244;
const REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";
const JSON_TYPE = "application/json";

function matrix(cellSize: number, more: object = {}) {
  return {
    id: "0",
    cellSize,
    cornerOfOrigin: "topLeft",
    pointOfOrigin: [-HALF, HALF],
    tileWidth: 256,
    tileHeight: 256,
    matrixWidth: 1,
    matrixHeight: 1,
    ...more,
  };
}

const MERCATOR = { id: "WebMercatorQuad", crs: "http://www.opengis.net/def/crs/EPSG/0/3857" };

/** Runs the tool against a server of documents by path. */
async function run(documents: Readonly<Record<string, unknown>>, ...argv: string[]) {
  const accepted: (string | null)[] = [];
  const platform = testPlatform({
    fetch: (async (url: string | URL | Request, init?: RequestInit) => {
      const request = new Request(url, init);
      accepted.push(request.headers.get("accept"));
      const document = documents[new URL(request.url).pathname];
      return document ? Response.json(document) : new Response("", { status: 404 });
    }) as typeof fetch,
  });
  return { ...(await runTool(gridconf, argv, { platform })), accepted };
}

/** A server of sets, each behind its `self` link. */
function server(sets: Readonly<Record<string, object>>) {
  const documents: Record<string, unknown> = {
    "/api": { links: [{ rel: REL, type: JSON_TYPE, href: "/api/sets" }] },
    "/api/sets": {
      tileMatrixSets: Object.keys(sets).map((id) => ({
        id,
        links: [{ rel: "self", type: JSON_TYPE, href: `/api/sets/${id}` }],
      })),
    },
  };
  for (const [id, set] of Object.entries(sets)) documents[`/api/sets/${id}`] = set;
  return documents;
}

describe("gridconf()", () => {
  it("tools 30: gridconf output for WebMercatorQuad and stderr line for the unsupported set", async () => {
    const sets = {
      WebMercatorQuad: {
        ...MERCATOR,
        tileMatrices: [matrix(156543.03392804097), matrix(78271.51696402048)],
      },
      Thin: { ...MERCATOR, tileMatrices: [matrix(1, { variableMatrixWidths: [{}] })] },
    };
    const { code, out, err, accepted } = await run(server(sets), "http://w/api/");
    assert.equal(code, 0);
    assert.equal(
      out,
      `Configuration to add to mapproxy.yml:

grids:
  WebMercatorQuad:
    bbox: [-20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244]
    origin: ul
    res: [156543.03392804097, 78271.51696402048]
    srs: EPSG:3857
    tile_size: [256, 256]`,
    );
    assert.equal(
      err,
      "Cannot handle http://w/api/sets/Thin: Tile matrix with variableMatrixWidths are not supported",
    );
    assert.ok(accepted.every((accept) => accept === JSON_TYPE));
  });

  it("reads the point of origin in the axis order of the system, and the lower left corner", async () => {
    const world = { matrixWidth: 2, cornerOfOrigin: "bottomLeft" };
    const sets = {
      crs84: {
        crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        tileMatrices: [matrix(0.703125, { ...world, pointOfOrigin: [-180, -90] })],
      },
      epsg4326: {
        crs: { uri: "http://www.opengis.net/def/crs/EPSG/0/4326" },
        tileMatrices: [matrix(0.703125, { ...world, pointOfOrigin: [-90, -180] })],
      },
    };
    const { out } = await run(server(sets), "--url", "http://w/api");
    const boxes = out.match(/bbox: .*/g);
    assert.deepEqual(boxes, ["bbox: [-180, -90, 180, 90]", "bbox: [-180, -90, 180, 90]"]);
    assert.equal(out.match(/origin: ll\n {4}res: \[0\.703125\]\n {4}srs: EPSG:4326/g)?.length, 2);
  });

  it("says why a set cannot be a grid, and goes on", async () => {
    const two = (more: object) => ({ ...MERCATOR, tileMatrices: [matrix(2), matrix(1, more)] });
    const reasons = {
      a: [{ ...MERCATOR, crs: "urn:x" }, "CRS urn:x is not supported"],
      b: [
        two({ tileWidth: 512 }),
        "Tile matrix set with varying tileWidth depending on tile matrix",
      ],
      c: [
        two({ pointOfOrigin: [0, 0] }),
        "Tile matrix set with varying pointOfOrigin depending on tile matrix",
      ],
      d: [
        { ...MERCATOR, tileMatrices: [matrix(1, { cornerOfOrigin: "middle" })] },
        "Invalid cornerOfOrigin=middle",
      ],
      e: [{ ...MERCATOR, tileMatrices: "x" }, "Cannot use tile matrix set: no list of matrices"],
    } as const;
    const sets = Object.fromEntries(Object.entries(reasons).map(([id, [set]]) => [id, set]));
    const { code, err } = await run(server(sets), "http://w/api");
    assert.equal(code, 0);
    assert.deepEqual(
      err.split("\n"),
      Object.entries(reasons).map(
        ([id, [, why]]) => `Cannot handle http://w/api/sets/${id}: ${why}`,
      ),
    );
  });

  it("no URL: help, exit 1; no link: says so, exit 0; no server: exit 1", async () => {
    assert.equal((await run({})).code, 1);
    const { code, out } = await run({ "/api": { links: [] } }, "http://w/api");
    assert.deepEqual([code, out], [0, "Cannot find a link to tile matrix set definitions"]);
    const broken = await run({}, "http://w/api");
    assert.equal(broken.code, 1);
    assert.match(broken.err, /^ERROR: /);
  });
});
