import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { testContext } from "../../test/platform.ts";
import { pixelAt, plainPng, sourceDeps } from "../../test/source-deps.ts";
import { type Answer, type Expected, upstream } from "../../test/upstream.ts";
import { SourceError } from "../core/errors.ts";
import { toRaster } from "../image/codec.ts";
import { ConfigFault } from "../model/define.ts";
import type { MapResult, Source } from "../model/source.ts";
import { parseSrs } from "../srs/srs.ts";
import { tileSource } from "./tile.ts";

const URL_OF_TILE = "http://x/3/5/2.png";
const COORD = { x: 5, y: 2, level: 3 };
const PNG: Answer = { type: "image/png", body: plainPng() };

function create(
  options: Record<string, unknown>,
  expected: readonly Expected[],
  overrides: Parameters<typeof sourceDeps>[1] = {},
) {
  const server = upstream(...expected);
  const parsed = v.parse(tileSource.options, {
    type: "tile",
    url: "http://x/%(z)s/%(x)s/%(y)s.%(format)s",
    grid: "GLOBAL_WEBMERCATOR",
    ...options,
  });
  const source = tileSource.create(parsed, sourceDeps(server.fetch, overrides)) as Source;
  const get = (coord = COORD, ctx = testContext()): Promise<MapResult | undefined> =>
    source.tile!.get(coord, { format: "png" }, ctx);
  return { source, get, ...server };
}

describe("tile source", () => {
  it("hands on the bytes of the server", async () => {
    const { get, done } = create({}, [{ url: URL_OF_TILE, answer: PNG }]);
    const result = await get();
    done();
    assert.deepEqual(result?.picture, { kind: "encoded", bytes: plainPng(), format: "png" });
    assert.equal(result?.cacheable, true);
  });

  it("sources 40: speaks of rows as its own grid counts them", async () => {
    const { get, done } = create({ grid: "GLOBAL_MERCATOR" }, [{ url: URL_OF_TILE, answer: PNG }]);
    await get(COORD);
    done();
  });

  it("sources 41: has no map for layers to draw", () => {
    assert.equal(create({}, []).source.map, undefined);
  });

  it("is nowhere outside the grid, the coverage and the resolution range", async () => {
    const outside = create({}, []);
    for (const coord of [
      { x: 8, y: 0, level: 3 },
      { x: 0, y: -1, level: 3 },
      { x: 0, y: 0, level: 99 },
    ]) {
      assert.equal(await outside.get(coord), undefined);
    }
    const srs = parseSrs("EPSG:4326");
    const coverage = { srs, bbox: [-20, -20, -10, -10] as const, polygons: undefined, clip: false };
    assert.equal(await create({}, [], { coverage }).get(), undefined);
    const resolutions = { min: 100, max: undefined };
    assert.equal(await create({}, [], { resolutions }).get(), undefined);
  });

  it("sources 30: text with status 200 is for `other`", async () => {
    const answer = { type: "text/plain", body: "wait" };
    const painted = await create({ on_error: { other: { response: "#010203" } } }, [
      { url: URL_OF_TILE, answer },
    ]).get();
    const view = await toRaster(painted!.picture, [256, 256], painted!.options);
    assert.deepEqual(pixelAt(view, 0, 0), [1, 2, 3]);
    assert.equal(painted?.cacheable, false);
    const { get } = create({}, [{ url: URL_OF_TILE, answer }]);
    await assert.rejects(get(), (error: SourceError) => /wait/.test(error.detail));
  });

  it("sources 27: 404 with a stand-in that is stored", async () => {
    const on_error = { "404": { response: "transparent", cache: true } };
    const result = await create({ on_error }, [
      { url: URL_OF_TILE, answer: { status: 404 } },
    ]).get();
    assert.equal(result?.cacheable, true);
    assert.equal(result?.options.transparent, true);
  });

  it("sources 29: 204 has the status 204", async () => {
    const { get } = create({}, [{ url: URL_OF_TILE, answer: { status: 204 } }]);
    await assert.rejects(get(), (error: SourceError) => error.status === 204);
  });

  it("threats T12: refuses damaged, empty, cut and wrongly sized tiles", async () => {
    const whole = plainPng();
    const bodies = [
      new Uint8Array(),
      whole.subarray(0, whole.length / 2),
      new TextEncoder().encode("<xml/>"),
      plainPng([512, 512]),
    ];
    for (const body of bodies) {
      const { get } = create({}, [{ url: URL_OF_TILE, answer: { type: "image/png", body } }]);
      await assert.rejects(get(), SourceError);
    }
  });

  it("lets a client go that has left", async () => {
    const { get } = create({}, [{ url: URL_OF_TILE, answer: "hang" }]);
    const controller = new AbortController();
    const gone = new Error("gone");
    const work = get(COORD, { ...testContext(), signal: controller.signal });
    controller.abort(gone);
    await assert.rejects(work, gone);
  });

  it("refuses templates that cannot be filled in when it is made", () => {
    assert.throws(() => create({ url: "http://x/a%20b" }, []), ConfigFault);
  });

  it("has the grid GLOBAL_MERCATOR unless told otherwise", () => {
    const { source } = create({ grid: undefined }, []);
    assert.equal(source.tile?.grid.name, "GLOBAL_MERCATOR");
  });

  it("reaches as far as its coverage, else its grid", () => {
    const { source } = create({}, []);
    assert.deepEqual(source.extent.bbox, source.tile?.grid.bbox);
  });
});
