import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { cacheDeps } from "../../../test/cache-deps.ts";
import { imageOptions, plain } from "../../../test/pictures.ts";
import { testContext } from "../../../test/platform.ts";
import { scratch } from "../../../test/scratch.ts";
import { runTool } from "../../../test/tools.ts";
import { pmtilesCache } from "../../cache/pmtiles.ts";
import { GLOBAL_MERCATOR } from "../../grid/well-known.ts";
import { encode } from "../../image/codec.ts";
import { localPlatform } from "../../runtime/local.ts";
import { STORE_TYPES } from "./destination.ts";
import { exportTool } from "./export.ts";
import { readGrid, readLevels } from "./options.ts";

const CONFIG = `
services: {tms: }
layers: [{name: a, title: A, sources: [c, copy]}]
caches:
  c: {grids: [GLOBAL_MERCATOR], sources: [tiles], meta_size: [1, 1]}
  copy: {grids: [GLOBAL_GEODETIC, GLOBAL_MERCATOR], sources: [], cache: {type: sqlite, directory: copied}}
sources:
  tiles: {type: tile, url: 'http://t/%(z)s/%(x)s/%(y)s.png', grid: GLOBAL_MERCATOR}
`;

/** A directory with the configuration, and the tool run in it; `asked` are paths of tiles. */
async function setUp() {
  const directory = scratch();
  writeFileSync(`${directory}/m.yaml`, CONFIG);
  const asked: string[] = [];
  const { bytes: png } = await encode(plain([256, 256], 10, 20, 30), imageOptions());
  const platform = {
    ...localPlatform(),
    fetch: (async (url: string | URL | Request) => {
      asked.push(new URL(url instanceof Request ? url.url : url).pathname);
      return new Response(png as Uint8Array<ArrayBuffer>, {
        headers: { "content-type": "image/png" },
      });
    }) as typeof fetch,
  };
  const run = (...argv: string[]) =>
    runTool(exportTool, ["-f", "m.yaml", ...argv], { platform, workingDirectory: directory });
  const files = (path: string) =>
    readdirSync(`${directory}/${path}`, { recursive: true })
      .map(String)
      .filter((name) => /\.\w+$/.test(name))
      .sort();
  return { directory, asked, png, run, files };
}

const MERCATOR = ["--grid", "GLOBAL_MERCATOR", "--source", "c", "--dest", "dest"];

