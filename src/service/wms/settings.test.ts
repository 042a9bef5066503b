import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serviceDeps } from "../../../test/tile-service.ts";
import { group, leaf, mapQuery, wmsOf } from "../../../test/wms-service.ts";
import { decimal } from "./numbers.ts";
import type { WmsOptions } from "./options.ts";
import { wmsSettings } from "./settings.ts";

const settings = (options: WmsOptions, globals: Record<string, unknown> = {}) =>
  wmsSettings(options, serviceDeps([], { global: (key) => globals[key] }));

describe("wmsSettings()", () => {
  it("falls back to globals.wms, then to what is built in", () => {
    assert.equal(settings({}).maxPixels, 16_000_000);
    assert.equal(settings({}, { "wms.max_output_pixels": [10, 20] }).maxPixels, 200);
    assert.equal(settings({ max_output_pixels: 5 }, { "wms.max_output_pixels": 7 }).maxPixels, 5);
    const { srs } = settings({}, { "wms.srs": ["EPSG:25832"] });
    assert.deepEqual([...srs.keys()], ["EPSG:25832"]);
    assert.deepEqual(
      [...settings({}).srs.keys()],
      ["EPSG:4326", "EPSG:4258", "CRS:84", "EPSG:900913", "EPSG:3857"],
    );
    assert.equal(settings({}, { "wms.on_source_errors": "raise" }).onSourceErrors, "raise");
    assert.equal(settings({ on_source_errors: "odd" }).onSourceErrors, "notify");
    assert.equal(settings({ strict: false }, { "wms.strict": true }).strict, false);
  });

  it("lists formats in the order of the configuration and warns of doubled ones", () => {
    const warnings: unknown[] = [];
    const deps = serviceDeps([]);
    const log = { ...deps.log, warn: (event: string) => void warnings.push(event) };
    const image_formats = ["image/jpeg", "image/png", "image/jpeg"];
    const { formats } = wmsSettings({ image_formats }, { ...deps, log });
    assert.deepEqual([...formats.keys()], ["image/jpeg", "image/png"]);
    assert.deepEqual(warnings, ["duplicate-image-format"]);
    assert.deepEqual(
      [...settings({}).formats.keys()],
      ["image/png", "image/jpeg", "image/gif", "image/GeoTIFF", "image/tiff"],
    );
  });

  it("names the option at fault", () => {
    const path = (options: WmsOptions) => {
      try {
        settings(options);
      } catch (error) {
        return (error as { path?: string }).path;
      }
      return undefined;
    };
    assert.equal(path({ srs: ["EPSG:4326", "EPSG:0815"] }), "srs[1]");
    assert.equal(path({ bbox_srs: ["EPSG:0815"] }), "bbox_srs[0]");
    for (const bbox of ["1,2,3", [1, 2, 3], [1, 2, 3, 4, 5], [5, 0, 1, 1], "a,b,c,d"]) {
      assert.equal(path({ bbox_srs: [{ srs: "EPSG:4326", bbox }] }), "bbox_srs[0].bbox");
    }
    assert.equal(path({ bbox_srs: [{ srs: "EPSG:4326", bbox: "1, 2, 3, 4" }] }), undefined);
    assert.equal(path({ versions: ["1.3.0", "2.0"] }), "versions[1]");
    assert.equal(path({ max_output_pixels: -1 }), "max_output_pixels");
  });

  it("config 24: a tree without any layer is a fault", async () => {
    await assert.rejects(wmsOf(group(undefined, [])), /found no WMS layer/);
  });

  it("serves nothing that it does not advertise", async () => {
    const { get } = await wmsOf(leaf("a"), { srs: ["EPSG:3857"], image_formats: ["image/jpeg"] });
    const works = { SRS: "EPSG:3857", FORMAT: "image/jpeg" };
    assert.equal((await get(mapQuery("1.1.1", works))).status, 200);
    assert.equal((await get(mapQuery("1.1.1", { ...works, SRS: "EPSG:900913" }))).status, 500);
    assert.equal((await get(mapQuery("1.1.1", { ...works, FORMAT: "image/png" }))).status, 500);
  });
});

describe("decimal()", () => {
  it("is the shortest form, whole numbers without a point, exponents as clients know them", () => {
    const cases: [number, string][] = [
      [180, "180"],
      [-85.0511287798066, "-85.0511287798066"],
      [0, "0"],
      [1e15, "1000000000000000"],
      [1e16, "1e+16"],
      [1.5e22, "1.5e+22"],
      [0.0001, "0.0001"],
      [0.00001, "1e-05"],
      [-1.5e-7, "-1.5e-07"],
    ];
    for (const [value, text] of cases) {
      assert.equal(decimal(value), text);
      assert.equal(Number(decimal(value)), value);
    }
  });
});
