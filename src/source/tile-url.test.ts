import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseTileUrl } from "./tile-url.ts";

const TILE = {
  x: 1234567,
  y: 87654321,
  level: 9,
  bbox: [0, -15, 10, -5],
  format: "png",
} as const;
const url = (template: string, tile: Partial<typeof TILE> & object = {}) =>
  parseTileUrl(template)({ ...TILE, ...tile });

describe("parseTileUrl()", () => {
  for (const [template, expected] of [
    ["/%(z)s/%(x)s/%(y)s.%(format)s", "/9/1234567/87654321.png"],
    ["%(tc_path)s", "09/001/234/567/087/654/321"],
    ["%(tms_path)s", "9/1234567/87654321"],
    ["%(arcgiscache_path)s", "L09/R05397fb1/C0012d687"],
    ["%(bbox)s", "0.00000000,-15.00000000,10.00000000,-5.00000000"],
    ["a%%20b", "a%20b"],
    ["%(z)02d/%(x)d/%(y)x", "09/1234567/5397fb1"],
    ["%(z)3d|%(z)-3d|%(z)+d|%(z).2f", "  9|9  |+9|9.00"],
  ] as const) {
    it(`sources 36: ${template} becomes ${expected}`, () => {
      assert.equal(url(template), expected);
    });
  }

  it("sources 36: quadkeys have a digit a level", () => {
    const quadkey = (x: number, y: number, level: number) =>
      parseTileUrl("%(quadkey)s")({ ...TILE, x, y, level });
    assert.equal(quadkey(0, 0, 0), "");
    assert.equal(quadkey(3, 5, 3), "213");
  });

  it("sources 37: leaves braces alone", () => {
    assert.equal(url("/{z}/%(x)s"), "/{z}/1234567");
  });

  for (const wrong of ["a%20b", "%(x)", "%(nothing)s", "%(x)q", "%"]) {
    it(`refuses ${wrong}`, () => {
      assert.throws(() => parseTileUrl(wrong), RangeError);
    });
  }

  it("is the text itself where there is nothing to fill in", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(url(text.replaceAll("%", "%%")), text);
      }),
    );
  });
});
