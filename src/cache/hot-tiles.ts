import { Lru } from "../core/lru.ts";
import { Sightings } from "../core/sightings.ts";
import type { StoredTile } from "../model/cache.ts";
import type { FileStat } from "../platform/platform.ts";

/** A tile that was read lately, and what the file was that held it. */
export interface HotTile {
  readonly tile: StoredTile;
  readonly file: FileStat;
  /** When somebody last found the file as it was: ms since 1970; `undefined`: not since it was read. */
  seenAt: number | undefined;
}

/**
 * ms for which a file must have been left alone: within a tick of the disk's clock, or a second where the runtime tells no less, it
 * may change unseen.
 */
const SETTLED = 3000;

/**
 * Names whose first sight is remembered: what comes again among so many is kept. Tiles of a larger set that come once in a while would
 * drive each other out, which costs more than reading them.
 */
const MOST_SEEN = 2048;

/** What an entry takes beside its bytes, roughly: its names and numbers, and the headers of its answers. */
const ENTRY_BYTES = 1200;

/** Tiles of all caches of the process, by path or whatever else is theirs alone. */
let hot = new Lru<string, HotTile>(0);
let room = 0;
/** ms for which a look at a file holds. */
let interval = 0;
const sightings = new Sightings<string>(MOST_SEEN);

/**
 * Sets the memory for tiles that were read lately; another amount than before forgets all.
 *
 * @param bytes 0: none is kept
 * @param lookEvery ms for which a look at a file holds; 0: each use looks
 */
export function limitHotTiles(bytes: number, lookEvery = 0): void {
  interval = lookEvery;
  if (bytes === room) return;
  room = bytes;
  hot = new Lru(bytes);
  sightings.clear();
}

/** Whether tiles are kept at all. */
export function keepsHotTiles(): boolean {
  return room > 0;
}

/** ms after which every process has seen that a file is another; 0: at once. */
export function hotTilesLag(): number {
  return room > 0 ? interval : 0;
}

/** What was read under `name`: still good if it {@linkcode isTrusted}, or its file {@linkcode isStill} what it was. */
export function hotTile(name: string): HotTile | undefined {
  return hot.get(name);
}

/**
 * Does what changes the files of some tiles, and forgets what was read of them, so that this process sees it at once.
 *
 * @param names `undefined`: of all tiles
 */
export async function changing<T>(
  names: readonly string[] | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } finally {
    if (names) for (const name of names) hot.delete(name);
    else hot = new Lru(room);
  }
}

/**
 * Whether the file was looked at so lately that it need not be again. A look is a fifth of all that a kept tile costs.
 *
 * @param now ms since 1970
 */
export function isTrusted({ seenAt }: HotTile, now: number): boolean {
  // a clock that was set back says nothing
  return seenAt !== undefined && now >= seenAt && now - seenAt < interval;
}

/**
 * Whether a file is what it was: other processes seed, clean and purge the same files. The time of change says it all, unless the clock
 * of the machine was set back meanwhile.
 *
 * @param file as it is now
 * @param now ms since 1970
 */
export function isStill(known: HotTile, file: FileStat | undefined, now: number): boolean {
  const before = known.file;
  const isSame =
    file !== undefined &&
    before.changed === file.changed &&
    before.modified === file.modified &&
    before.size === file.size &&
    before.id === file.id;
  if (isSame) known.seenAt = now;
  return isSame;
}

/**
 * Keeps a tile that was asked for before in the place of those that were not used for longest.
 *
 * @param file as it was before, or while, the tile was read; must tell when it was changed
 * @param now ms since 1970
 */
export function keepHot(
  name: string,
  { tile, file }: { tile: StoredTile | undefined; file: FileStat | undefined },
  now: number,
): void {
  if (!tile || file?.changed === undefined || now - file.changed < SETTLED) return;
  if (!sightings.isAgain(name)) return;
  sightings.forget(name);
  // its first use looks: it may have been read before somebody changed the file
  hot.set(name, { tile, file, seenAt: undefined }, tile.bytes.length + ENTRY_BYTES);
}
