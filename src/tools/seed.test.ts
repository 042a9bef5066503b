import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { scratch } from "../../test/scratch.ts";
import { runTool, type ToolRun } from "../../test/tools.ts";
import { decodedTilesRoom, limitDecodedTiles } from "../image/decoded-tiles.ts";
import { localPlatform } from "../runtime/local.ts";
import { cleanup } from "./cleanup.ts";
import { seed } from "./seed.ts";
import type { Session } from "./session.ts";

const PROXY = `
globals: {cache: {base_dir: ./cache}}
caches:
  one: {sources: [a], grids: [g, GLOBAL_GEODETIC]}
  two: {sources: [a], grids: [g]}
  none: {sources: [a], grids: [g], disable_storage: true}
  comp: {sources: [a], grids: [g], cache: {type: compact, version: 2}}
  sq: {sources: [a], grids: [g], cache: {type: sqlite}}
  bad: {sources: [w], grids: [g], meta_size: [1, 1], meta_buffer: 0}
grids:
  g: {base: GLOBAL_WEBMERCATOR, num_levels: 6}
  deep: {base: GLOBAL_WEBMERCATOR, num_levels: 22}
sources:
  a: {type: debug}
  w: {type: wms, req: {url: 'http://127.0.0.1:1/', layers: a}}
`;

const SEED = `
seeds:
  a: {caches: [one], grids: [g], levels: {to: 2}}
  b: {caches: [one, two], grids: [g], levels: [1], coverages: [c]}
  mixed: {caches: [one, two]}
  empty: {caches: [one], grids: [g], coverages: [nothing]}
cleanups:
  k: {caches: [one], grids: [g], levels: [1]}
  all: {caches: [one], grids: [g], levels: [1], remove_all: true}
coverages:
  c: {bbox: [5, 45, 15, 55], srs: 'EPSG:4326'}
  nothing: {datasource: nothing.geojson, srs: 'EPSG:4326'}
`;

/** A directory with both configurations, and the command in it. */
function setUp(seedText = SEED) {
  const directory = scratch();
  writeFileSync(`${directory}/mapproxy.yaml`, PROXY);
  writeFileSync(`${directory}/seed.yaml`, seedText);
  writeFileSync(`${directory}/nothing.geojson`, '{"type": "FeatureCollection", "features": []}');
  const run = (argv: readonly string[], session: Partial<Session> = {}): Promise<ToolRun> =>
    runTool(seed, ["-f", "mapproxy.yaml", "-s", "seed.yaml", ...argv], deps(directory, session));
  return { directory, run };
}

function deps(directory: string, session: Partial<Session> = {}) {
  return {
    platform: localPlatform(),
    workingDirectory: directory,
    session: {
      isTerminal: false,
      write: () => {},
      readLine: async () => undefined,
      interrupted: new AbortController().signal,
      pid: process.pid,
      isRunning: (pid: number) => pid === process.pid,
      ...session,
    },
  };
}

const tilesIn = (directory: string) =>
  existsSync(directory)
    ? (readdirSync(directory, { recursive: true }) as string[]).filter((n) => n.endsWith(".png"))
    : [];

