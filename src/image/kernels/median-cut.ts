import type { Reduced } from "./palette.ts";

/** Bits of each color that make a cell of the histogram. */
const BITS = 5;
const CELLS = 1 << (3 * BITS);

/** Cells `begin` to `end` (open) of the sorted list, with what decides about splitting them. */
interface Box {
  readonly begin: number;
  readonly end: number;
  /** Channel with the largest spread: 0 red, 1 green, 2 blue. */
  readonly axis: number;
  /** Sum of squared distances from the mean along `axis`. */
  readonly spread: number;
  /** Mean of `axis`. */
  readonly middle: number;
}

/**
 * Reduces opaque pixels to `colors` entries: the box of colors with the largest variance is cut at its mean
 * until there are enough boxes. Slower than the octree, with the better picture.
 *
 * @param pixels RGBA in 32-bit words; alpha is not looked at, entries are opaque
 */
export function medianCut(pixels: Uint32Array, colors: number): Reduced {
  const { count, sums } = histogram(pixels);
  const cells: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) if (count[cell]! > 0) cells.push(cell);
  const value = (cell: number, axis: number) => sums[cell * 3 + axis]! / count[cell]!;

  const measure = (begin: number, end: number): Box => {
    let best: Box = { begin, end, axis: 0, spread: -1, middle: 0 };
    for (let axis = 0; axis < 3; axis++) {
      let weight = 0;
      let sum = 0;
      let squares = 0;
      for (let i = begin; i < end; i++) {
        const n = count[cells[i]!]!;
        const v = value(cells[i]!, axis);
        weight += n;
        sum += n * v;
        squares += n * v * v;
      }
      const spread = squares - (sum * sum) / weight;
      if (spread > best.spread) best = { begin, end, axis, spread, middle: sum / weight };
    }
    return best;
  };

  const boxes = cells.length > 0 ? [measure(0, cells.length)] : [];
  while (boxes.length < colors) {
    let widest: Box | undefined;
    for (const box of boxes) {
      if (box.end - box.begin > 1 && box.spread > (widest?.spread ?? 1e-9)) widest = box;
    }
    if (!widest) break;
    const { begin, end, axis, middle } = widest;
    const part = cells.slice(begin, end);
    const low = part.filter((cell) => value(cell, axis) <= middle);
    const high = part.filter((cell) => value(cell, axis) > middle);
    [...low, ...high].forEach((cell, i) => {
      cells[begin + i] = cell;
    });
    const cut = begin + low.length;
    boxes.splice(boxes.indexOf(widest), 1, measure(begin, cut), measure(cut, end));
  }
  return assign(pixels, paletteOf(boxes, cells, { count, sums }), boxes, cells);
}

interface Histogram {
  readonly count: Float64Array;
  /** Sums of red, green and blue, cell after cell. */
  readonly sums: Float64Array;
}

function histogram(pixels: Uint32Array): Histogram {
  const count = new Float64Array(CELLS);
  const sums = new Float64Array(CELLS * 3);
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i]!;
    const cell = cellOf(pixel);
    count[cell]!++;
    sums[cell * 3]! += pixel & 255;
    sums[cell * 3 + 1]! += (pixel >>> 8) & 255;
    sums[cell * 3 + 2]! += (pixel >>> 16) & 255;
  }
  return { count, sums };
}

function cellOf(pixel: number): number {
  return ((pixel & 0xf8) << 7) | ((pixel & 0xf800) >>> 6) | ((pixel & 0xf80000) >>> 19);
}

function paletteOf(boxes: readonly Box[], cells: readonly number[], from: Histogram): Uint8Array {
  const palette = new Uint8Array(boxes.length * 4).fill(255);
  boxes.forEach((box, entry) => {
    let weight = 0;
    for (let i = box.begin; i < box.end; i++) weight += from.count[cells[i]!]!;
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let i = box.begin; i < box.end; i++) sum += from.sums[cells[i]! * 3 + c]!;
      palette[entry * 4 + c] = Math.round(sum / weight);
    }
  });
  return palette;
}

function assign(
  pixels: Uint32Array,
  palette: Uint8Array,
  boxes: readonly Box[],
  cells: readonly number[],
): Reduced {
  const entryOf = new Uint8Array(CELLS);
  boxes.forEach((box, entry) => {
    for (let i = box.begin; i < box.end; i++) entryOf[cells[i]!] = entry;
  });
  const indices = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) indices[i] = entryOf[cellOf(pixels[i]!)]!;
  return { palette, indices };
}
