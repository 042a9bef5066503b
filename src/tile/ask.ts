import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { bboxNear } from "../geo/bbox.ts";
import type { TileCoord } from "../grid/grid.ts";
import { resolution } from "../grid/grid.ts";
import { affectedTiles, isInGrid, tileBBox } from "../grid/tiles.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { sameSrs } from "../srs/srs.ts";

/** Fraction of a pixel by which a rectangle may miss a tile and still be that tile. */
const ALIGN_TOLERANCE = 0.1;

/**
 * Picture of `source` for any rectangle if the source can, else for a rectangle that is one of its
 * tiles.
 *
 * @returns `undefined` if the source has nothing there
 * @throws SourceError if the source fails, or if the rectangle is none of its tiles
 */
export async function askSource(
  source: Source,
  query: MapQuery,
  ctx: Context,
): Promise<MapResult | undefined> {
  if (source.map) return source.map.get(query, ctx);
  if (!source.tile) return undefined;
  const coord = tileOfSource(source.name, source.tile, query);
  return coord && source.tile.get(coord, query, ctx);
}

/**
 * The tile of the source's grid that `query` is.
 *
 * @returns `undefined` outside the grid
 */
function tileOfSource(
  name: string,
  { grid }: NonNullable<Source["tile"]>,
  query: MapQuery,
): TileCoord | undefined {
  const fail = (message: string) => new SourceError(name, message, { url: "" });
  const [width, height] = query.size;
  if (width !== grid.tileSize[0] || height !== grid.tileSize[1]) {
    throw fail(
      `tile size of cache and tile source do not match: (${width}, ${height}) != (${grid.tileSize.join(", ")})`,
    );
  }
  if (!sameSrs(query.srs, grid.srs)) {
    throw fail(`SRS of cache and tile source do not match: ${query.srs.code} != ${grid.srs.code}`);
  }
  const affected = affectedTiles(grid, query.bbox, query.size, query.srs);
  if (!affected) return undefined;
  const [coord] = affected.tiles;
  if (affected.tiles.length !== 1) throw fail("BBOX does not align to tile");
  if (!coord || !isInGrid(grid, coord)) return undefined;
  const tolerance = resolution(grid, coord.level) * ALIGN_TOLERANCE;
  if (!bboxNear(tileBBox(grid, coord), query.bbox, tolerance, tolerance)) {
    throw fail("BBOX does not align to tile");
  }
  return coord;
}
