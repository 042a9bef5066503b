import { RequestError } from "../../core/errors.ts";
import type { ServiceRequest } from "../../model/service.ts";
import type { PublishedTiles } from "../published.ts";
import type { TileRenderer, TileRequest } from "../tile.ts";
import { publicLevels } from "../tile-grid.ts";
import { findLevel, findSet, type WmtsCatalog, wholeNumber } from "./layers.ts";
import type { TileAddress } from "./operations.ts";

/** WMTS counts rows from the top (OGC 07-057r7, 6.1). */
export const FROM_THE_NORTH = { origin: "nw" } as const;

/**
 * Answers GetTile (OGC 07-057r7, 7.2). The bytes of the cache are the bytes of the answer.
 *
 * @throws RequestError with an exception code of the standard
 */
export function getTile(
  asked: TileAddress,
  from: {
    readonly catalog: WmtsCatalog;
    readonly render: TileRenderer;
    readonly isStrict: boolean;
  },
  request: ServiceRequest,
): Promise<Response> {
  const { tiles } = findSet(from.catalog, asked.layer, asked.set);
  const { format, factor, dimension } = asked;
  const coord = publicCoord(asked, tiles);
  if (from.isStrict) checkMatrix(tiles, coord, "TileOutOfRange");
  return from.render({ tiles, coord, how: FROM_THE_NORTH, format, factor, dimension }, request);
}

/**
 * Column, row and level that a request names.
 *
 * @throws RequestError `InvalidParameterValue` if one of them is no number
 */
export function publicCoord(asked: TileAddress, { view }: PublishedTiles): TileRequest["coord"] {
  return {
    x: wholeNumber(asked.column, "TileCol"),
    y: wholeNumber(asked.row, "TileRow"),
    level: findLevel(view, asked.matrix),
  };
}

const OUTSIDE = "The requested tile is outside the bounding box of the tile map.";

/**
 * Tells which part of an address is beyond the tile matrix (OGC 07-057r7, table 23).
 *
 * @throws RequestError with `code` and the parameter's name, `InvalidParameterValue` for the matrix itself
 */
export function checkMatrix(
  { view }: PublishedTiles,
  { x, y, level }: TileRequest["coord"],
  code: "TileOutOfRange" | "InvalidParameterValue",
): void {
  const size = view.grid.sizes[publicLevels(view)[level] ?? -1];
  if (!size) {
    const message = `unknown tilematrix: ${level}`;
    throw new RequestError("InvalidParameterValue", message, "TileMatrix");
  }
  const [columns, rows] = size;
  if (!(x >= 0 && x < columns)) throw new RequestError(code, OUTSIDE, "TileCol");
  if (!(y >= 0 && y < rows)) throw new RequestError(code, OUTSIDE, "TileRow");
}
