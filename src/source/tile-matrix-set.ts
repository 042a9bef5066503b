import type { BBox } from "../geo/bbox.ts";
import { makeGrid } from "../grid/define.ts";
import type { Grid } from "../grid/grid.ts";
import type { Srs } from "../srs/srs.ts";

/** How much a level may be stretched or shrunk; no rectangle but a tile's is ever looked for. */
const STRETCH = { stretchFactor: 1.15, maxShrinkFactor: 4 };

/**
 * Grid of a tile matrix set document (OGC 17-083r4, JSON encoding). Numbers of tiles are those of
 * the document.
 *
 * @param srs reference system of the set
 * @throws RangeError if the set is none of equal tiles from one corner
 */
export function parseTileMatrixSet(document: Readonly<Record<string, unknown>>, srs: Srs): Grid {
  const matrices = readMatrices(document);
  const [first] = matrices;
  if (!first) throw new RangeError("Cannot use tile matrix set: it has no matrices");
  for (const matrix of matrices) {
    const isEqual =
      matrix.tileWidth === first.tileWidth &&
      matrix.tileHeight === first.tileHeight &&
      matrix.corner === first.corner &&
      matrix.origin[0] === first.origin[0] &&
      matrix.origin[1] === first.origin[1];
    if (!isEqual) throw new RangeError("Cannot use tile matrix set: sizes or origins vary");
  }
  // CRS84 is EPSG:4326 with the axes of our coordinates
  const northEast = srs.northEast && !/CRS:?84/i.test(crsText(document.crs));
  const [x, y] = northEast ? [first.origin[1], first.origin[0]] : first.origin;
  const width = first.columns * first.tileWidth * first.cellSize;
  const height = first.rows * first.tileHeight * first.cellSize;
  const isTop = first.corner === "topLeft";
  const bbox: BBox = [x, isTop ? y - height : y, x + width, isTop ? y : y + height];
  const grid = makeGrid({
    name: String(document.id ?? "tiles"),
    srs,
    bbox,
    origin: isTop ? "nw" : "sw",
    tileSize: [first.tileWidth, first.tileHeight],
    resolutions: matrices.map(({ cellSize }) => cellSize),
    thresholds: [],
    ...STRETCH,
  });
  return {
    ...grid,
    sizes: matrices.map(({ columns, rows }) => [columns, rows] as const),
    levelNames: matrices.map(({ id }) => id),
  };
}

/** `crs` is a URI, or an object that holds one. */
function crsText(crs: unknown): string {
  return typeof crs === "string" ? crs : (JSON.stringify(crs) ?? "");
}

interface Matrix {
  readonly id: string;
  readonly cellSize: number;
  readonly corner: string;
  readonly origin: readonly [number, number];
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** Most matrices a set may have. */
const MAX_MATRICES = 100;

function readMatrices({ tileMatrices }: Readonly<Record<string, unknown>>): Matrix[] {
  if (!Array.isArray(tileMatrices) || tileMatrices.length > MAX_MATRICES) {
    throw new RangeError("Cannot use tile matrix set: no list of matrices");
  }
  return tileMatrices.map((matrix: Record<string, unknown>) => {
    const widths = matrix?.variableMatrixWidths;
    if (Array.isArray(widths) && widths.length > 0) {
      throw new RangeError("Cannot use tile matrix set: widths vary within a level");
    }
    const corner = matrix?.cornerOfOrigin ?? "topLeft";
    if (corner !== "topLeft" && corner !== "bottomLeft") {
      throw new RangeError(`Cannot use tile matrix set: unknown corner of origin "${corner}"`);
    }
    const origin = matrix?.pointOfOrigin;
    return {
      id: String(matrix?.id),
      cellSize: positive(matrix, "cellSize"),
      corner,
      origin: [finite(origin, 0), finite(origin, 1)],
      columns: positive(matrix, "matrixWidth"),
      rows: positive(matrix, "matrixHeight"),
      tileWidth: positive(matrix, "tileWidth"),
      tileHeight: positive(matrix, "tileHeight"),
    };
  });
}

function positive(matrix: Record<string, unknown> | undefined, key: string): number {
  const value = matrix?.[key];
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`Cannot use tile matrix set: ${key} is not a positive number`);
}

function finite(list: unknown, index: number): number {
  const value = Array.isArray(list) ? list[index] : undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new RangeError("Cannot use tile matrix set: pointOfOrigin is not a position");
}
