import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { scratch } from "../../test/scratch.ts";
import { goodPng } from "../../test/threats/upstream.ts";
import { runTool } from "../../test/tools.ts";
import { localPlatform } from "../runtime/local.ts";
import {
  type FleetRun,
  NO_TALLY,
  type SeedJob,
  type SeedQueue,
  type Tally,
} from "../seed/fleet.ts";
import { seed } from "./seed.ts";
import { seedWorker } from "./seed-worker.ts";

const PROXY = `
globals: {cache: {base_dir: ./cache, meta_size: [2, 2], meta_buffer: 0}}
caches: {c: {sources: [a], grids: [g], cache: {type: file, directory_layout: tms}}}
grids: {g: {base: GLOBAL_WEBMERCATOR, num_levels: 4}}
sources: {a: {type: wms, req: {url: 'http://h/', layers: a}}}
`;

/** A queue in memory for one worker; `taken` is what an earlier worker had come to. */
function memoryQueue(): SeedQueue & { taken: Map<string, Tally>; tallies: Map<string, Tally> } {
  const jobs = new Map<string, SeedJob>();
  const taken = new Map<string, Tally>();
  const tallies = new Map<string, Tally>();
  let run: FleetRun | undefined;
  let totals: { jobs: number; units: number; tiles: number } | undefined;
  const sum = (key: keyof Tally) => [...tallies.values()].reduce((all, each) => all + each[key], 0);
  return {
    taken,
    tallies,
    async begin(_plan, { now }) {
      run ??= { id: "r", started: now };
      return run;
    },
    async add(_run, more) {
      for (const job of more) jobs.set(job.id, JSON.parse(JSON.stringify(job)));
    },
    async planned(_run, all) {
      totals = all;
    },
    async state() {
      const done = {
        units: sum("units"),
        tiles: sum("tiles"),
        made: sum("made"),
        failed: sum("failed"),
      };
      const planned = totals ?? { jobs: 0, units: 0, tiles: 0 };
      const counts = { open: jobs.size, active: 0, failed: 0 };
      return { run, isPlanned: totals !== undefined, planned, done, jobs: counts, workers: 1 };
    },
    failures: async () => [],
    async work(handle, { signal, failed }) {
      while (totals === undefined) await new Promise((done) => setTimeout(done, 10));
      for (const job of [...jobs.values()]) {
        if (signal.aborted) return;
        const before = taken.get(job.id) ?? NO_TALLY;
        const report = async (tally: Tally) => void tallies.set(job.id, tally);
        const isAgain = taken.has(job.id);
        try {
          const about = { before, isAgain, report, gaveUp: async () => {} };
          await handle({ job, run: run!, ...about }); // jobs are of a run
          jobs.delete(job.id);
        } catch (error) {
          failed(error as Error);
        }
      }
      if (!signal.aborted) await new Promise((done) => signal.addEventListener("abort", done));
    },
    close: async () => {},
  };
}

/** A map of the size that was asked for. */
const answer: typeof fetch = async (input) => {
  const { searchParams } = new URL(input instanceof Request ? input.url : input);
  const png = goodPng(Number(searchParams.get("width")), Number(searchParams.get("height")));
  return new Response(new Uint8Array(png), { headers: { "content-type": "image/png" } });
};

function setUp(seedText = "seeds: {world: {caches: [c]}}\n") {
  const directory = scratch();
  writeFileSync(`${directory}/mapproxy.yaml`, PROXY);
  writeFileSync(`${directory}/seed.yaml`, seedText);
  const queue = memoryQueue();
  const deps = {
    platform: { ...localPlatform(), fetch: answer },
    workingDirectory: directory,
    openSeedQueue: async () => queue,
  };
  const argv = ["-f", "mapproxy.yaml", "-s", "seed.yaml", "--queue", "redis://h"];
  return {
    directory,
    queue,
    plan: (...more: string[]) => runTool(seed, [...argv, ...more], deps),
    work: (...more: string[]) => runTool(seedWorker, [...argv, "--once", ...more], deps),
    tiles: () =>
      (readdirSync(`${directory}/cache`, { recursive: true }) as string[])
        .filter((path) => path.endsWith(".png"))
        .map((path) => `${directory}/cache/${path}`),
  };
}

const ALL = { units: 1 + 1 + 4 + 16, tiles: 85 };

