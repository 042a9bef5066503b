import { RequestError } from "../core/errors.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { coverageContains, coverageIntersects } from "../coverage/predicates.ts";
import type { TileCoord } from "../grid/grid.ts";
import { toBytes } from "../image/codec.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { Dimension, TileAnswer } from "../model/layer.ts";
import type { ServiceRequest } from "../model/service.ts";
import type { Dimensions } from "../model/source.ts";
import type { Extent } from "../srs/extent.ts";
import { tileTags } from "./cache-tags.ts";
import { askPermission, requirePermission, tileLimit } from "./permission.ts";
import type { PublishedTiles } from "./published.ts";
import { type Addressing, tileExtent, toGridTile } from "./tile-grid.ts";
import { decorateTile, emptyTiles, maskTile, type OutgoingTile } from "./tile-picture.ts";
import { tileSender } from "./tile-send.ts";

/** One tile as a protocol understood the request. */
export interface TileRequest {
  readonly tiles: PublishedTiles;
  /** Public column, row and level, as counted by `how`. */
  readonly coord: TileCoord;
  readonly how: Addressing;
  /** As in the request; `undefined`: whatever the layer has. */
  readonly format: string | undefined;
  /** Pixels of the answer for each of the grid's, each way; 1 if absent. */
  readonly factor?: 1 | 2 | undefined;
  /** Value that the request gives for a dimension, by lower-case name. */
  readonly dimension?: ((name: string) => string | undefined) | undefined;
}

/** Answers requests for tiles of one protocol. */
export type TileRenderer = (asked: TileRequest, request: ServiceRequest) => Promise<Response>;

const NO_DIMENSIONS: Dimensions = Object.freeze(Object.create(null) as Dimensions);

/**
 * The way of a tile from the layer to the client, the same for TMS, KML and WMTS.
 *
 * A tile that nobody has to change leaves as the very bytes that the cache gave. The renderer throws
 * RequestError with `InvalidParameterValue` or `TileOutOfRange`, or with status 401 or 403 where the
 * authorizer says so.
 */
export function tileRenderer(service: "tms" | "kml" | "wmts", deps: ServiceDeps): TileRenderer {
  const { authorizer } = deps;
  // As in the reference, nothing is stamped on the tiles of a KML super-overlay.
  const decorate = service === "kml" ? undefined : deps.decorate;
  const empty = emptyTiles(deps);
  const send = tileSender(deps);

  /** Area that the client may see of the tile; `undefined`: all of it. */
  async function permitted(
    { layer }: PublishedTiles,
    tile: TileCoord | undefined,
    request: ServiceRequest,
  ): Promise<Coverage | undefined> {
    if (!tile) throw outOfRange();
    const question = { service, layers: [layer.name], extent: tileExtent(layer.grid, tile) };
    const grant = await askPermission(authorizer, question, request.ctx);
    requirePermission(grant, layer.name, "tile");
    return tileLimit(grant, layer.name);
  }

  return async (asked, request) => {
    const { tiles } = asked;
    const { layer } = tiles;
    const tile = toGridTile(tiles.view, asked.coord, asked.how);
    const limit = authorizer.restricts ? await permitted(tiles, tile, request) : undefined;
    checkFormat(asked);
    if (!tile) throw outOfRange();
    const dimensions = chooseDimensions(layer.dimensions, asked.dimension);

    const factor = asked.factor ?? 1;
    const size = [layer.grid.tileSize[0] * factor, layer.grid.tileSize[1] * factor] as const;
    const reach = limit ? reachOf(limit, tileExtent(layer.grid, tile)) : "whole";
    const found =
      reach === "none"
        ? undefined
        : await load(tiles, { tile, factor, dimensions, size }, request.ctx);
    let out = found?.out ?? (await empty(size));
    if (found && decorate) {
      const about = { service, layer, coord: tile, format: found.format, size, decorate };
      out = await decorateTile(out, about, request.ctx);
    }
    if (found && limit && reach === "part") {
      out = await maskTile(out, { limit, extent: tileExtent(layer.grid, tile), layer }, deps);
    }
    const name = () => nameOf(layer, tile, { factor, dimensions });
    const tags = () => tileTags(layer.name, layer.grid, tile);
    return await send(out, { metadata: layer.metadata, name, tags, size }, request.headers);
  };
}

