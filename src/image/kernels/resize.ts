import type { Resampling } from "../options.ts";
import type { Arena } from "./arena.ts";
import type { Patch } from "./patch.ts";
import type { Quad } from "./warp.ts";

/** Fraction bits of positions by sampler, as the kernels have them. */
const FRACTION = { nearest: 0, bilinear: 15, bicubic: 10 } as const;

/** Source pixels that a sampler reads before and after the one it stands at. */
const REACH = { nearest: [0, 0], bilinear: [0, 1], bicubic: [1, 2] } as const;

/** Columns or rows of a target that have a source, and where in it. */
interface Axis {
  /** First one, counted from the corner of the quad. */
  readonly first: number;
  /** Fixed-point positions of it and those behind it. */
  readonly positions: Int32Array;
}

/** Whether a quad is scaled and moved only, so that columns and rows can be mixed one after the other. */
export function axisAligned({ corners: c }: Quad): boolean {
  return c[0] === c[2] && c[4] === c[6] && c[1] === c[7] && c[3] === c[5];
}

/**
 * Draws an axis-aligned quad with the results of the kernels that warp, to the bit, in a fraction of their time.
 *
 * @param work `source` has its edges repeated; `target` begins where the quad does; `weights` is the address of the cubic
 *   weights
 */
export function resizeQuad(
  arena: Arena,
  work: {
    readonly source: Patch;
    readonly target: Patch;
    readonly quad: Quad;
    readonly resampling: Resampling;
    readonly weights: number;
  },
): void {
  const { source, target, quad, resampling, weights } = work;
  const [x0, y0, , y1, x1] = quad.corners as readonly [number, number, number, number, number];
  const columns = axis(x0, (x1 - x0) * (1 / quad.width), quad.width, {
    limit: source.width,
    bits: FRACTION[resampling],
  });
  const rows = axis(y0, (y1 - y0) * (1 / quad.height), quad.height, {
    limit: source.height,
    bits: FRACTION[resampling],
  });
  const count = columns.positions.length;
  if (count === 0) return;
  const ends = [columns.positions[0]!, columns.positions[count - 1]!].map(
    (position) => position >> FRACTION[resampling],
  );
  const first = Math.min(...ends) - REACH[resampling][0];
  const width = Math.max(...ends) + REACH[resampling][1] + 1 - first;
  const table = arena.alloc((count + 1) * 12);
  const mixed = arena.alloc((width + 8) * 8);
  const words = new Int32Array(arena.bytes.buffer, table, (count + 1) * 3);
  if (resampling === "bilinear") writePairs(columns.positions, first, words);
  else words.set(columns.positions);
  const { kernel } = arena;
  const { at, stride } = source;
  let to = target.at + rows.first * target.stride + columns.first * 4;
  for (const row of rows.positions) {
    if (resampling === "nearest") kernel.resizeNearest(at + row * stride, table, count, to);
    else {
      const resize = resampling === "bilinear" ? kernel.resizeBilinear : kernel.resizeBicubic;
      resize(at, stride, first, width, row, table, count, mixed, to, weights);
    }
    to += target.stride;
  }
}

/**
 * The table of `resizeBilinear`: columns two by two, each pair with where its columns lie among the mixed ones, which begin with
 * column `first`, and with the fractions of both.
 */
function writePairs(positions: Int32Array, first: number, words: Int32Array): void {
  const { length } = positions;
  for (let i = 0, at = 0; i < length; i += 2, at += 6) {
    for (let k = 0; k < 2; k++) {
      const position = positions[Math.min(i + k, length - 1)]!;
      const fraction = position & 32767;
      words[at + k] = ((position >> 15) - first) * 8;
      words[at + 2 + 2 * k] = fraction | (fraction << 16);
      words[at + 3 + 2 * k] = fraction | (fraction << 16);
    }
  }
}

/** Positions start + step · (i + 0.5) that lie in the source, moved from pixel corners to pixel centres. */
function axis(
  start: number,
  step: number,
  count: number,
  { limit, bits }: { readonly limit: number; readonly bits: number },
): Axis {
  const at = (i: number) => start + step * (i + 0.5);
  const isInside = (i: number) => at(i) >= 0 && at(i) < limit;
  let first = 0;
  while (first < count && !isInside(first)) first++;
  let end = count;
  while (end > first && !isInside(end - 1)) end--;
  const half = bits === 0 ? 0 : 0.5;
  const positions = new Int32Array(end - first);
  for (let i = first; i < end; i++) {
    positions[i - first] = Math.floor((at(i) - half) * 2 ** bits);
  }
  return { first, positions };
}
