/** A tile as `/tms`, `/tiles` and `/kml` paths name it. */
export interface TilePath {
  readonly layer: string;
  /** Reference system or grid, if the path names one. */
  readonly spec: string | undefined;
  readonly level: number;
  readonly x: number;
  readonly y: number;
  /** `png`, `kml`. */
  readonly extension: string;
  /** 2 for `…@2x.png`, else 1. */
  readonly factor: 1 | 2;
}

/** Longest path that is looked at: beyond it no configured name can be meant. */
const PATH_LIMIT = 2048;

/** What follows the extension is not looked at, as in the reference. */
const TILE = /^\/\w+(?:\/1\.0\.0)?\/([^/]+)(?:\/([^/]+))?\/(-?\d+)\/(-?\d+)\/(-?\d+)(@2x)?\.(\w+)/;

/**
 * Reads `/tms[/1.0.0]/LAYER[/SPEC]/Z/X/Y.EXT`, whichever word stands first.
 *
 * @returns `undefined` if it is no path of a tile
 */
export function parseTilePath(path: string): TilePath | undefined {
  if (path.length > PATH_LIMIT) return undefined;
  const found = TILE.exec(path);
  if (!found) return undefined;
  return {
    layer: found[1]!,
    spec: found[2],
    level: Number(found[3]),
    x: Number(found[4]),
    y: Number(found[5]),
    factor: found[6] === undefined ? 1 : 2,
    extension: found[7]!,
  };
}
