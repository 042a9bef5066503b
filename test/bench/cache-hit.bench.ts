/** What a tile costs that lies in a local store: µs a get, one after the other and 32 at once. */
import * as v from "valibot";
import { cacheTypes } from "../../src/cache/index.ts";
import type { CacheType } from "../../src/model/define.ts";
import { cacheDeps, diskPlatform } from "../cache-deps.ts";
import { pngTile } from "../contract/tile-cache.ts";
import { testContext } from "../platform.ts";
import { scratch } from "../scratch.ts";

const KINDS = [
  { type: "file" },
  { type: "mbtiles" },
  { type: "mbtiles", sqlite_wal: true },
  { type: "sqlite" },
  { type: "geopackage" },
  { type: "compact", version: 1 },
  { type: "compact", version: 2 },
  { type: "memory" },
];
const SIDE = 32;
const GETS = 3000;
const ROUNDS = 7;
const ctx = testContext();

for (const kind of KINDS) {
  const type = (cacheTypes as readonly CacheType[]).find((t) => t.type === kind.type)!;
  const deps = cacheDeps(scratch(), { platform: diskPlatform() });
  const cache = await type.create(v.parse(type.options, kind), deps);
  const tile = pngTile(...new Array(12_000).fill(7));
  for (let i = 0; i < SIDE * SIDE; i++) {
    await cache.put({ x: i % SIDE, y: Math.floor(i / SIDE), level: 9 }, tile, ctx);
  }
  const get = (i: number) =>
    cache.get({ x: i % SIDE, y: Math.floor(i / SIDE) % SIDE, level: 9 }, ctx);
  const serial: number[] = [];
  const together: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    let start = performance.now();
    for (let i = 0; i < GETS; i++) await get(i);
    serial.push(((performance.now() - start) * 1000) / GETS);
    start = performance.now();
    let next = 0;
    const lane = async () => {
      while (next < GETS) await get(next++);
    };
    await Promise.all(Array.from({ length: 32 }, lane));
    together.push(((performance.now() - start) * 1000) / GETS);
  }
  // the first round warms up
  const [a, b] = [serial, together].map((all) => all.slice(1).sort((x, y) => x - y));
  const text = ([min = 0]: number[] = [], median = 0) => `${min.toFixed(1)} (${median.toFixed(1)})`;
  const name = JSON.stringify(kind).padEnd(40);
  console.log(
    name,
    `serial ${text(a, a?.[ROUNDS >> 1])} µs, 32 at once ${text(b, b?.[ROUNDS >> 1])} µs`,
  );
  await cache.close?.();
}
