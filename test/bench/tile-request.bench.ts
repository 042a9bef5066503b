/** What a request for a cached tile costs, without sockets: µs a request. */
import { loadOne } from "../../src/app/one.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { memoryFiles, silentLog, testPlatform } from "../platform.ts";

const CONFIG = `
services: {tms: {use_grid_names: true}}
layers: [{name: one, title: One, sources: [cache]}]
caches: {cache: {sources: [debug], grids: [GLOBAL_WEBMERCATOR], cache: {type: memory}}}
sources: {debug: {type: debug}}
`;
const URL = "http://localhost/tms/1.0.0/one/GLOBAL_WEBMERCATOR/0/0/0.png";
const REQUESTS = 5000;
const ROUNDS = 9;

const files = memoryFiles();
await files.write("/r.yaml", new TextEncoder().encode(CONFIG));
const metrics = createMetrics();
const app = await loadOne("/r.yaml", {
  platform: testPlatform({ files }),
  log: silentLog,
  metrics,
});
const ask = async () => (await app.fetch(new Request(URL), { peer: "127.0.0.1" })).arrayBuffer();
for (let i = 0; i < REQUESTS; i++) await ask();

const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const begin = performance.now();
  for (let i = 0; i < REQUESTS; i++) await ask();
  times.push(((performance.now() - begin) / REQUESTS) * 1000);
}
times.sort((a, b) => a - b);
console.log(`cached tile: ${times[0]?.toFixed(1)} (median ${times[ROUNDS >> 1]?.toFixed(1)}) µs`);
