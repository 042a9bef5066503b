import * as v from "valibot";
import { CacheError } from "../core/errors.ts";
import { md5Hex } from "../core/hash.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import { type CacheDeps, ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries, number } from "../model/options.ts";
import type { Files, Locks } from "../platform/platform.ts";
import {
  BUNDLE_SIDE,
  type BundleFormat,
  type BundleTarget,
  bundleName,
  parseBundleName,
  type Slot,
} from "./bundle.ts";
import { bundleV1 } from "./bundle-v1.ts";
import { bundleV2 } from "./bundle-v2.ts";
import { byDimension } from "./by-dimension.ts";
import { defragment } from "./compact-defrag.ts";
import { writeOptions } from "./file.ts";
import { baseDirectory, singleGridDirectory } from "./location.ts";
import { guarded, storedTile } from "./tile-bytes.ts";

/** ms to wait for another writer of the same bundle. */
const LOCK_TIMEOUT = 60_000;

/** Tiles in bundles of 128 x 128, as ArcGIS reads and writes them. */
export const compactCache = defineCache({
  type: "compact",
  needs: ["files"],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("compact"),
    version: number,
    directory: v.optional(v.string()),
  }),
  create(options, deps): TileCache {
    const format = bundleFormat(options.version);
    if (!format) {
      throw new ConfigFault("version", "compact cache only supports version 1 or 2");
    }
    const directory =
      options.directory === undefined
        ? `${baseDirectory(undefined, deps)}/${deps.name}/${deps.grid.name}`
        : singleGridDirectory(options.directory, deps);
    return byDimension(compactTiles(format, directory, deps), (below) =>
      compactTiles(format, `${directory}/${below.slice(0, -1)}`, deps),
    );
  },
});

/** `undefined` for a version that does not exist. */
export function bundleFormat(version: number): BundleFormat | undefined {
  if (version === 1) return bundleV1;
  return version === 2 ? bundleV2 : undefined;
}

/** Where a tile lies. */
interface Place {
  readonly level: number;
  readonly first: BundleTarget["first"];
  readonly slot: Slot;
}

function placeOf({ x, y, level }: TileKey): Place {
  const slot = { column: x % BUNDLE_SIDE, row: y % BUNDLE_SIDE };
  return { level, first: { column: x - slot.column, row: y - slot.row }, slot };
}

function compactTiles(format: BundleFormat, directory: string, deps: CacheDeps): TileCache {
  const { name, image, platform } = deps;
  const files = platform.files as Files; // promised by `needs`
  const modes = writeOptions(deps);
  const locks = new Map<string, Locks>();

  const levelPath = (level: number) => `${directory}/L${String(level).padStart(2, "0")}`;
  /** Excludes other writers of the bundle, in all processes: `<bundle>.lck` beside it. */
  const withLock = (level: number, bundle: string, work: () => Promise<void>): Promise<void> => {
    const at = levelPath(level);
    const known = locks.get(at) ?? platform.locksIn?.(at, modes) ?? platform.locks;
    locks.set(at, known);
    const lock = known === platform.locks ? `${at}/${bundle}` : bundle;
    return known.withLock(lock, LOCK_TIMEOUT, work);
  };
  const read = async (keys: readonly TileKey[]): Promise<(StoredTile | undefined)[]> => {
    const found = new Map<TileKey, StoredTile | undefined>();
    for (const [base, ofBundle] of byBundle(keys)) {
      const slots = ofBundle.map(([, place]) => place.slot);
      const tiles = await format.read(files, `${directory}/${base}`, slots);
      ofBundle.forEach(([key], i) => {
        found.set(key, storedTile(tiles[i], image, undefined));
      });
    }
    return keys.map((key) => found.get(key));
  };
  const write = async (tiles: readonly (readonly [TileKey, StoredTile])[]): Promise<void> => {
    const bytes = new Map(tiles);
    for (const [base, ofBundle] of byBundle([...bytes.keys()])) {
      const [, { level, first }] = ofBundle[0]!; // groups are not empty
      const target = { files, base: `${directory}/${base}`, first, modes };
      const slots = ofBundle.map(([key, { slot }]) => [slot, bytes.get(key)!.bytes] as const);
      await withLock(level, bundleName(first), () => format.write(target, slots));
    }
  };

  return {
    name,
    keepsDimensions: false,
    keepsTimestamps: false,
    lockId: `compactcache-${md5Hex(directory)}`,
    get: (key) => guarded(name, "read tile", async () => (await read([key]))[0]),
    getMany: (keys) => guarded(name, "read tiles", () => read(keys)),
    put: (key, tile) => guarded(name, "write tile", () => write([[key, tile]])),
    putMany: (tiles) => guarded(name, "write tiles", () => write(tiles)),
    delete: (key) =>
      guarded(name, "remove tile", async () => {
        const { level, first, slot } = placeOf(key);
        const base = `${levelPath(level)}/${bundleName(first)}`;
        const [tile] = await format.read(files, base, [slot]);
        if (!tile) return;
        await withLock(level, bundleName(first), () => format.remove(files, base, slot));
      }),
    async *keys(level) {
      for await (const entry of files.list(levelPath(level))) {
        const [stem = "", extension] = entry.name.split(".");
        const first = extension === "bundle" ? parseBundleName(stem) : undefined;
        if (!first) continue;
        const tiles = await guarded(name, "list tiles", () =>
          format.list(files, `${levelPath(level)}/${stem}`),
        );
        for (const { slot } of tiles) {
          yield { x: first.column + slot.column, y: first.row + slot.row, level };
        }
      }
    },
    defragment: (decide) =>
      guarded(name, "defragment", () =>
        defragment({ files, format, directory, modes, withLock }, decide),
      ),
    async deleteLevel(level, before) {
      if (before !== undefined) {
        throw new CacheError(name, "remove tiles by age", new Error("it keeps no times"));
      }
      await guarded(name, "remove level", () => files.removeTree(levelPath(level)));
    },
  };
}

/** Tiles by their bundle (`L12/R0380C1380`), each with its place. */
function byBundle(keys: readonly TileKey[]): Map<string, [TileKey, Place][]> {
  const groups = new Map<string, [TileKey, Place][]>();
  for (const key of keys) {
    const place = placeOf(key);
    const base = `L${String(key.level).padStart(2, "0")}/${bundleName(place.first)}`;
    const group = groups.get(base);
    if (group) group.push([key, place]);
    else groups.set(base, [[key, place]]);
  }
  return groups;
}
