import { equalBytes, sampleHash } from "../core/bytes.ts";
import { Lru } from "../core/lru.ts";
import { Sightings } from "../core/sightings.ts";
import { decodedTilesRoom } from "./decoded-tiles.ts";
import type { ImageOptions } from "./options.ts";
import type { Encoded } from "./picture.ts";

/** Pictures whose first sight is remembered. */
const MOST_SEEN = 256;
/** Part of the memory for decoded tiles that pictures and their windows may take. */
const SHARE = 1 / 4;

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
  readonly files: readonly Encoded[];
}

let room = 0;
/** By a number made from the picture. */
let kept = new Lru<number, Kept>(0);
const sightings = new Sightings<number>(MOST_SEEN);

/**
 * The files that `cut` makes of the windows of `picture`, a file. Servers answer with the very same picture wherever there is
 * only sea, or nothing at all; one that comes again is kept with its windows, in a quarter of the memory for decoded
 * tiles, and is not decoded any more.
 */
export function filesOf(
  picture: Uint8Array,
  cutting: Cutting,
  cut: () => readonly Encoded[] | undefined,
): readonly Encoded[] | undefined {
  if (room !== decodedTilesRoom() * SHARE) {
    room = decodedTilesRoom() * SHARE;
    kept = new Lru(room);
    sightings.clear();
  }
  if (room === 0) return cut();
  const key = sampleHash(picture);
  const found = kept.get(key);
  if (found && isSame(found.cutting, cutting) && equalBytes(found.picture, picture)) {
    return found.files;
  }
  const files = cut();
  if (sightings.isAgain(key) && files) {
    const length = files.reduce((sum, { bytes }) => sum + bytes.length, picture.length);
    kept.set(key, { picture, cutting, files }, length);
  }
  return files;
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
