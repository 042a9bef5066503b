import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parameterSet } from "../../test/upstream.ts";
import { parseSrs } from "../srs/srs.ts";
import { appendQuery, configuredParameters, queryString } from "./parameters.ts";
import { getFeatureInfoParameters, getMapParameters, type WmsVersion } from "./wms-request.ts";

const REQ = { url: "http://x/s?foo=bar", layers: "a,b", transparent: true, map: "/x y.map" };
const request = {
  bbox: [5, 50, 10, 55],
  srs: parseSrs("EPSG:4326"),
  size: [256, 256],
  format: "image/png",
  forwarded: [],
} as const;
const template = configuredParameters(REQ, "url");
const query = (version: WmsVersion, srs = "EPSG:4326", bbox = request.bbox as readonly number[]) =>
  queryString(
    getMapParameters(template, version, {
      ...request,
      srs: parseSrs(srs),
      bbox: bbox as [number, number, number, number],
    }),
  );

const HEAD = "layers=a,b&transparent=True&map=%2Fx%20y.map";
const EXAMPLES: Record<WmsVersion, string> = {
  "1.0.0": `${HEAD}&format=PNG&request=map&bbox=5.0,50.0,10.0,55.0&width=256&height=256&srs=EPSG%3A4326&wmtver=1.0.0&styles=`,
  "1.1.0": `${HEAD}&format=image%2Fpng&bbox=5.0,50.0,10.0,55.0&width=256&height=256&srs=EPSG%3A4326&request=GetMap&version=1.1.0&service=WMS&styles=`,
  "1.1.1": `${HEAD}&format=image%2Fpng&bbox=5.0,50.0,10.0,55.0&width=256&height=256&srs=EPSG%3A4326&request=GetMap&version=1.1.1&service=WMS&styles=`,
  "1.3.0": `${HEAD}&format=image%2Fpng&bbox=50.0,5.0,55.0,10.0&width=256&height=256&request=GetMap&version=1.3.0&service=WMS&styles=&crs=EPSG%3A4326`,
};

describe("getMapParameters()", () => {
  for (const [version, expected] of Object.entries(EXAMPLES) as [WmsVersion, string][]) {
    it(`sources 1: asks WMS ${version} as the example says`, () => {
      assert.deepEqual(parameterSet(query(version)), parameterSet(expected));
    });
  }

  it("writes 1.1.1 and 1.3.0 in the very order of the examples", () => {
    assert.equal(query("1.1.1"), EXAMPLES["1.1.1"]);
    assert.equal(query("1.3.0"), EXAMPLES["1.3.0"]);
  });

  it("sources 3: writes a configured true as True", () => {
    assert.match(query("1.1.1"), /transparent=True/);
  });

  it("sources 5: swaps the axes in 1.3.0 for systems that put north first, only", () => {
    const bbox = [1, 2, 3, 4];
    for (const [srs, expected] of [
      ["EPSG:4326", "2.0,1.0,4.0,3.0"],
      ["EPSG:31467", "2.0,1.0,4.0,3.0"],
      ["CRS:84", "1.0,2.0,3.0,4.0"],
      ["EPSG:25832", "1.0,2.0,3.0,4.0"],
    ] as const) {
      assert.ok(parameterSet(query("1.3.0", srs, bbox)).includes(`bbox=${expected}`), srs);
      assert.ok(parameterSet(query("1.1.1", srs, bbox)).includes("bbox=1.0,2.0,3.0,4.0"), srs);
    }
    assert.ok(query("1.3.0", "CRS:84").endsWith("&crs=CRS%3A84"));
  });

  it("sources 6: speaks the words of 1.0.0", () => {
    const set = parameterSet(query("1.0.0"));
    for (const parameter of ["wmtver=1.0.0", "request=map", "format=PNG"]) {
      assert.ok(set.includes(parameter), parameter);
    }
    assert.ok(!set.some((parameter) => /^(version|service)=/.test(parameter)));
  });

  it("sources 7: always sends STYLES, the configured ones first", () => {
    for (const version of Object.keys(EXAMPLES) as WmsVersion[]) {
      assert.match(query(version), /styles=(&|$)/);
    }
    const styled = configuredParameters({ ...REQ, Styles: "dark" }, "url");
    assert.match(queryString(getMapParameters(styled, "1.1.1", request)), /&Styles=dark&/);
    assert.doesNotMatch(queryString(getMapParameters(styled, "1.1.1", request)), /styles=/);
  });

  it("sources 8: encodes blanks and slashes, not commas", () => {
    assert.match(query("1.1.1"), /^layers=a,b&transparent=True&map=%2Fx%20y\.map&/);
  });

  it("keeps place and spelling of what is configured", () => {
    const odd = configuredParameters({ Format: "image/gif", BBOX: "0,0,0,0", layers: "a" }, "url");
    assert.match(
      queryString(getMapParameters(odd, "1.1.1", request)),
      /^Format=image%2Fpng&BBOX=5\.0,50\.0,10\.0,55\.0&layers=a&width=/,
    );
  });
});

describe("appendQuery()", () => {
  it("sources 2: joins with what is in the URL already", () => {
    const parameters = [{ name: "a", value: "1" }];
    assert.equal(appendQuery("http://x/s", parameters), "http://x/s?a=1");
    assert.equal(appendQuery("http://x/s?", parameters), "http://x/s?a=1");
    assert.equal(appendQuery("http://x/s?b=2", parameters), "http://x/s?b=2&a=1");
  });
});

describe("getFeatureInfoParameters()", () => {
  const point = {
    ...request,
    size: [200, 200],
    at: [10, 20],
    featureCount: 5,
    infoFormat: "text/html",
  } as const;

  it("sources 47: asks as the examples say", () => {
    const of = (version: WmsVersion) =>
      queryString(getFeatureInfoParameters(template, version, point));
    assert.equal(
      of("1.1.1"),
      `${HEAD}&bbox=5.0,50.0,10.0,55.0&width=200&height=200&srs=EPSG%3A4326&x=10&y=20&feature_count=5&query_layers=a,b&info_format=text%2Fhtml&format=image%2Fpng&request=GetFeatureInfo&version=1.1.1&service=WMS&styles=`,
    );
    assert.equal(
      of("1.3.0"),
      `${HEAD}&bbox=50.0,5.0,55.0,10.0&width=200&height=200&feature_count=5&query_layers=a,b&info_format=text%2Fhtml&format=image%2Fpng&request=GetFeatureInfo&version=1.3.0&service=WMS&styles=&crs=EPSG%3A4326&i=10&j=20`,
    );
  });

  it("sends fractions of pixels as they are, and no count that nobody asked for", () => {
    const parameters = getFeatureInfoParameters(template, "1.1.1", {
      ...point,
      at: [10.25, 3],
      featureCount: undefined,
    });
    assert.match(queryString(parameters), /&x=10\.25&y=3&query_layers/);
  });
});
