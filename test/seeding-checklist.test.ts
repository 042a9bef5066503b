/** What `rhumb seed` asks upstream and leaves on the disk: lines of the checklist that no other test bears the name of. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import { localPlatform } from "../src/runtime/local.ts";
import { seed } from "../src/tools/seed.ts";
import { type MapServer, mapServer } from "./e2e/seed-process.ts";
import { scratch } from "./scratch.ts";
import { runTool, type ToolRun } from "./tools.ts";

let server: MapServer;
before(async () => {
  server = await mapServer();
});
after(() => server.close());

const DAY = 86_400_000;

/** A directory with configurations; the caches are single tiles of the first three levels unless they say otherwise. */
function setUp(caches: string, seedText: string) {
  const directory = scratch();
  writeFileSync(
    `${directory}/mapproxy.yaml`,
    `
globals: {cache: {base_dir: ./cache, meta_size: [1, 1], meta_buffer: 0}}
caches:
${caches}
grids:
  g: {base: GLOBAL_GEODETIC, num_levels: 4}
  m: {base: GLOBAL_WEBMERCATOR, num_levels: 4}
sources:
  w: {type: wms, req: {url: '${server.url}', layers: a}}
  only: {type: wms, seed_only: true, req: {url: '${server.url}', layers: a}}
`,
  );
  writeFileSync(`${directory}/seed.yaml`, seedText);
  const asked: string[] = [];
  const run = async (...argv: string[]): Promise<ToolRun> => {
    const from = server.asked.length;
    const result = await runTool(seed, ["-f", "mapproxy.yaml", "-s", "seed.yaml", ...argv], {
      platform: localPlatform(),
      workingDirectory: directory,
    });
    const plain = (bbox: string) => bbox.split(",").map(Number).join(",");
    asked.splice(0, asked.length, ...server.asked.slice(from).map(plain));
    assert.equal(result.code, 0, result.out + result.err);
    return result;
  };
  return { directory, run, asked };
}

/** Path of a tile of a file cache. */
const tile = (directory: string, [x, y, level]: readonly number[], cache = "c_EPSG4326") =>
  `${directory}/cache/${cache}/0${level}/000/000/00${x}/000/000/00${y}.png`;

/** Writes something that counts as a tile, so many days old. */
function put(path: string, days: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "x");
  const at = new Date(Date.now() - days * DAY);
  utimesSync(path, at, at);
}

const FILE = "  c: {sources: [w], grids: [g]}";

