import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { projectorOf } from "./projector.ts";
import { parseSrs, sameSrs } from "./srs.ts";
import { NO_SYSTEMS, readInitFile, type Systems } from "./systems.ts";
import { transformPoint } from "./transform.ts";

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
  const definitions = new Map([
    ["EPSG:990001", "+proj=tmerc +lat_0=0 +lon_0=9 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"],
    ["EPSG:990002", "+proj=tmerc +lat_0=0  +lon_0=9 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"],
    ["EPSG:990003", "+proj=longlat +ellps=bessel +axis=enu"],
    ["EPSG:990004", "+proj=utm +zone=32 +ellps=GRS80 +axis=neu"],
    ["EPSG:990005", "+proj=longlat +ellps=bessel"],
    ["EPSG:990006", "+proj=nonsense"],
    ["EPSG:990007", "+proj=longlat +ellps=bessel +nadgrids=BETA2007.gsb"],
    ["EPSG:990008", "EPSG:25832"],
  ]);
  const custom: Systems = { ...NO_SYSTEMS, definitions };
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
  it("grids 44: order axes as the configuration lists them, where +axis does not say", () => {
    const listed: Systems = {
      ...custom,
      northEast: new Set(["EPSG:990001", "EPSG:990003", "EPSG:25832"]),
      eastNorth: new Set(["EPSG:990004", "EPSG:990005", "EPSG:4326"]),
    };
    const order = (code: number) => parseSrs(code, listed).northEast;
    assert.equal(order(990001), true);
    assert.equal(order(990003), false); // +axis=enu
    assert.equal(order(990004), true); // +axis=neu
    assert.equal(order(990005), false);
    // the registry says how these are ordered
    assert.equal(order(25832), false);
    assert.equal(order(4326), true);
  });
  it("do not touch what they do not name: those are the same objects", () => {
    assert.equal(parseSrs(25832, custom), parseSrs(25832));
  });
  it("read angles in degrees, minutes and seconds, +init and datums by name", () => {
    const same = (one: string, other: string) => {
      const [a, b] = [one, other].map((text, i) =>
        parseSrs(i, { ...NO_SYSTEMS, definitions: new Map([[`EPSG:${i}`, text]]) }),
      );
      const point = [9.5, 50.25] as const;
      assert.deepEqual(
        transformPoint(...point, parseSrs(4326), a!),
        transformPoint(...point, parseSrs(4326), b!),
      );
    };
    same(
      `+proj=tmerc +lat_0=49d30'36"N +lon_0=9d30'W +ellps=WGS84`,
      "+proj=tmerc +lat_0=49.51 +lon_0=-9.5 +ellps=WGS84",
    );
    same("+init=epsg:25832", "EPSG:25832");
    same("+init=epsg:25832 +x_0=0", "+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0 +x_0=0");
    same(
      "+proj=longlat +datum=hermannskogel",
      "+proj=longlat +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232",
    );
    same("+proj=longlat +pm=paris +ellps=WGS84", `+proj=longlat +pm=2d20'14.025"E +ellps=WGS84`);
  });
  for (const [text, reason] of [
    ["+ellps=WGS84", "it names no +proj"],
    ["+proj=utm +zone=north", '+zone is "north", expected a number'],
    ["+proj=tmerc +lon_0=9x", '+lon_0 is "9x", expected degrees'],
    ["+proj=longlat +ellps=wgs", 'ellipsoid "wgs" is unknown'],
    ["+proj=longlat +datum=potsdamm", 'datum "potsdamm" is unknown'],
    ["+proj=longlat +a=-1", "its ellipsoid has the axis -1"],
    ["+proj=longlat +ellps=bessel +towgs84=1,2", '+towgs84 is "1,2", expected 3 or 7 numbers'],
    ["+proj=longlat +pm=berlin", '+pm is "berlin", expected degrees'],
    ["+proj=healpix", 'projection "healpix" cannot be computed'],
  ] as const) {
    it(`refuse ${text}`, () => {
      const systems = { ...NO_SYSTEMS, definitions: new Map([["EPSG:1", text]]) };
      assert.throws(
        () => parseSrs(1, systems),
        (error: Error) => error.message.includes(reason),
      );
    });
  }
  it("are refused with a reason", () => {
    assert.throws(() => parseSrs(990006, custom), /Cannot read definition/);
    assert.throws(() => parseSrs(990007, custom), /grid file "BETA2007.gsb" is missing/);
    assert.throws(() => projectorOf("EPSG:1"), RangeError);
  });
});

describe("readInitFile()", () => {
  it("reads codes with their definitions, on one line or several, without comments", () => {
    const { definitions, faults } = readInitFile(
      "epsg",
      [
        "# my own <1> +proj=longlat <>",
        "<metadata> +lastupdate=2020-01-01",
        "<990001> +proj=utm +zone=32 +ellps=GRS80 <>",
        "<990002>  # on several lines",
        "\tproj=longlat",
        "  +ellps=bessel no_defs <>",
        "<990003> +proj=longlat +ellps=intl",
        "<990001> +proj=longlat <>",
        "stray",
      ].join("\r\n"),
    );
    assert.deepEqual(
      [...definitions],
      [
        ["EPSG:990001", "+proj=utm +zone=32 +ellps=GRS80"],
        ["EPSG:990002", "+proj=longlat +ellps=bessel +no_defs"],
        ["EPSG:990003", "+proj=longlat +ellps=intl"],
      ],
    );
    assert.deepEqual(faults, [{ line: 9, text: "stray" }]);
  });
  it("takes any text", () => {
    fc.assert(fc.property(fc.string(), (text) => void readInitFile("epsg", text)));
  });
});
