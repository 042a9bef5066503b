import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { GridFiles } from "./datum.ts";
import { readNtv2 } from "./ntv2.ts";
import { parseSrs } from "./srs.ts";
import { NO_SYSTEMS, type Systems } from "./systems.ts";
import { transformPoint } from "./transform.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/srs/${name}`, import.meta.url));
const LITTLE = new Uint8Array(fixture("shifts.gsb"));
const BIG = new Uint8Array(fixture("shifts-big-endian.gsb"));
const WGS84 = parseSrs("EPSG:4326");
/** Degrees: 0.1 mm. */
const SLACK = 1e-9;

type Numbers = (number | null)[];
const expected: [lon: number, lat: number, ...answers: Numbers][] = JSON.parse(
  fixture("ntv2.json").toString(),
);

/** The system `EPSG:1` of a definition, with grid files by name. */
function system(definition: string, files: Readonly<Record<string, Uint8Array>>) {
  const grids: GridFiles = new Map(
    Object.entries(files).map(([name, bytes]) => [name, readNtv2(name, bytes)]),
  );
  const systems: Systems = {
    ...NO_SYSTEMS,
    definitions: new Map([["EPSG:1", definition]]),
    grids,
  };
  return parseSrs(1, systems);
}

function assertPlace(got: readonly number[], lon: number | null, lat: number | null): void {
  if (lon === null || lat === null) assert.ok(!Number.isFinite(got[0]), `${got} is not nowhere`);
  else {
    const off = Math.max(Math.abs(got[0]! - lon), Math.abs(got[1]! - lat));
    assert.ok(off < SLACK, `${got} is not ${lon}, ${lat}`);
  }
}

describe("NTv2 grids", () => {
  for (const [order, bytes] of [
    ["little-endian", LITTLE],
    ["big-endian", BIG],
  ] as const) {
    it(`shift as cs2cs does, there and back, in grids and grids within them (${order})`, () => {
      const srs = system("+proj=longlat +ellps=bessel +nadgrids=a.gsb", { "a.gsb": bytes });
      assert.ok(expected.length > 600);
      for (const [lon, lat, x, y, backX, backY] of expected) {
        assertPlace(transformPoint(lon, lat, srs, WGS84), x!, y!);
        assertPlace(transformPoint(lon, lat, WGS84, srs), backX!, backY!);
      }
    });
  }

  it("are the same where their content is, and others where it is not", () => {
    const text = "+proj=longlat +ellps=bessel +nadgrids=a.gsb";
    const a = system(text, { "a.gsb": LITTLE });
    assert.equal(a.definition, system(text, { "a.gsb": LITTLE.slice() }).definition);
    assert.notEqual(a.definition, system(text, { "a.gsb": BIG }).definition);
  });

  it("give nothing outside, or what `null` says: the place as it is", () => {
    const files = { "a.gsb": LITTLE };
    const only = system("+proj=longlat +ellps=bessel +nadgrids=a.gsb", files);
    assert.ok(!Number.isFinite(transformPoint(40, 50, only, WGS84)[0]));
    const orNull = system("+proj=longlat +ellps=bessel +nadgrids=a.gsb,null", files);
    assert.deepEqual(transformPoint(40, 50, orNull, WGS84), [40, 50]);
    assert.notDeepEqual(transformPoint(10, 50, orNull, WGS84), [10, 50]);
  });

  it("may be missing with @, and then shift nothing", () => {
    const srs = system("+proj=longlat +ellps=bessel +nadgrids=@b.gsb", {});
    assert.deepEqual(transformPoint(10, 50, srs, WGS84), [10, 50]);
    const next = system("+proj=longlat +ellps=bessel +nadgrids=@b.gsb,a.gsb", { "a.gsb": LITTLE });
    assert.notDeepEqual(transformPoint(10, 50, next, WGS84), [10, 50]);
  });

  it("@null alone means WGS 84, whatever the ellipsoid", () => {
    const web = system("+proj=merc +a=6378137 +b=6378137 +nadgrids=@null", {});
    const [x, y] = transformPoint(3_500_000, 5_500_000, parseSrs(31467), web);
    const [wantX, wantY] = transformPoint(3_500_000, 5_500_000, parseSrs(31467), parseSrs(3857));
    assert.ok(Math.hypot(x - wantX, y - wantY) < 1e-6);
  });

  it("make systems of the table exact, where a file of theirs is there", () => {
    const grids: GridFiles = new Map([["BETA2007.gsb", readNtv2("BETA2007.gsb", LITTLE)]]);
    const srs = parseSrs(31467, { ...NO_SYSTEMS, grids });
    const plain = parseSrs(31467);
    assert.notDeepEqual(transformPoint(9, 49, WGS84, srs), transformPoint(9, 49, WGS84, plain));
    // beside the file the numbers hold
    assert.deepEqual(transformPoint(7, 49, WGS84, srs), transformPoint(7, 49, WGS84, plain));
    assert.equal(srs.northEast, plain.northEast);
    assert.equal(parseSrs(25832, { ...NO_SYSTEMS, grids }), parseSrs(25832));
  });
});

