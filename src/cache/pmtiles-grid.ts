import type { Grid, TileCoord } from "../grid/grid.ts";
import { flipRow } from "../grid/tiles.ts";
import { parseSrs, sameSrs } from "../srs/srs.ts";
import { MAX_ZOOM } from "./pmtiles-format.ts";

/** Width of the world in EPSG:3857, metres. */
const WORLD = 2 * 20037508.342789244;

/** Part of a tile by which a level may be off. */
const TOLERANCE = 1e-6;

/**
 * Whether level n of a grid is zoom n of the web's maps: 2^n tiles each way over the whole of
 * EPSG:3857. Archives hold no other tiles.
 */
export function isWebMercator({ srs, bbox, resolutions, tileSize }: Grid): boolean {
  if (!sameSrs(srs, parseSrs("EPSG:3857")) || tileSize[0] !== tileSize[1]) return false;
  const isWorld = bbox.every((value) => Math.abs(Math.abs(value) - WORLD / 2) < 1);
  return (
    isWorld &&
    resolutions.every(
      (res, level) => Math.abs((res * tileSize[0] * 2 ** level) / WORLD - 1) < TOLERANCE,
    )
  );
}

/** Zoom, column and row from the north; `undefined` beyond what archives can name. */
export function zxyOf(grid: Grid, coord: TileCoord): [number, number, number] | undefined {
  const { x, y, level } = grid.origin === "nw" ? coord : flipRow(grid, coord);
  const side = 2 ** level;
  const isInside = level <= MAX_ZOOM && x >= 0 && y >= 0 && x < side && y < side;
  return isInside ? [level, x, y] : undefined;
}
