import { type Indexed, isOpaque } from "./indexed.ts";
import { type Arena, align, borrow, withArena } from "./kernels/arena.ts";
import { deflate } from "./kernels/deflate.ts";
import { copyRows } from "./kernels/raster.ts";
import type { RasterView } from "./picture.ts";
import { writeChunks } from "./png-chunks.ts";
import { windowOf } from "./view.ts";

/** Filter types of the kernel. */
const NONE = 0;
const SUB = 1;
const UP = 2;
const ADAPTIVE = 5;

/** A way to compress rows: the filter, and what zlib is told. */
interface Way {
  readonly type: number;
  readonly level: number;
  readonly strategy: "default" | "filtered" | "rle";
}

/** For drawn maps: often 20 to 30 % smaller than with any filter. */
const DRAWN: Way = { type: NONE, level: 3, strategy: "default" };

/**
 * For imagery. Where nothing comes again a search finds nothing: runs alone are as small in a fifth of the time. Where a picture is
 * smooth the search pays, and differences to the row above may be smaller than the best filter of each row.
 */
const IMAGERY: readonly Way[] = [
  { type: ADAPTIVE, level: 6, strategy: "rle" },
  { type: ADAPTIVE, level: 6, strategy: "filtered" },
  { type: UP, level: 6, strategy: "filtered" },
];

/** For the first look: is it drawn, or imagery? */
const FIRST_LOOK: readonly Way[] = [
  { type: NONE, level: 1, strategy: "default" },
  { type: ADAPTIVE, level: 1, strategy: "filtered" },
];

/** For imagery beyond {@linkcode LARGE}. */
const LARGE_IMAGERY: Way = { type: SUB, level: 6, strategy: "rle" };

/** Rows that are compressed each way to see which is best, at a third and at two thirds of the height. */
const TRIAL_ROWS = 12;

/** Pictures beyond this many pixels get the cheapest filter that helps imagery. */
const LARGE = 2 ** 22;

const COLOR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/**
 * A PNG file with 8 bits a sample, of the color type of `view`.
 *
 * How it is filtered and compressed is decided by a trial of some rows.
 */
export function encodePng(view: RasterView): Uint8Array {
  const { width, height, channels } = view;
  const rowBytes = width * channels;
  const { type, level, strategy } = wayOf(view, rowBytes);
  const rows = filterRows(view, rowBytes, { step: channels, type });
  return writeChunks({
    header: { width, height, bits: 8, colorType: COLOR_TYPES[channels], interlaced: false },
    palette: undefined,
    transparency: undefined,
    pixels: deflate(rows, level, strategy),
  });
}

/**
 * A PNG file with a palette, of as few bits a pixel as hold its indices; alpha goes into tRNS.
 *
 * Compressed by runs: drawn maps come out nearly as small as with a search for repetitions, in a
 * fraction of the time.
 */
export function encodeIndexedPng(picture: Indexed): Uint8Array {
  const { width, height, indices, palette } = picture;
  const bits = bitsFor(palette);
  const rowBytes = Math.ceil((width * bits) / 8);
  const data = bits === 8 ? indices : pack(picture, bits);
  const view = { width: rowBytes, height, channels: 1, data, offset: 0, stride: rowBytes } as const;
  return withArena((arena) => {
    const rows = unfilteredRows(view, rowBytes);
    const at = arena.alloc(rows.length);
    arena.bytes.set(rows, at);
    return indexedFile(arena, picture, { bits, at, length: rows.length });
  });
}

/**
 * The same of indices that stand in kernel memory as {@linkcode quantizePatch} leaves them.
 *
 * @param rows address of the indices
 */
export function encodeIndexRows(
  arena: Arena,
  picture: Pick<Indexed, "width" | "height" | "palette">,
  rows: number,
): Uint8Array {
  const { width, height, palette } = picture;
  const bits = bitsFor(palette);
  if (bits < 8) {
    const to = arena.alloc((width + 1) * height);
    // The byte before each row takes part as whole pixels: rows are packed one by one.
    const rowBytes = Math.ceil((width * bits) / 8) + 1;
    for (let y = 0; y < height; y++) {
      arena.bytes[to + y * rowBytes] = 0;
      const from = rows + y * (width + 1) + 1;
      arena.kernel.packBits(from, to + y * rowBytes + 1, width, 1, bits);
    }
    return indexedFile(arena, picture, { bits, at: to, length: rowBytes * height });
  }
  return indexedFile(arena, picture, { bits, at: rows, length: (width + 1) * height });
}

