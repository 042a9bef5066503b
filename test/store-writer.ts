/**
 * A process that writes tiles, for tests of what several processes, or one that is killed, leave behind.
 *
 * Arguments: options of the store as JSON, its directory, the first and the last version to write (without it: on and
 * on). Prints `writing` after the first tiles and `done` after the last. Eight tiles are on their way at a time.
 */
import * as v from "valibot";
import { cacheTypes } from "../src/cache/index.ts";
import { mapLimit } from "../src/core/async.ts";
import type { TileCache, TileKey } from "../src/model/cache.ts";
import type { CacheType } from "../src/model/define.ts";
import { systemClock } from "../src/runtime/local.ts";
import { fileLocks } from "../src/runtime/locks/file.ts";
import { cacheDeps, diskPlatform } from "./cache-deps.ts";
import { pngTile } from "./contract/tile-cache.ts";
import { testContext } from "./platform.ts";

/** The store that `options` describe, with the clock and the locks of this machine. */
export async function openStore(
  options: Readonly<Record<string, unknown>> & { readonly type: string },
  directory: string,
): Promise<TileCache> {
  const type = (cacheTypes as readonly CacheType[]).find((each) => each.type === options.type);
  if (!type) throw new RangeError(`no store of type ${options.type}`);
  const platform = Object.assign(diskPlatform(), {
    clock: systemClock,
    locksIn: (path: string) => fileLocks(path, systemClock),
  });
  return type.create(v.parse(type.options, options), cacheDeps(directory, { platform }));
}

/** Where version `n` is written: each tile gets many of them. */
export function keyOf(n: number): TileKey {
  return { x: n % 16, y: Math.floor(n / 16) % 4, level: 5 };
}

/** What version `n` is: its number, then up to 20,000 bytes that follow from it. */
export function versionTile(n: number) {
  const body = new Array<number>(100 + ((n * 997) % 20_000)).fill(n & 255);
  return pngTile(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255, ...body);
}

/** The version that bytes say they are. */
export function versionOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
}

if (import.meta.main) {
  const [options = "", directory = "", first = "0", last] = process.argv.slice(2);
  const cache = await openStore(JSON.parse(options), directory);
  const ctx = testContext();
  const end = last === undefined ? Number.POSITIVE_INFINITY : Number(last);
  for (let n = Number(first); n < end; n += 8) {
    const versions = Array.from({ length: 8 }, (_, i) => n + i).filter((each) => each < end);
    await mapLimit(versions, 8, (each) => cache.put(keyOf(each), versionTile(each), ctx));
    if (n === Number(first)) console.log("writing");
  }
  await cache.close?.();
  console.log("done");
}
