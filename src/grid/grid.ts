import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";

/** Column, row and level of a tile, counted from the origin of its own grid. */
export interface TileCoord {
  readonly x: number;
  readonly y: number;
  readonly level: number;
}

/** A tile matrix set: equal tiles, one resolution a level, one corner shared by all levels. */
export interface Grid {
  readonly name: string;
  readonly srs: Srs;
  readonly bbox: BBox;
  /** Corner where tile (0, 0) lies: `nw` counts rows down (WMTS, XYZ), `sw` up (TMS). */
  readonly origin: "nw" | "sw";
  /** Width and height of a tile in pixels. */
  readonly tileSize: readonly [width: number, height: number];
  /** Ground size of a pixel in units of `srs`, one a level, falling. */
  readonly resolutions: readonly number[];
  /** Columns and rows, one pair a level. */
  readonly sizes: readonly (readonly [columns: number, rows: number])[];
  /** Identifier of each level in documents: `00`, `01`, … unless the grid was read from one. */
  readonly levelNames: readonly string[];
  /** Resolutions at which the next level begins to be used, falling; empty for the usual rule. */
  readonly thresholds: readonly number[];
  /** Largest magnification of a level before the next one is used. */
  readonly stretchFactor: number;
  /** Largest reduction of level 0 before nothing is drawn at all. */
  readonly maxShrinkFactor: number;
}

/**
 * Ground size of a pixel at `level`, in units of the grid's reference system.
 *
 * @throws RangeError if the grid has no such level
 */
export function resolution(grid: Grid, level: number): number {
  const res = grid.resolutions[level];
  if (res === undefined) {
    throw new RangeError(
      `Cannot find level ${level} in grid "${grid.name}": levels are 0 to ${grid.resolutions.length - 1}`,
    );
  }
  return res;
}
