import { RequestError } from "../../core/errors.ts";
import type { DemoContent } from "./content.ts";
import { ogcApiPreview } from "./ogcapi-preview.ts";
import type { Place } from "./page.ts";
import type { Preview } from "./preview.ts";
import { tmsPreview, wmtsPreview } from "./tile-preview.ts";
import { wmsPreview } from "./wms-preview.ts";

/**
 * The map that the first pages show: of the first layer, by the first service that has one.
 *
 * @returns `undefined` where no service can show a map
 */
export function openingPreview(content: DemoContent, at: Place): Preview | undefined {
  const { wms, wmts, tms, ogcApi } = content;
  const first = wms?.layers.find(({ name }) => name === wms.first);
  try {
    if (first) return wmsPreview(question(first.name, first.systems[0]?.srs.code), wms, at);
    const byWmts = wmts?.layers.find(({ isCompatible }) => isCompatible)?.tiles.layer;
    if (byWmts) return wmtsPreview(question(byWmts.name, byWmts.grid.srs.code), wmts, at);
    const byTms = tms?.layers.find(({ isCompatible }) => isCompatible)?.tiles.layer;
    if (byTms) return tmsPreview(question(byTms.name, byTms.grid.srs.code), tms, at);
    const collection = ogcApi?.layers[0];
    if (collection) {
      const { name, sets } = collection;
      return ogcApiPreview(question(name, sets[0]?.grid.srs.code), ogcApi, at);
    }
  } catch (error) {
    // A layer whose extent cannot be drawn in its own system has no preview; the page goes without.
    if (!(error instanceof RequestError)) throw error;
  }
  return undefined;
}

function question(layer: string, srs: string | undefined) {
  return { layer, srs, format: undefined, viewer: "openlayers" } as const;
}
