import {
  type BBox,
  bboxContains,
  bboxHeight,
  bboxIntersects,
  bboxNear,
  bboxUnion,
  bboxWidth,
} from "../geo/bbox.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { type Grid, resolution, type TileCoord } from "./grid.ts";

/** Share of a pixel by which a request may miss a tile edge and still count as on it. */
const EDGE_TOLERANCE = 0.1;

/** A rectangle of tiles of one level. */
export interface TileBlock {
  /** Around all tiles of the block, those outside the grid included. */
  readonly bbox: BBox;
  readonly columns: number;
  readonly rows: number;
  /**
   * Row by row from the north, each from west to east; `undefined`: outside the grid. Made when
   * first read, so that a block that is too large can be turned down before.
   */
  readonly tiles: readonly (TileCoord | undefined)[];
}

/**
 * Rectangle that a tile covers, in units of the grid's reference system; tiles outside the grid
 * have one too. Offsets are rounded to 12 decimals, for the numbers show in upstream requests.
 */
export function tileBBox(grid: Grid, { x, y, level }: TileCoord): BBox {
  const res = resolution(grid, level);
  const [width, height] = tileSpan(grid, level);
  const minx = grid.bbox[0] + roundTo12(x * res * grid.tileSize[0]);
  const away = roundTo12(y * res * grid.tileSize[1]);
  if (grid.origin === "sw") {
    const miny = grid.bbox[1] + away;
    return [minx, miny, minx + width, miny + height];
  }
  const maxy = grid.bbox[3] - away;
  return [minx, maxy - height, minx + width, maxy];
}

const spans = new WeakMap<Grid, (readonly [width: number, height: number])[]>();

/** Width and height of a tile in units of the grid's system, rounded to 12 decimals, which costs more than all the rest. */
function tileSpan(grid: Grid, level: number): readonly [width: number, height: number] {
  let known = spans.get(grid);
  if (!known) {
    known = grid.resolutions.map((res) => [
      roundTo12(res * grid.tileSize[0]),
      roundTo12(res * grid.tileSize[1]),
    ]);
    spans.set(grid, known);
  }
  return known[level]!; // resolution() has checked the level
}

/** {@linkcode tileBBox} cut to the grid's own bbox. */
export function limitedTileBBox(grid: Grid, coord: TileCoord): BBox {
  const [minx, miny, maxx, maxy] = tileBBox(grid, coord);
  return [
    Math.max(minx, grid.bbox[0]),
    Math.max(miny, grid.bbox[1]),
    Math.min(maxx, grid.bbox[2]),
    Math.min(maxy, grid.bbox[3]),
  ];
}

/** The tile at a point in units of the grid's system; may lie outside the grid. */
export function pointToTile(
  grid: Grid,
  point: readonly [number, number],
  level: number,
): TileCoord {
  const res = resolution(grid, level);
  const away = grid.origin === "sw" ? point[1] - grid.bbox[1] : grid.bbox[3] - point[1];
  return {
    x: Math.floor((point[0] - grid.bbox[0]) / (res * grid.tileSize[0])),
    y: Math.floor(away / (res * grid.tileSize[1])),
    level,
  };
}

/**
 * Tiles of `level` that touch `bbox` by more than a tenth of a pixel: clients compute tile borders
 * in other floating-point steps, and without the slack a request for exactly one tile would load nine.
 *
 * @param bbox in units of the grid's system; may reach beyond the grid
 * @throws RangeError if the grid has no such level, or the bbox is turned inside out
 */
export function tilesIn(grid: Grid, bbox: BBox, level: number): TileBlock {
  const delta = resolution(grid, level) * EDGE_TOLERANCE;
  const a = pointToTile(grid, [bbox[0] + delta, bbox[1] + delta], level);
  const b = pointToTile(grid, [bbox[2] - delta, bbox[3] - delta], level);
  return tileBlock(grid, a, b);
}

/**
 * The block between two opposite corner tiles, the south-western one first.
 *
 * @throws RangeError if there is no tile between them
 */
export function tileBlock(grid: Grid, southWest: TileCoord, northEast: TileCoord): TileBlock {
  const columns = northEast.x - southWest.x + 1;
  const step = grid.origin === "sw" ? -1 : 1;
  const rows = (southWest.y - northEast.y) * step + 1;
  if (!(columns > 0 && rows > 0)) throw new RangeError("Invalid BBOX");
  let made: readonly (TileCoord | undefined)[] | undefined;
  return {
    bbox: bboxUnion(tileBBox(grid, southWest), tileBBox(grid, northEast)),
    columns,
    rows,
    get tiles() {
      made ??= listTiles(grid, { x: southWest.x, y: northEast.y, level: southWest.level }, [
        columns,
        rows,
      ]);
      return made;
    },
  };
}

