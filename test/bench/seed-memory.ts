/**
 * Memory of `rhumb seed` over a million tiles: does it stay flat?
 *
 * usage: bun test/bench/seed-memory.ts [LEVELS] [DIRECTORY]
 *
 * Seeds levels 0 to LEVELS - 1 (default 11: 1.4 million tiles) of the web's grid from a map server in this process, which
 * answers with plain pictures, into a cache in DIRECTORY (default: a temporary one), where tiles of one color are
 * linked. Prints the resident memory of the seeding process once in 10 s, and the slope of a straight line through its
 * second half.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mapServer, startCli } from "../e2e/seed-process.ts";
import { scratch } from "../scratch.ts";

const levels = Number(process.argv[2] ?? 11);
const directory = process.argv[3] ?? scratch();
const EVERY = 10_000;

const server = await mapServer();
mkdirSync(directory, { recursive: true });
writeFileSync(
  `${directory}/mapproxy.yaml`,
  `
globals: {cache: {base_dir: ./cache, meta_size: [8, 8], meta_buffer: 0}}
caches: {c: {sources: [w], grids: [g], link_single_color_images: hardlink}}
grids: {g: {base: GLOBAL_WEBMERCATOR, num_levels: ${levels}}}
sources: {w: {type: wms, req: {url: '${server.url}', layers: a}}}
`,
);
writeFileSync(`${directory}/seed.yaml`, "seeds: {all: {caches: [c]}}\n");

const run = startCli(
  ["seed", "-f", "mapproxy.yaml", "-s", "seed.yaml", "--progress-file", "progress"],
  directory,
);
const points: (readonly [tiles: number, mib: number])[] = [];
const sample = (): void => {
  const status = readFileSync(`/proc/${run.pid}/status`, "utf8");
  const mib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  const tiles = server.asked.length * 64;
  points.push([tiles, mib]);
  console.log(`${tiles} tiles ${mib.toFixed(0)} MiB`);
};
const timer = setInterval(sample, EVERY);
const { code, output } = await run.ended;
clearInterval(timer);
server.close();

const half = points.slice(points.length >> 1);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const [x, y] = [mean(half.map(([tiles]) => tiles)), mean(half.map(([, mib]) => mib))];
const above = half.reduce((sum, [tiles, mib]) => sum + (tiles - x) * (mib - y), 0);
const below = half.reduce((sum, [tiles]) => sum + (tiles - x) ** 2, 0);
console.log(output.trim().split("\n").at(-1));
console.log(
  `exit ${code}; second half: ${y.toFixed(0)} MiB, ${((above / below) * 1e6).toFixed(1)} MiB a million tiles`,
);
