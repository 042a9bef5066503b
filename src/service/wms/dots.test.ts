import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeMap, leaf, mapQuery, wmsOf } from "../../../test/wms-service.ts";
import { parseQuery } from "../ows.ts";
import { dotsParameters } from "./dots.ts";

const dots = (query: string) => ({ ...dotsParameters(parseQuery(query)) });

describe("dotsParameters()", () => {
  it("tells each server in its own spelling what the client told in another", () => {
    assert.deepEqual(dots("DPI=180"), { map_resolution: "180", format_options: "dpi:180" });
    assert.deepEqual(dots("MAP_RESOLUTION=96.5"), { dpi: "96.5", format_options: "dpi:96.5" });
    assert.deepEqual(dots("FORMAT_OPTIONS=antialias:on;dpi:300"), {
      dpi: "300",
      map_resolution: "300",
    });
  });

  it("keeps other options of GeoServer, and what the client sent itself", () => {
    assert.deepEqual(dots("DPI=180&FORMAT_OPTIONS=antialias:on"), {
      map_resolution: "180",
      format_options: "antialias:on;dpi:180",
    });
    assert.deepEqual(dots("DPI=180&MAP_RESOLUTION=180&FORMAT_OPTIONS=dpi:180"), {});
  });

  it("T4: believes no absurd value", () => {
    for (const text of ["", "x", "NaN", "-1", "0", "1e9", "1e999", "9;layers:x"]) {
      assert.deepEqual(dots(`DPI=${text}`), {}, text);
    }
  });

  it("reaches the layers of a map", async () => {
    const map = fakeMap("a", [255, 0, 0]);
    const { get } = await wmsOf(leaf("a", { maps: [map] }));
    await get(mapQuery("1.3.0", { DPI: "192" }));
    assert.equal(map.asked[0]?.parameter?.("map_resolution"), "192");
    assert.equal(map.asked[0]?.parameter?.("dpi"), "192");
  });
});
