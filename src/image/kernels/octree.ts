import type { Arena } from "./arena.ts";
import type { Patch } from "./patch.ts";

/** Bits of red, green, blue and alpha that make a cell of the color cube. */
type Bits = readonly [red: number, green: number, blue: number, alpha: number];

const FINE_OPAQUE: Bits = [4, 4, 4, 0];
const COARSE_OPAQUE: Bits = [2, 2, 2, 0];
const FINE_ALPHA: Bits = [3, 4, 3, 3];
const COARSE_ALPHA: Bits = [2, 2, 2, 2];

/** Pixel count and sums of the samples of every cell of a cube. */
interface Cube {
  readonly bits: Bits;
  readonly count: Float64Array;
  /** Sums of red, green, blue and alpha, cell after cell. */
  readonly sums: Float64Array;
}

/** Bytes of a cell where the kernel counts: four sums and the number of pixels. */
const CELL_BYTES = 32;

/** Pixels that the kernel's sums can hold. */
const BATCH = 2 ** 24;

/**
 * Reduces the pixels of a patch without gaps to `colors` entries with two color cubes, one fine and one coarse.
 *
 * The fullest fine cells get entries of their own; what is left of each coarse cell shares one. Every
 * pixel finds its entry by a table look-up, so the cost hardly depends on the number of colors. This is the
 * scheme known as "fast octree" (two levels of it), for pictures with alpha too.
 *
 * @param rows address of the indices: rows of a byte that is 0, as PNG wants it, and `patch.width` bytes
 * @returns RGBA entries
 */
export function octree(
  arena: Arena,
  patch: Patch,
  { colors, withAlpha, rows }: { colors: number; withAlpha: boolean; rows: number },
): Uint8Array {
  const fine = newCube(withAlpha ? FINE_ALPHA : FINE_OPAQUE);
  const cells = arena.alloc(patch.width * patch.height * 2);
  count(arena, patch, { cube: fine, cells, withAlpha });
  const { palette, entryOf } = entriesOf(fine, colors, withAlpha);
  const entries = arena.alloc(entryOf.length);
  arena.bytes.set(entryOf, entries);
  arena.kernel.mapCells(cells, patch.width, patch.height, entries, rows);
  return palette;
}

/** Sorts the pixels into the cube, and writes the cell of each. */
function count(
  arena: Arena,
  { at, width, height }: Patch,
  { cube, cells, withAlpha }: { cube: Cube; cells: number; withAlpha: boolean },
): void {
  const length = cube.count.length * CELL_BYTES;
  const sums = arena.alloc(length);
  const { bytes, kernel } = arena;
  const pixels = width * height;
  for (let from = 0; from < pixels; from += BATCH) {
    bytes.fill(0, sums, sums + length);
    const batch = Math.min(BATCH, pixels - from);
    kernel.countCells(at + from * 4, batch, cells + from * 2, sums, withAlpha ? 1 : 0);
    const words = new Uint32Array(bytes.buffer, sums, length / 4);
    for (let cell = 0; cell < cube.count.length; cell++) {
      const word = cell * 8;
      if (words[word + 4] === 0) continue;
      cube.count[cell]! += words[word + 4]!;
      for (let c = 0; c < 4; c++) cube.sums[cell * 4 + c]! += words[word + c]!;
    }
  }
}

