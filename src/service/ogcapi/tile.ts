import { type Grid, resolution } from "../../grid/grid.ts";
import { tileBBox } from "../../grid/tiles.ts";
import { pictureTags, setTags } from "../cache-tags.ts";
import { cachedResponse, policyOf, STALE, tileValidators } from "../caching.ts";
import { respond } from "../responses.ts";
import { sentTogether } from "../tile-send.ts";
import { readBackground } from "./background.ts";
import { drawMap, groundHeaders } from "./draw.ts";
import { collectionLayer, datasetLayers } from "./map.ts";
import { type ApiParams, apiError, checkNames, imageFormat } from "./params.ts";
import { readPositive, readSide } from "./place.ts";
import { checkLimits, pixels, STANDARD_MM } from "./size.ts";
import type { ApiRequest, ApiState } from "./state.ts";
import { findScopeGrid } from "./tilesets.ts";

/** Which tile a path names: column and row from the grid's own corner of origin. */
export interface TilePath {
  /** `undefined`: a tile of the whole. */
  readonly collection: string | undefined;
  readonly matrixSet: string;
  readonly level: string;
  readonly row: string;
  readonly column: string;
  /** What stands behind the dot. */
  readonly extension: string | undefined;
}

const SIZES = ["width", "height", "scale-denominator", "mm-per-pixel"];

/**
 * Answers `…/map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}` (OGC 20-057, 7; 20-058, 10).
 *
 * @throws RequestError for a tile that there is not
 */
export async function answerTile(
  path: TilePath,
  asked: ApiRequest,
  state: ApiState,
): Promise<Response> {
  const { request } = asked;
  const { nodes, query, wanted, isNegotiated } = readTile(path, asked, state);
  const drawn = await drawMap({ nodes, query, wanted }, state, request);
  const more = {
    ...groundHeaders(query),
    ...(isNegotiated && { vary: "Accept" }),
    ...(drawn.stale && STALE),
  };
  if (!drawn.cacheable) return respond(drawn.bytes, wanted.mime, { noCache: true, headers: more });
  const { platform } = state.deps;
  const { maxAge } = sentTogether(nodes.map(({ metadata }) => metadata));
  const response = cachedResponse(
    drawn.bytes,
    {
      type: wanted.mime,
      validators: tileValidators(drawn, platform.clock.now()),
      policy: policyOf(state.deps, { maxAge, isPublic: drawn.isPublic }),
    },
    request.headers,
  );
  for (const [name, value] of Object.entries(more)) response.headers.set(name, value);
  if (state.deps.sharing.hasTags) {
    setTags(response.headers, pictureTags(nodes.flatMap(({ name }) => name ?? [])));
  }
  return response;
}

/**
 * What is drawn for a tile. Faults are told of in the order that clients know.
 *
 * @throws RequestError for a tile that there is not
 */
function readTile(path: TilePath, { request, params }: ApiRequest, state: ApiState) {
  const { settings } = state;
  const { collection, extension } = path;
  checkNames(params, [
    ...["f", "bgcolor", "transparent"],
    ...(collection === undefined ? ["collections"] : []),
    ...(settings.hasMaps ? SIZES : []),
  ]);
  // A wrong `f` is told of before a wrong path, a wrong extension after it.
  if (extension === undefined) imageFormat({ extension, params, headers: ANY }, settings.formats);
  const nodes =
    collection === undefined
      ? datasetLayers(params, "tile", state)
      : [collectionLayer(collection, state)];
  const grid = findScopeGrid({ nodes }, path.matrixSet, state);
  const { headers } = request;
  const { format, isNegotiated } = imageFormat({ extension, params, headers }, settings.formats);
  const wanted = readBackground(params, settings.formats.get(format)!); // one that is offered
  const sides = { width: readSide(params, "width"), height: readSide(params, "height") };
  const level = inRange(path.level, grid.resolutions.length, "zoom level");
  const size = tileSize(params, sides, { grid, level });
  checkLimits(size, settings.limits);
  const [columns, rows] = grid.sizes[level]!; // one a level
  const y = inRange(path.row, rows, "row number");
  const x = inRange(path.column, columns, "col number");
  const bbox = tileBBox(grid, { x, y, level });
  const query = { bbox, srs: grid.srs, size, format: wanted.format };
  return { nodes, query, wanted, isNegotiated };
}

const ANY = new Headers();

/** @throws RequestError `Invalid Parameter` if it is no whole number from 0 to `count - 1` */
function inRange(text: string, count: number, what: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value < count) return value;
  throw apiError("Invalid Parameter", `Invalid ${what}. Valid range is [0,${count - 1}]`);
}

/**
 * Pixels of a tile: those of the grid, unless the request says otherwise.
 *
 * @throws RequestError `Invalid Parameter`
 */
function tileSize(
  params: ApiParams,
  { width, height }: { width: number | undefined; height: number | undefined },
  { grid, level }: { grid: Grid; level: number },
): [number, number] {
  const mm = readPositive(params, "mm-per-pixel") ?? STANDARD_MM;
  const scale = readPositive(params, "scale-denominator");
  const [w, h] = grid.tileSize;
  if (scale !== undefined) {
    if (width !== undefined || height !== undefined) {
      const detail = "scale-denominator is mutually exclusive with width or height";
      throw apiError("Invalid Parameter", detail);
    }
    const metres = resolution(grid, level) * grid.srs.metresPerUnit;
    const factor = metres / ((scale * mm) / 1000);
    return [pixels(w * factor), pixels(h * factor)];
  }
  if (width !== undefined) return [width, height ?? pixels((width * h) / w)];
  if (height !== undefined) return [pixels((height * w) / h), height];
  return [pixels((w * STANDARD_MM) / mm), pixels((h * STANDARD_MM) / mm)];
}
