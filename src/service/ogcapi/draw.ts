import type { ImageOptions } from "../../image/options.ts";
import { answerBytes } from "../../image/paint.ts";
import { placeSubImage, subImage } from "../../image/sub-image.ts";
import { type RenderLayer, renderMap } from "../../layer/render.ts";
import type { LayerNode } from "../../model/layer.ts";
import type { ServiceRequest } from "../../model/service.ts";
import type { MapQuery, MapResult } from "../../model/source.ts";
import { toAxisOrder } from "../../srs/axis.ts";
import { askPermission, type Grant, layerLimit, permits, refused } from "../permission.ts";
import { type SelectedMap, selectMaps } from "../wms/select.ts";
import { commonExtent } from "./body.ts";
import { publishedCrs } from "./links.ts";
import type { ApiState } from "./state.ts";

/** A map that is clear in every respect. */
export interface DrawnMap {
  /** Bottom first. */
  readonly nodes: readonly LayerNode[];
  readonly query: MapQuery;
  /** Format, ground and transparency of the answer. */
  readonly wanted: ImageOptions;
}

/** A map as it is sent. */
export interface MapAnswer {
  readonly bytes: Uint8Array;
  readonly cacheable: boolean;
  /** Whether stale tiles stand in, since their source failed. */
  readonly stale: boolean;
  /** ms since 1970, where a single stored tile is the whole answer. */
  readonly timestamp: number | undefined;
  /** False where the answer depends on who asked. */
  readonly isPublic: boolean;
}

/**
 * Draws what is asked for, as far as the client may see it: by the authorizer's word for each layer, and
 * cut to what that word is limited to.
 *
 * @throws RequestError with status 401 or 403 if a layer that is named is denied
 * @throws SourceError if no layer could be drawn
 */
export async function drawMap(
  asked: DrawnMap,
  state: ApiState,
  request: ServiceRequest,
): Promise<MapAnswer> {
  const { nodes, query, wanted } = asked;
  const { bbox, srs, size } = query;
  const { deps } = state;
  const selected = selectMaps(nodes, query);
  const question = {
    service: "ogcapi.map",
    layers: [...new Set([...nodes, ...selected].flatMap(({ name }) => name ?? []))],
    extent: { bbox, srs },
  } as const;
  const grant = await askPermission(deps.authorizer, question, request.ctx);
  const layers = permittedLayers(selected, nodes, grant);

  const part = subImage(query, commonExtent(nodes));
  const drawn: MapResult =
    part === "outside" || layers.length === 0
      ? { picture: { kind: "blank" }, options: wanted, cacheable: true }
      : await render(layers, { asked, part, grant }, state, request);
  const whole = await placed(drawn, part, { size, wanted });
  const names = [...new Set(layers.map(({ name }) => name))];
  const about = { ...question, layers: names, options: wanted, size };
  const picture = (await deps.decorate?.(whole.picture, about, request.ctx)) ?? whole.picture;
  const answer = { wanted, size, geo: { bbox, srs } };
  const { bytes } = await answerBytes({ ...whole, picture }, answer, deps.platform.threads);
  const timestamp = picture === drawn.picture ? drawn.timestamp : undefined;
  const { cacheable, stale = false } = drawn;
  return { bytes, cacheable, stale, timestamp, isPublic: grant.isPublic };
}

/** Draws the part of a map that lies within the extent of its layers. */
function render(
  layers: readonly RenderLayer[],
  about: {
    readonly asked: DrawnMap;
    readonly part: Exclude<ReturnType<typeof subImage>, "outside">;
    readonly grant: Grant;
  },
  { settings }: ApiState,
  request: ServiceRequest,
): Promise<MapResult> {
  const { asked, part, grant } = about;
  const { query, wanted } = asked;
  const inner = part === "inside" ? query : { ...query, bbox: part.bbox, size: part.size };
  const { onSourceErrors, attribution } = settings;
  const concurrency = Math.min(layers.length, settings.concurrency);
  const limit = grant.limitedTo;
  const options = { wanted, concurrency, onSourceErrors, limit, attribution };
  return renderMap(layers, inner, options, request.ctx);
}

/** Beyond the layer's extent the map has the colour of the ground, with alpha 0 where the file can say so. */
async function placed(
  drawn: MapResult,
  part: ReturnType<typeof subImage>,
  { size, wanted }: { size: DrawnMap["query"]["size"]; wanted: ImageOptions },
): Promise<MapResult> {
  if (part === "inside") return drawn;
  if (part === "outside") return { ...drawn, options: wanted };
  const { background } = wanted;
  return await placeSubImage({ ...drawn, options: { ...drawn.options, background } }, part, size);
}

/**
 * The layers to draw. What a client names itself must be permitted; what it only reaches through a group is
 * left out if it is not.
 *
 * @throws RequestError with status 403 if a named layer is denied
 */
function permittedLayers(
  selected: readonly SelectedMap[],
  named: readonly LayerNode[],
  grant: Grant,
): RenderLayer[] {
  if (named.some(({ name }) => !permits(grant, name, "map"))) throw refused(403);
  return selected
    .filter(({ name }) => permits(grant, name, "map"))
    .flatMap(({ name, maps }) =>
      maps.map((layer) => ({ name: name ?? layer.name, layer, limit: layerLimit(grant, name) })),
    );
}

/** Headers that say where a map is; EPSG:4326 counts as CRS84, the system that needs no word (20-058, 7.3). */
export function groundHeaders({ bbox, srs }: MapQuery): Record<string, string> {
  const isDefault =
    srs.code === "EPSG:4326" || publishedCrs(srs) === publishedCrs({ code: "EPSG:4326" });
  const numbers = isDefault ? bbox : toAxisOrder(bbox, srs);
  return {
    "content-bbox": numbers.map(decimal).join(","),
    ...(!isDefault && { "content-crs": `<${publishedCrs(srs)}>` }),
  };
}

/** A number with 17 significant digits, which say exactly which one it is. */
export function decimal(value: number): string {
  const [digits = "", exponent] = value.toPrecision(17).split("e");
  const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  return exponent === undefined ? short : `${short}e${exponent}`;
}
