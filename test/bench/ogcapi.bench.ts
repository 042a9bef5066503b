/**
 * What a warm answer of the OGC API takes, in process: documents of a service with 50 layers, as JSON and as
 * pages.
 *
 *     bun run test/bench/ogcapi.bench.ts
 */

import { apiOf, PREDEFINED } from "../ogcapi-service.ts";
import { gridOf } from "../tile-service.ts";
import { group, leaf } from "../wms-service.ts";

const ROUNDS = 2000;
const SAMPLES = 9;

const layers = Array.from({ length: 50 }, (_, i) => leaf(`layer${i}`));
const grids = new Map(PREDEFINED.map((name) => [name, gridOf(name)]));
const api = await apiOf(
  group(undefined, layers),
  { default_dataset_layers: ["layer0"] },
  { grids },
);

for (const path of [
  "",
  "/conformance",
  "/api",
  "/collections",
  "/collections/layer7",
  "/collections/layer7/map/tiles",
  "/collections/layer7/map/tiles/WebMercatorQuad",
  "/tileMatrixSets/WebMercatorQuad",
]) {
  for (const f of ["json", "html"]) {
    const target = `${path}?f=${f}`;
    for (let i = 0; i < 200; i++) await api.get(target);
    const times: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const start = process.cpuUsage();
      for (let i = 0; i < ROUNDS; i++) await api.get(target);
      const { user, system } = process.cpuUsage(start);
      times.push((user + system) / ROUNDS);
    }
    times.sort((a, b) => a - b);
    const [least = 0, middle = 0] = [times[0], times[Math.floor(SAMPLES / 2)]];
    console.log(`${target.padEnd(60)} ${least.toFixed(1)} µs CPU (median ${middle.toFixed(1)})`);
  }
}
