import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fakeMap,
  fault,
  group,
  leaf,
  mapQuery,
  pixelsOf,
  wmsOf,
} from "../../../test/wms-service.ts";
import { peek } from "../../image/peek.ts";

const RED = [255, 0, 0];

describe("CITE GetMap", () => {
  it("cite wms130 getmap:no-version is an exception report", async () => {
    const wms = await wmsOf(leaf("a"));
    const { message } = await fault(wms, mapQuery("1.3.0", { VERSION: undefined }));
    assert.equal(message, "missing parameters [&#x27;version&#x27;]");
  });
  it("cite wms130 getmap:bbox-minx-gt-maxx, bbox-minx-eq-maxx, bbox-miny-gt-maxy, bbox-miny-eq-maxy, cite wms111 wmsops-getmap-params-bbox-5..8", async () => {
    const wms = await wmsOf(leaf("a"));
    for (const BBOX of ["10,0,5,20", "5,0,5,20", "0,20,10,5", "0,5,10,5"]) {
      for (const version of ["1.1.1", "1.3.0"] as const) {
        assert.match(
          (await fault(wms, mapQuery(version, { BBOX }))).message ?? "",
          /^invalid bbox/,
        );
      }
    }
  });
  it("cite wms130 basic:bbox-exponential, cite wms111 wmsops-getmap-params-bbox-1..3", async () => {
    const map = fakeMap("a", RED);
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    for (const BBOX of ["-1,-1,1,1", "-1.0,-1.0,1.0,1.0", "-1e0,-10.0E-1,.1e+1,1."]) {
      assert.equal((await get(mapQuery("1.1.1", { BBOX }))).status, 200);
    }
    for (const { bbox } of map.asked) assert.deepEqual(bbox, [-1, -1, 1, 1]);
  });
  it("cite wms130 getmap:bbox-no-overlap, bbox-outside-crs are empty maps", async () => {
    const map = fakeMap("a", RED, { getMap: async () => undefined });
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    const { at } = await pixelsOf(await get(mapQuery("1.3.0", { BBOX: "100,400,110,420" })));
    assert.deepEqual(at(0, 0), [255, 255, 255, 255]);
  });
  it("cite wms130 getmap:bbox-below-scale, bbox-above-scale are no exceptions", async () => {
    const { get } = await wmsOf(leaf("a", { resolutions: { min: 100, max: 10 } }));
    for (const BBOX of ["0,0,80,80", "0,0,0.00001,0.00001"]) {
      assert.equal(
        (await get(mapQuery("1.3.0", { BBOX }))).headers.get("content-type"),
        "image/png",
      );
    }
  });
  it("cite wms130 getmap:styles-default-single-layer, styles-default-multiple-layers, styles-default-commas, styles-some-default, two-styles, three-styles, cite wms111 wmsops-getmap-params-styles-1..7, -layers-2..4: all mean the default", async () => {
    const { get } = await wmsOf(group(undefined, [leaf("a"), leaf("b"), leaf("c")]));
    for (const version of ["1.1.1", "1.3.0"] as const) {
      for (const [LAYERS, STYLES] of [
        ["a", ""],
        ["a", "default"],
        ["a,b", ","],
        ["a,b", "default,default"],
        ["a,b,c", ""],
        ["a,b,c", ",,"],
        ["a,b,c", "default,,default"],
        ["a,b,c", "default,default,default"],
        ["a,b,c", "inspire_common:DEFAULT"],
      ] as const) {
        const response = await get(mapQuery(version, { LAYERS, STYLES }));
        assert.equal(response.headers.get("content-type"), "image/png", STYLES);
      }
    }
  });
  it("cite wms130 getmap:first-style-invalid, second-style-invalid, first-layer-invalid, second-layer-invalid, cite wms111 wmsops-getmap-params-layers-5..7, -styles-8..10", async () => {
    const wms = await wmsOf(group(undefined, [leaf("a"), leaf("b")]));
    for (const version of ["1.1.1", "1.3.0"] as const) {
      const code = async (changes: Record<string, string>) =>
        (await fault(wms, mapQuery(version, { LAYERS: "a,b", ...changes }))).code;
      assert.equal(await code({ STYLES: "no" }), "StyleNotDefined");
      assert.equal(await code({ STYLES: "no," }), "StyleNotDefined");
      assert.equal(await code({ STYLES: ",no" }), "StyleNotDefined");
      assert.equal(await code({ LAYERS: "no" }), "LayerNotDefined");
      assert.equal(await code({ LAYERS: "no,b" }), "LayerNotDefined");
      assert.equal(await code({ LAYERS: "a,no" }), "LayerNotDefined");
    }
  });
  it("cite wms130 getmap:each-format, cite wms111 wmsops-getmap-each-format, -params-format-2..4: real files of the type", async () => {
    const { get } = await wmsOf(leaf("a"));
    const formats = {
      "image/png": "png",
      "image/jpeg": "jpeg",
      "image/gif": "gif",
      "image/tiff": "tiff",
    };
    for (const [FORMAT, format] of Object.entries(formats)) {
      for (const TRANSPARENT of ["TRUE", "FALSE"]) {
        const response = await get(mapQuery("1.3.0", { FORMAT, TRANSPARENT }));
        assert.equal(response.headers.get("content-type"), FORMAT);
        assert.equal(peek(new Uint8Array(await response.arrayBuffer()))?.format, format);
      }
    }
  });
  it("cite wms130 getmap:large-size, small-size", async () => {
    const { get } = await wmsOf(leaf("a"));
    for (const [WIDTH, HEIGHT] of [
      ["1024", "768"],
      ["8", "5"],
      ["16", "16"],
    ] as const) {
      const { size } = await pixelsOf(await get(mapQuery("1.3.0", { WIDTH, HEIGHT })));
      assert.deepEqual(size, [Number(WIDTH), Number(HEIGHT)]);
    }
  });
  it("cite wms130 basic:layer-order: the leftmost layer lies at the bottom", async () => {
    const { get } = await wmsOf(
      group(undefined, [leaf("a"), leaf("b", { maps: [fakeMap("b", [0, 0, 255, 255])] })]),
    );
    const { at } = await pixelsOf(await get(mapQuery("1.3.0", { LAYERS: "a,b" })));
    assert.deepEqual(at(0, 0), [0, 0, 255, 255]);
  });
  it("cite wms130 basic_elements:param-rules: names in any case and order", async () => {
    const map = fakeMap("a", RED);
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    const parts = mapQuery("1.3.0").split("&");
    const odd = parts.map((part) => part.replace(/^\w+/, (name) => name.toLowerCase()));
    const mixed = parts.map((part) => part.replace(/^\w/, (letter) => letter.toLowerCase()));
    for (const query of [parts, odd, mixed, parts.toReversed(), odd.toReversed()]) {
      const response = await get(query.join("&"));
      assert.equal(response.headers.get("content-type"), "image/png", query.join("&"));
    }
    for (const { bbox } of map.asked) assert.deepEqual(bbox, map.asked[0]?.bbox);
  });
  it("cite wms130 basic_elements:reserved-chars: what has a meaning in a URL is a plain character when it is escaped", async () => {
    const { get } = await wmsOf(leaf("a&b=c?d/e:f+g"));
    const query = mapQuery("1.3.0", { LAYERS: undefined });
    const response = await get(`${query}&LAYERS=${encodeURIComponent("a&b=c?d/e:f+g")}`);
    assert.equal(response.headers.get("content-type"), "image/png");
  });
  it("cite wms130 basic_elements:escaped-chars, escaped-space, extra-GetMap-param, cite wms111 wmsops-getmap-layer-encoded-name", async () => {
    const { get } = await wmsOf(leaf("a b,c".replace(",", "ü")));
    const query = mapQuery("1.3.0", { LAYERS: undefined });
    for (const name of ["a+b%C3%BCc", "%61%20b%c3%bcc"]) {
      const response = await get(`${query}&LAYERS=${name}&UNKNOWN=1`);
      assert.equal(response.headers.get("content-type"), "image/png", name);
    }
  });
  it("cite wms130 getmap:exceptions-inimage-mime, exceptions-blank-mime: the media type is FORMAT", async () => {
    const { get } = await wmsOf(leaf("a"));
    for (const FORMAT of ["image/png", "image/gif", "image/jpeg"]) {
      for (const EXCEPTIONS of ["INIMAGE", "BLANK"]) {
        const response = await get(mapQuery("1.3.0", { FORMAT, EXCEPTIONS, LAYERS: "nix" }));
        assert.equal(response.headers.get("content-type"), FORMAT);
      }
    }
  });
});
