import type { Arena } from "./arena.ts";
import type { Patch } from "./patch.ts";

/** Bits of red, green, blue and alpha that make a cell of the color cube. */
type Bits = readonly [red: number, green: number, blue: number, alpha: number];

const FINE_OPAQUE: Bits = [4, 4, 4, 0];
const COARSE_OPAQUE: Bits = [2, 2, 2, 0];
const FINE_ALPHA: Bits = [3, 4, 3, 3];
const COARSE_ALPHA: Bits = [2, 2, 2, 2];

/** Pixel counts and sums of the samples of some cells of a cube. */
interface Cells {
  readonly count: Float64Array;
  /** Sums of red, green, blue and alpha, cell after cell. */
  readonly sums: Float64Array;
}

/** The cells of the fine cube that hold pixels: a few hundred of thousands. */
interface FineCells extends Cells {
  readonly bits: Bits;
  /** Where each is in the cube, rising. */
  readonly cells: readonly number[];
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
  const cells = arena.alloc(patch.width * patch.height * 2);
  const bits = withAlpha ? FINE_ALPHA : FINE_OPAQUE;
  const fine = countPixels(arena, patch, { bits, cells, withAlpha });
  const { palette, entryOf } = entriesOf(fine, colors, withAlpha);
  const entries = arena.alloc(sizeOf(bits));
  const { bytes } = arena;
  for (const [i, cell] of fine.cells.entries()) bytes[entries + cell] = entryOf[i]!;
  arena.kernel.mapCells(cells, patch.width, patch.height, entries, rows);
  return palette;
}

/** Number of cells of a cube. */
function sizeOf(bits: Bits): number {
  return 1 << (bits[0] + bits[1] + bits[2] + bits[3]);
}

/** Sorts the pixels into the cube, and writes the cell of each. */
function countPixels(
  arena: Arena,
  { at, width, height }: Patch,
  { bits, cells, withAlpha }: { bits: Bits; cells: number; withAlpha: boolean },
): FineCells {
  const length = sizeOf(bits) * CELL_BYTES;
  const sums = arena.alloc(length);
  const { bytes, kernel } = arena;
  const pixels = width * height;
  const words = new Uint32Array(bytes.buffer, sums, length / 4);
  let all: ArrayLike<number> = words;
  for (let from = 0; from < pixels; from += BATCH) {
    bytes.fill(0, sums, sums + length);
    const batch = Math.min(BATCH, pixels - from);
    kernel.countCells(at + from * 4, batch, cells + from * 2, sums, withAlpha ? 1 : 0);
    if (pixels > BATCH) all = addUp(all === words ? undefined : (all as Float64Array), words);
  }
  return filledCells(all, bits);
}

/** Sums of several batches, which 32 bits do not hold. */
function addUp(total: Float64Array | undefined, words: Uint32Array): Float64Array {
  if (!total) return Float64Array.from(words);
  for (let i = 0; i < words.length; i++) total[i]! += words[i]!;
  return total;
}

/** @param words as the kernel counts: eight a cell, four sums and the number of pixels first */
function filledCells(words: ArrayLike<number>, bits: Bits): FineCells {
  const cells: number[] = [];
  for (let at = 4; at < words.length; at += 8) if (words[at] !== 0) cells.push(at >> 3);
  const fine = { bits, cells, ...newCells(cells.length) };
  for (let i = 0; i < cells.length; i++) {
    const at = cells[i]! * 8;
    fine.count[i] = words[at + 4]!;
    for (let c = 0; c < 4; c++) fine.sums[i * 4 + c] = words[at + c]!;
  }
  return fine;
}

/** The palette for the pixels in a cube, and the entry of each of its cells. */
function entriesOf(
  fine: FineCells,
  colors: number,
  withAlpha: boolean,
): { palette: Uint8Array; entryOf: Int16Array } {
  const coarseBits = withAlpha ? COARSE_ALPHA : COARSE_OPAQUE;
  const coarse = newCells(sizeOf(coarseBits));
  const parents = fine.cells.map((cell) => parentOf(cell, fine.bits, coarseBits));
  for (let i = 0; i < parents.length; i++) add(coarse, parents[i]!, fine, i);

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
  const entryOf = new Int16Array(parents.length).fill(-1);
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

function newCells(count: number): Cells {
  return { count: new Float64Array(count), sums: new Float64Array(count * 4) };
}

/** The coarse cell around a fine cell. */
function parentOf(cell: number, fine: Bits, coarse: Bits): number {
  let rest = cell;
  let parent = 0;
  let shift = 0;
  for (let c = 3; c >= 0; c--) {
    const value = rest & ((1 << fine[c]!) - 1);
    rest >>= fine[c]!;
    parent |= (value >> (fine[c]! - coarse[c]!)) << shift;
    shift += coarse[c]!;
  }
  return parent;
}

/** Adds a cell of one cube to one of another. */
function add(to: Cells, target: number, from: Cells, cell: number): void {
  to.count[target]! += from.count[cell]!;
  for (let c = 0; c < 4; c++) to.sums[target * 4 + c]! += from.sums[cell * 4 + c]!;
}

/** Undoes {@linkcode add}. */
function takeOut(to: Cells, target: number, from: Cells, cell: number): void {
  to.count[target]! -= from.count[cell]!;
  for (let c = 0; c < 4; c++) to.sums[target * 4 + c]! -= from.sums[cell * 4 + c]!;
}

function used(cells: Cells): number {
  let filled = 0;
  for (const count of cells.count) if (count > 0) filled++;
  return filled;
}

/** Cells that hold pixels, the fullest first. */
function byCount({ count }: Cells): number[] {
  const cells: number[] = [];
  for (let cell = 0; cell < count.length; cell++) if (count[cell]! > 0) cells.push(cell);
  return cells.sort((a, b) => count[b]! - count[a]!);
}

function mean({ count, sums }: Cells, cell: number, palette: Uint8Array, entry: number): void {
  for (let c = 0; c < 4; c++) palette[entry * 4 + c] = sums[cell * 4 + c]! / count[cell]!;
}

function nearest({ count, sums }: Cells, cell: number, palette: Uint8Array): number {
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