/** Tiles from the north-western one on, row by row. */
function listTiles(
  grid: Grid,
  first: TileCoord,
  [columns, rows]: readonly [number, number],
): (TileCoord | undefined)[] {
  const { level } = first;
  const [gridColumns, gridRows] = sizeOf(grid, level);
  const step = grid.origin === "sw" ? -1 : 1;
  const tiles = new Array<TileCoord | undefined>(columns * rows).fill(undefined);
  for (let row = 0; row < rows; row++) {
    const y = first.y + row * step;
    if (y < 0 || y >= gridRows) continue;
    for (let column = Math.max(0, -first.x); column < columns; column++) {
      const x = first.x + column;
      if (x >= gridColumns) break;
      tiles[row * columns + column] = { x, y, level };
    }
  }
  return tiles;
}

/**
 * The level and tiles from which to draw a map.
 *
 * @param bbox of the map, in `srs`
 * @param size of the map in pixels
 * @returns `undefined` if there is nothing to draw: beside the grid, or too far out for level 0
 * @throws TransformError if the bbox cannot be expressed in the grid's system
 */
export function affectedTiles(
  grid: Grid,
  bbox: BBox,
  size: readonly [width: number, height: number],
  srs: Srs,
): (TileBlock & { readonly level: number }) | undefined {
  const level = affectedLevel(grid, { bbox, size, srs });
  if (level === undefined) return undefined;
  const block = tilesIn(grid, transformBBox(bbox, srs, grid.srs), level);
  const { bbox: outer, columns, rows } = block;
  return {
    level,
    bbox: outer,
    columns,
    rows,
    get tiles() {
      return block.tiles;
    },
  };
}

/** The level from which to draw a map; `undefined` as in {@linkcode affectedTiles}. */
export function affectedLevel(
  grid: Grid,
  map: { readonly bbox: BBox; readonly size: readonly [number, number]; readonly srs: Srs },
): number | undefined {
  const bbox = transformBBox(map.bbox, map.srs, grid.srs);
  if (!bboxIntersects(grid.bbox, bbox)) return undefined;
  const res = requestResolution(bbox, map.size);
  const level = closestLevel(grid, res);
  return res > resolution(grid, 0) * grid.maxShrinkFactor ? undefined : level;
}

/** Ground size of a pixel of a map: the finer of the two axes. */
export function requestResolution(bbox: BBox, size: readonly [number, number]): number {
  return Math.min(Math.abs(bboxWidth(bbox)) / size[0], Math.abs(bboxHeight(bbox)) / size[1]);
}

/**
 * The level to use for pixels of ground size `res`: the finest that is not finer than needed, among
 * those that need to be magnified by no more than the grid's stretch factor. Thresholds of the grid
 * set their own switch points.
 */
export function closestLevel(grid: Grid, res: number): number {
  const { resolutions, thresholds, stretchFactor } = grid;
  const first = resolution(grid, 0);
  let threshold = 0;
  while (threshold < thresholds.length - 1 && thresholds[threshold]! > first) threshold++;
  let fits: number | undefined;
  let previous = first;
  for (let level = 0; level < resolutions.length; level++) {
    const here = resolutions[level]!;
    const limit = thresholds[threshold];
    if (limit !== undefined && previous > limit && limit >= here) {
      if (res > limit) return level - 1;
      if (res >= here) return level;
      threshold++;
    }
    if (fits !== undefined && here < res) return fits;
    if (here <= res * stretchFactor) fits = level;
    previous = here;
  }
  return resolutions.length - 1;
}

/** The level that documents call `name`; `undefined` if there is none. */
export function levelNamed(grid: Grid, name: string): number | undefined {
  const level = grid.levelNames.indexOf(name);
  return level < 0 ? undefined : level;
}

/** The same tile counted from the other corner. */
export function flipRow(grid: Grid, { x, y, level }: TileCoord): TileCoord {
  return { x, y: sizeOf(grid, level)[1] - 1 - y, level };
}

/** Whether the grid has such a level, and a tile there. */
export function isInGrid(grid: Grid, { x, y, level }: TileCoord): boolean {
  const size = grid.sizes[level];
  return size !== undefined && x >= 0 && x < size[0] && y >= 0 && y < size[1];
}

