import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadText } from "../../test/config.ts";
import { configured } from "../../test/configured.ts";

const REST = `
services: {tms: }
layers: [{name: a, title: A, sources: [c]}]
`;

/** Warnings of a file, those about what nothing uses left out. */
async function warnings(text: string): Promise<string[]> {
  const { warnings: all } = await loadText(REST + text);
  return all
    .filter(({ message }) => !message.startsWith("Nothing uses"))
    .map(({ line, path, message }) => `${line} ${path}: ${message}`);
}

const CACHE = "caches: {c: {grids: [GLOBAL_MERCATOR], sources: [s]}}\n";

describe("replaceLegacy()", () => {
  it("grids 14: warns of a grid without origin, unless its base has one", async () => {
    const grids = (options: string) =>
      `${CACHE}sources: {s: {type: debug}}\ngrids:\n  b: {${options}}\n  g: {base: b}\n  w: {base: GLOBAL_WEBMERCATOR}\n`;
    const message = (name: string) =>
      `grids.${name}: grid ${name} does not have an origin. default origin will change from sw (south/west) to nw (north-west) with MapProxy 2.0: say which with "origin"`;
    assert.deepEqual(await warnings(grids("")), [`7 ${message("b")}`, `8 ${message("g")}`]);
    assert.deepEqual(await warnings(grids("origin: nw")), []);
  });

  it("warns of a tile source without grid, and with an origin, without its secrets", async () => {
    const found = await warnings(
      `${CACHE}sources: {s: {type: tile, origin: nw, url: 'http://u:p@x/%(z)s/%(x)s/%(y)s?key=s3cret'}}`,
    );
    assert.equal(found.length, 2);
    const text = found.join("\n");
    assert.match(text, /tile source for http:.* does not have a grid configured and defaults to/);
    assert.match(text, /origin for tile sources is deprecated since 1\.3\.0 and will be ignored/);
    assert.doesNotMatch(text, /s3cret|u:p/);
  });

  it("what is doubtful is told once, by reading or by building", async () => {
    const { warnings: told, get } = await configured(`
services: {tms: , demo: , wms: {image_formats: [image/png, image/png]}}
layers: [{name: a, title: A, sources: [c]}]
caches: {c: {sources: [s]}, d: {grids: [g], sources: [s, s]}}
sources: {s: {type: tile, url: 'http://x/%(z)s/%(x)s/%(y)s', origin: nw, request_format: image/png}}
grids: {g: {srs: 'EPSG:3857'}}
`);
    assert.equal((await get("/demo/")).status, 200);
    for (const text of [
      ...["any grids", "a grid configured", "deprecated", "an origin", "no effect"],
      "duplicate mime-type",
    ]) {
      assert.equal(told.filter((line) => line.includes(text)).length, 1, text);
    }
  });
});
