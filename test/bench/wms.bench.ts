/**
 * What WMS costs besides pictures: ms of a GetCapabilities with 500 layers and 20 reference systems, cold and
 * warm, and µs that a GetMap takes to be read.
 */
import { loadOne } from "../../src/app/one.ts";
import { parseQuery } from "../../src/service/ows.ts";
import { readGetMap } from "../../src/service/wms/params.ts";
import { wmsSettings } from "../../src/service/wms/settings.ts";
import { silentLog, testPlatform } from "../platform.ts";
import { serviceDeps } from "../tile-service.ts";
import { group, leaf, mapQuery, treeOf } from "../wms-service.ts";

const LAYERS = 500;
const SRS = [
  ...["EPSG:4326", "EPSG:3857", "EPSG:900913", "CRS:84", "EPSG:4258", "EPSG:3035", "EPSG:3034"],
  ...["EPSG:25828", "EPSG:25829", "EPSG:25830", "EPSG:25831", "EPSG:25832", "EPSG:25833"],
  ...["EPSG:32628", "EPSG:32629", "EPSG:32630", "EPSG:32631", "EPSG:32632", "EPSG:32633"],
  "EPSG:31467",
];
const ROUNDS = 30;
const TIMES = 200;

const config = `
services: {wms: {srs: ${JSON.stringify(SRS)}, md: {title: Bench}}}
layers:
${Array.from({ length: LAYERS }, (_, i) => `  - {name: l${i}, title: Layer ${i}, sources: [s]}`).join("\n")}
sources: {s: {type: wms, req: {url: "http://nowhere/wms", layers: a}}}
`;

/** Least and median of the numbers. */
function summary(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  return `${sorted[0]?.toFixed(3)} (${sorted[sorted.length >> 1]?.toFixed(3)})`;
}

async function measure(times: number, work: () => unknown): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < times; i++) await work();
  return (performance.now() - begin) / times;
}

const platform = testPlatform();
await platform.files.write("/bench.yaml", new TextEncoder().encode(config));
for (const version of ["1.0.0", "1.1.1", "1.3.0"]) {
  const url = `http://localhost/service?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=${version}`;
  const cold: number[] = [];
  const warm: number[] = [];
  let length = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const app = await loadOne("/bench.yaml", { platform, log: silentLog });
    const get = async () => {
      length = (await (await app.fetch(new Request(url))).arrayBuffer()).byteLength;
    };
    cold.push(await measure(1, get));
    warm.push(await measure(TIMES, get));
  }
  console.log(
    `GetCapabilities ${version}, ${length} bytes: cold ${summary(cold.slice(1))} ms, warm ${summary(warm.slice(1))} ms`,
  );
}

const deps = serviceDeps([], { layers: treeOf(group(undefined, [leaf("a"), leaf("b")])) });
const context = { version: "1.3.0", settings: wmsSettings({}, deps), layers: deps.layers } as const;
const query = mapQuery("1.3.0", { LAYERS: "a,b", TRANSPARENT: "TRUE", DPI: "96", TIME: "2024" });
const reads: number[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  reads.push(1000 * (await measure(5000, () => readGetMap(parseQuery(query), context))));
}
console.log(`GetMap read: ${summary(reads.slice(1))} µs`);
