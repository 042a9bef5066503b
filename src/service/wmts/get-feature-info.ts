import type { Context } from "../../core/context.ts";
import { RequestError } from "../../core/errors.ts";
import { coverageContainsPoint } from "../../coverage/predicates.ts";
import { mergeInfo } from "../../featureinfo/merge.ts";
import type { Authorizer } from "../../model/auth.ts";
import type { InfoLayer } from "../../model/layer.ts";
import type { ServiceRequest } from "../../model/service.ts";
import type { InfoDocument, InfoQuery } from "../../model/source.ts";
import { echo } from "../ows.ts";
import { askPermission, requirePermission, tileLimit } from "../permission.ts";
import type { PublishedTiles } from "../published.ts";
import { respond, withCharset } from "../responses.ts";
import { chooseDimensions } from "../tile.ts";
import { tileExtent, toGridTile } from "../tile-grid.ts";
import type { InfoFormat } from "./capabilities.ts";
import { checkMatrix, FROM_THE_NORTH, publicCoord } from "./get-tile.ts";
import { findSet, type WmtsCatalog, wholeNumber } from "./layers.ts";
import type { InfoAddress } from "./operations.ts";

/** What GetFeatureInfo works with. */
export interface InfoDeps {
  readonly catalog: WmtsCatalog;
  readonly infoFormats: readonly InfoFormat[];
  readonly authorizer: Authorizer;
}

/**
 * Answers GetFeatureInfo (OGC 07-057r7, 7.3).
 *
 * The answer has the media type that was asked for, whatever the sources said. HTML comes from
 * servers that are not ours, so it is sent without the right to run scripts under our name.
 *
 * @throws RequestError with an exception code of the standard
 */
export async function getFeatureInfo(
  asked: InfoAddress,
  { catalog, infoFormats, authorizer }: InfoDeps,
  request: ServiceRequest,
): Promise<Response> {
  const { layer, tiles } = findSet(catalog, asked.layer, asked.set);
  const mimetype = chooseFormat(asked.infoFormat, infoFormats);
  const query = infoQuery(asked, tiles, mimetype);
  const { bbox, srs } = query;

  const service = "wmts.featureinfo";
  const question = { service, layers: [layer.name], extent: { bbox, srs } } as const;
  const grant = await askPermission(authorizer, question, request.ctx);
  requirePermission(grant, layer.name, "featureinfo");
  if (layer.infos.length === 0) {
    const message = `layer ${layer.name} not queryable`;
    throw new RequestError("OperationNotSupported", message, "GetFeatureInfo");
  }
  const limit = tileLimit(grant, layer.name);
  const isHidden = limit !== undefined && !coverageContainsPoint(limit, pointOf(query), srs);
  const documents = isHidden ? [] : await askAll(layer.infos, query, request.ctx);
  const text = documents.length > 0 ? mergeInfo(documents).document.text : "";
  return respond(text, withCharset(mimetype), {
    headers: mimetype.startsWith("text/html") ? { "content-security-policy": "sandbox" } : {},
  });
}

/** @throws RequestError `InvalidParameterValue` if the format is not configured */
function chooseFormat(asked: string | undefined, formats: readonly InfoFormat[]): string {
  const found =
    asked === undefined
      ? formats[0]
      : formats.find(({ mimetype, suffix }) => asked === (asked.includes("/") ? mimetype : suffix));
  if (found) return found.mimetype;
  const message = `unknown infoformat: ${echo(asked ?? "")}`;
  throw new RequestError("InvalidParameterValue", message, "InfoFormat");
}

/** @throws RequestError `InvalidParameterValue` if there is no such tile or no such pixel in it */
function infoQuery(asked: InfoAddress, tiles: PublishedTiles, infoFormat: string): InfoQuery {
  const { layer } = tiles;
  const size = layer.grid.tileSize;
  const place = publicCoord(asked, tiles);
  checkMatrix(tiles, place, "InvalidParameterValue");
  const coord = toGridTile(tiles.view, place, FROM_THE_NORTH)!; // it is in the matrix
  const count = asked.featureCount;
  return {
    ...tileExtent(layer.grid, coord),
    size,
    format: undefined,
    dimensions: chooseDimensions(layer.dimensions, asked.dimension),
    at: [pixel(asked.i, "I", size[0]), pixel(asked.j, "J", size[1])],
    infoFormat,
    featureCount: count ? wholeNumber(count, "FEATURE_COUNT") : undefined,
  };
}

function pixel(text: string, parameter: string, size: number): number {
  const value = wholeNumber(text, parameter);
  if (value >= 0 && value < size) return value;
  const message = `invalid value for ${parameter.toLowerCase()}: expected 0 to ${size - 1}`;
  throw new RequestError("InvalidParameterValue", message, parameter);
}

async function askAll(
  infos: readonly InfoLayer[],
  query: InfoQuery,
  ctx: Context,
): Promise<InfoDocument[]> {
  const documents: InfoDocument[] = [];
  for (const info of infos) {
    if (info.coverage && !coverageContainsPoint(info.coverage, pointOf(query), query.srs)) continue;
    const document = await info.getInfo(query, ctx);
    if (document) documents.push(document);
  }
  return documents;
}

/** Where the pixel that is asked about lies, in the system of the query. */
function pointOf({ bbox: [minx, miny, maxx, maxy], size, at }: InfoQuery): [number, number] {
  return [minx + (at[0] * (maxx - minx)) / size[0], maxy - (at[1] * (maxy - miny)) / size[1]];
}
