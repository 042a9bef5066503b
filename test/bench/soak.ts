/**
 * A long run of mixed requests against a server: errors, times, and whether its memory grows.
 *
 * usage: bun test/bench/soak.ts MINUTES [URL-OF-WMS-AND-WMTS-BASE]
 *
 * Without a URL it starts the server with etc/develop.toml on a free port and a cache of its own. 64 connections: nine in
 * ten requests are for tiles (W1: most of them stored, the rest made from the picture), the others GetMaps of any
 * rectangle in four systems (W4p), one in fifty a request that must fail. The slope is that of a straight line
 * through the resident memory of the second half.
 *
 * One of the server's two workers is killed (SIGKILL) every 30 s (RHUMB_KILL_EVERY=0: never): requests that it had under way end with a broken
 * connection, which is counted apart. At the end every tile that is stored is decoded.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { decode } from "../../src/image/codec.ts";
import { scratch } from "../scratch.ts";

const CONNECTIONS = 64;
/** ms between two kills (RHUMB_KILL_EVERY, seconds; 0: none), and for which a broken connection is put down to one. */
const KILL_INTERVAL = Number(process.env.RHUMB_KILL_EVERY ?? 30) * 1000;
const AFTERMATH = 2000;
const minutes = Number(process.argv[2] ?? 10);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** The server of the default configuration, with a cache of its own. */
async function startServer(): Promise<{ child: ChildProcess; base: string; cache: string }> {
  const port = await freePort();
  const directory = scratch();
  const etc = resolve(import.meta.dirname, "../../etc");
  const text = readFileSync(join(etc, "develop.toml"), "utf8")
    .replace('base_dir = "../var/cache"', `base_dir = ${JSON.stringify(join(directory, "cache"))}`)
    .replace('file = "data/', `file = "${etc}/data/`);
  const config = join(directory, "soak.toml");
  writeFileSync(config, text);
  const server = resolve(import.meta.dirname, "../../src/server.ts");
  const args = ["run", server, "--config", config, "--port", `${port}`, "--workers", "2"];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const base = `http://127.0.0.1:${port}/proxy`;
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`${base}/`).catch(() => undefined))
      return { child, base, cache: join(directory, "cache") };
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("the server did not start");
}

const random = (below: number) => Math.floor(Math.random() * below);

/** Path of one request, and whether it must succeed. */
function nextRequest(): { path: string; isGood: boolean } {
  const dice = random(100);
  if (dice < 2) return { path: "/service?SERVICE=WMS&REQUEST=GetMap&WIDTH=-1", isGood: false };
  if (dice < 88) {
    const level = random(100) < 80 ? random(4) : 4 + random(4);
    const side = 2 ** level;
    const path = `/wmts/world/GLOBAL_WEBMERCATOR/${level}/${random(side)}/${random(side)}.jpeg`;
    return { path, isGood: true };
  }
  const [srs, bbox] = [
    ["EPSG:3857", [-2e7 + random(2e7), -1.5e7 + random(1.5e7), 2e7, 1.5e7]],
    ["EPSG:4326", [-180 + random(170), -85 + random(80), 180, 85]],
    ["EPSG:900913", [-1e7 + random(1e7), 0, 1e7, 1e7]],
    ["EPSG:25832", [random(5e5), 5e6, 1e6, 6e6 + random(1e5)]],
  ][random(4)] as [string, number[]];
  const query = new URLSearchParams({
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetMap",
    LAYERS: "world",
    STYLES: "",
    SRS: srs,
    BBOX: bbox.join(","),
    WIDTH: `${200 + random(800)}`,
    HEIGHT: `${200 + random(600)}`,
    FORMAT: random(2) === 0 ? "image/png" : "image/jpeg",
  });
  return { path: `/service?${query}`, isGood: true };
}

