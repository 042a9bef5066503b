import { type BBox, bboxUnion } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { type Grid, resolution, type TileCoord } from "./grid.ts";
import {
  affectedLevel,
  pointToTile,
  sizeOf,
  type TileBlock,
  tileBBox,
  tileBlock,
} from "./tiles.ts";

/** Tiles fetched together, and a margin in pixels around them. */
export interface MetaSize {
  readonly size: readonly [columns: number, rows: number];
  readonly buffer: number;
}

/** A block of tiles that is fetched as one picture. */
export interface MetaTile {
  /** What to ask for: the tiles with their margin, cut to the grid if there is a margin. */
  readonly bbox: BBox;
  /** Size in pixels of the picture of `bbox`. */
  readonly size: readonly [width: number, height: number];
  /** Names the block: its first existing tile, from the north-west. */
  readonly main: TileCoord;
  /** Columns and rows of `tiles`. */
  readonly columns: number;
  readonly rows: number;
  /**
   * Row by row from the north; `at` is the tile's top left in the picture and may lie outside of
   * it. `coord` is `undefined` outside the grid.
   */
  readonly tiles: readonly {
    readonly coord: TileCoord | undefined;
    readonly at: readonly [x: number, y: number];
  }[];
}

/** The block that holds a tile. */
export function metaTile(grid: Grid, coord: TileCoord, meta: MetaSize): MetaTile {
  const [mx, my] = metaSize(grid, coord.level, meta);
  const x = Math.floor(coord.x / mx) * mx;
  const y = Math.floor(coord.y / my) * my;
  return build(grid, { x, y, level: coord.level }, { size: [mx, my], buffer: meta.buffer });
}

/**
 * The smallest block around some tiles of one level.
 *
 * @throws RangeError if there is no tile
 */
