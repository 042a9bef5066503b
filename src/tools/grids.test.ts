import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../test/platform.ts";
import { runTool } from "../../test/tools.ts";
import { grids } from "./grids.ts";

const CONFIG = `
services: {demo: }
layers: [{name: a, title: A, sources: [c]}]
caches:
  c: {grids: [Sqrt2, own, GLOBAL_MERCATOR], sources: []}
grids:
  Sqrt2: {base: GLOBAL_GEODETIC, res_factor: sqrt2, num_levels: 3}
  own: {srs: 'EPSG:3857', bbox: [5, 45, 15, 55], bbox_srs: 'EPSG:4326', num_levels: 2, origin: nw}
  unused: {base: GLOBAL_WEBMERCATOR}
`;
const SEED = `
coverages:
  quarter: {bbox: [-180, -90, 0, 0], srs: 'EPSG:4326'}
  broken: {bbox: [1, 2]}
`;

async function run(...argv: string[]) {
  const platform = testPlatform();
  for (const [name, text] of Object.entries({
    "a.yaml": CONFIG,
    "seed.yaml": SEED,
    "bad.yaml": "[",
  }))
    await platform.files.write(`/home/user/${name}`, new TextEncoder().encode(text));
  return runTool(grids, argv, { platform });
}

describe("grids()", () => {
  it("tools 17: grids: list of those in use, list of all", async () => {
    assert.equal((await run("-f", "a.yaml", "-l")).out, "GLOBAL_MERCATOR\nSqrt2\nown");
    assert.equal(
      (await run("a.yaml", "--list", "--all")).out,
      "GLOBAL_GEODETIC\nGLOBAL_MERCATOR\nGLOBAL_WEBMERCATOR\nSqrt2\nown\nunused",
    );
  });

  it("tools 17: grids: single, ignoring case, with the configured name", async () => {
    const { code, out } = await run("a.yaml", "-g", "sqrt2");
    assert.equal(code, 0);
    assert.match(out, /^Sqrt2:\n {4}Configuration:\n/);
  });

  it("tools 17: grids: unknown, exit 1", async () => {
    const { code, out } = await run("a.yaml", "-g", "NOPE");
    assert.deepEqual([code, out], [1, "grid not found: nope"]);
  });

  it("tools 18: prints `origin: 'sw'` for GLOBAL_MERCATOR, as the reference does", async () => {
    const { out } = await run("a.yaml", "-g", "GLOBAL_MERCATOR");
    assert.equal(
      out.split("\n").slice(0, 9).join("\n"),
      `GLOBAL_MERCATOR:
    Configuration:
        bbox*: [-20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244]
        origin: 'sw'
        srs: 'EPSG:900913'
        tile_size*: [256, 256]
    Levels: Resolutions, # x * y = total tiles
        00:  156543.03392804097,  #      1 * 1      =          1
        01:  78271.51696402048,   #      2 * 2      =          4`,
    );
    assert.match(out, / {6}1\.05M$/m);
  });

  it("tools 19: with `base` prints the base name and starred inherited values", async () => {
    const { out } = await run("a.yaml", "-g", "Sqrt2");
    assert.equal(
      out,
      `Sqrt2:
    Configuration:
        base: 'GLOBAL_GEODETIC'
        bbox*: [-180.0, -90.0, 180.0, 90.0]
        num_levels: 3
        origin*: 'll'
        res_factor: 'sqrt2'
        tile_size*: [256, 256]
    Levels: Resolutions, # x * y = total tiles
        00:  1.40625,            #      1 * 1      =          1
        01:  0.9943689110435824, #      2 * 1      =          2
        02:  0.7031249999999999, #      2 * 1      =          2`,
    );
  });

  it("tools 20: with coverage prints percentage and per-level estimates", async () => {
    const { out } = await run("a.yaml", "-g", "Sqrt2", "-s", "seed.yaml", "-c", "quarter");
    assert.match(out, /^ {4}Coverage: quarter covers approx\. 25\.0000% of the grid BBOX$/m);
    assert.match(out, /= total tiles \(approx\. tiles within coverage\)$/m);
    assert.match(out, / {10}2 \(0\)$/m);
  });

  it("tools 20: coverage options only together; a wrong one: exit 2", async () => {
    for (const argv of [
      ["-s", "seed.yaml"],
      ["-c", "quarter"],
    ]) {
      const { code, out } = await run("a.yaml", ...argv);
      assert.deepEqual([code, out], [1, "--coverage and --seed-conf can only be used together"]);
    }
    for (const [file, name] of [
      ["seed.yaml", "nope"],
      ["seed.yaml", "broken"],
      ["bad.yaml", "a"],
    ]) {
      const { code, err } = await run("a.yaml", "-s", file!, "-c", name!);
      assert.equal(code, 2, name);
      assert.match(
        err,
        /(?:^|\n)ERROR: (?:invalid configuration \(see above\)|coverage nope not found\. available coverages: quarter,broken)$/,
      );
    }
  });

  it("tools 21: on missing file: stderr begins `ERROR:`, exit 2; no file: help, exit 1", async () => {
    const { code, err } = await run("-f", "foo.bar");
    assert.deepEqual([code, err], [2, "ERROR:  No such file or directory: '/home/user/foo.bar'"]);
    assert.equal((await run()).code, 1);
  });
});
