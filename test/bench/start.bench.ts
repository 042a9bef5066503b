/**
 * ms from the start of the server to the end of its first GetCapabilities: a small configuration, and one with 500
 * layers, caches and sources and 20 reference systems, each in YAML and in TOML.
 *
 * usage: bun test/bench/start.bench.ts
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertConfig } from "../../src/config/convert.ts";
import { freePort } from "../e2e/server.ts";

const ROUNDS = 9;
const LARGE = 500;
const SYSTEMS = [
  ...["EPSG:4326", "EPSG:3857", "EPSG:900913", "CRS:84", "EPSG:4258", "EPSG:3035", "EPSG:3034"],
  ...["EPSG:25828", "EPSG:25829", "EPSG:25830", "EPSG:25831", "EPSG:25832", "EPSG:25833"],
  ...["EPSG:32628", "EPSG:32629", "EPSG:32630", "EPSG:32631", "EPSG:32632", "EPSG:2154"],
  "EPSG:31467",
];

function yaml(count: number): string {
  const each = (line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i));
  return [
    `services: {wms: {srs: ${JSON.stringify(SYSTEMS)}, md: {title: Bench}}}`,
    "layers:",
    ...each((i) => `  - {name: layer${i}, title: 'Layer ${i}', sources: [cache${i}]}`),
    "caches:",
    ...each(
      (i) =>
        `  cache${i}:\n    grids: [GLOBAL_WEBMERCATOR]\n    sources: [source${i}]\n    cache: {type: file, directory: cache/${i}}`,
    ),
    "sources:",
    ...each(
      (i) =>
        `  source${i}:\n    type: wms\n    req: {url: 'http://127.0.0.1:9/', layers: base}\n    supported_srs: ['EPSG:3857']`,
    ),
    "",
  ].join("\n");
}

/** ms until a fresh process has answered. */
async function start(file: string): Promise<number> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/service?SERVICE=WMS&REQUEST=GetCapabilities`;
  const begin = performance.now();
  const server = spawn(process.execPath, ["run", "src/server.ts", file, "--port", String(port)], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    for (;;) {
      const response = await fetch(url).catch(() => undefined);
      if (response?.ok && (await response.text())) return performance.now() - begin;
      if (server.exitCode !== null) throw new Error(`${file}: the server does not start`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  } finally {
    server.kill();
    await ended;
  }
}

const folder = await mkdtemp(join(tmpdir(), "rhumb-start-"));
const files: [name: string, file: string][] = [];
for (const count of [1, LARGE]) {
  const text = yaml(count);
  const toml = convertConfig({ path: "a.yaml", text }, "yaml").text;
  for (const [end, written] of Object.entries({ yaml: text, toml })) {
    const file = join(folder, `${count}.${end}`);
    await writeFile(file, written);
    files.push([`${count} layers, ${end}`, file]);
  }
}
const times = new Map<string, number[]>(files.map(([name]) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, file] of files) times.get(name)?.push(await start(file));
}
await rm(folder, { recursive: true });
const least = Math.min(...(times.get(files[0]![0]) ?? [])); // there are files
for (const [name, ms] of times) {
  ms.sort((a, b) => a - b);
  const ratio = ms[0]! / least; // there are rounds
  console.log(
    `${name}: ${ms[0]?.toFixed(0)} (median ${ms[ms.length >> 1]?.toFixed(0)}) ms, ${ratio.toFixed(2)} of the small one`,
  );
}
