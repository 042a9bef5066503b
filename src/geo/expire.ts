import type { BBox } from "./bbox.ts";

/** Half the side of the square of EPSG:3857 in metres. */
const HALF = 20037508.342789244;

/** A tile of the web's maps: rows from the north. */
export interface ExpiredTile {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Reads a list of expired tiles, one `z/x/y` a line.
 *
 * @returns the tiles up to the first line that is something else, and whether there was one
 */
export function parseExpiredTiles(text: string): { tiles: ExpiredTile[]; isBroken: boolean } {
  const tiles: ExpiredTile[] = [];
  const lines = text.split("\n");
  // the file's last line ends with a line break
  if (lines[lines.length - 1]?.trim() === "") lines.pop();
  for (const line of lines) {
    const [, z, x, y] = /^\s*([+-]?\d+)\s*\/\s*([+-]?\d+)\s*\/\s*([+-]?\d+)\s*$/.exec(line) ?? [];
    if (z === undefined) return { tiles, isBroken: true };
    tiles.push({ z: Number(z), x: Number(x), y: Number(y) });
  }
  return { tiles, isBroken: false };
}

/** Rectangle of a tile in EPSG:3857. */
export function expiredTileBBox({ z, x, y }: ExpiredTile): BBox {
  const side = (2 * HALF) / 2 ** z;
  const minx = -HALF + x * side;
  const maxy = HALF - y * side;
  return [minx, maxy - side, minx + side, maxy];
}
