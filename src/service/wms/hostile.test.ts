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
import { VERSIONS } from "./version.ts";

const RED = [255, 0, 0];

describe("hostile parameters (T4)", () => {
  const numbers = [
    "NaN",
    "Infinity",
    "-Infinity",
    "inf",
    "1e999",
    "",
    " ",
    "0x10",
    "1,2",
    "-1",
    "0",
    "1_0",
    "٣",
  ];

  it("T4: no number that is none gets through", async () => {
    const wms = await wmsOf(leaf("a"));
    for (const value of numbers) {
      for (const changes of [{ WIDTH: value }, { HEIGHT: value }]) {
        const { status, message } = await fault(wms, mapQuery("1.1.1", changes));
        assert.equal(status, 500, JSON.stringify(changes));
        assert.match(message ?? "", /^invalid image size/);
      }
    }
    for (const value of ["NaN", "Infinity", "inf", "1e999", "", "0x1", "-"]) {
      const { message } = await fault(wms, mapQuery("1.1.1", { BBOX: `0,0,${value},1` }));
      assert.match(message ?? "", /^invalid bbox/, value);
    }
    for (const BBOX of [
      "",
      ",,,",
      "1,2,3,4,5",
      "1,2,3",
      ",".repeat(10_000),
      "0,0,0,0",
      "1".repeat(5000),
    ]) {
      assert.match((await fault(wms, mapQuery("1.1.1", { BBOX }))).message ?? "", /^invalid bbox/);
    }
  });

  it("T4: absurd sizes are refused before anything is made", async () => {
    for (const limit of [undefined, 0]) {
      const wms = await wmsOf(leaf("a"), { max_output_pixels: limit });
      for (const side of ["100000", "1e9", "1e300"]) {
        const { message } = await fault(wms, mapQuery("1.1.1", { WIDTH: side, HEIGHT: side }));
        assert.equal(message, "image size too large");
        const blank = mapQuery("1.1.1", {
          WIDTH: side,
          HEIGHT: side,
          BBOX: "x",
          EXCEPTIONS: "blank",
        });
        assert.deepEqual((await pixelsOf(await wms.get(blank))).size, [256, 256]);
      }
    }
  });

  it("T4: ten thousand layers are each drawn, asked about and counted once", async () => {
    let opaque = 0;
    const map = fakeMap("a", RED, {
      isOpaque: () => {
        opaque++;
        return false;
      },
    });
    const leaves = Array.from({ length: 50 }, (_, i) => leaf(`l${i}`));
    const { get } = await wmsOf(group("g", [leaf("a", { maps: [map] }), ...leaves]));
    const response = await get(mapQuery("1.1.1", { LAYERS: "a,g,".repeat(5000).slice(0, -1) }));
    assert.equal(response.status, 200);
    assert.equal(map.asked.length, 1);
    assert.ok(opaque <= 2);
  });

  it("T4: doubled, empty and malformed parameters never end as an internal error", async () => {
    const wms = await wmsOf(leaf("a"));
    const query = mapQuery("1.1.1");
    for (const odd of [
      "&WIDTH=5",
      "&BBOX=1",
      "&=x",
      "&&&",
      "&%",
      "&%zz=%ff%fe",
      "&VERSION=x",
      "&SRS=%00",
    ]) {
      assert.ok([200, 500].includes((await wms.get(query + odd)).status), odd);
    }
    for (const version of ["", "x", "1.x", "9".repeat(5000), "1.".repeat(5000), "-1"]) {
      assert.equal(
        (await wms.get(mapQuery("1.3.0", { VERSION: version }))).status,
        200,
        version.slice(0, 9),
      );
    }
  });

  it("T7: nothing is echoed as markup, and no header can be written", async () => {
    const { get } = await wmsOf(leaf("a"));
    const evil = `<script>alert("1")</script>\r\nSet-Cookie: a=b\u0000`;
    for (const version of VERSIONS) {
      for (const name of [
        "REQUEST",
        "LAYERS",
        "STYLES",
        "BBOX",
        "WIDTH",
        "FORMAT",
        "BGCOLOR",
        "SRS",
        "CRS",
      ]) {
        const response = await get(mapQuery(version, { [name]: evil }));
        const isPicture = response.headers.get("content-type") === "image/png";
        const text = isPicture ? "" : await response.text();
        assert.ok(!text.includes("<script") && !text.includes("\u0000"), `${version} ${name}`);
        assert.equal(response.headers.get("set-cookie"), null);
      }
    }
  });

  it("repeats no more of a value than anybody wants to read", async () => {
    const { text } = await wmsOf(leaf("a"));
    assert.ok((await text(mapQuery("1.1.1", { LAYERS: "x".repeat(16_000) }))).length < 1000);
  });
});