describe("seeding: what is made", () => {
  it("seeding 21: Without refresh_before no existing tile is re-requested, though text says 'Overwriting: all tiles'", async () => {
    const caches = "  c: {sources: [w], grids: [g], meta_size: [4, 4], meta_buffer: 10}";
    const { run, asked } = setUp(caches, "seeds: {s: {caches: [c], levels: [0]}}");
    assert.match((await run()).out, /Overwriting: all tiles/);
    assert.deepEqual(asked, ["-180,-90,180,90"], "one request, for what the grid has");
    assert.match((await run()).out, /Overwriting: all tiles/);
    assert.deepEqual(asked, []);
  });

  it("seeding 22: refresh_before re-requests tiles with int(mtime) ≤ threshold", async () => {
    const seedText =
      "seeds: {s: {caches: [c], levels: [1], refresh_before: {time: '2020-01-01T00:00:00'}}}";
    const { directory, run, asked } = setUp(FILE, seedText);
    const limit = new Date("2020-01-01T00:00:00").getTime() / 1000;
    const paths = [tile(directory, [0, 0, 1]), tile(directory, [1, 0, 1])] as const;
    for (const [i, path] of paths.entries()) {
      put(path, 0);
      utimesSync(path, limit, limit + i);
    }
    utimesSync(paths[0], limit, limit + 0.5);
    const { out } = await run();
    assert.match(out, /Overwriting: tiles older than 2020-01-01 00:00:00/);
    assert.deepEqual(asked, ["-180,-90,0,90"]);
  });

  it("seeding 23: refresh_before on mbtiles/geopackage/compact re-requests everything", async () => {
    for (const store of [
      "{type: mbtiles, filename: a.mbtiles}",
      "{type: geopackage, filename: a.gpkg, table_name: a}",
      "{type: compact, version: 2}",
    ]) {
      const caches = `  c: {sources: [w], grids: [g], cache: ${store}}`;
      const seeds = (before: string) => `seeds: {s: {caches: [c], levels: [1]${before}}}`;
      const { directory, run, asked } = setUp(caches, seeds(""));
      await run();
      assert.equal(asked.length, 2);
      await run();
      assert.equal(asked.length, 0, `${store}: existing tiles are kept`);
      writeFileSync(`${directory}/seed.yaml`, seeds(", refresh_before: {days: 1}"));
      await run();
      assert.equal(asked.length, 2, store);
    }
  });

  it("seeding 24: Cache refresh_before overrides the seed value", async () => {
    const caches = "  c: {sources: [w], grids: [g], refresh_before: {days: 10}}";
    const seedText = "seeds: {s: {caches: [c], levels: [1], refresh_before: {days: 1}}}";
    const { directory, run, asked } = setUp(caches, seedText);
    put(tile(directory, [0, 0, 1]), 5);
    put(tile(directory, [1, 0, 1]), 15);
    await run();
    assert.deepEqual(asked, ["0,-90,180,90"]);
  });

  it("seeding 25: --skip-uncached combinations (§4.5)", async () => {
    const old = "seeds: {s: {caches: [c], levels: [1], refresh_before: {days: 1}}}";
    const { directory, run, asked } = setUp(FILE, old);
    await run("--skip-uncached");
    assert.deepEqual(asked, [], "no tile: none is made");
    put(tile(directory, [0, 0, 1]), 25 / 24);
    put(tile(directory, [1, 0, 1]), 0.5);
    await run("--skip-uncached");
    assert.deepEqual(asked, ["-180,-90,0,90"], "the one that is there and old");
    rmSync(`${directory}/cache`, { recursive: true });
    writeFileSync(`${directory}/seed.yaml`, "seeds: {s: {caches: [c], levels: [1]}}");
    await run("--skip-uncached");
    assert.equal(asked.length, 2, "without refresh_before it has no effect");
  });

  it("seeding 26: Meta tile decision by main tile only", async () => {
    const caches = "  c: {sources: [w], grids: [g], meta_size: [2, 1]}";
    const seedText = "seeds: {s: {caches: [c], levels: [1], refresh_before: {days: 1}}}";
    const { directory, run, asked } = setUp(caches, seedText);
    put(tile(directory, [0, 0, 1]), 0);
    put(tile(directory, [1, 0, 1]), 5);
    await run();
    assert.deepEqual(asked, [], "the first is fresh: the old one beside it stays");
    put(tile(directory, [0, 0, 1]), 5);
    put(tile(directory, [1, 0, 1]), 0);
    await run();
    assert.deepEqual(asked, ["-180,-90,180,90"], "the first is old: both are made");
  });

  it("seeding 27: seed_only sources are used by the seeder", async () => {
    const { run, asked } = setUp(
      "  c: {sources: [only], grids: [g]}",
      "seeds: {s: {caches: [c], levels: [1]}}",
    );
    await run();
    assert.equal(asked.length, 2);
  });

  it("minimize_meta_requests is ignored: full meta tiles are requested", async () => {
    const caches =
      "  c: {sources: [w], grids: [g], meta_size: [2, 2], minimize_meta_requests: true}";
    const { run, asked } = setUp(caches, "seeds: {s: {caches: [c], levels: [2]}}");
    await run();
    assert.deepEqual(asked.sort(), ["-180,-90,0,90", "0,-90,180,90"]);
  });

  it("seeding 28: Rescaling caches: one task per level, descending for downscale", async () => {
    const levels = async (option: string) => {
      const { run } = setUp(
        `  c: {sources: [w], grids: [g], ${option}: 1}`,
        "seeds: {s: {caches: [c], levels: [0, 1, 2]}}",
      );
      return [...(await run("--summary")).out.matchAll(/Levels: \[(.*)\]/g)].map(
        ([, list]) => list,
      );
    };
    assert.deepEqual(await levels("upscale_tiles"), ["0", "1", "2"]);
    assert.deepEqual(await levels("downscale_tiles"), ["2", "1", "0"]);
  });
});

