import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseSrs } from "./srs.ts";
import { transformPoint } from "./transform.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/fixtures/srs/${name}`, import.meta.url), "utf8"));

/** The middle of each system's area, degrees, and where PROJ puts it; `null` where PROJ has no answer. */
const every: Record<string, [lon: number, lat: number, x: number | null, y: number | null]> =
  read("every.json");
/** Metres by which we are off, for the systems of docs/srs.md. */
const deviations: Record<string, number> = read("deviations.json");

/** Systems of the npm package whose projection neither proj4js nor we have (Laborde). */
const ABSENT = ["EPSG:22300", "EPSG:29701"];

const WGS84 = parseSrs("EPSG:4326");
const METRE = 1e-3;
/** Degrees: 1 cm. */
const BACK = 1e-7;
/** The same: 25 cm. */
const FAR_BACK = 2.2e-6;
/**
 * Systems whose shift is of many hundred metres or half an arc minute: heights are dropped and rotations
 * turned back by their sign only, as PROJ does, and that shows.
 */
const FAR = new Set(
  `2000 2997 3058 3303 3356 3909 3910 4120 4600 4643 4657 4660 4688 4723 4735 4815 21818 24878 28193 30179`
    .split(" ")
    .map((code) => `EPSG:${code}`),
);

const codes = Object.keys(every).filter((code) => !ABSENT.includes(code));

/** Metres between two places of a system, near the latitude `lat`. */
function distance(code: string, lat: number, a: readonly number[], b: readonly number[]): number {
  const { isGeographic, metresPerUnit } = parseSrs(code);
  const narrow = isGeographic ? Math.cos((lat * Math.PI) / 180) : 1;
  return Math.hypot((a[0]! - b[0]!) * narrow, a[1]! - b[1]!) * metresPerUnit;
}

describe("every EPSG code of the npm package", () => {
  it("is here, but for those that say so", () => {
    assert.ok(codes.length > 3900);
    for (const code of codes) assert.equal(parseSrs(code).code, code);
    for (const code of ABSENT) assert.throws(() => parseSrs(code), /Unknown reference system/);
  });

  it("brings a place of its area to EPSG:4326 and back, within 1 cm", () => {
    const wrong = codes.filter((code) => {
      const [lon, lat] = every[code]!;
      const srs = parseSrs(code);
      const there = transformPoint(lon, lat, WGS84, srs);
      const [x, y] = transformPoint(...there, srs, WGS84);
      const dx = Math.abs(x - lon) % 360;
      const off = Math.hypot(Math.min(dx, 360 - dx) * Math.cos((lat * Math.PI) / 180), y - lat);
      return !(off < (FAR.has(code) ? FAR_BACK : BACK));
    });
    assert.deepEqual(wrong, []);
  });

  it("is where PROJ puts it within 1 mm, or as far away as docs/srs.md says", () => {
    const wrong: string[] = [];
    for (const code of codes) {
      const [lon, lat, x, y] = every[code]!;
      if (x === null || y === null) continue;
      const off = distance(code, lat, transformPoint(lon, lat, WGS84, parseSrs(code)), [x, y]);
      const allowed = deviations[code] ?? METRE;
      if (!(off <= allowed)) wrong.push(`${code}: ${off} m, not ${allowed}`);
      if (code in deviations && off <= METRE) wrong.push(`${code}: is no longer off`);
    }
    assert.deepEqual(wrong, []);
  });
});
