/** What can go wrong while `rhumb seed` runs as a process of its own: nothing is lost, and the exit code tells. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { scratch } from "../scratch.ts";
import { type MapServer, mapServer, startCli } from "./seed-process.ts";

/** Single tiles of levels 0 to 3. */
const TILES = 1 + 4 + 16 + 64;

/** Configurations for `levels` of a cache of one source, single tiles; the directory they are in. */
function setUp(url: string, base = "./cache"): string {
  const directory = scratch();
  writeFileSync(
    `${directory}/mapproxy.yaml`,
    `
globals: {cache: {base_dir: '${base}', lock_dir: ./locks, tile_lock_dir: ./tile_locks}}
caches: {c: {sources: [w], grids: [g], meta_size: [1, 1], meta_buffer: 0}}
grids: {g: {base: GLOBAL_WEBMERCATOR, num_levels: 4}}
sources: {w: {type: wms, req: {url: '${url}', layers: a}}}
`,
  );
  writeFileSync(`${directory}/seed.yaml`, "seeds: {all: {caches: [c]}}\n");
  return directory;
}

const seed = (directory: string, ...args: string[]) =>
  startCli(["seed", "-f", "mapproxy.yaml", "-s", "seed.yaml", ...args], directory);

function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}
const tilesIn = (directory: string) =>
  filesIn(directory).filter((path) => path.endsWith(".png") && !path.includes("tile_locks"));

/** Fails if a tile is no whole picture. */
async function assertWhole(directory: string): Promise<void> {
  for (const path of tilesIn(directory)) {
    const view = await decode(new Uint8Array(readFileSync(path)));
    assert.deepEqual([view.width, view.height], [256, 256], path);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 2000, "it does not come to it within 40 s");
    await new Promise((done) => setTimeout(done, 20));
  }
}

const servers: MapServer[] = [];
after(() => {
  for (const server of servers) server.close();
});
async function serve(answer?: Parameters<typeof mapServer>[0]): Promise<MapServer> {
  const server = await mapServer(answer);
  servers.push(server);
  return server;
}

describe("rhumb seed: an upstream that fails for every tenth tile", () => {
  it("lists those, makes the others and ends with 4; the next run makes what is missing", async () => {
    const order = new Map<string, number>();
    let isBroken = true;
    const server = await serve((bbox) => {
      if (!order.has(bbox)) order.set(bbox, order.size + 1);
      return !(isBroken && order.get(bbox)! % 10 === 0);
    });
    const directory = setUp(server.url);
    const first = await seed(directory, "--retries", "0").ended;
    assert.equal(first.code, 4, first.output);
    assert.equal(order.size, TILES);
    const failed = Math.floor(TILES / 10);
    assert.equal(tilesIn(`${directory}/cache`).length, TILES - failed);
    const list = readFileSync(`${directory}/.rhumb_seed_failed`, "utf8").trim().split("\n");
    assert.equal(list.length, failed);
    for (const line of list) assert.match(JSON.parse(line).error, /./);

    isBroken = false;
    const before = server.asked.length;
    const second = await seed(directory).ended;
    assert.equal(second.code, 0, second.output);
    assert.equal(tilesIn(`${directory}/cache`).length, TILES);
    assert.equal(server.asked.length - before, failed, "only what was missing is asked for");
    assert.ok(!existsSync(`${directory}/.rhumb_seed_failed`));
  });
});

