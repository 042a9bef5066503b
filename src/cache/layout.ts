import type { TileKey } from "../model/cache.ts";
import { ConfigFault } from "../model/define.ts";
import { dimensionPath } from "./dimension-path.ts";

/** How tiles become file names below the directory (or key prefix) of a cache. */
export interface Layout {
  /**
   * Path of a tile without leading slash, below the directories of its dimensions; `extension`
   * comes without dot.
   *
   * @throws RequestError if the value of a dimension cannot be part of a path
   */
  path(key: TileKey, extension: string): string;
  /** Directory that holds all tiles of a level and no others; absent: levels are mixed. */
  readonly levelDirectory?: (level: number) => string;
  /**
   * Tile of a path without dimensions, as {@linkcode Layout.path} made it; `undefined` for any
   * other file.
   */
  parse(path: string, extension: string): { x: number; y: number; level: number } | undefined;
}

/** The layout called `name`, or `undefined` if there is none of that name. */
export function layoutNamed(name: string): Layout | undefined {
  return LAYOUTS.get(name);
}

/**
 * The layout that the option `directory_layout` names.
 *
 * @throws ConfigFault if there is none of that name
 */
export function requireLayout(name: string): Layout {
  const layout = layoutNamed(name);
  if (!layout) throw new ConfigFault("directory_layout", `unknown directory_layout "${name}"`);
  return layout;
}

const LAYOUTS: ReadonlyMap<string, Layout> = new Map([
  [
    "tc",
    numbered(
      ({ x, y, level }) => `${pad(level, 2)}/${triples(x)}/${triples(y)}`,
      /^(\d{2,})\/(\d{3,})\/(\d{3})\/(\d{3})\/(\d{3,})\/(\d{3})\/(\d{3})$/,
      ([level = "", ...rest]) => [level, rest.slice(0, 3).join(""), rest.slice(3).join("")],
      (level) => pad(level, 2),
    ),
  ],
  [
    "mp",
    numbered(
      ({ x, y, level }) => `${pad(level, 2)}/${quadruples(x)}/${quadruples(y)}`,
      /^(\d{2,})\/(\d{4,})\/(\d{4})\/(\d{4,})\/(\d{4})$/,
      ([level = "", x1, x2, y1, y2]) => [level, `${x1}${x2}`, `${y1}${y2}`],
      (level) => pad(level, 2),
    ),
  ],
  [
    "tms",
    numbered(
      ({ x, y, level }) => `${level}/${x}/${y}`,
      /^(\d+)\/(\d+)\/(\d+)$/,
      ([level = "", x = "", y = ""]) => [level, x, y],
      String,
    ),
  ],
  [
    "reverse_tms",
    numbered(
      ({ x, y, level }) => `${y}/${x}/${level}`,
      /^(\d+)\/(\d+)\/(\d+)$/,
      ([y = "", x = "", level = ""]) => [level, x, y],
    ),
  ],
  [
    "quadkey",
    {
      path: ({ x, y, level, dimensions }, extension) =>
        `${dimensionPath(dimensions)}${quadkey(x, y, level)}.${extension}`,
      parse: (path, extension) => fromQuadkey(/^([0-3]*)\.(\w+)$/.exec(path), extension),
    },
  ],
  [
    "arcgis",
    {
      path: ({ x, y, level, dimensions }, extension) =>
        `${dimensionPath(dimensions)}L${pad(level, 2)}/R${pad(y, 8, 16)}/C${pad(x, 8, 16)}.${extension}`,
      levelDirectory: (level) => `L${pad(level, 2)}`,
      parse(path, extension) {
        const parts = /^L(\d{2,})\/R([0-9a-f]{8,})\/C([0-9a-f]{8,})\.(\w+)$/.exec(path);
        if (!parts || parts[4] !== extension) return undefined;
        const [, level = "", row = "", column = ""] = parts;
        return {
          x: Number.parseInt(column, 16),
          y: Number.parseInt(row, 16),
          level: Number(level),
        };
      },
    },
  ],
]);

/** A layout whose paths are decimal numbers below the directories of the dimensions. */
function numbered(
  stem: (key: TileKey) => string,
  pattern: RegExp,
  pick: (groups: string[]) => [level: string, x: string, y: string],
  levelDirectory?: (level: number) => string,
): Layout {
  return {
    path: (key, extension) => `${dimensionPath(key.dimensions)}${stem(key)}.${extension}`,
    parse(path, extension) {
      if (!path.endsWith(`.${extension}`)) return undefined;
      const groups = pattern.exec(path.slice(0, -extension.length - 1));
      if (!groups) return undefined;
      const [level, x, y] = pick(groups.slice(1));
      return { x: Number(x), y: Number(y), level: Number(level) };
    },
    ...(levelDirectory && { levelDirectory }),
  };
}

function pad(value: number, width: number, radix = 10): string {
  return value.toString(radix).padStart(width, "0");
}

/** `1234567` as `001/234/567`. */
function triples(value: number): string {
  const millions = Math.floor(value / 1_000_000);
  const thousands = Math.floor(value / 1000) % 1000;
  return `${pad(millions, 3)}/${pad(thousands, 3)}/${pad(value % 1000, 3)}`;
}

/** `1234567` as `0123/4567`. */
function quadruples(value: number): string {
  return `${pad(Math.floor(value / 10_000), 4)}/${pad(value % 10_000, 4)}`;
}

/** Digits 0 to 3, one a level, that walk from the root tile to the tile (Bing Maps tile system). */
function quadkey(x: number, y: number, level: number): string {
  let key = "";
  for (let bit = level - 1; bit >= 0; bit--) {
    // not `>>`: levels above 31 have bits that a 32-bit shift would fold back
    const scale = 2 ** bit;
    key += (Math.floor(x / scale) % 2) + 2 * (Math.floor(y / scale) % 2);
  }
  return key;
}

function fromQuadkey(
  parts: RegExpExecArray | null,
  extension: string,
): { x: number; y: number; level: number } | undefined {
  if (!parts || parts[2] !== extension) return undefined;
  const digits = parts[1] ?? "";
  let x = 0;
  let y = 0;
  for (const digit of digits) {
    x = x * 2 + (Number(digit) % 2);
    y = y * 2 + (digit >= "2" ? 1 : 0);
  }
  return { x, y, level: digits.length };
}
