import type { Arena } from "./arena.ts";
import type { Patch } from "./patch.ts";

/** What a file decodes to, in kernel memory: rows without gaps. */
export interface Sheet {
  /** Address of the first row. */
  readonly at: number;
  /** Bytes a row: 8 bits for each sample of each pixel. */
  readonly rowBytes: number;
  readonly rows: number;
  /** Samples a pixel; 1 where there is a table. */
  readonly samples: 1 | 2 | 3 | 4;
  /** Address of 256 RGBA colors that the samples stand for; 0: they are what they are. */
  readonly table: number;
}

/** Bytes of a sheet's table. */
export const TABLE_BYTES = 1024;

/** Takes the part of a sheet that begins at column `left` and row `top` to a patch of RGBA pixels, as large as the patch. */
export function laySheet(
  { kernel, bytes }: Arena,
  { at, rowBytes, samples, table }: Sheet,
  [left, top]: readonly [left: number, top: number],
  patch: Patch,
): void {
  const { stride, width, height } = patch;
  const from = at + top * rowBytes + left * samples;
  if (table) {
    kernel.lookUp(from, rowBytes, patch.at, stride, width, height, table, 4);
    return;
  }
  for (let y = 0; y < height; y++) {
    const row = from + y * rowBytes;
    const to = patch.at + y * stride;
    if (samples === 4) bytes.copyWithin(to, row, row + width * 4);
    else kernel.expand(row, to, width, samples);
  }
}
