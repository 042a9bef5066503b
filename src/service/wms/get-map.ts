import type { Context } from "../../core/context.ts";
import type { Coverage } from "../../coverage/coverage.ts";
import type { BBox } from "../../geo/bbox.ts";
import { toBytes } from "../../image/codec.ts";
import type { ImageOptions } from "../../image/options.ts";
import { answerBytes } from "../../image/paint.ts";
import { type RenderLayer, type RenderOptions, renderMap } from "../../layer/render.ts";
import type { ServiceRequest } from "../../model/service.ts";
import type { MapQuery, MapResult } from "../../model/source.ts";
import type { Srs } from "../../srs/srs.ts";
import { TransformError } from "../../srs/transform.ts";
import { pictureTags } from "../cache-tags.ts";
import { STALE } from "../caching.ts";
import { askPermission, type Grant, layerLimit, permits, refused } from "../permission.ts";
import { respond } from "../responses.ts";
import { sentTogether } from "../tile-send.ts";
import { type DimensionQueries, dimensionQueries } from "./dimensions.ts";
import type { MapRequest } from "./params.ts";
import { type SelectedMap, selectMaps } from "./select.ts";
import type { WmsSettings } from "./settings.ts";
import type { WmsState } from "./state.ts";
import { intoFrame, visibleWindow } from "./window.ts";

/** What there is in degrees. */
const WORLD: BBox = [-180, -90, 180, 90];

/**
 * Answers GetMap (01-068r3, 7.2; 06-042, 7.3).
 *
 * @throws RequestError if the request cannot be served, or with status 401 or 403 if it may not
 * @throws SourceError if no layer could be drawn
 */
export async function getMap(
  asked: MapRequest,
  state: WmsState,
  request: ServiceRequest,
): Promise<Response> {
  const { settings, deps } = state;
  const { wanted } = asked;
  const limit = limitOf(asked.query.srs, settings);
  const window = limit === undefined ? "whole" : visibleWindow(asked.query, limit);
  if (window === "none") return encodeMap(blank(wanted), asked, { state });

  const query = window === "whole" ? asked.query : { ...asked.query, ...window.part };
  const selected = selectMaps(asked.layers, query);
  if (selected.length === 0) return encodeMap(blank(wanted), asked, { state });

  const grant = await permitMaps(selected, asked, query, { state, request });
  const { queryFor, warnings } = dimensionQueries(query, { strict: settings.strictOgc });
  const layers = permittedLayers(selected, asked.names, { grant, queryFor });
  const drawn = await drawLayers(
    { layers, query, isStrict: settings.strictOgc },
    {
      wanted,
      concurrency: Math.min(layers.length, settings.concurrency),
      onSourceErrors: settings.onSourceErrors,
      limit: grant.limitedTo,
      attribution: layers.length > 0 ? settings.attribution : undefined,
    },
    request.ctx,
  );
  const framed = window === "whole" ? drawn : await intoFrame(drawn, window, asked);
  const result = deps.decorate
    ? await decorated(framed, { asked, query, layers, decorate: deps.decorate }, request)
    : framed;
  if (query.tiled && result.cacheable && result.timestamp !== undefined) {
    return tileResponse(result, asked, { state, request });
  }
  return encodeMap(result, asked, { state, isPublic: grant.isPublic, warnings });
}

/** Beyond what the map is empty; `undefined`: it ends nowhere. */
function limitOf(srs: Srs, { boxes, strictOgc }: WmsSettings): BBox | undefined {
  const own = boxes.find(({ code }) => code.toUpperCase() === srs.code)?.limit;
  return own ?? (strictOgc && srs.isGeographic ? WORLD : undefined);
}

/** A map that has no place in the system of its layers is a mistake; for the OGC it is empty (06-042, 7.3.3.6). */
async function drawLayers(
  map: { layers: readonly RenderLayer[]; query: MapQuery; isStrict: boolean },
  options: RenderOptions,
  ctx: Context,
): Promise<MapResult> {
  try {
    return await renderMap(map.layers, map.query, options, ctx);
  } catch (error) {
    if (map.isStrict && error instanceof TransformError) return blank(options.wanted);
    throw error;
  }
}