describe("seeding: tasks and lines", () => {
  const TWO = `${FILE}\n  d: {sources: [w], grids: [g, m]}\n  e: {sources: [w], grids: [g, m]}`;
  const SEEDS = `
seeds:
  last: {caches: [d, e], grids: [g, m], levels: [0]}
  first: {caches: [c], levels: [0]}
cleanups:
  k: {caches: [c], levels: [3]}
`;
  const tasksOf = (out: string) =>
    [...out.matchAll(/cache '(\w)' with grid '(\w)'/g)].map(([, cache, grid]) => `${cache}${grid}`);

  it("seeding 10: Task order: seeds in order, grid-major, cache-minor; cleanups after seeds", async () => {
    const { run } = setUp(TWO, SEEDS);
    const { out } = await run("--summary");
    assert.deepEqual(tasksOf(out), ["dg", "eg", "dm", "em", "cg", "cg"]);
    assert.ok(out.indexOf("Cleanup tasks") > out.indexOf("first:"));
  });

  it("seeding 11: --seed without --cleanup disables cleanups and vice versa; ALL", async () => {
    const { run } = setUp(TWO, SEEDS);
    const count = async (...argv: string[]) =>
      tasksOf((await run("--summary", ...argv)).out).length;
    assert.equal(await count("--seed", "first"), 1);
    assert.equal(await count("--cleanup", "k"), 1);
    assert.equal(await count("--seed", "ALL"), 5);
    assert.equal(await count("--seed", "first", "--cleanup", "ALL"), 2);
    assert.deepEqual(
      tasksOf((await run("--summary", "--seed", "first,last")).out).slice(0, 2),
      ["cg", "dg"],
      "names are taken in the order given",
    );
  });

  it("seeding 9: time/mtime/delta specs: local time, a file of its own, a sum before now", async () => {
    const threshold = async (spec: string) => {
      const { directory, run } = setUp(FILE, `seeds: {s: {caches: [c], refresh_before: ${spec}}}`);
      writeFileSync(`${directory}/stamp`, "");
      utimesSync(
        `${directory}/stamp`,
        new Date(2021, 4, 6, 7, 8, 9),
        new Date(2021, 4, 6, 7, 8, 9),
      );
      return /older than (.*)/.exec((await run("--summary")).out)?.[1];
    };
    assert.equal(await threshold("{time: '2019-03-04T05:06:07'}"), "2019-03-04 05:06:07");
    assert.equal(await threshold("{time: 2019-03-04T05:06:07}"), "2019-03-04 05:06:07");
    assert.equal(await threshold("{mtime: stamp}"), "2021-05-06 07:08:09");
    const age =
      Date.now() - new Date((await threshold("{weeks: 1, days: 1, hours: 2}")) ?? 0).getTime();
    assert.ok(Math.abs(age - (8 * DAY + 2 * 3_600_000)) < 5000, `${age}`);
  });

  it("seeding 17: Progress line format; -qq silent", async () => {
    const { run } = setUp(FILE, "seeds: {s: {caches: [c], levels: [0, 1]}}");
    const line =
      /^\[\d\d:\d\d:\d\d\] {2}0 100\.00% -180\.00000, -90\.00000, 180\.00000, 90\.00000 \(3 tiles\)$/m;
    assert.match((await run()).out, line);
    assert.doesNotMatch((await run("-qq")).out, /%/);
  });

  it("seeding 34: --duration returns 0 after the time, and the progress file stays", async () => {
    const slow = await mapServer(() => new Promise((done) => setTimeout(() => done(true), 100)));
    const { directory, run } = setUp(FILE, "seeds: {s: {caches: [c]}}");
    const path = `${directory}/mapproxy.yaml`;
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(server.url, slow.url));
    await run("--duration", "1s", "--continue");
    assert.ok(existsSync(`${directory}/.mapproxy_seed_progress`));
    assert.ok(slow.asked.length > 2 && slow.asked.length < 100, `${slow.asked.length} requests`);
    slow.close();
  });
});

