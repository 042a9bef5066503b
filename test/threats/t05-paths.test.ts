/** T5, T6: values of a request never leave their place in a store, and never meet another's. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dimensionPath } from "../../src/cache/dimension-path.ts";
import { layoutNamed } from "../../src/cache/layout.ts";
import { RequestError } from "../../src/core/errors.ts";
import { mapQuery, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const EVIL = [
  "../../../../etc/passwd",
  "..\\..\\x",
  "%2e%2e%2f",
  "\u0000",
  "CON",
  "a".repeat(300),
  "．．／x",
  "trailing.",
  "A",
  "a",
  "a/b",
  "a%2Fb",
  "",
  " ",
  "~root",
  "-rf",
  "\u202e",
];

/** Path of dimension values; `undefined` where they are refused. */
function pathOf(dimensions: Record<string, string>): string | undefined {
  try {
    return dimensionPath(dimensions);
  } catch (error) {
    assert.ok(error instanceof RequestError);
    return undefined;
  }
}

describe("T5: dimension values in paths", () => {
  const value = fc.oneof(
    fc.constantFrom(...EVIL),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 400 }),
  );

  it("stay one below the other, in names of bounded length, or are refused", () => {
    fc.assert(
      fc.property(value, (text) => {
        const path = pathOf({ time: text }) ?? "";
        assert.ok(!path.startsWith("/"));
        for (const part of path.split("/")) {
          assert.doesNotMatch(part, /[\0\r\n]/, JSON.stringify(path));
          assert.ok(part !== ".." && part !== "." && part.length <= 255);
        }
      }),
    );
  });

  it("T6: are different for different values", () => {
    const dimensions = fc.record({ time: value, elevation: value });
    fc.assert(
      fc.property(dimensions, dimensions, (a, b) => {
        const [one, other] = [pathOf({ ...a }), pathOf({ ...b })];
        if (one === undefined || other === undefined) return;
        const same = a.time === b.time && a.elevation === b.elevation;
        assert.equal(one === other, same, JSON.stringify([a, b]));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("T6: tiles in every layout", () => {
  for (const name of ["tc", "mp", "tms", "reverse_tms", "quadkey", "arcgis"]) {
    it(`${name}: another path for another tile`, () => {
      const layout = layoutNamed(name);
      assert.ok(layout);
      const coord = fc.integer({ min: 0, max: 20 }).chain((level) =>
        fc.record({
          level: fc.constant(level),
          x: fc.integer({ min: 0, max: 2 ** level - 1 }),
          y: fc.integer({ min: 0, max: 2 ** level - 1 }),
        }),
      );
      fc.assert(
        fc.property(coord, coord, (a, b) => {
          const same = a.x === b.x && a.y === b.y && a.level === b.level;
          assert.equal(layout.path(a, "png") === layout.path(b, "png"), same);
          assert.deepEqual(layout.parse(layout.path(a, "png"), "png"), { ...a });
        }),
        { numRuns: 3000 },
      );
    });
  }
});

describe("T5: values that a layer does not declare", () => {
  it("do not reach the store of a cache", async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(`
services: {wms: {}, wmts: {}}
layers:
  - name: cached
    title: Cached
    sources: [c]
    dimensions: {time: {values: ["2020", "2021"], default: "2020"}}
caches:
  c: {sources: [s], grids: [GLOBAL_WEBMERCATOR], meta_size: [1, 1], meta_buffer: 0}
sources:
  s: {type: wms, req: {url: "${upstream.url}/good", layers: x}, forward_req_params: [time]}
globals: {cache: {base_dir: cache_data}}
`);
    await (await app.get(mapQuery("cached", { TIME: "2021" }))).arrayBuffer();
    const stored = app.stored().length;
    for (const value of EVIL) {
      const response = await app.get(mapQuery("cached", { TIME: value }));
      assert.doesNotMatch(await response.text(), /internal error/i);
      await app.get(`/wmts/cached/GLOBAL_WEBMERCATOR/${encodeURIComponent(value)}/0/0/0.png`);
    }
    assert.ok(app.stored().length <= stored + 1, "no more than the default besides");
    await app.close();
    await upstream.close();
  });
});