/** The palette for the pixels in a cube, and the entry of each of its cells. */
function entriesOf(
  fine: Cube,
  colors: number,
  withAlpha: boolean,
): { palette: Uint8Array; entryOf: Int16Array } {
  const coarse = newCube(withAlpha ? COARSE_ALPHA : COARSE_OPAQUE);
  const parents = parentsOf(fine.bits, coarse.bits);
  for (let cell = 0; cell < fine.count.length; cell++) {
    if (fine.count[cell]! > 0) add(coarse, parents[cell]!, fine, cell);
  }

  // Coarse cells come first; fine cells get the entries that are left, and the more of them do,
  // the more coarse cells run empty.
  const ranked = byCount(fine);
  let taken = 0;
  for (;;) {
    const free = colors - Math.min(colors, used(coarse));
    const goal = Math.min(free, ranked.length);
    if (goal <= taken) break;
    for (; taken < goal; taken++) {
      const cell = ranked[taken]!;
      takeOut(coarse, parents[cell]!, fine, cell);
    }
  }

  const shared = byCount(coarse).slice(0, colors - taken);
  const palette = new Uint8Array((shared.length + taken) * 4);
  const entryOfCoarse = new Int16Array(coarse.count.length).fill(-1);
  shared.forEach((cell, entry) => {
    mean(coarse, cell, palette, entry);
    entryOfCoarse[cell] = entry;
  });
  const entryOf = new Int16Array(fine.count.length).fill(-1);
  for (let rank = 0; rank < taken; rank++) {
    mean(fine, ranked[rank]!, palette, shared.length + rank);
    entryOf[ranked[rank]!] = shared.length + rank;
  }
  if (!withAlpha) for (let i = 3; i < palette.length; i += 4) palette[i] = 255;
  for (const cell of ranked) {
    if (entryOf[cell]! >= 0) continue;
    const entry = entryOfCoarse[parents[cell]!]!;
    // With few colors some coarse cells get no entry: the nearest one stands in.
    entryOf[cell] = entry >= 0 ? entry : nearest(fine, cell, palette);
  }
  return { palette, entryOf };
}

function newCube(bits: Bits): Cube {
  const cells = 1 << (bits[0] + bits[1] + bits[2] + bits[3]);
  return { bits, count: new Float64Array(cells), sums: new Float64Array(cells * 4) };
}

/** The coarse cell around each fine cell. */
function parentsOf(fine: Bits, coarse: Bits): Uint16Array {
  const parents = new Uint16Array(1 << (fine[0] + fine[1] + fine[2] + fine[3]));
  for (let cell = 0; cell < parents.length; cell++) {
    let rest = cell;
    let parent = 0;
    let shift = 0;
    for (let c = 3; c >= 0; c--) {
      const value = rest & ((1 << fine[c]!) - 1);
      rest >>= fine[c]!;
      parent |= (value >> (fine[c]! - coarse[c]!)) << shift;
      shift += coarse[c]!;
    }
    parents[cell] = parent;
  }
  return parents;
}

/** Adds a cell of one cube to one of another. */
function add(to: Cube, target: number, from: Cube, cell: number): void {
  to.count[target]! += from.count[cell]!;
  for (let c = 0; c < 4; c++) to.sums[target * 4 + c]! += from.sums[cell * 4 + c]!;
}

/** Undoes {@linkcode add}. */
function takeOut(to: Cube, target: number, from: Cube, cell: number): void {
  to.count[target]! -= from.count[cell]!;
  for (let c = 0; c < 4; c++) to.sums[target * 4 + c]! -= from.sums[cell * 4 + c]!;
}

function used(cube: Cube): number {
  let cells = 0;
  for (const count of cube.count) if (count > 0) cells++;
  return cells;
}

/** Cells that hold pixels, the fullest first. */
function byCount({ count }: Cube): number[] {
  const cells: number[] = [];
  for (let cell = 0; cell < count.length; cell++) if (count[cell]! > 0) cells.push(cell);
  return cells.sort((a, b) => count[b]! - count[a]!);
}

function mean({ count, sums }: Cube, cell: number, palette: Uint8Array, entry: number): void {
  for (let c = 0; c < 4; c++) palette[entry * 4 + c] = sums[cell * 4 + c]! / count[cell]!;
}

function nearest({ count, sums }: Cube, cell: number, palette: Uint8Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let entry = 0; entry * 4 < palette.length; entry++) {
    let distance = 0;
    for (let c = 0; c < 4; c++) {
      distance += (sums[cell * 4 + c]! / count[cell]! - palette[entry * 4 + c]!) ** 2;
    }
    if (distance < least) {
      least = distance;
      best = entry;
    }
  }
  return best;
}