describe("seeding: what is removed", () => {
  const OLD = 10;
  const names = (directory: string) => readdirSync(`${directory}/cache/c_EPSG4326`).sort();

  it("seeding 38: remove_all removes level directories; by-age removal strict less for files", async () => {
    const text = `
cleanups:
  all: {caches: [c], levels: [1], remove_all: true}
  age: {caches: [c], levels: [2], remove_before: {time: '2020-01-01T00:00:00'}}
`;
    const { directory, run } = setUp(FILE, text);
    for (const level of [0, 1, 2]) put(tile(directory, [0, 0, level]), 0);
    await run("--cleanup", "all");
    assert.deepEqual(names(directory), ["00", "02"]);
    const [exact, older] = [tile(directory, [0, 0, 2]), tile(directory, [1, 0, 2])];
    const limit = new Date("2020-01-01T00:00:00");
    put(older, 0);
    utimesSync(exact, limit, limit);
    utimesSync(older, limit, new Date(limit.getTime() - 1000));
    await run("--cleanup", "age");
    assert.deepEqual([existsSync(exact), existsSync(older)], [true, false]);
  });

  it("seeding 42: sqlite cleanup keeps the file by age, deletes it for remove_all", async () => {
    const caches = "  c: {sources: [w], grids: [g], cache: {type: sqlite, directory: ./cache/sq}}";
    const text = `
seeds: {s: {caches: [c], levels: [1, 2]}}
cleanups:
  age: {caches: [c], levels: [1], remove_before: {seconds: 0}}
  all: {caches: [c], levels: [2], remove_all: true}
`;
    const { directory, run, asked } = setUp(caches, text);
    await run("--seed", "s");
    await new Promise((done) => setTimeout(done, 1100)); // times are whole seconds
    const files = () =>
      (readdirSync(`${directory}/cache`, { recursive: true }) as string[])
        .filter((name) => name.endsWith(".mbtiles"))
        .map((name) => name.split("/").at(-1))
        .sort();
    assert.deepEqual(files(), ["1.mbtiles", "2.mbtiles"]);
    await run("--cleanup", "ALL");
    assert.deepEqual(files(), ["1.mbtiles"]);
    await run("--seed", "s");
    assert.equal(asked.length, 2 + 8, "the rows were gone from the file that stays");
  });

  it("seeding 43: Coverage cleanup only touches intersecting tiles, meta tile by meta tile", async () => {
    const text = `
cleanups:
  all: {caches: [c], levels: [1], remove_all: true, coverages: [west]}
  age: {caches: [c], levels: [0, 1, 3], coverages: [west]}
coverages: {west: {bbox: [-180, -90, 0, 90], srs: 'EPSG:4326'}}
`;
    const caches = "  c: {sources: [w], grids: [g], meta_size: [4, 4]}";
    const { directory, run } = setUp(caches, text);
    const put4326 = (...coords: (readonly [number, number, number])[]) =>
      coords.map((coord) => {
        const path = tile(directory, coord);
        put(path, OLD);
        return path;
      });
    const level1 = put4326([0, 0, 1], [1, 0, 1], [0, 1, 1], [0, 0, 0]);
    await run("--cleanup", "all");
    assert.deepEqual(
      level1.map((path) => existsSync(path)),
      [false, false, true, true],
      "the whole meta tile; what lies outside the grid, and other levels, stay",
    );
    const others = put4326([0, 0, 0], [1, 0, 1], [2, 0, 3], [4, 0, 3], [2, 0, 2]);
    await run("--cleanup", "age");
    assert.deepEqual(
      others.map((path) => existsSync(path)),
      [false, false, false, true, true],
    );
  });
});
