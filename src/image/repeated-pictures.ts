import { equalBytes, sampleHash } from "../core/bytes.ts";
import { decodedTilesRoom } from "./decoded-tiles.ts";
import type { ImageOptions } from "./options.ts";
import type { ImageFormat } from "./picture.ts";

/** Pictures whose first sight is remembered. */
const MOST_SEEN = 256;
/** Part of the memory for decoded tiles that pictures and their windows may take. */
const SHARE = 1 / 4;

/** A file of one window. */
export type WindowFile = { readonly bytes: Uint8Array; readonly format: ImageFormat };

/** How a picture was cut. */
export interface Cutting {
  /** Upper left corners in pixels. */
  readonly at: readonly (readonly [x: number, y: number])[];
  readonly size: readonly [width: number, height: number];
  readonly options: ImageOptions;
}

interface Kept {
  readonly picture: Uint8Array;
  readonly cutting: Cutting;
  readonly files: readonly WindowFile[];
  readonly length: number;
}

const kept = new Map<number, Kept>();
const seen = new Set<number>();
let taken = 0;

/**
 * The files that `cut` makes of the windows of `picture`, a file. Servers answer with the very same picture wherever there is
 * only sea, or nothing at all; one that comes again is kept with its windows, in a quarter of the memory for decoded
 * tiles, and is not decoded any more.
 */
export function filesOf(
  picture: Uint8Array,
  cutting: Cutting,
  cut: () => readonly WindowFile[] | undefined,
): readonly WindowFile[] | undefined {
  const room = decodedTilesRoom() * SHARE;
  while (taken > room) forgetOldest();
  if (room === 0) return cut();
  const key = sampleHash(picture);
  const found = kept.get(key);
  if (found && isSame(found.cutting, cutting) && equalBytes(found.picture, picture)) {
    kept.delete(key); // so that it comes last
    kept.set(key, found);
    return found.files;
  }
  const files = cut();
  if (files && seen.has(key)) keep(key, { picture, cutting, files }, room);
  if (seen.size === MOST_SEEN) seen.clear();
  seen.add(key);
  return files;
}

function keep(key: number, about: Omit<Kept, "length">, room: number): void {
  const length = about.files.reduce((sum, { bytes }) => sum + bytes.length, about.picture.length);
  if (length > room) return;
  taken += length - (kept.get(key)?.length ?? 0);
  kept.delete(key);
  kept.set(key, { ...about, length });
  while (taken > room) forgetOldest();
}

function forgetOldest(): void {
  for (const [key, { length }] of kept) {
    kept.delete(key);
    taken -= length;
    return;
  }
}

function isSame(a: Cutting, b: Cutting): boolean {
  return (
    a.options === b.options &&
    a.size[0] === b.size[0] &&
    a.size[1] === b.size[1] &&
    a.at.length === b.at.length &&
    a.at.every(([x, y], i) => x === b.at[i]![0] && y === b.at[i]![1])
  );
}