function permitMaps(
  selected: readonly SelectedMap[],
  { query: { srs } }: MapRequest,
  { bbox }: MapQuery,
  { state, request }: { state: WmsState; request: ServiceRequest },
): Promise<Grant> {
  const layers = selected.flatMap(({ name }) => name ?? []);
  const question = { service: "wms.map", layers, extent: { bbox, srs } } as const;
  return askPermission(state.deps.authorizer, question, request.ctx);
}

/**
 * The layers to draw. What a client names itself must be permitted; what it only reaches through a
 * group is left out if it is not.
 *
 * @throws RequestError with status 403 if a named layer is denied
 */
function permittedLayers(
  selected: readonly SelectedMap[],
  names: readonly string[],
  { grant, queryFor }: { grant: Grant; queryFor: DimensionQueries["queryFor"] },
): RenderLayer[] {
  const explicit = new Set(names);
  const layers: RenderLayer[] = [];
  for (const { name, maps, dimensions } of selected) {
    if (!permits(grant, name, "map")) {
      if (name !== undefined && explicit.has(name)) throw refused(403);
      continue;
    }
    const limit: Coverage | undefined = layerLimit(grant, name);
    for (const layer of maps) {
      const query = queryFor(layer, dimensions);
      layers.push({ name: name ?? layer.name, layer, limit, query });
    }
  }
  return layers;
}

/** The picture as the operator's hook changes it; what is stored stays as it was. */
async function decorated(
  result: MapResult,
  about: {
    asked: MapRequest;
    query: MapQuery;
    layers: readonly RenderLayer[];
    decorate: NonNullable<WmsState["deps"]["decorate"]>;
  },
  request: ServiceRequest,
): Promise<MapResult> {
  const { asked, query, layers, decorate } = about;
  const picture = await decorate(
    result.picture,
    {
      service: "wms.map",
      layers: [...new Set(layers.map(({ name }) => name))],
      extent: { bbox: query.bbox, srs: query.srs },
      options: asked.wanted,
      size: asked.query.size,
    },
    request.ctx,
  );
  return { ...result, picture };
}

function blank(wanted: ImageOptions): MapResult {
  return { picture: { kind: "blank" }, options: wanted, cacheable: true };
}

async function encodeMap(
  result: MapResult,
  { query: { bbox, srs, size }, wanted }: MapRequest,
  {
    state,
    isPublic = true,
    warnings = new Set(),
  }: { state: WmsState; isPublic?: boolean; warnings?: ReadonlySet<string> },
): Promise<Response> {
  const answer = { wanted, size, geo: { bbox, srs } };
  const { bytes } = await answerBytes(result, answer, state.deps.platform.threads);
  const headers: Record<string, string> = {};
  if (result.cacheable && !isPublic) headers["cache-control"] = "private";
  if (result.stale) Object.assign(headers, STALE);
  if (warnings.size > 0) headers.warning = [...warnings].join(", ");
  return respond(bytes, wanted.mime, { noCache: !result.cacheable, headers });
}

/** A single stored tile (WMS-C), as the tile services send it. */
async function tileResponse(
  result: MapResult,
  { layers, names, query, wanted }: MapRequest,
  { state, request }: { state: WmsState; request: ServiceRequest },
): Promise<Response> {
  const { bbox, srs, size, dimensions } = query;
  const { bytes } = await toBytes(result, wanted, size, { bbox, srs });
  const { timestamp, cacheable, stale } = result;
  const out = { bytes, timestamp, cacheable, isStale: stale === true, type: wanted.mime };
  const metadata = sentTogether(layers.map((layer) => layer.metadata));
  const name = () => JSON.stringify([names, srs.code, bbox, size, wanted.mime, dimensions]);
  const tags = () => pictureTags(layers.flatMap((layer) => layer.name ?? []));
  return await state.sendTile(out, { metadata, name, tags, size }, request.headers);
}