/**
 * Columns and rows of a level.
 *
 * @throws RangeError if the grid has no such level
 */
export function sizeOf(grid: Grid, level: number): readonly [columns: number, rows: number] {
  const size = grid.sizes[level];
  if (!size) {
    throw new RangeError(
      `Cannot find level ${level} in grid "${grid.name}": levels are 0 to ${grid.sizes.length - 1}`,
    );
  }
  return size;
}

/** Box around all tiles of a level; it may stick out of the grid's bbox away from the origin. */
export function levelBBox(grid: Grid, level: number): BBox {
  const [columns, rows] = sizeOf(grid, level);
  const first = tileBBox(grid, { x: 0, y: 0, level });
  return bboxUnion(first, tileBBox(grid, { x: columns - 1, y: rows - 1, level }));
}

/**
 * Whether rows can be counted from `origin`: it is the grid's own, or the tiles of every level end at
 * the grid's bbox in the south and in the north.
 */
export function supportsOrigin(grid: Grid, origin: Grid["origin"]): boolean {
  if (origin === grid.origin) return true;
  const tolerance = Math.max(Math.abs(grid.bbox[1]), Math.abs(grid.bbox[3])) / 1e12;
  return grid.sizes.every((_, level) => {
    const bbox = levelBBox(grid, level);
    return (
      Math.abs(bbox[1] - grid.bbox[1]) <= tolerance && Math.abs(bbox[3] - grid.bbox[3]) <= tolerance
    );
  });
}

/** The tile of `level` at the corner `origin`, in the grid's own rows. */
export function originTile(grid: Grid, level: number, origin: Grid["origin"]): TileCoord {
  const tile = { x: 0, y: 0, level };
  return origin === grid.origin ? tile : flipRow(grid, tile);
}

/** Whether every tile of `a` is, for its level, a tile of `b` too; rows may be counted otherwise. */
export function isSubsetOf(a: Grid, b: Grid): boolean {
  if (!sameSrs(a.srs, b.srs)) return false;
  if (a.tileSize[0] !== b.tileSize[0] || a.tileSize[1] !== b.tileSize[1]) return false;
  return a.sizes.every(([columns, rows], level) => {
    const bbox = levelBBox(a, level);
    const size = [columns * a.tileSize[0], rows * a.tileSize[1]] as const;
    const found = affectedTiles(b, bbox, size, b.srs);
    if (!found || resolution(b, found.level) !== resolution(a, level)) return false;
    // The reference compares both edges of an axis with the width's tolerance.
    return sameBBox(bbox, found.bbox);
  });
}

/**
 * Whether two boxes are equal for practical purposes: within a millionth of the first one's width
 * (west, south) and height (east, north), as MapProxy compares them.
 */
export function sameBBox(a: BBox, b: BBox): boolean {
  const dx = Math.abs(bboxWidth(a) / 1e6);
  const dy = Math.abs(bboxHeight(a) / 1e6);
  return (
    Math.abs(a[0] - b[0]) < dx &&
    Math.abs(a[1] - b[1]) < dx &&
    Math.abs(a[2] - b[2]) < dy &&
    Math.abs(a[3] - b[3]) < dy
  );
}

/** Whether `bbox` is the tile's, within a tenth of a pixel on each side. */
export function isAligned(grid: Grid, bbox: BBox, coord: TileCoord): boolean {
  const slack = resolution(grid, coord.level) * EDGE_TOLERANCE;
  return bboxNear(bbox, tileBBox(grid, coord), slack, slack);
}

/** Whether the grid's bbox contains a bbox in the grid's system, edges included. */
export function gridContains(grid: Grid, bbox: BBox): boolean {
  return bboxContains(grid.bbox, bbox);
}

/** From here on doubles are further apart than 12 decimals can tell. */
const COARSE = 8192;

/** The value rounded to 12 decimals; a tie (13 decimals, the last a 5) goes to the even digit. */
function roundTo12(value: number): number {
  if (Math.abs(value) >= COARSE) return value;
  const eighths = value * 8192;
  // only odd multiples of 2^-13 have exactly 13 decimals
  if (Number.isInteger(eighths) && eighths % 2 !== 0) {
    const cut = value.toFixed(13).slice(0, -1);
    if (Number(cut.at(-1)) % 2 === 0) return Number(cut);
  }
  return Number(value.toFixed(12));
}
