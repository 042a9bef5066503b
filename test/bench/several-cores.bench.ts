/**
 * How long cached tiles take while large maps are drawn: median and 99th percentile in ms, and maps a second.
 *
 * usage: bun test/bench/several-cores.bench.ts NAME URL-OF-A-TILE URL-OF-A-LARGE-MAP
 *
 * Four clients ask for maps, and four for tiles every 5 ms, for ten seconds. The server is started by hand, once
 * as one process, once as several, once with threads: see README.md.
 */
const [name = "server", tile = "", map = ""] = process.argv.slice(2);
const SECONDS = 10;
const CLIENTS = 4;

const end = performance.now() + SECONDS * 1000;
const times: number[] = [];
let maps = 0;

async function ask(url: string): Promise<number> {
  const start = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return performance.now() - start;
}

async function askMaps(): Promise<void> {
  while (performance.now() < end) {
    await ask(map);
    maps++;
  }
}

async function askTiles(): Promise<void> {
  while (performance.now() < end) {
    times.push(await ask(tile));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await ask(map);
await ask(tile);
await Promise.all(Array.from({ length: CLIENTS }, () => [askMaps(), askTiles()]).flat());
times.sort((a, b) => a - b);
const at = (share: number) => times[Math.floor((times.length - 1) * share)]!.toFixed(1);
console.log(
  `${name}: tiles p50 ${at(0.5)} p99 ${at(0.99)} worst ${at(1)} ms (${times.length}), ${(maps / SECONDS).toFixed(1)} maps/s`,
);
