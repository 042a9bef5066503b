/** Requests that nobody in his right mind would send. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exampleApi } from "../../../test/ogcapi-service.ts";
import { readNumber } from "../../core/text.ts";
import { parseSrs } from "../../srs/srs.ts";
import { decimal } from "./draw.ts";
import { readParams } from "./params.ts";
import { readPlace } from "./place.ts";
import { pixels } from "./size.ts";

const TILE = "/collections/a/map/tiles/WebMercatorQuad";

describe("OGC API and bad input", () => {
  for (const path of [
    `${TILE}/-1/0/0`,
    `${TILE}/0/-1/0`,
    `${TILE}/0/0/-1`,
    `${TILE}/0/0/1`,
    `${TILE}/0/0/0.5`,
    `${TILE}/0/0/0.5.png`,
    `${TILE}/0/0/1e400`,
    `${TILE}/0/0/9999999999999999999999`,
    `${TILE}/0x0/0/0`,
    `${TILE}/%20/0/0`,
    `${TILE}/0/0/0%2f0`,
    `${TILE}/0/0/%2e%2e`,
    `${TILE}/0/0/0.png%00`,
    `${TILE}/0/0/`,
    "/collections/%2e%2e/map",
    "/collections/..%2f..%2fetc%2fpasswd/map",
    "/collections/a%00/map",
    "/collections/constructor",
    "/collections/__proto__/map",
    "/tileMatrixSets/__proto__",
    `/collections/a/map/tiles/${"x".repeat(1000)}/0/0/0`,
    "/map/tiles/a/b/c/d/e/f",
  ]) {
    it(`${path} is an error of the client, told of at once`, async () => {
      const { status } = await (await exampleApi()).get(path);
      assert.ok(status >= 400 && status < 500, `${status}`);
    });
  }

  it("draws nothing for a map beyond the limits", async () => {
    const api = await exampleApi();
    for (const query of [
      "width=1000000000&height=1000000000",
      "width=40000&height=40000",
      "bbox=-180,-90,180,90&scale-denominator=0.001",
    ]) {
      assert.equal((await api.get(`/collections/c/map?${query}`)).status, 400, query);
    }
  });

  it("refuses 100 kB of any parameter, which it reads in linear time: else this does not end", async () => {
    const api = await exampleApi();
    for (const filler of ["1,", "(", "Lat(", "9", " ", "%20", "-", "a:b,", "[", "a,"]) {
      const long = filler.repeat(100_000 / filler.length);
      for (const name of [
        "bbox",
        "subset",
        "center",
        "crs",
        "width",
        "bgcolor",
        "collections",
        "f",
      ]) {
        const { status } = await api.get(`/map?${name}=${long}`);
        assert.ok(status >= 400, name);
      }
    }
  });

  it("never fails itself, whatever the parameters are", async () => {
    const api = await exampleApi();
    const value = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.double().map(String),
      fc.array(fc.double(), { maxLength: 6 }).map((list) => list.join(",")),
      fc.constantFrom("EPSG:4326", "[EPSG:3857]", "Lat(1:2),Lon(3:4)", "true", "1e999", "a"),
    );
    const name = fc.constantFrom(
      ...["bbox", "bbox-crs", "center", "center-crs", "subset", "subset-crs", "crs", "f"],
      ...["width", "height", "scale-denominator", "mm-per-pixel", "bgcolor", "transparent"],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
        // Pictures that may be drawn are small.
        const query = new URLSearchParams([...pairs, ["width", "5"], ["height", "5"]]);
        const { status } = await api.get(`/collections/c/map?${query}`);
        assert.ok(status === 200 || status === 400 || status === 406, `${status} ${query}`);
      }),
      { numRuns: 300 },
    );
  });

  it("never fails itself, whatever the path is", async () => {
    const api = await exampleApi({ default_dataset_layers: ["a"] });
    const word = fc.oneof(
      fc.constantFrom(
        "collections",
        "a",
        "map",
        "tiles",
        "WebMercatorQuad",
        "0",
        "1",
        "0.png",
        "..",
      ),
      fc.string({ maxLength: 8 }).map(encodeURIComponent),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 9 }), async (words) => {
        const { status } = await api.get(`/${words.join("/")}`);
        assert.ok(status < 500, `${status} ${words.join("/")}`);
      }),
      { numRuns: 500 },
    );
  });
});

describe("OGC API parsers", () => {
  const degrees = parseSrs("CRS:84");
  const context = { target: degrees, standard: degrees, srs: parseSrs };
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
  const interval = fc.tuple(number, number).filter(([a, b]) => a < b);

  it("readPlace() gives back the box that was written, by bbox and by subset, axes in any order", () => {
    fc.assert(
      fc.property(interval, interval, ([west, east], [south, north]) => {
        const expected = [west, south, east, north];
        for (const query of [
          `bbox=${west},${south},${east},${north}`,
          `bbox=${west},${south},0,${east},${north},0`,
          `bbox=${south},${west},${north},${east}&bbox-crs=EPSG:4326`,
          `subset=Lat(${south}:${north}),Lon(${west}:${east})`,
          `subset=X(${west}:${east})&subset=northing(${south}:${north})`,
        ]) {
          const { bbox } = readPlace(readParams(query.replaceAll("+", "%2B")), context);
          assert.ok(
            bbox?.every((edge, i) => edge === expected[i]),
            query,
          );
        }
      }),
    );
  });

  it("readNumber() reads what is a number, and nothing else", () => {
    fc.assert(fc.property(number, (value) => readNumber(String(value)) === value));
    for (const text of ["", " ", "x", "0x10", "1_000", "1,0", "NaN", "Infinity", "1e999", "--1"]) {
      assert.equal(readNumber(text), undefined, text);
    }
  });

  it("decimal() says exactly which number it is", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(Number(decimal(value)) + 0, value + 0);
      }),
    );
  });

  it("pixels() rounds halves to the even number, and never to none", () => {
    assert.deepEqual([0, 0.5, 1.5, 2.5, 2.5000001, 3.5].map(pixels), [1, 1, 2, 2, 3, 4]);
  });
});
