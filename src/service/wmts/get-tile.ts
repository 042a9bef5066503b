import type { ServiceRequest } from "../../model/service.ts";
import type { PublishedTiles } from "../published.ts";
import type { TileRenderer, TileRequest } from "../tile.ts";
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
  from: { readonly catalog: WmtsCatalog; readonly render: TileRenderer },
  request: ServiceRequest,
): Promise<Response> {
  const { tiles } = findSet(from.catalog, asked.layer, asked.set);
  const { format, factor, dimension } = asked;
  const coord = publicCoord(asked, tiles);
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
