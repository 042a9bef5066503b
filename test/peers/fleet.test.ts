import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openSeedQueue } from "../../src/runtime/seed-queue.ts";
import type { FleetState, SeedQueue } from "../../src/seed/fleet.ts";
import { freePort } from "../e2e/server.ts";
import { scratch } from "../scratch.ts";
import { goodPng } from "../threats/upstream.ts";
import { needs } from "./programs.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** Tiles of the levels 0 to 5. */
const TILES = 1365;
/** The same in meta tiles of 2 x 2. */
const UNITS = 1 + 1 + 4 + 16 + 64 + 256;

const PROXY = (upstream: string) => `
globals: {cache: {base_dir: ./tiles, lock_dir: ./locks, meta_size: [2, 2], meta_buffer: 0}}
caches:
  c: {sources: [s], grids: [g], cache: {type: file, directory_layout: tc}}
grids:
  g: {base: GLOBAL_WEBMERCATOR, num_levels: 6}
sources:
  s: {type: wms, req: {url: '${upstream}/service', layers: a}}
`;
const SEED = "seeds: {world: {caches: [c]}}\n";

/** What a process printed, and how it ended. */
interface Ended {
  readonly code: number | null;
  readonly out: string;
}

describe("rhumb seed --queue", await needs("redis-server"), () => {
  const directory = scratch();
  const asked = new Map<string, number>();
  const bboxes = new Set<string>();
  const children: ChildProcess[] = [];
  /** ms that it takes its time. */
  let delay = 60;
  /** Whether a meta tile is refused. */
  let isRefused = (_bbox: string) => false;
  const upstream = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://h");
    const get = (name: string) => searchParams.get(name) ?? searchParams.get(name.toUpperCase());
    const bbox = get("bbox") ?? "";
    // the one of level 0 and the one of level 1 have the same bbox
    const unit = `${bbox} ${get("width")}`;
    bboxes.add(bbox);
    asked.set(unit, (asked.get(unit) ?? 0) + 1);
    setTimeout(() => {
      response.writeHead(isRefused(bbox) ? 500 : 200, { "content-type": "image/png" });
      response.end(isRefused(bbox) ? "" : goodPng(Number(get("width")), Number(get("height"))));
    }, delay);
  });
  let url = "";
  let queue: SeedQueue;

  function start(
    program: string,
    argv: readonly string[],
  ): ChildProcess & { ended: Promise<Ended> } {
    const child = spawn(program, argv, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let out = "";
    child.stdout.on("data", (part) => (out += part));
    child.stderr.on("data", (part) => (out += part));
    const ended = new Promise<Ended>((done) => child.once("close", (code) => done({ code, out })));
    return Object.assign(child, { ended });
  }
  const FILES = ["-f", "mapproxy.yaml", "-s", "seed.yaml"];
  const rhumb = (...argv: string[]) => start(process.execPath, [CLI, ...argv, "--queue", url]);
  const plan = (...more: string[]) => rhumb("seed", ...FILES, "--job-size", "10", ...more).ended;
  const worker = (...more: string[]) =>
    rhumb("seed-worker", ...FILES, "--once", "--lease", "2", ...more);

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((done) => setTimeout(done, 20));
  }
  const tilesOnDisk = () =>
    (readdirSync(`${directory}/tiles`, { recursive: true }) as string[]).filter(
      (path) => path.endsWith(".png") && statSync(`${directory}/tiles/${path}`).size > 0,
    );

  before(async () => {
    await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
    const { port } = upstream.address() as AddressInfo;
    writeFileSync(`${directory}/mapproxy.yaml`, PROXY(`http://127.0.0.1:${port}`));
    writeFileSync(`${directory}/seed.yaml`, SEED);
    const redis = await freePort();
    const server = start("redis-server", [
      ...["--port", String(redis), "--bind", "127.0.0.1", "--save", "", "--dir", directory],
    ]);
    let text = "";
    server.stdout?.on("data", (part) => (text += part));
    await until(() => text.includes("Ready to accept connections"));
    url = `redis://127.0.0.1:${redis}/3`;
    queue = await openSeedQueue({ url, name: "seed", lease: 2000 });
  });

  after(async () => {
    await queue?.close();
    for (const child of children) child.kill("SIGKILL");
    upstream.close();
  });

  it("by three workers, one of them killed: no hole, no double, all accounted for", async () => {
    const planned = await plan();
    assert.equal(planned.code, 0, planned.out);
    assert.match(planned.out, /Planned 35 jobs: 342 meta tiles, 1365 tiles/);
    const workers = [worker(), worker(), worker()] as const;
    await until(async () => (await queue.state()).workers === 3 && asked.size > 60);

    const { open } = (await queue.state()).jobs;
    const again = await plan();
    assert.equal(again.code, 0, again.out);
    assert.ok((await queue.state()).jobs.open <= open, "planning again adds nothing");
    workers[0].kill("SIGKILL");
    const watched = await rhumb("seed", "--watch", "--json").ended;
    assert.equal(watched.code, 0, watched.out);
    const last: FleetState = JSON.parse(watched.out.trim().split("\n").at(-1) ?? "");
    assert.deepEqual(last.planned, { jobs: 35, units: UNITS, tiles: TILES });
    assert.deepEqual(last.done, { units: UNITS, tiles: TILES, made: TILES, failed: 0 });
    for (const each of workers.slice(1)) {
      const { code, out } = await each.ended;
      assert.equal(code, 0, out);
    }

    assert.equal(tilesOnDisk().length, TILES);
    assert.equal(asked.size, UNITS);
    // what the dead one was at, at most: one meta tile for each of its two jobs
    const twice = [...asked.values()].reduce((sum, count) => sum + count - 1, 0);
    assert.ok(twice <= 2, `${twice} meta tiles were asked for again`);
  });

  it("begins a new run when the last is over, which makes nothing that is there", async () => {
    asked.clear();
    await plan();
    const { code, out } = await worker().ended;
    assert.equal(code, 0, out);
    const { done } = await queue.state();
    assert.deepEqual(done, { units: UNITS, tiles: TILES, made: 0, failed: 0 });
    assert.equal(asked.size, 0);
  });

  it("hands the jobs of a worker that is stopped to others at once", async () => {
    rmSync(`${directory}/tiles`, { recursive: true });
    asked.clear();
    await plan();
    const first = worker("--lease", "600");
    await until(() => asked.size > 20);
    first.kill("SIGTERM");
    const { code, out } = await first.ended;
    assert.equal(code, 2, out);
    assert.match(out, /exiting\.\.\.$/m);
    assert.equal((await queue.state()).jobs.active, 0);
    delay = 5;
    assert.equal((await worker("--lease", "600").ended).code, 0);
    const { done, jobs } = await queue.state();
    assert.deepEqual(done, { units: UNITS, tiles: TILES, made: TILES, failed: 0 });
    assert.equal(jobs.failed, 0);
    assert.equal(tilesOnDisk().length, TILES);
  });

  it("lists what keeps failing, goes on, and ends with 4", async () => {
    rmSync(`${directory}/tiles`, { recursive: true });
    delay = 5;
    const [refused = ""] = [...bboxes].slice(-1);
    isRefused = (bbox) => bbox === refused;
    await plan();
    const [done, watched] = await Promise.all([
      worker("--retries", "0").ended,
      rhumb("seed", "--watch", "--failed-file", "failed.txt").ended,
    ]);
    isRefused = () => false;
    assert.equal(done.code, 0, done.out);
    assert.equal(watched.code, 4, watched.out);
    assert.match(watched.out, /100.00% 1365 of 1365 tiles, 1361 made, 4 failed/);
    assert.equal(readFileSync(`${directory}/failed.txt`, "utf8").trim().split("\n").length, 1);
    assert.equal(tilesOnDisk().length, TILES - 4);
  });

  it("refuses another plan while a run is under way, and a worker with another plan", async () => {
    rmSync(`${directory}/tiles`, { recursive: true });
    await plan();
    const other = await rhumb("seed", ...FILES, "--job-size", "11").ended;
    assert.equal(other.code, 1, other.out);
    assert.match(other.out, /a run of another plan is under way/);
    writeFileSync(`${directory}/other.yaml`, "seeds: {world: {caches: [c], levels: [1]}}\n");
    const files = ["-f", "mapproxy.yaml", "-s", "other.yaml"];
    const stranger = await rhumb("seed-worker", ...files, "--once").ended;
    assert.equal(stranger.code, 2, stranger.out);
    assert.match(stranger.out, /a plan that differs from this configuration/);
    const restarted = await plan("--restart");
    assert.equal(restarted.code, 0, restarted.out);
    const { done, jobs } = await queue.state();
    assert.deepEqual({ done: done.tiles, open: jobs.open }, { done: 0, open: 35 });
  });
});
