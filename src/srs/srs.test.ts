import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { projectorOf } from "./projector.ts";
import { parseSrs, sameSrs } from "./srs.ts";

describe("parseSrs()", () => {
  it("grids 42: crs:84 is CRS:84, equal to EPSG:4326, with x first", () => {
    const srs = parseSrs("crs:84");
    assert.equal(srs.code, "CRS:84");
    assert.ok(sameSrs(srs, parseSrs("EPSG:4326")));
    assert.equal(srs.northEast, false);
    assert.equal(parseSrs("EPSG:4326").northEast, true);
  });

  it("grids 43: aliases of EPSG:3857 are equal and keep their code", () => {
    for (const code of ["EPSG:900913", "EPSG:102100", "EPSG:102113"]) {
      assert.equal(parseSrs(code).code, code);
      assert.ok(sameSrs(parseSrs(code), parseSrs("EPSG:3857")));
    }
  });

  it("OGC:CRS84 has x first and is not equal to EPSG:4326", () => {
    const srs = parseSrs("OGC:CRS84");
    assert.equal(srs.northEast, false);
    assert.ok(srs.isGeographic);
    assert.ok(!sameSrs(srs, parseSrs("EPSG:4326")));
  });

  it("reads numbers, bare numbers and any case, and interns", () => {
    assert.equal(parseSrs(4326), parseSrs("epsg:4326"));
    assert.equal(parseSrs("4326"), parseSrs(4326));
    assert.equal(parseSrs("25832").code, "EPSG:25832");
  });

  const north = "4326 4258 31466 31467 31468 3034 3035 2180 2193 3006 3044 31257 3031 32761 5042";
  it("grids 45: the definition puts north first", () => {
    const wrong = north.split(" ").filter((code) => !parseSrs(code).northEast);
    assert.deepEqual(
      wrong.filter((code) => !["32761", "5042", "3031"].includes(code)),
      [],
    );
    assert.deepEqual(wrong, []);
  });

  const east =
    "3857 900913 25831 25832 25833 2154 27700 21781 2056 3067 31370 28992 31463 5514 32661 3413 5041";
  it("grids 45: the definition puts east (or south) first", () => {
    assert.deepEqual(
      east.split(" ").filter((code) => parseSrs(code).northEast),
      [],
    );
  });

  it("knows systems of other authorities", () => {
    assert.equal(parseSrs("ESRI:54009").isGeographic, false);
    assert.equal(parseSrs("iau_2015:30100").isGeographic, true);
    assert.ok(parseSrs("IAU_2015:30100").metresPerUnit < 31_000);
    assert.ok(!parseSrs("IGNF:LAMB93").isGeographic);
  });

  it("throws for what it does not know", () => {
    for (const code of [
      "EPSG:99999",
      "EPSG:abc",
      "word",
      "",
      "EPSG:",
      "EPSG:1|",
      "EPSG:4326\n4258",
      ":4326",
    ]) {
      assert.throws(() => parseSrs(code), {
        name: "RangeError",
        message: `Unknown reference system "${code}"`,
      });
    }
  });

  it("measures units in metres", () => {
    assert.equal(parseSrs("EPSG:3857").metresPerUnit, 1);
    assert.ok(Math.abs(parseSrs("EPSG:4326").metresPerUnit - 111319.49079327358) < 1e-9);
    assert.ok(Math.abs(parseSrs("EPSG:2263").metresPerUnit - 0.3048006096) < 1e-9); // US feet
  });
});

describe("custom definitions", () => {
  const custom = new Map([
    ["EPSG:990001", "+proj=tmerc +lat_0=0 +lon_0=9 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"],
    ["EPSG:990002", "+proj=tmerc +lat_0=0  +lon_0=9 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"],
    ["EPSG:990003", "+proj=longlat +ellps=bessel +axis=enu"],
    ["EPSG:990004", "+proj=utm +zone=32 +ellps=GRS80 +axis=neu"],
    ["EPSG:990005", "+proj=longlat +ellps=bessel"],
    ["EPSG:990006", "+proj=nonsense"],
    ["EPSG:990007", "+proj=longlat +ellps=bessel +nadgrids=BETA2007.gsb"],
    ["EPSG:990008", "EPSG:25832"],
  ]);
  it("win over the table, by upper-case code, and are equal when they say the same", () => {
    const srs = parseSrs("epsg:990001", custom);
    assert.equal(srs.code, "EPSG:990001");
    assert.ok(sameSrs(srs, parseSrs("EPSG:990002", custom)));
    assert.equal(srs, parseSrs("EPSG:990001", custom));
    assert.ok(sameSrs(parseSrs("EPSG:990008", custom), parseSrs("EPSG:25832")));
  });
  it("grids 44: order axes as +axis says, else north first if geographic", () => {
    const order = (code: number) => parseSrs(code, custom).northEast;
    assert.equal(order(990001), false);
    assert.equal(order(990003), false);
    assert.equal(order(990004), true);
    assert.equal(order(990005), true);
  });
  it("are refused with a reason", () => {
    assert.throws(() => parseSrs(990006, custom), /Cannot read definition/);
    assert.throws(() => parseSrs(990007, custom), /grid file "BETA2007.gsb" is missing/);
    assert.throws(() => projectorOf("EPSG:1"), RangeError);
  });
});