describe("exportTool()", () => {
  it("seeding 45: without --fetch-missing-tiles makes no upstream request", async () => {
    const { run, asked, directory } = await setUp();
    const { code, out } = await run(...MERCATOR, "--levels", "0");
    assert.equal(code, 0);
    assert.deepEqual(asked, []);
    assert.deepEqual(readdirSync(`${directory}/dest`), ["tile_locks"]);
    assert.match(
      out,
      /^Exporting cache 'c' to '.*\/dest' with grid 'GLOBAL_MERCATOR' in EPSG:900913\n {2}Limited to: -180\.00000, -85\.05113, 180\.00000, 85\.05113 \(EPSG:4326\)\n {2}Levels: \[0\]\n/,
    );
  });

  it("seeding 44: export: default tms layout, byte copy when compatible, coverage", async () => {
    const { run, asked, files, directory, png } = await setUp();
    const { code, err } = await run(
      ...MERCATOR,
      "--levels",
      "0..2",
      "--fetch-missing-tiles",
      "--coverage",
      "10,10,20,20",
      "--srs",
      "EPSG:4326",
    );
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(files("dest"), ["0/0/0.png", "1/1/1.png", "2/2/2.png"]);
    assert.deepEqual(asked.sort(), ["/0/0/0.png", "/1/1/1.png", "/2/2/2.png"]);
    assert.deepEqual(
      new Uint8Array(readFileSync(`${directory}/dest/1/1/1.png`)),
      new Uint8Array(png),
    );
  });

  it("seeding 44: `--force`, dry run, missing options, level limit, unknown type", async () => {
    const { run, directory } = await setUp();
    assert.equal((await run(...MERCATOR, "--levels", "0", "-n")).code, 0);
    assert.deepEqual(readdirSync(directory), ["m.yaml"]);
    mkdirSync(`${directory}/dest`);
    const there = await run(...MERCATOR, "--levels", "0");
    assert.deepEqual(
      [there.code, there.err],
      [2, "ERROR: destination exists, remove first or use --force"],
    );
    assert.equal((await run(...MERCATOR, "--levels", "0", "--force")).code, 0);
    const far = await run(...MERCATOR, "--levels", "20", "--force");
    assert.deepEqual([far.code, far.err], [2, "ERROR: destination grid only has 20 levels"]);
    const kind = await run(...MERCATOR, "--levels", "0", "--type", "x", "--force");
    assert.deepEqual([kind.code, kind.err], [2, "ERROR: unsupported --type x"]);
    const none = await run("--grid", "GLOBAL_MERCATOR");
    assert.equal(none.code, 1);
    assert.match(none.err, /^ERROR: missing required option --source\n\nUsage: /);
    const unknown = await run(...MERCATOR, "--levels", "0", "--force", "--source", "nope");
    assert.deepEqual([unknown.code, unknown.err], [2, "ERROR: source or cache 'nope' not found"]);
  });

  it("seeding 44: grid text: its own levels, drawn with a warning; unknown keys are errors", async () => {
    const { run, files } = await setUp();
    const rest = ["--source", "c", "--dest", "dest", "--levels", "1", "--fetch-missing-tiles"];
    const drawn = await run("--grid", "base=GLOBAL_MERCATOR min_res=100000", ...rest);
    assert.equal(drawn.code, 0);
    assert.equal(
      drawn.err,
      "WARN: grids are incompatible. needs to scale/reproject tiles for export.",
    );
    assert.equal(files("dest").length, 16);
    const wrong = await run("--grid", "base=GLOBAL_MERCATOR foo=1", ...rest, "--force");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^ERROR: invalid grid configuration\n.*foo/);
  });

  for (const type of STORE_TYPES) {
    it(`seeding 44: export: all types: ${type} holds what was stored`, async () => {
      const { run, asked, directory } = await setUp();
      const levels = ["--levels", "0..1", "--fetch-missing-tiles"];
      assert.equal((await run(...MERCATOR, ...levels, "--type", type)).code, 0);
      assert.equal(asked.length, 5);
      assert.ok(readdirSync(directory).includes("dest"));
    });
  }

  it("into a cache of the configuration, of whatever kind", async () => {
    const { run, files, asked } = await setUp();
    const argv = [...MERCATOR, "--levels", "0..1", "--fetch-missing-tiles", "--type", "cache"];
    const { code, err } = await run(...argv, "--dest", "copy");
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(asked.length, 5);
    assert.ok(files("copied").some((name) => name.endsWith("1.mbtiles")));
    const wrong = await run(...argv, "--dest", "nope");
    assert.deepEqual([wrong.code, wrong.err], [2, "ERROR: cache 'nope' to export to not found"]);
  });

  it("pmtiles: an archive that the cache type of the name reads, or none", async () => {
    const { run, directory, png } = await setUp();
    const argv = [...MERCATOR, "--levels", "0..1", "--type", "pmtiles"];
    const none = await run(...argv);
    assert.equal(none.code, 0);
    assert.match(none.err, /no archive was written$/);
    assert.ok(!readdirSync(directory).some((name) => name.startsWith("dest")));
    assert.equal((await run(...argv, "--fetch-missing-tiles")).code, 0);
    const platform = localPlatform();
    const cache = await pmtilesCache.create(
      { type: "pmtiles", filename: `${directory}/dest` },
      cacheDeps(directory, { platform, grid: GLOBAL_MERCATOR }),
    );
    assert.deepEqual((await cache.get({ x: 1, y: 0, level: 1 }, testContext()))?.bytes, png);
    const other = await run(...argv, "--grid", "GLOBAL_GEODETIC", "--force");
    assert.equal(other.code, 2);
    assert.match(other.err, /^ERROR: cannot export grid 'GLOBAL_GEODETIC': a PMTiles archive/);
  });

  it("a source that fails: tried again, told, exit 3", async () => {
    const { directory } = await setUp();
    const local = localPlatform();
    let slept = 0;
    const sleep = async (ms: number) => {
      slept += ms;
    };
    const platform = {
      ...local,
      clock: { now: () => local.clock.now() + slept, sleep },
      fetch: (async () => new Response("", { status: 500 })) as unknown as typeof fetch,
    };
    const argv = ["-f", "m.yaml", ...MERCATOR, "--levels", "0", "--fetch-missing-tiles"];
    const { code, err } = await runTool(exportTool, argv, {
      platform,
      workingDirectory: directory,
    });
    assert.equal(code, 3);
    assert.match(err, /ERROR: Cannot export all tiles: 1 failed$/);
  });
});

describe("readLevels()", () => {
  it("reads lists and ranges", () => {
    assert.deepEqual(readLevels("1..3, 8, 2,13..14"), [1, 2, 3, 8, 13, 14]);
    for (const text of ["", "a", "1..", "-1", "0..999"]) assert.throws(() => readLevels(text));
  });
});

describe("readGrid()", () => {
  it("divides words as a shell does; values are YAML", () => {
    assert.deepEqual(
      { ...readGrid(`srs='EPSG:4326' bbox=[5,50,10,60] "name=a b" res_factor=sqrt2`) },
      { srs: "EPSG:4326", bbox: [5, 50, 10, 60], name: "a b", res_factor: "sqrt2" },
    );
  });
});
