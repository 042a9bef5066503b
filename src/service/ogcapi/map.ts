import { visitorOf } from "../../core/gate.ts";
import type { LayerNode } from "../../model/layer.ts";
import type { MapQuery } from "../../model/source.ts";
import { extentBBox } from "../../srs/extent.ts";
import { type Srs, sameSrs } from "../../srs/srs.ts";
import { STALE } from "../caching.ts";
import { echo } from "../ows.ts";
import { NO_CACHE, respond } from "../responses.ts";
import { readBackground } from "./background.ts";
import { commonExtent, defaultCrs, isSameBody } from "./body.ts";
import { readCrs } from "./crs-param.ts";
import { drawMap, groundHeaders } from "./draw.ts";
import { type ApiParams, apiError, checkNames, imageFormat } from "./params.ts";
import { readPlace, readPositive, readSide } from "./place.ts";
import { checkLimits, mapArea, STANDARD_MM } from "./size.ts";
import type { ApiRequest, ApiState } from "./state.ts";
import { noDataset } from "./tilesets.ts";

/** Parameters of a collection's map. */
const PARAMETERS = [
  ...["f", "crs", "bbox-crs", "bbox", "center-crs", "center", "subset", "subset-crs"],
  ...["width", "height", "scale-denominator", "mm-per-pixel", "bgcolor", "transparent"],
];

/** Which map a path names. */
export interface MapPath {
  /** `undefined`: the map of the whole. */
  readonly collection: string | undefined;
  /** What stands behind the dot. */
  readonly extension: string | undefined;
}

/**
 * Answers `/collections/{id}/map` and `/map` (OGC 20-058).
 *
 * @throws RequestError for a request that cannot be served
 */
export async function answerMap(
  { collection, extension }: MapPath,
  { request, params: given }: ApiRequest,
  state: ApiState,
): Promise<Response> {
  const { formats } = state.settings;
  const params = fromWms(given) ?? given;
  if (params === given) {
    checkNames(params, collection === undefined ? [...PARAMETERS, "collections"] : PARAMETERS);
  }
  const chosen = imageFormat({ extension, params, headers: request.headers }, formats);
  const nodes =
    collection === undefined
      ? datasetLayers(params, "map", state)
      : [collectionLayer(collection, state)];
  const wanted = readBackground(params, formats.get(chosen.format)!); // one that is offered
  const query = { ...readArea(params, nodes, state), format: wanted.format };
  const draw = () => drawMap({ nodes, query, wanted }, state, request);
  const { gate } = state.deps;
  const drawn = await (gate
    ? gate.run(draw, visitorOf(request.ctx, nodes.map(({ name }) => name).join()))
    : draw());
  return respond(drawn.bytes, wanted.mime, {
    headers: {
      ...groundHeaders(query),
      ...(chosen.isNegotiated && { vary: "Accept" }),
      ...(!drawn.isPublic && { "cache-control": "private" }),
      ...(!drawn.cacheable && NO_CACHE),
      ...(drawn.stale && STALE),
    },
  });
}

/**
 * The layer of a collection; whether the client may see it, the authorizer is asked when it is drawn.
 *
 * @throws RequestError `Not Found` if there is none of the name
 */
export function collectionLayer(id: string, { settings }: ApiState): LayerNode {
  const node = settings.collections.get(id);
  if (!node) throw apiError("Not Found", "Collection not found");
  return node;
}

/**
 * Layers of a map or tile of the whole, bottom first: those that `collections` names, by id or by URL
 * (OGC 20-058, 13), else the configured ones.
 *
 * @throws RequestError `Bad Request` for an unknown collection, `InternalError` if there is nothing configured
 */
export function datasetLayers(
  params: ApiParams,
  kind: "map" | "tile",
  { settings }: ApiState,
): readonly LayerNode[] {
  const asked = params.get("collections");
  if (asked === undefined) {
    if (settings.dataset) return settings.dataset;
    throw noDataset(kind);
  }
  const names = new Set(asked.join(",").split(","));
  return [...names].map((written) => {
    const name = written.slice(written.lastIndexOf("/") + 1);
    const node = settings.collections.get(written) ?? settings.collections.get(name);
    if (node) return node;
    throw apiError("Bad Request", `unknown collection ${echo(written)}`);
  });
}

/** @throws RequestError for what does not make a map */
function readArea(
  params: ApiParams,
  nodes: readonly LayerNode[],
  { settings, deps }: ApiState,
): Pick<MapQuery, "bbox" | "srs" | "size"> {
  const extent = commonExtent(nodes);
  const srs = outputSrs(readCrs(params, "crs", deps.srs), extent.srs, settings.mapSrs);
  const standard = defaultCrs(extent.srs);
  const area = mapArea(
    {
      place: readPlace(params, { target: srs, standard, srs: deps.srs }),
      width: readSide(params, "width"),
      height: readSide(params, "height"),
      scaleDenominator: readPositive(params, "scale-denominator"),
      mmPerPixel: readPositive(params, "mm-per-pixel") ?? STANDARD_MM,
    },
    {
      srs,
      extent: extentBBox(extent, srs),
      nominalResolution: nominalResolution(nodes),
      layer: nodes[0]?.name ?? "",
    },
  );
  checkLimits(area.size, settings.limits);
  return { ...area, srs };
}

/** @throws RequestError `Invalid Parameter` for a system that is not offered */
function outputSrs(asked: Srs | undefined, storage: Srs, offered: readonly Srs[]): Srs {
  const [first] = offered;
  const found = asked
    ? (offered.find(({ code }) => code === asked.code) ??
      offered.find((srs) => sameSrs(srs, asked)))
    : (offered.find((srs) => isSameBody(srs, storage)) ?? first);
  if (found && (!asked || isSameBody(found, storage))) return found;
  throw apiError("Invalid Parameter", "crs is incompatible with this layer");
}

/** The coarsest of what layers and, for a group, its members are made for. */
function nominalResolution(nodes: readonly LayerNode[]): number | undefined {
  const all = nodes.flatMap(
    ({ metadata, children }) => metadata.nominalResolution ?? nominalResolution(children) ?? [],
  );
  return all.length > 0 ? Math.max(...all) : undefined;
}

/**
 * The parameters of a WMS 1.1.1 GetMap as this service names them, so that every map library can show a
 * collection; x comes first in `BBOX` whatever the system.
 *
 * @returns `undefined` if it is no such request
 */
function fromWms(params: ApiParams): ApiParams | undefined {
  const wms = new Map<string, string>();
  for (const [name, values] of params) wms.set(name.toLowerCase(), values.at(-1) ?? "");
  if (wms.get("service")?.toUpperCase() !== "WMS" || wms.get("version") !== "1.1.1")
    return undefined;
  const srs = wms.get("srs") ?? "EPSG:4326";
  const renamed: Record<string, string | undefined> = {
    crs: srs,
    "bbox-crs": srs === "EPSG:4326" ? "CRS:84" : srs,
    bbox: wms.get("bbox"),
    width: wms.get("width"),
    height: wms.get("height"),
    transparent: wms.get("transparent")?.toLowerCase(),
    bgcolor: wms.get("bgcolor"),
    f: wms.get("f"),
  };
  return new Map(
    Object.entries(renamed).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value]] as const],
    ),
  );
}