describe("rhumb seed", () => {
  it("keeps pictures that come again in the memory that the configuration gives", async () => {
    const { directory, run } = setUp();
    writeFileSync(`${directory}/mapproxy.yaml`, `${PROXY}server: {decoded_tiles: 3}\n`);
    limitDecodedTiles(0);
    try {
      assert.equal((await run(["--seed", "a"])).code, 0);
      assert.equal(decodedTilesRoom(), 3 * 2 ** 20);
    } finally {
      limitDecodedTiles(0);
    }
  });

  it("makes what is missing, keeps what is there, and ends with 0", async () => {
    const { directory, run } = setUp();
    const first = await run(["--seed", "a"]);
    assert.equal(first.code, 0, first.out + first.err);
    assert.equal(tilesIn(`${directory}/cache/one_EPSG3857`).length, 1 + 4 + 16);
    assert.match(
      first.out,
      /^========== Seeding tasks ==========\nStart seeding process \(1 task\)$/m,
    );
    assert.match(first.out, /^ {4}Seeding cache 'one' with grid 'g' in EPSG:3857$/m);
    assert.match(first.out, /^ {4}Levels: \[0, 1, 2\]\n {4}Overwriting: all tiles$/m);
    assert.match(first.out, /^\[\d\d:\d\d:\d\d\] {2}0 100\.00% .* \(21 tiles\)$/m);
    assert.doesNotMatch(first.out, /Cleanup/);
  });

  it("seeding 37: dry-run creates and removes nothing", async () => {
    const { directory, run } = setUp();
    const { code, out } = await run(["--seed", "a", "-n"]);
    assert.equal(code, 0);
    assert.match(out, /\(21 tiles\)/);
    assert.deepEqual(tilesIn(directory), []);
  });

  it("seeding 14: --summary prints both headings and touches nothing", async () => {
    const { directory, run } = setUp();
    const { code, out } = await run(["--summary", "--seed", "b"]);
    assert.equal(code, 0);
    assert.match(
      out,
      /= Seeding tasks =[\s\S]*cache 'one'[\s\S]*cache 'two'[\s\S]*= Cleanup tasks =/,
    );
    assert.doesNotMatch(out, /Start /);
    assert.deepEqual(tilesIn(directory), []);
  });

  it("seeding 29: empty coverage: skipped, exit 0", async () => {
    const { code, out } = await setUp().run(["--seed", "empty"]);
    assert.equal(code, 0);
    assert.match(out, /^ {4}Empty coverage given for this task\n {4}Skipped$/m);
  });

  for (const [argv, code, text] of [
    [["--seed", "zz"], 1, "unknown seed tasks: zz\navailable seed tasks: a, b, mixed, empty"],
    [["--cleanup", "zz"], 1, "unknown cleanup tasks: zz\navailable cleanup tasks: k, all"],
    [
      ["--seed", "mixed"],
      2,
      "error in configuration: caches in same seed task require identical grids",
    ],
  ] as const) {
    it(`seeding 6, 12: ${argv.join(" ")}: exit ${code}`, async () => {
      const result = await setUp().run(argv);
      assert.equal(result.code, code);
      assert.ok(result.out.endsWith(text), result.out);
    });
  }

  for (const [entry, text] of [
    ["{caches: [nope]}", "cache nope not found. available caches: one,two,none,comp,sq,bad"],
    ["{caches: [none]}", "can't seed cache none (disable_storage: true)"],
    ["{caches: [two], grids: [h]}", "h not defined for caches"],
    ["{caches: [two], coverages: [x]}", "coverage x not found. available coverages: "],
    ["{grids: [g]}", "invalid configuration"],
    [
      "{caches: [two], refresh_before: {mtime: nofile}}",
      "can't parse last modified time from file 'nofile'.",
    ],
    [
      "{caches: [two], refresh_before: {time: never}}",
      "can't parse time 'never'. should be ISO time string",
    ],
  ] as const) {
    it(`seeding 2, 4, 5: refuses ${entry}, exit 2`, async () => {
      const { code, out } = await setUp(`seeds: {x: ${entry}}`).run([]);
      assert.equal(code, 2);
      assert.ok(out.includes(`error in configuration: ${text}`), out);
    });
  }

  it("seeding 1, 2: an unknown key warns only; sections may be missing or empty", async () => {
    const text = "seeds: {x: {caches: [two], levels: [0], colour: red}}\ncleanups:\n";
    const { code, out } = await setUp(text).run([]);
    assert.equal(code, 0);
    assert.match(out, /WARNING - .*seed\.yaml:1 {2}seeds\.x\.colour {2}Unknown key/);
  });

  it("seeding 3: rejects the section views, and an empty file", async () => {
    const old = await setUp("views: {a: {}}").run([]);
    assert.equal(old.code, 2);
    assert.match(old.out, /The old seeding config style is no longer supported\./);
    assert.match((await setUp("").run([])).out, /configuration not a YAML dictionary/);
  });

  it("seeding 13: without -f: usage, exit 2; without anything: help, exit 1", async () => {
    const missing = await runTool(seed, ["seed.yaml"]);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /missing mapproxy configuration -f\/--proxy-conf/);
    assert.equal((await runTool(seed, [])).code, 1);
    const duration = await runTool(seed, ["-f", "x", "-s", "y", "--duration", "x"]);
    assert.match(
      duration.err,
      /invalid duration value: 'x', expected \(10s, 15m, 0\.5h, 3d, etc\)/,
    );
  });

  it("seeding 15: interactive: asks again on other answers", async () => {
    const { directory, run } = setUp();
    const answers = ["maybe", "YES", "n"];
    const asked: string[] = [];
    const { code } = await run(["-i", "--seed", "a", "--cleanup", "k"], {
      readLine: async () => answers.shift(),
      write: (text) => void asked.push(text),
    });
    assert.equal(code, 0);
    assert.equal(asked.length, 3);
    assert.equal(tilesIn(directory).length, 21);
  });

  it("seeding 31, 32: interrupted: exit 2, progress is kept and the next run goes on", async () => {
    const { directory, run } = setUp();
    const aborted = AbortSignal.abort(new Error("interrupted"));
    const { code, out } = await run(["--seed", "a", "--continue"], { interrupted: aborted });
    assert.equal(code, 2);
    assert.match(out, /\nexiting\.\.\.$/);
    assert.equal((await run(["--seed", "a", "--continue"])).code, 0);
    assert.equal(tilesIn(directory).length, 21);
    assert.ok(!existsSync(`${directory}/.mapproxy_seed_progress`), "removed on success");
  });

  it("seeding 33: other levels begin anew, whatever the progress file says of the old ones", async () => {
    const { directory, run } = setUp();
    const aborted = AbortSignal.abort(new Error("interrupted"));
    await run(["--seed", "a", "--continue"], { interrupted: aborted });
    const path = `${directory}/.mapproxy_seed_progress`;
    const progress = JSON.parse(readFileSync(path, "utf8"));
    // as if the run had come to its end
    for (const task of Object.keys(progress.tasks)) progress.tasks[task] = [];
    writeFileSync(path, JSON.stringify(progress), { mode: 0o644 });
    await run(["--seed", "a", "--continue"]);
    assert.equal(tilesIn(directory).length, 0, "what is done is not done again");
    writeFileSync(path, JSON.stringify(progress), { mode: 0o644 });
    writeFileSync(`${directory}/seed.yaml`, SEED.replace("levels: {to: 2}", "levels: {to: 1}"));
    await run(["--seed", "a", "--continue"]);
    assert.equal(tilesIn(directory).length, 5);
  });

  it("seeding 16: what is no terminal gets plain lines, as with -q", async () => {
    const written: string[] = [];
    const write = (text: string) => void written.push(text);
    const own = (out: string) => out.replace(/\d\d:\d\d:\d\d|^.*WARNING.*\n/gm, "");
    const plain = await setUp().run(["--seed", "a"], { write });
    const quiet = await setUp().run(["--seed", "a", "-q"], { write });
    assert.equal(own(plain.out), own(quiet.out));
    assert.equal(written.length, 0);
    await setUp().run(["--seed", "a"], { write, isTerminal: true });
    assert.ok(written.length > 0 && written.every((text) => text.endsWith("\r")));
  });

  it("seeding 32: a progress file that is damaged or world-writable is ignored", async () => {
    const { directory, run } = setUp();
    const path = `${directory}/.mapproxy_seed_progress`;
    writeFileSync(path, "\u0080\u0004pickle", { mode: 0o644 });
    assert.match((await run(["--seed", "a", "--continue"])).err, /unable to read progress file/);
    writeFileSync(path, "{}");
    chmodSync(path, 0o666);
    assert.match(
      (await run(["--seed", "a", "--continue"])).err,
      /is world writable, ignoring file/,
    );
  });

  it("seeding 35: --reseed-file: made when missing; a young one with an interval means nothing to do", async () => {
    const { directory, run } = setUp();
    const argv = ["--seed", "a", "--continue", "--reseed-file", "r", "--reseed-interval", "1h"];
    assert.equal((await run(argv)).code, 0);
    assert.ok(existsSync(`${directory}/r`));
    const again = await run(argv);
    assert.equal(again.code, 1);
    assert.equal(again.out, "no need for re-seeding");
    utimesSync(`${directory}/r`, 1, 1);
    assert.equal((await run(argv)).code, 0);
  });

  it("seeding 36: --use-cache-lock: entries of dead processes are cleared, a living one makes it wait", async () => {
    const { run } = setUp();
    assert.equal((await run(["--seed", "b", "--use-cache-lock"], { pid: 99 })).code, 0);
    assert.equal((await run(["--seed", "b", "--use-cache-lock"])).code, 0);
  });

  it("seeding 30: a source that always fails: texts on the error output, exit 3, list of tiles", async () => {
    const { directory, run } = setUp("seeds: {x: {caches: [bad], levels: [1]}}");
    const { code, out, err } = await run(["--retries", "1", "-c", "1"]);
    assert.equal(code, 3);
    assert.match(err, /^An error occured\. Retry in 2 seconds: .*\. Retries left: 0$/m);
    assert.match(err, /^An error occured\. Giving up$/m);
    assert.match(out, /no workers left, stopping\n\ninterrupted\.\.\.$/);
    assert.ok(existsSync(`${directory}/.rhumb_seed_failed`));
  });

  it("--verify fills holes of a cache; without it the first tile of a meta tile decides", async () => {
    const { directory, run } = setUp("seeds: {x: {caches: [two], levels: [2]}}");
    await run([]);
    const hole = `${directory}/cache/two_EPSG3857/02/000/000/001/000/000/001.png`;
    rmSync(hole);
    assert.equal((await run(["--verify"])).code, 0);
    assert.ok(existsSync(hole));
  });

  it("refuses plans of more than 10^9 tiles without --force (threat T19)", async () => {
    const text = "caches: {x: {sources: [a], grids: [deep]}}\n";
    const { directory, run } = setUp("seeds: {x: {caches: [x]}}");
    writeFileSync(
      `${directory}/mapproxy.yaml`,
      PROXY.replace(
        "caches:\n",
        `${text.replace("caches: {x: ", "caches:\n  x: ").replace("}}", "}")}`,
      ),
    );
    const { code, out } = await run([]);
    assert.equal(code, 2);
    assert.match(out, /more than 10\^9; .* add --force$/);
    assert.deepEqual(tilesIn(directory), []);
  });

  it("--json: every line is a document", async () => {
    const { out } = await setUp().run(["--seed", "a", "--json"]);
    const events = out.split("\n").map((line) => JSON.parse(line).event);
    assert.deepEqual([events[0], events[1], events.at(-1)], ["begin", "task", "progress"]);
  });
});

