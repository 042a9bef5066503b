import type { Context } from "../core/context.ts";
import { RequestError } from "../core/errors.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { bboxNear } from "../geo/bbox.ts";
import { resolution } from "../grid/grid.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import { rangeContains } from "../grid/scales.ts";
import { affectedTiles, requestResolution, tileBBox } from "../grid/tiles.ts";
import { canvasChannels, canvasColor } from "../image/canvas.ts";
import { forDrawing } from "../image/codec.ts";
import type { TileDrawing } from "../image/drawing.ts";
import type { RasterView } from "../image/picture.ts";
import { lookAt } from "../image/warp.ts";
import type { MapLayer, TileAnswer } from "../model/layer.ts";
import type { MapQuery, MapResult } from "../model/source.ts";
import type { Budget } from "../platform/platform.ts";
import type { Extent } from "../srs/extent.ts";
import type { Srs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { checkTileCount, type TileManager, withoutStore } from "../tile/manager.ts";
import { checkCost, type MapCost, mapCost } from "./cost.ts";
import { drawWithin } from "./within.ts";

export interface CachedLayerOptions {
  readonly name: string;
  /** One a grid; the best for the reference system of each request is used. */
  readonly managers: readonly TileManager[];
  readonly extent: Extent;
  readonly resolutions: ResolutionRange | undefined;
  readonly coverage: Coverage | undefined;
  /** Number of tiles a request must stay below; `undefined`: any. */
  readonly maxTiles: number | undefined;
  /** What the runtime allows a request; `undefined`: anything. */
  readonly budget: Budget | undefined;
  /** Takes over at fine resolutions: `use_direct_from_res`. */
  readonly direct: { readonly layer: MapLayer; readonly resolution: number } | undefined;
  bestSrs(target: Srs, available: readonly Srs[]): Srs;
}

/**
 * Pixels by which reprojection may be off. MapProxy allows a whole one in the middle of each quad, which
 * adds up to three over a continent in a conic or cylindrical system; the finer mesh costs nothing.
 */
const MAX_ERROR = 0.25;

/** Pixels by which a request may miss a tile and still be exactly that tile. */
const ALIGN_TOLERANCE = 0.1;

/** A cache seen as a map: any rectangle in any reference system from its tiles. */
export function cachedLayer(options: CachedLayerOptions): MapLayer {
  const { name, extent, resolutions, coverage, managers, direct } = options;
  return {
    name,
    extent,
    resolutions,
    coverage,
    passesOn: managers.flatMap(({ settings }) =>
      settings.sources.flatMap(({ map }) => map?.passesOn ?? []),
    ),
    isOpaque: () => false,
    async getMap(query, ctx) {
      if (direct && isDirect(direct.resolution, managers[0]!, query)) {
        return direct.layer.getMap(query, ctx);
      }
      if (resolutions && !rangeContains(resolutions, query.bbox, query.size, query.srs)) {
        return undefined;
      }
      const best = managerFor(options, query.srs);
      const manager = query.keep === false ? withoutStore(best) : best;
      if (query.tiled) return exactTile(manager, query, ctx);
      return drawWithin(extent, query, (part) => mapFromTiles(manager, part, options, ctx));
    },
  };
}

function isDirect(threshold: number, { grid }: TileManager, query: MapQuery): boolean {
  return requestResolution(transformBBox(query.bbox, query.srs, grid.srs), query.size) <= threshold;
}

function managerFor({ managers, bestSrs }: CachedLayerOptions, srs: Srs): TileManager {
  const [only] = managers;
  if (managers.length === 1 && only) return only;
  const best = bestSrs(
    srs,
    managers.map(({ grid }) => grid.srs),
  );
  return (
    managers.find(({ grid }) => grid.srs.code === best.code) ??
    managers.find(({ grid }) => grid.srs.definition === best.definition) ??
    managers[0]!
  );
}

/**
 * Loads the tiles below the request, puts them together and brings them into its shape.
 *
 * @throws RequestError if there are too many, or the map takes more than the runtime has
 */
export async function mapFromTiles(
  manager: TileManager,
  query: MapQuery,
  { maxTiles, budget }: Pick<CachedLayerOptions, "maxTiles" | "budget">,
  ctx: Context,
): Promise<MapResult | undefined> {
  const { grid, options } = manager;
  const block = affectedTiles(grid, query.bbox, query.size, query.srs);
  if (!block) return undefined;
  const { bbox, columns, rows } = block;
  checkTileCount(columns * rows, maxTiles);
  checkCost(costOf(manager, [columns, rows], query), budget);
  const tiles = await manager.load(block.tiles, query.dimensions, ctx);
  const [only] = tiles;
  if (tiles.every((tile) => !tile)) return undefined;
  // who stored a stale map would take it for a new one
  const stale = tiles.some((tile) => tile?.stale);
  const cacheable = !stale && tiles.every((tile) => tile?.cacheable ?? true);

  // exactly one tile: its bytes are the answer
  if (tiles.length === 1 && only && isSameRectangle(block.bbox, grid.tileSize, manager, query)) {
    return { picture: encoded(only), options, cacheable, stale, timestamp: only.timestamp };
  }

  const size = [columns * grid.tileSize[0], rows * grid.tileSize[1]] as const;
  const target = { bbox: query.bbox, srs: query.srs, size: query.size, maxError: MAX_ERROR };
  const look = lookAt({ bbox, srs: grid.srs, size }, target, options.resampling);
  const forget = async (i: number, error: unknown) => {
    ctx.log.warn("tile-unreadable-removed", { cache: manager.name, tile: block.tiles[i], error });
    await manager.remove(block.tiles[i]!, query.dimensions, ctx);
  };
  const drawing: TileDrawing = {
    kind: "tiles",
    tiles: await prepare(tiles, grid.tileSize, forget),
    columns,
    rows,
    tileSize: grid.tileSize,
    ground: canvasColor(options),
    channels: canvasChannels(options),
    size: query.size,
    look,
    onUnreadable: (i, error) => ctx.waitUntil(forget(i, error)),
  };
  return { picture: { kind: "drawing", drawing }, options, cacheable, stale };
}

/** What a drawing takes: files, or pixels of those that cannot be decoded at once; unreadable ones are forgotten. */
function prepare(
  tiles: readonly (TileAnswer | undefined)[],
  size: readonly [width: number, height: number],
  forget: (index: number, error: unknown) => Promise<void>,
): Promise<(Uint8Array | RasterView | undefined)[]> {
  return Promise.all(
    tiles.map(async (tile, i) => {
      if (!tile) return undefined;
      try {
        const drawing = await forDrawing(tile.bytes, { size });
        return drawing.kind === "file" ? drawing.bytes : drawing.view;
      } catch (error) {
        await forget(i, error);
        return undefined;
      }
    }),
  );
}

function costOf(
  { grid: { tileSize }, settings: { meta } }: TileManager,
  tiles: readonly [columns: number, rows: number],
  { size }: MapQuery,
): MapCost {
  const metaTile = meta.kind === "single" ? ([1, 1] as const) : meta.size;
  return mapCost({ tiles, tileSize, size, metaTile });
}

function isSameRectangle(
  bbox: MapQuery["bbox"],
  size: MapQuery["size"],
  { grid }: TileManager,
  query: MapQuery,
): boolean {
  const [width, height] = query.size;
  if (width !== size[0] || height !== size[1]) return false;
  if (grid.srs.definition !== query.srs.definition) return false;
  const dx = ((bbox[2] - bbox[0]) / width) * ALIGN_TOLERANCE;
  const dy = ((bbox[3] - bbox[1]) / height) * ALIGN_TOLERANCE;
  return bboxNear(bbox, query.bbox, dx, dy);
}

/**
 * The one tile that a WMS-C request names, as it is stored.
 *
 * @throws RequestError if the request is not exactly one tile in the format of the cache
 */
async function exactTile(
  manager: TileManager,
  query: MapQuery,
  ctx: Context,
): Promise<MapResult | undefined> {
  const { grid, options } = manager;
  const invalid = (detail: string) => new RequestError(undefined, `Invalid request: ${detail}`);
  if (query.format !== options.format) {
    throw invalid(`invalid tile format, use ${options.format}`);
  }
  if (query.size[0] !== grid.tileSize[0] || query.size[1] !== grid.tileSize[1]) {
    throw invalid(`invalid tile size (use ${grid.tileSize.join("x")})`);
  }
  const block = affectedTiles(grid, query.bbox, query.size, query.srs);
  if (!block) return undefined;
  const [coord] = block.tiles;
  const misplaced = (detail: string) =>
    new RequestError(undefined, `Request too large or invalid BBOX. (${detail})`);
  if (block.tiles.length !== 1) throw misplaced("not a single tile");
  if (!coord) return undefined;
  const tolerance = resolution(grid, coord.level) * ALIGN_TOLERANCE;
  if (!bboxNear(tileBBox(grid, coord), query.bbox, tolerance, tolerance)) {
    throw misplaced("query does not align to tile boundaries");
  }
  const [tile] = await manager.load([coord], query.dimensions, ctx);
  if (!tile) return undefined;
  return {
    picture: encoded(tile),
    options,
    cacheable: tile.cacheable && !tile.stale,
    stale: tile.stale,
    timestamp: tile.timestamp,
  };
}

function encoded({ bytes, format }: TileAnswer) {
  return { kind: "encoded", bytes, format } as const;
}
