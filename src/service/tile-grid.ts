/** How grids look from outside: public levels, rows from either side, names of the TMS profiles. */
import { type BBox, bboxNear } from "../geo/bbox.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import { tileBBox } from "../grid/tiles.ts";
import type { Extent } from "../srs/extent.ts";
import { parseSrs, sameSrs } from "../srs/srs.ts";

/** A grid as the tile protocols address it. */
export interface PublicGrid {
  readonly grid: Grid;
  readonly profile: "global-mercator" | "global-geodetic" | "local";
  /** Reference system as TMS names it. */
  readonly srsName: string;
  /** Grid level of public level 0 in TMS, whose profiles begin with the 2×2 level. */
  readonly firstTmsLevel: number;
  /** Grid levels from one public level to the next: 2 where the levels are √2 apart. */
  readonly step: 1 | 2;
}

/** How a request counts. */
export interface Addressing {
  /** Where its rows begin; `undefined`: at the grid's own origin. */
  readonly origin: "nw" | "sw" | undefined;
  /** Whether its level 0 is that of the TMS profile. */
  readonly profiles?: boolean;
}

/** Half the equator on the web's sphere: the edge of the world in EPSG:3857, metres. */
const MERCATOR_EDGE = 20037508.342789244;
const MERCATOR_BBOX: BBox = [-MERCATOR_EDGE, -MERCATOR_EDGE, MERCATOR_EDGE, MERCATOR_EDGE];
const GEODETIC_BBOX: BBox = [-180, -90, 180, 90];

/** Relative difference at which a ratio still counts as √2: rounding of one division. */
const RATIO_TOLERANCE = 1e-12;

/** The public view of a grid; made once for each layer. */
export function publicGrid(grid: Grid): PublicGrid {
  const step = isSqrt2(grid) ? 2 : 1;
  if (isWorld(grid, "EPSG:3857", MERCATOR_BBOX)) {
    const profile = "global-mercator";
    return { grid, profile, srsName: "OSGEO:41001", firstTmsLevel: step, step };
  }
  if (isWorld(grid, "EPSG:4326", GEODETIC_BBOX)) {
    const profile = "global-geodetic";
    return { grid, profile, srsName: "EPSG:4326", firstTmsLevel: step, step };
  }
  return { grid, profile: "local", srsName: grid.srs.code, firstTmsLevel: 0, step };
}

function isWorld(grid: Grid, code: string, bbox: BBox): boolean {
  return sameSrs(grid.srs, parseSrs(code)) && bboxNear(grid.bbox, bbox, 1e-9, 1e-9);
}

function isSqrt2({ resolutions: [first, second] }: Grid): boolean {
  if (first === undefined || second === undefined) return false;
  return Math.abs(first / second / Math.SQRT2 - 1) < RATIO_TOLERANCE;
}

/**
 * The tile that a client means, in the rows and levels of the grid itself.
 *
 * @param asked public column, row and level, as counted by `how`
 * @returns `undefined` if the grid has no such tile
 */
export function toGridTile(
  { grid, firstTmsLevel, step }: PublicGrid,
  asked: TileCoord,
  how: Addressing,
): TileCoord | undefined {
  if (asked.level < 0) return undefined;
  const level = asked.level * step + (how.profiles === true ? firstTmsLevel : 0);
  const size = grid.sizes[level];
  if (size === undefined) return undefined;
  const [columns, rows] = size;
  const { x, y } = asked;
  if (!(x >= 0 && x < columns && y >= 0 && y < rows)) return undefined;
  const flip = how.origin !== undefined && how.origin !== grid.origin;
  return { x, y: flip ? rows - 1 - y : y, level };
}

/** The public address of a tile of the grid, and the inverse of {@linkcode toGridTile}. */
export function toPublicTile(
  { grid, firstTmsLevel, step }: PublicGrid,
  tile: TileCoord,
  how: Addressing,
): TileCoord {
  const level = (tile.level - (how.profiles === true ? firstTmsLevel : 0)) / step;
  const rows = grid.sizes[tile.level]?.[1] ?? 0;
  const flip = how.origin !== undefined && how.origin !== grid.origin;
  return { x: tile.x, y: flip ? rows - 1 - tile.y : tile.y, level };
}

/** Levels that TMS and WMS-C publish: `order` is the public level, `level` the grid's. */
export function tileSets({
  grid,
  firstTmsLevel,
  step,
}: PublicGrid): { order: number; level: number; resolution: number }[] {
  const sets: { order: number; level: number; resolution: number }[] = [];
  for (let level = firstTmsLevel; level < grid.resolutions.length; level += step) {
    sets.push({ order: sets.length, level, resolution: grid.resolutions[level]! });
  }
  return sets;
}

/** Grid levels that are public, in the order of their public numbers. */
export function publicLevels({ grid, step }: PublicGrid): number[] {
  return grid.resolutions.map((_, level) => level).filter((level) => level % step === 0);
}

/** Reference system of a grid as it stands in paths: `EPSG900913`, `CRS84`. */
export function srsPath(grid: Grid): string {
  return grid.srs.code.replace(":", "").toUpperCase();
}

/** What a tile covers: more than the grid where the last row or column overhangs it. */
export function tileExtent(grid: Grid, tile: TileCoord): Extent {
  return { bbox: tileBBox(grid, tile), srs: grid.srs };
}