function bitsFor(palette: Uint8Array): number {
  const entries = palette.length / 4;
  return entries <= 2 ? 1 : entries <= 4 ? 2 : entries <= 16 ? 4 : 8;
}

/** @param rows packed indices in kernel memory, each row behind its filter byte */
function indexedFile(
  arena: Arena,
  { width, height, palette: entries }: Pick<Indexed, "width" | "height" | "palette">,
  rows: { readonly bits: number; readonly at: number; readonly length: number },
): Uint8Array {
  const count = entries.length / 4;
  const palette = new Uint8Array(count * 3);
  const alpha = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    palette.set(entries.subarray(4 * i, 4 * i + 3), 3 * i);
    alpha[i] = entries[4 * i + 3]!;
  }
  // Opaque entries at the end need not be told.
  const told = alpha.findLastIndex((value) => value !== 255) + 1;
  return writeChunks({
    header: { width, height, bits: rows.bits, colorType: 3, interlaced: false },
    palette,
    transparency: isOpaque(entries) ? undefined : alpha.subarray(0, told),
    pixels: deflateRows(arena, rows),
  });
}

function deflateRows(
  arena: Arena,
  { at, length }: { readonly at: number; readonly length: number },
): Uint8Array {
  const to = arena.alloc(length + (length >> 3) + 1024);
  const written = arena.kernel.deflateRuns(at, length, to);
  return arena.bytes.subarray(to, to + written);
}

/** Rows with their filter bytes. */
function filterRows(
  view: RasterView,
  rowBytes: number,
  { step, type }: { readonly step: number; readonly type: number },
): Uint8Array {
  if (type === NONE) return unfilteredRows(view, rowBytes);
  const length = rowBytes * view.height;
  const zeros = align(rowBytes + 32);
  const to = zeros + align(length + 32);
  const filtered = (rowBytes + 1) * view.height;
  return borrow(to + filtered + 32, (png, memory, base) => {
    memory.fill(0, base, base + zeros);
    copyRows(view, memory, base + zeros, rowBytes);
    png.filter(base + zeros, rowBytes, view.height, step, base + to, type, base + 16);
    return memory.slice(base + to, base + to + filtered);
  });
}

function unfilteredRows(view: RasterView, rowBytes: number): Uint8Array {
  const rows = new Uint8Array((rowBytes + 1) * view.height);
  for (let y = 0; y < view.height; y++) {
    const from = view.offset + y * view.stride;
    rows.set(view.data.subarray(from, from + rowBytes), y * (rowBytes + 1) + 1);
  }
  return rows;
}

function pack({ width, height, indices }: Indexed, bits: number): Uint8Array {
  const to = align(indices.length);
  const length = Math.ceil((width * bits) / 8) * height;
  return borrow(to + length, (png, memory, base) => {
    memory.set(indices, base);
    png.packBits(base, base + to, width, height, bits);
    return memory.slice(base + to, base + to + length);
  });
}

function wayOf(view: RasterView, rowBytes: number): Way {
  const isDrawn = bestWay(view, rowBytes, FIRST_LOOK).type === NONE;
  if (isDrawn) return DRAWN;
  return view.width * view.height > LARGE ? LARGE_IMAGERY : bestWay(view, rowBytes, IMAGERY);
}

/** The way in which some rows of a picture get smallest. */
function bestWay(view: RasterView, rowBytes: number, ways: readonly Way[]): Way {
  let best = DRAWN;
  let least = Number.POSITIVE_INFINITY;
  for (const way of ways) {
    let size = 0;
    for (const share of [1 / 3, 2 / 3]) {
      const y = Math.floor((view.height - 1) * share);
      const rows = windowOf(view, 0, y, [view.width, TRIAL_ROWS]);
      const filtered = filterRows(rows, rowBytes, { step: view.channels, type: way.type });
      size += deflate(filtered, way.level, way.strategy).length;
    }
    if (size < least) {
      best = way;
      least = size;
    }
  }
  return best;
}