describe("rhumb seed-worker", () => {
  it("makes what was planned, and counts it", async () => {
    const { plan, work, queue, tiles } = setUp();
    const planned = await plan("--job-size", "5");
    assert.match(planned.out, /^Planned 5 jobs: 22 meta tiles, 85 tiles$/m);
    const { code, out, err } = await work();
    assert.equal(code, 0, out + err);
    assert.equal(tiles().length, 85);
    assert.deepEqual((await queue.state()).done, { ...ALL, made: 85, failed: 0 });
  });

  it("fills the holes that a dead worker left, and counts what that one made", async () => {
    const { plan, work, queue, tiles } = setUp();
    await plan();
    await work();
    const [id = ""] = queue.tallies.keys();
    // it died in the last meta tile that has tiles, of which one is missing
    await plan();
    queue.taken.set(id, { units: 3, tiles: 12, made: 12, failed: 0 });
    const hole = tiles().find((path) => /3\/7\/7\.png$/.test(path));
    assert.ok(hole, tiles().join("\n"));
    rmSync(hole);
    await work();
    assert.equal(tiles().length, 85);
    assert.deepEqual((await queue.state()).done, { ...ALL, made: 85, failed: 0 });
  });

  it("does not count what was there before the run", async () => {
    const { plan, work, queue, tiles } = setUp();
    await plan();
    await work();
    const [id = ""] = queue.tallies.keys();
    for (const path of tiles()) utimesSync(path, 1000, 1000);
    await plan();
    queue.taken.set(id, NO_TALLY);
    await work();
    assert.deepEqual((await queue.state()).done, { ...ALL, made: 0, failed: 0 });
  });

  it("makes tiles anew that are older than refresh_before, as of the planner, once", async () => {
    const { plan, work, queue, tiles } = setUp(
      "seeds: {world: {caches: [c], refresh_before: {minutes: 0}}}\n",
    );
    await plan();
    await work();
    assert.equal((await queue.state()).done.made, 85);
    const [id = ""] = queue.tallies.keys();
    await plan();
    queue.taken.set(id, NO_TALLY);
    const times = () => tiles().map((path) => [path, statSync(path).mtimeMs]);
    const before = times();
    await work();
    assert.deepEqual(times(), before);
    assert.equal((await queue.state()).done.made, 85);
  });
});

describe("rhumb seed --queue", () => {
  for (const [argv, message] of [
    [
      ["--concurrency", "3"],
      "option --concurrency: give it to rhumb seed-worker, not with --queue",
    ],
    [["--dry-run"], "option --dry-run: not with --queue"],
    [["--cleanup", "ALL"], "option --cleanup: with --queue it needs --watch"],
    [["--job-size", "0"], "option --job-size: expected 1 or more: '0'"],
    [["--queue", "http://h"], "option --queue: expected redis://HOST[:PORT][/DB] or rediss://…"],
    [["--queue-name", "a:b"], "option --queue-name: expected letters, digits"],
  ] as const) {
    it(`refuses ${argv.join(" ")}`, async () => {
      const { code, err } = await setUp().plan(...argv);
      assert.equal(code, 2);
      assert.ok(err.includes(message), err);
    });
  }

  const CLEANING = "seeds: {world: {caches: [c], levels: [1]}}\ncleanups: {old: {caches: [c]}}\n";

  it("says that cleanups are left out without --watch", async () => {
    const { code, out } = await setUp(CLEANING).plan();
    assert.equal(code, 0, out);
    assert.match(out, /cleanups-left-out.*--watch/);
  });

  it("--watch does the cleanups in the end", async () => {
    const { directory, plan, work, tiles } = setUp(CLEANING);
    const old = `${directory}/cache/c_EPSG3857/3/0/0.png`;
    mkdirSync(dirname(old), { recursive: true });
    writeFileSync(old, goodPng(256, 256));
    utimesSync(old, 1000, 1000);
    const [watched] = await Promise.all([plan("--watch"), work()]);
    assert.equal(watched.code, 0, watched.out);
    assert.match(watched.out, /Cleanup tasks/);
    assert.equal(existsSync(old), false);
    assert.equal(tiles().length, 4, "what the fleet has made stays");
  });

  it("--watch reckons from the begin of the run, by whoever began it", async () => {
    const { queue, plan, work, tiles } = setUp(CLEANING);
    const now = Date.now();
    await queue.begin("by another", { now: now - 60_000, restart: false });
    await plan();
    await work();
    for (const path of tiles()) utimesSync(path, now / 1000 - 30, now / 1000 - 30);
    const watching = plan("--watch");
    // a worker that comes before the jobs would find the run over, and end
    while ((await queue.state()).jobs.open === 0) await new Promise((done) => setTimeout(done, 10));
    await work();
    const watched = await watching;
    assert.match(watched.out, /Cleanup tasks/);
    assert.equal(tiles().length, 4);
  });

  it("--watch tells the sums and ends with the run", async () => {
    const { plan, work } = setUp();
    const [watched] = await Promise.all([plan("--watch"), work()]);
    assert.equal(watched.code, 0, watched.out);
    assert.match(watched.out, /100\.00% 85 of 85 tiles, 85 made, 0 failed, .* 0 jobs open$/);
  });
});
