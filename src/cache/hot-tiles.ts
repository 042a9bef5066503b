import { Lru } from "../core/lru.ts";
import type { StoredTile } from "../model/cache.ts";
import type { FileStat } from "../platform/platform.ts";

/** A tile that was read lately, and what the file was that held it. */
export interface HotTile {
  readonly tile: StoredTile;
  readonly file: FileStat;
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

/** What an entry takes beside its bytes, roughly. */
const ENTRY_BYTES = 500;

/** Tiles of all caches of the process, by path or whatever else is theirs alone. */
let hot = new Lru<string, HotTile>(0);
let room = 0;
const seen = new Set<string>();

/** Sets the memory for tiles that were read lately; another amount than before forgets all. @param bytes 0: none is kept */
export function limitHotTiles(bytes: number): void {
  if (bytes === room) return;
  room = bytes;
  hot = new Lru(bytes);
  seen.clear();
}

/** Whether tiles are kept at all. */
export function keepsHotTiles(): boolean {
  return room > 0;
}

/** What was read under `name`: still good if its file {@linkcode isUnchanged}. */
export function hotTile(name: string): HotTile | undefined {
  return hot.get(name);
}

/**
 * Whether a file is what it was. A look costs a third of reading a tile, and none is left out: other processes seed, clean and purge
 * the same files. The time of change says it all, unless the clock of the machine was set back meanwhile.
 */
export function isUnchanged(before: FileStat, now: FileStat | undefined): boolean {
  return (
    now !== undefined &&
    before.changed === now.changed &&
    before.modified === now.modified &&
    before.size === now.size &&
    before.id === now.id
  );
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
  if (!seen.delete(name)) {
    if (seen.size === MOST_SEEN) seen.clear();
    seen.add(name);
    return;
  }
  hot.set(name, { tile, file }, tile.bytes.length + ENTRY_BYTES);
}