describe("readNtv2()", () => {
  const refused = (bytes: Uint8Array, reason: RegExp) =>
    assert.throws(() => readNtv2("a.gsb", bytes), { name: "RangeError", message: reason });
  /** The file with some bytes written over. */
  const changed = (at: number, bytes: readonly number[] | string) => {
    const copy = LITTLE.slice();
    copy.set(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, at);
    return copy;
  };

  it("says what is wrong", () => {
    refused(new Uint8Array(0), /^Cannot read grid file "a.gsb": it does not begin as an NTv2 file/);
    refused(new TextEncoder().encode("<html>404</html>".repeat(20)), /does not begin as an NTv2/);
    refused(changed(8, [12]), /its header has other than 11 records/);
    refused(changed(24, [12]), /its grids have other headers/);
    refused(changed(56, "MINUTES "), /its shifts are in "MINUTES", expected SECONDS/);
    refused(changed(40, [0]), /says to hold 0 grids/);
    refused(changed(40, [255, 255, 255, 127]), /says to hold 2147483647 grids/);
    refused(changed(40, [5]), /ends before grid 5|cut off/);
    refused(LITTLE.subarray(0, LITTLE.length - 64), /cut off: \d+ bytes, expected \d+/);
    refused(LITTLE.subarray(0, 200), /says to hold 4 grids/);
    refused(changed(176 + 24, "NOWHERE "), /all its grids lie in others|lies in "NOWHERE"/);
    refused(changed(176 + 10 * 16 + 8, [80]), /has 80 nodes, which its extent and its steps/);
    refused(changed(176 + 4 * 16 + 8, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]), /has no extent/);
  });

  it("names other formats", () => {
    for (const [start, format] of [
      ["II*\0\b\0\0\0", "a GeoTIFF"],
      ["MM\0*\0\0\0\b", "a GeoTIFF"],
      ["CTABLE V2.0", "a CTABLE grid"],
      ["HEADER  ", "an NTv1 grid"],
    ] as const) {
      refused(changed(0, start), new RegExp(`it is ${format}, expected NTv2`));
    }
  });

  it("takes or refuses any file, and what it takes can be asked for any place", () => {
    const nothing = fc.array(
      fc.tuple(fc.nat(LITTLE.length - 1), fc.integer({ min: 0, max: 255 })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(nothing, fc.nat(LITTLE.length), (changes, length) => {
        const bytes = LITTLE.slice(0, Math.max(length, LITTLE.length - 64 * (length % 3)));
        // half of the changes hit the headers, where they matter
        for (const [at, value] of changes) bytes[at % 2 ? at % bytes.length : at % 352] = value;
        let grid: ReturnType<typeof readNtv2>;
        try {
          grid = readNtv2("a.gsb", bytes);
        } catch (error) {
          assert.ok(error instanceof RangeError && /^Cannot read grid file/.test(error.message));
          return;
        }
        const grids = new Map([["a.gsb", grid]]);
        const definitions = new Map([["EPSG:1", "+proj=longlat +ellps=bessel +nadgrids=a.gsb"]]);
        const srs = parseSrs(1, { ...NO_SYSTEMS, definitions, grids });
        for (const [lon, lat] of [
          [9.5, 49.5],
          [10, 50],
          [12.5, 49],
          [-170, -80],
        ] as const) {
          assert.equal(transformPoint(lon, lat, srs, WGS84).length, 2);
          assert.equal(transformPoint(lon, lat, WGS84, srs).length, 2);
        }
      }),
      { numRuns: 500 },
    );
  });
});
