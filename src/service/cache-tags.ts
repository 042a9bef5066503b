/**
 * Names by which a content delivery network forgets pictures: `Cache-Tag` (Cloudflare; words with commas) and
 * `Surrogate-Key` (Fastly, Varnish; words with blanks).
 *
 * - `osm`: everything of the layer
 * - `osm/webmercator/7`: its tiles of a level
 * - `osm/webmercator/7/4-2`: those of one block of 16 by 16 tiles
 * - `osm/*`: its pictures that are no tiles of one of its grids
 *
 * Names of layers and grids are percent-encoded, so that they hold none of the marks between the parts.
 */
import type { Grid, TileCoord } from "../grid/grid.ts";

/** Tiles of a block, each way. */
const BLOCK = 16;

/** The grid's own part of a tag. */
type NamedGrid = Pick<Grid, "name">;

/** Of one tile of a layer. */
export function tileTags(layer: string, grid: NamedGrid, { x, y, level }: TileCoord): string[] {
  const block = `${Math.floor(x / BLOCK)}-${Math.floor(y / BLOCK)}`;
  return [
    layerTag(layer),
    levelTag(layer, grid, level),
    `${levelTag(layer, grid, level)}/${block}`,
  ];
}

/** Of a picture of several layers that is no tile of theirs. */
export function pictureTags(layers: readonly string[]): string[] {
  return [...new Set(layers)].flatMap((layer) => [layerTag(layer), looseTag(layer)]);
}

export function layerTag(layer: string): string {
  return encodeURIComponent(layer);
}

export function levelTag(layer: string, grid: NamedGrid, level: number): string {
  return `${layerTag(layer)}/${encodeURIComponent(grid.name)}/${level}`;
}

/** Of a layer's pictures that are no tiles. */
export function looseTag(layer: string): string {
  return `${layerTag(layer)}/*`;
}

/** How many blocks some tiles lie in. */
export function blockCount(tiles: TileRange): number {
  const [columns, rows] = blocksOf(tiles);
  return columns.length * rows.length;
}

/** Tags of all blocks that some tiles of a level lie in. */
export function blockTags(layer: string, grid: NamedGrid, tiles: TileRange): string[] {
  const [columns, rows] = blocksOf(tiles);
  const level = levelTag(layer, grid, tiles.level);
  return rows.flatMap((row) => columns.map((column) => `${level}/${column}-${row}`));
}

/** A rectangle of tiles of one level; the ends are included. */
export interface TileRange {
  readonly level: number;
  readonly columns: readonly [first: number, last: number];
  readonly rows: readonly [first: number, last: number];
}

function blocksOf({ columns, rows }: TileRange): [columns: number[], rows: number[]] {
  return [blocks(columns), blocks(rows)];
}

function blocks([first, last]: readonly [number, number]): number[] {
  const from = Math.floor(first / BLOCK);
  return Array.from({ length: Math.floor(last / BLOCK) - from + 1 }, (_, i) => from + i);
}

/** Puts tags on an answer. */
export function setTags(headers: Headers, tags: readonly string[]): void {
  headers.set("cache-tag", tags.join(","));
  headers.set("surrogate-key", tags.join(" "));
}