export function minimalMetaTile(
  grid: Grid,
  coords: readonly TileCoord[],
  buffer: number,
): MetaTile {
  const [first] = coords;
  if (!first) throw new RangeError("Cannot make a meta tile: there is no tile");
  let { x: x0, y: y0, x: x1, y: y1 } = first;
  for (const { x, y } of coords) {
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return build(
    grid,
    { x: x0, y: y0, level: first.level },
    { size: [x1 - x0 + 1, y1 - y0 + 1], buffer },
  );
}

/** Blocks of tiles in rows from the north, without a list of them. */
export interface MetaTileRange {
  /** Lowest column and row of the north-western block; may lie outside the grid. */
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
  /** Tiles from a block to the next one in the east, and in the south (below 0 in `sw` grids). */
  readonly stepX: number;
  readonly stepY: number;
}

/**
 * Blocks that touch a bbox at a level by more than a tenth of a pixel.
 *
 * @param bbox in units of the grid's system
 * @returns `undefined` if the bbox is smaller than that
 */
export function metaTileRange(
  grid: Grid,
  bbox: BBox,
  { level, meta }: { readonly level: number; readonly meta: MetaSize },
): MetaTileRange | undefined {
  const [mx, my] = metaSize(grid, level, meta);
  const delta = resolution(grid, level) / 10;
  const southWest = pointToTile(grid, [bbox[0] + delta, bbox[1] + delta], level);
  const northEast = pointToTile(grid, [bbox[2] - delta, bbox[3] - delta], level);
  const x = Math.floor(southWest.x / mx) * mx;
  const y = Math.floor(northEast.y / my) * my;
  const stepY = grid.origin === "sw" ? -my : my;
  const columns = Math.floor(northEast.x / mx) - x / mx + 1;
  const rows = (Math.floor(southWest.y / my) * my - y) / stepY + 1;
  return columns < 1 || rows < 1 ? undefined : { x, y, columns, rows, stepX: mx, stepY };
}

/**
 * Blocks that touch a bbox at a level; each is given by the tile with its lowest column and row, in
 * rows from the north.
 *
 * @param bbox in units of the grid's system
 * @throws RangeError if the bbox is turned inside out
 */
export function metaTilesIn(
  grid: Grid,
  bbox: BBox,
  { level, meta }: { readonly level: number; readonly meta: MetaSize },
): TileBlock {
  const range = metaTileRange(grid, bbox, { level, meta });
  if (!range) throw new RangeError("Invalid BBOX");
  const { x, y, columns, rows, stepX, stepY } = range;
  const size = [stepX, Math.abs(stepY)] as const;
  const [gridColumns, gridRows] = sizeOf(grid, level);
  const at = (column: number, row: number) => ({
    x: x + column * stepX,
    y: y + row * stepY,
    level,
  });
  const southEast = at(columns - 1, rows - 1);
  let made: readonly (TileCoord | undefined)[] | undefined;
  return {
    bbox: bboxUnion(blockBBox(grid, at(0, 0), size), blockBBox(grid, southEast, size)),
    columns,
    rows,
    get tiles() {
      made ??= Array.from({ length: columns * rows }, (_, i) => {
        const tile = at(i % columns, Math.floor(i / columns));
        const isInside = tile.x >= 0 && tile.y >= 0 && tile.x < gridColumns && tile.y < gridRows;
        return isInside ? tile : undefined;
      });
      return made;
    },
  };
}

/** {@linkcode metaTilesIn} for a map; `undefined` as in `affectedTiles`. */
export function affectedMetaTiles(
  grid: Grid,
  map: { readonly bbox: BBox; readonly size: readonly [number, number]; readonly srs: Srs },
  meta: MetaSize,
): (TileBlock & { readonly level: number }) | undefined {
  const level = affectedLevel(grid, map);
  if (level === undefined) return undefined;
  const block = metaTilesIn(grid, transformBBox(map.bbox, map.srs, grid.srs), { level, meta });
  return {
    level,
    bbox: block.bbox,
    columns: block.columns,
    rows: block.rows,
    get tiles() {
      return block.tiles;
    },
  };
}

/** Columns and rows of a block at a level: no more than the level has. */
export function metaSize(
  grid: Grid,
  level: number,
  { size }: MetaSize,
): readonly [columns: number, rows: number] {
  const [columns, rows] = sizeOf(grid, level);
  return [Math.min(size[0], columns), Math.min(size[1], rows)];
}

/** Box around `size` tiles from the lowest column and row on, those outside the grid included. */
export function blockBBox(grid: Grid, main: TileCoord, [mx, my]: readonly [number, number]): BBox {
  if (mx === 1 && my === 1) return tileBBox(grid, main);
  const last = { x: main.x + mx - 1, y: main.y + my - 1, level: main.level };
  return bboxUnion(tileBBox(grid, main), tileBBox(grid, last));
}

function build(grid: Grid, lowest: TileCoord, meta: MetaSize): MetaTile {
  const [columns, rows] = meta.size;
  const res = resolution(grid, lowest.level);
  const { bbox, left, top } = withMargin(grid, {
    bbox: blockBBox(grid, lowest, meta.size),
    res,
    buffer: meta.buffer,
  });
  const { southWest, northEast } = corners(grid, lowest, meta.size);
  const coords = tileBlock(grid, southWest, northEast).tiles;
  return {
    bbox,
    size: [roundHalfEven((bbox[2] - bbox[0]) / res), roundHalfEven((bbox[3] - bbox[1]) / res)],
    main: coords.find((coord) => coord !== undefined) ?? lowest,
    columns,
    rows,
    tiles: coords.map((coord, i) => ({
      coord,
      at: [
        (i % columns) * grid.tileSize[0] + left,
        Math.floor(i / columns) * grid.tileSize[1] + top,
      ],
    })),
  };
}

function corners(
  grid: Grid,
  { x, y, level }: TileCoord,
  [columns, rows]: readonly [number, number],
): { southWest: TileCoord; northEast: TileCoord } {
  const far = y + rows - 1;
  const [south, north] = grid.origin === "sw" ? [y, far] : [far, y];
  return {
    southWest: { x, y: south, level },
    northEast: { x: x + columns - 1, y: north, level },
  };
}

/**
 * The box with its margin, cut to the grid, and how many pixels of margin remain in the west and in
 * the north. A side where the tiles themselves stick out of the grid ends up with less than none.
 */
function withMargin(
  grid: Grid,
  { bbox, res, buffer }: { bbox: BBox; res: number; buffer: number },
): { bbox: BBox; left: number; top: number } {
  if (!(buffer > 0)) return { bbox, left: 0, top: 0 };
  const margin = buffer * res;
  let [minx, miny, maxx, maxy] = bbox;
  minx -= margin;
  miny -= margin;
  maxx += margin;
  maxy += margin;
  let left = buffer;
  let top = buffer;
  if (minx < grid.bbox[0]) {
    left -= wholePixels(grid.bbox[0] - minx, res);
    minx = grid.bbox[0];
  }
  if (miny < grid.bbox[1]) miny = grid.bbox[1];
  if (maxx > grid.bbox[2]) maxx = grid.bbox[2];
  if (maxy > grid.bbox[3]) {
    top -= wholePixels(maxy - grid.bbox[3], res);
    maxy = grid.bbox[3];
  }
  return { bbox: [minx, miny, maxx, maxy], left, top };
}

/** Pixels in a distance; 5 decimals take away what rounding added. */
function wholePixels(distance: number, res: number): number {
  return Math.trunc(Number((distance / res).toFixed(5)));
}

/** Nearest whole number, half to even. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