describe("rhumb seed: stopped in the middle", () => {
  const slowly = () => new Promise<boolean>((done) => setTimeout(() => done(true), 25));

  it("SIGINT: exit 2, the progress file stays, --continue does the rest", async () => {
    const server = await serve(slowly);
    const directory = setUp(server.url);
    const first = seed(directory, "--progress-file", "progress");
    await until(() => server.asked.length > 30);
    process.kill(first.pid, "SIGINT");
    const { code, output } = await first.ended;
    assert.equal(code, 2, output);
    assert.match(output, /exiting\.\.\.\n$/);
    assert.ok(existsSync(`${directory}/progress`));
    assert.ok(tilesIn(`${directory}/cache`).length < TILES);
    await assertWhole(`${directory}/cache`);

    const second = await seed(directory, "--progress-file", "progress", "--continue").ended;
    assert.equal(second.code, 0, second.output);
    assert.equal(tilesIn(`${directory}/cache`).length, TILES);
    assert.ok(!existsSync(`${directory}/progress`), "removed when all is done");
    // two are under way when it is stopped
    assert.ok(server.asked.length <= TILES + 2, `${server.asked.length} requests`);
  });

  it("SIGKILL: no half tile, and the next run makes only what is missing", async () => {
    const server = await serve(slowly);
    const directory = setUp(server.url);
    const first = seed(directory);
    await until(() => server.asked.length > 30);
    process.kill(first.pid, "SIGKILL");
    assert.equal((await first.ended).code, null);
    await assertWhole(`${directory}/cache`);
    const before = server.asked.length;
    const made = tilesIn(`${directory}/cache`).length;
    const second = await seed(directory).ended;
    assert.equal(second.code, 0, second.output);
    assert.equal(tilesIn(`${directory}/cache`).length, TILES);
    assert.equal(server.asked.length - before, TILES - made);
    const left = filesIn(directory).filter((path) => /\.(lck|owner)$/.test(path));
    assert.deepEqual(left, [], "locks of the dead process are gone");
  });
});

/** A ring of `count` corners in WKT around 10, 50: every second one lies nearer to the middle, so that no two edges are in line. */
function ring(count: number, radius: number): string {
  const corners = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    const r = i % 2 === 0 ? radius : radius * 0.999;
    return `${(10 + r * Math.cos(angle)).toFixed(9)} ${(50 + r * Math.sin(angle)).toFixed(9)}`;
  });
  return `POLYGON((${[...corners, corners[0]].join(", ")}))`;
}

describe("rhumb seed: a coverage of a million vertices", () => {
  it("is planned like one of a thousand", async () => {
    const counts: string[] = [];
    for (const corners of [1000, 1_000_000]) {
      const directory = setUp("http://localhost:1/");
      writeFileSync(`${directory}/ring.wkt`, ring(corners, 9.7));
      writeFileSync(
        `${directory}/seed.yaml`,
        `seeds: {all: {caches: [c], coverages: [ring]}}
coverages: {ring: {datasource: ring.wkt, srs: 'EPSG:4326'}}
`,
      );
      const { code, output } = await seed(directory, "--dry-run").ended;
      assert.equal(code, 0, output);
      counts.push(/100\.00% .*\((\d+) tiles\)/.exec(output)?.[1] ?? output);
    }
    assert.equal(counts[0], counts[1]);
    assert.ok(Number(counts[0]) > 4);
  });
});

/** A file system of so many kB, or why there is none. */
function smallDisk(size: string): { readonly path: string } | { readonly reason: string } {
  if (process.platform !== "linux") return { reason: "needs Linux" };
  if (process.getuid?.() !== 0) return { reason: "needs root, to mount a small file system" };
  const path = `${scratch()}/disk`;
  mkdirSync(path);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
  if (mounted.status !== 0) return { reason: "cannot mount a small file system here" };
  after(() => spawnSync("umount", [path]));
  return { path };
}

describe("rhumb seed: the disk is full", () => {
  const disk = smallDisk("160k");
  const skip = "reason" in disk ? disk.reason : false;

  it("says so, leaves no half tile, and goes on when there is room", { skip }, async () => {
    assert.ok("path" in disk);
    const server = await serve();
    const directory = setUp(server.url, disk.path);
    const first = await seed(directory, "--retries", "0").ended;
    assert.equal(first.code, 3, first.output);
    assert.match(first.output, /no space left on device|ENOSPC/i);
    assert.ok(tilesIn(disk.path).length > 0 && tilesIn(disk.path).length < TILES);
    await assertWhole(disk.path);
    assert.deepEqual(
      filesIn(disk.path).filter((path) => path.includes(".tmp-")),
      [],
    );

    assert.equal(spawnSync("mount", ["-o", "remount,size=8m", disk.path]).status, 0);
    const second = await seed(directory).ended;
    assert.equal(second.code, 0, second.output);
    assert.equal(tilesIn(disk.path).length, TILES);
    await assertWhole(disk.path);
  });
});
