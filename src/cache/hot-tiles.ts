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

/** What an entry takes beside its bytes, roughly. */
const ENTRY_BYTES = 500;

/** Tiles of all caches of the process, by path or whatever else is theirs alone. */
let hot = new Lru<string, HotTile>(0);
let room = 0;

/** Sets the memory for tiles that were read lately; another amount than before forgets all. @param bytes 0: none is kept */
export function limitHotTiles(bytes: number): void {
  if (bytes === room) return;
  room = bytes;
  hot = new Lru(bytes);
}

/** Whether tiles are kept at all. */
export function keepsHotTiles(): boolean {
  return room > 0;
}

/** What was read under `name`: still good {@linkcode isUnchanged if its file is} what it was. */
export function hotTile(name: string): HotTile | undefined {
  return hot.get(name);
}

/**
 * Whether a file is what it was. A look costs a third of reading a tile, and none is left out: other processes seed, clean and purge
 * the same files.
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
 * Keeps a tile in the place of those that were not used for longest.
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
  hot.set(name, { tile, file }, tile.bytes.length + ENTRY_BYTES);
}
