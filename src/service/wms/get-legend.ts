import { RequestError } from "../../core/errors.ts";
import { toBytes } from "../../image/codec.ts";
import type { LayerNode } from "../../model/layer.ts";
import type { ServiceRequest } from "../../model/service.ts";
import { askPermission, permits, refused } from "../permission.ts";
import { respond } from "../responses.ts";
import type { LegendRequest } from "./params.ts";
import type { WmsState } from "./state.ts";

/**
 * Answers GetLegendGraphic (OGC 05-078r4, 10): the legends of a layer, of a group the legends of all
 * that is drawn for it.
 *
 * @throws RequestError with status 404 if there is no legend, 401 or 403 if it may not be seen
 */
export async function getLegend(
  { name, layer, format, scaleDenominator }: LegendRequest,
  { deps, legends: store }: WmsState,
  { ctx }: ServiceRequest,
): Promise<Response> {
  const question = { service: "wms.legendgraphic", layers: [name] } as const;
  const grant = await askPermission(deps.authorizer, question, ctx);
  if (!permits(grant, name, "legendgraphic")) throw refused(403);
  const headers = grant.isPublic ? {} : { "cache-control": "private" };

  const legends = drawnLegends(layer);
  const [first] = legends;
  if (!first || (format === "json" && !first.json)) {
    throw new RequestError(undefined, `layer ${name} has no legend graphic`, "layer", 404);
  }
  if (format === "json") {
    const document = await first.json?.(scaleDenominator, ctx);
    return respond(JSON.stringify(document ?? {}), "application/json", { headers });
  }
  const { picture, size } = await store.load(legends, scaleDenominator, ctx);
  const wanted = { ...format, transparent: true };
  const { bytes } = await toBytes({ picture, options: wanted }, wanted, size);
  return respond(bytes, format.mime, { headers });
}

function drawnLegends(node: LayerNode): LayerNode["legends"] {
  if (node.maps !== undefined || node.legends.length > 0) return node.legends;
  return node.children.flatMap(drawnLegends);
}