/** MiB in use by a process and its children, as Linux tells; `undefined` elsewhere. */
function memoryOf(pid: number): number | undefined {
  try {
    const [, kib = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    const below = childrenOf(pid).map((each) => memoryOf(each) ?? 0);
    return Number(kib) / 1024 + below.reduce((sum, each) => sum + each, 0);
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  const tasks = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return tasks === "" ? [] : tasks.split(" ").map(Number);
}

/** Kills one of the workers. */
function killWorker(pid: number): void {
  const workers = childrenOf(pid);
  const victim = workers[random(workers.length)];
  if (victim === undefined) return;
  process.kill(victim, "SIGKILL");
  kills++;
}

/** How many tiles there are in a directory, and those that are none. */
async function checkTiles(directory: string): Promise<{ tiles: number; broken: string[] }> {
  const broken: string[] = [];
  let tiles = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:jpeg|png)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    tiles++;
    await decode(new Uint8Array(readFileSync(path))).catch(() => broken.push(path));
  }
  return { tiles, broken };
}

/** Slope of the line through points `[x, y]` that lies nearest to them. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1) =>
    points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const below = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / below;
}

const given = process.argv[3];
const started = given ? undefined : await startServer();
const base = given ?? started?.base ?? "";
const begin = performance.now();
const end = begin + minutes * 60_000;
const times = { tile: [] as number[], map: [] as number[] };
const errors = new Map<string, number>();
let kills = 0;
let cut = 0;
let lastKill = Number.NEGATIVE_INFINITY;
const memory: [minute: number, mib: number][] = [];

async function client(): Promise<void> {
  while (performance.now() < end) {
    const { path, isGood } = nextRequest();
    const start = performance.now();
    try {
      const response = await fetch(base + path);
      const { byteLength } = await response.arrayBuffer();
      const type = response.headers.get("content-type") ?? "";
      const isPicture = response.status === 200 && type.startsWith("image/") && byteLength > 0;
      if (isPicture !== isGood) count(`status ${response.status} ${type} for ${path.slice(0, 60)}`);
    } catch (error) {
      // what a killed worker had under way
      if (performance.now() - lastKill < AFTERMATH) cut++;
      else count(String(error));
    }
    if (isGood) times[path.startsWith("/wmts") ? "tile" : "map"].push(performance.now() - start);
  }
}

function count(what: string): void {
  errors.set(what, (errors.get(what) ?? 0) + 1);
}

const watch = setInterval(() => {
  const mib = started?.child.pid === undefined ? undefined : memoryOf(started.child.pid);
  if (mib !== undefined) memory.push([(performance.now() - begin) / 60_000, mib]);
}, 1000);
const killing = setInterval(() => {
  if (started?.child.pid === undefined || KILL_INTERVAL === 0) return;
  lastKill = performance.now();
  killWorker(started.child.pid);
}, KILL_INTERVAL || 60_000);
await Promise.all(Array.from({ length: CONNECTIONS }, client));
clearInterval(watch);
clearInterval(killing);
started?.child.kill();

const late = memory.slice(Math.floor(memory.length / 2));
const ms = (list: number[], share: number) =>
  Math.round(list.toSorted((a, b) => a - b)[Math.floor(list.length * share)] ?? 0);
for (const [kind, list] of Object.entries(times)) {
  console.log(
    `${kind}s: ${list.length}, p50 ${ms(list, 0.5)} ms, p99 ${ms(list, 0.99)} ms, longest ${ms(list, 0.999999)} ms`,
  );
}
console.log(`errors: ${[...errors.values()].reduce((sum, each) => sum + each, 0)}`);
for (const [what, times] of errors) console.log(`  ${times} times ${what}`);
if (late.length > 1) {
  const [first, last] = [late[0]![1], late.at(-1)![1]]; // late has two at least
  console.log(
    `memory of the second half: ${Math.round(first)} to ${Math.round(last)} MiB, ${slope(late).toFixed(1)} MiB a minute`,
  );
}
if (started) {
  const { tiles, broken } = await checkTiles(started.cache);
  console.log(`workers killed: ${kills}, requests cut by it: ${cut}`);
  console.log(`tiles stored: ${tiles}, of which cannot be decoded: ${broken.length}`);
  for (const path of broken) console.log(`  ${path}`);
  if (broken.length > 0) process.exitCode = 1;
}
if (errors.size > 0) process.exitCode = 1;