describe("rhumb seed --cleanup", () => {
  const old = new Date("2001-01-01");
  /** A cache with one tile in each of three levels, old ones. */
  function cached(text = SEED) {
    const { directory, run } = setUp(text);
    for (const level of ["00", "01", "02"]) {
      const at = `${directory}/cache/one_EPSG3857/${level}/000/000/000/000/000`;
      mkdirSync(at, { recursive: true });
      writeFileSync(`${at}/000.png`, "x");
      utimesSync(`${at}/000.png`, old, old);
    }
    return { directory, run, levels: () => readdirSync(`${directory}/cache/one_EPSG3857`).sort() };
  }

  it("seeding 39: removes old tiles of its levels and the directories that became empty", async () => {
    const { run, levels } = cached();
    const { code, out } = await run(["--cleanup", "k"]);
    assert.equal(code, 0);
    assert.match(out, /^\[\d\d:\d\d:\d\d\] removing old tiles in cache\/one_EPSG3857\/01$/m);
    assert.doesNotMatch(out, /Seeding tasks/);
    assert.deepEqual(levels(), ["00", "02"]);
  });

  it("seeding 37: dry-run prints each file and removes none", async () => {
    const { run, levels } = cached();
    const { out } = await run(["--cleanup", "all", "-n"]);
    assert.match(out, /^removing cache\/one_EPSG3857\/01\/000\/000\/000\/000\/000\/000\.png$/m);
    assert.deepEqual(levels(), ["00", "01", "02"]);
  });

  it("seeding 41: does not remove what the same run has made", async () => {
    const { directory, run } = setUp();
    assert.equal((await run(["--seed", "a", "--cleanup", "k"])).code, 0);
    assert.equal(tilesIn(`${directory}/cache/one_EPSG3857`).length, 21);
  });

  it("seeding 40: remove_before needs timestamps", async () => {
    const text = "cleanups: {k: {caches: [comp], remove_before: {days: 1}}}";
    const { code, out } = await setUp(text).run([]);
    assert.equal(code, 2);
    assert.match(
      out,
      /cleanup does not support remove_before for 'k' because cache 'comp' does not/,
    );
  });

  it("rhumb cleanup does all cleanups", async () => {
    const { directory, levels } = cached();
    const argv = ["-f", "mapproxy.yaml", "-s", "seed.yaml"];
    assert.equal((await runTool(cleanup, argv, deps(directory))).code, 0);
    assert.deepEqual(levels(), ["00", "02"]);
  });
});