/** Equal for equal tiles only. */
function nameOf(
  { name, grid }: PublishedTiles["layer"],
  { x, y, level }: TileCoord,
  { factor, dimensions }: { factor: number; dimensions: Dimensions },
): string {
  return JSON.stringify([name, grid.name, `${level}/${x}/${y}@${factor}`, dimensions]);
}

/** What a layer has for a tile, and the format of its bytes; `undefined`: nothing. */
async function load(
  tiles: PublishedTiles,
  about: {
    readonly tile: TileCoord;
    readonly factor: 1 | 2;
    readonly dimensions: Dimensions;
    readonly size: readonly [number, number];
  },
  ctx: ServiceRequest["ctx"],
): Promise<{ out: OutgoingTile; format: TileAnswer["format"] } | undefined> {
  const { tile, factor, dimensions, size } = about;
  const { layer } = tiles;
  if (factor === 1) {
    const answer = await layer.getTile(tile, dimensions, ctx);
    return answer && { out: asStored(answer, tiles), format: answer.format };
  }
  const result = await layer.getEnlarged(tile, factor, { dimensions, ctx });
  if (!result) return undefined;
  const { bytes, format } = await toBytes(result, layer.options, size);
  const { cacheable } = result;
  // Several tiles have no one time: the bytes speak for themselves.
  const answer = { bytes, format, cacheable, timestamp: undefined };
  return { out: asStored(answer, tiles), format };
}

function asStored(answer: TileAnswer, { layer, extension }: PublishedTiles): OutgoingTile {
  const { bytes, timestamp, cacheable } = answer;
  const isMixed = layer.options.format === "mixed";
  const format = isMixed ? (answer.format === "jpeg" ? "jpeg" : "png") : extension;
  return { bytes, timestamp, cacheable, isStale: answer.stale === true, type: `image/${format}` };
}

/**
 * Values to load a tile with: what the request asks for, else the default of each dimension.
 *
 * @param asked by lower-case name; names that the layer does not have are not looked at
 * @throws RequestError `InvalidParameterValue` for a value that the layer does not list
 */
export function chooseDimensions(
  dimensions: readonly Dimension[],
  asked: TileRequest["dimension"],
): Dimensions {
  if (dimensions.length === 0) return NO_DIMENSIONS;
  const chosen: Record<string, string> = Object.create(null);
  for (const dimension of dimensions) {
    const name = dimension.name.toLowerCase();
    const value = asked?.(name);
    if (value === undefined || value === "" || value === "default") {
      chosen[name] = dimension.default;
    } else if (dimension.values.includes(value)) chosen[name] = value;
    else {
      const message = `invalid dimension value (${name}=${value}).`;
      throw new RequestError("InvalidParameterValue", message, name);
    }
  }
  return chosen;
}

function checkFormat({ format, tiles }: TileRequest): void {
  if (format === undefined || format === tiles.extension) return;
  const message = `invalid format (${format}). this tile set only supports (${tiles.extension})`;
  throw new RequestError("InvalidParameterValue", message, "format");
}

/** The error for a tile beyond the grid, in every protocol. */
export function outOfRange(): RequestError {
  const message = "The requested tile is outside the bounding box of the tile map.";
  return new RequestError("TileOutOfRange", message);
}

function reachOf(limit: Coverage, { bbox, srs }: Extent): "whole" | "part" | "none" {
  if (coverageContains(limit, bbox, srs)) return "whole";
  return coverageIntersects(limit, bbox, srs) ? "part" : "none";
}
