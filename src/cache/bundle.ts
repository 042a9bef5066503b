import type { Files, WriteOptions } from "../platform/platform.ts";

/** Columns and rows of a bundle. */
export const BUNDLE_SIDE = 128;

/** Tiles that fit in a bundle. */
export const BUNDLE_TILES = BUNDLE_SIDE * BUNDLE_SIDE;

/** Place of a tile within its bundle: 0 to 127 each. */
export interface Slot {
  readonly column: number;
  readonly row: number;
}

/** A bundle to write to, and what is needed to make it. */
export interface BundleTarget {
  readonly files: Files;
  /** Path without extension. */
  readonly base: string;
  /** Column and row of the bundle's first tile in the grid. */
  readonly first: { readonly column: number; readonly row: number };
  readonly modes: WriteOptions;
}

/** One of the two versions of ArcGIS bundle files. Writers exclude each other by a lock. */
export interface BundleFormat {
  /** Extensions of the files of a bundle, in the order in which they are to be put in place. */
  readonly extensions: readonly string[];
  /** Bytes of a `.bundle` file without any tile. */
  readonly headBytes: number;
  /** Tiles in the order of `slots`; nothing is made by reading. */
  read(files: Files, base: string, slots: readonly Slot[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * Appends tiles, then makes the index point to them: whoever is killed in between leaves the
   * old tile.
   */
  write(target: BundleTarget, tiles: readonly (readonly [Slot, Uint8Array])[]): Promise<void>;
  /** Makes the index forget a tile; its bytes stay. */
  remove(files: Files, base: string, slot: Slot): Promise<void>;
  /** Tiles that are there, with their sizes in bytes. */
  list(files: Files, base: string): Promise<{ slot: Slot; size: number }[]>;
}

/** File name of a bundle without extension: `R0380C1380` for the tile in column 5000, row 1000. */
export function bundleName(first: BundleTarget["first"]): string {
  const hex = (value: number) => value.toString(16).padStart(4, "0");
  return `R${hex(first.row)}C${hex(first.column)}`;
}

/** First column and row of a bundle by its file name without extension. */
export function parseBundleName(name: string): BundleTarget["first"] | undefined {
  const [, row, column] = /^R([0-9a-f]{4,})C([0-9a-f]{4,})$/.exec(name) ?? [];
  if (row === undefined || column === undefined) return undefined;
  return { row: Number.parseInt(row, 16), column: Number.parseInt(column, 16) };
}
