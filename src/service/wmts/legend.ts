import type { ServiceDeps } from "../../model/define.ts";
import type { WmtsLayer } from "./layers.ts";
import type { MetadataQuestion } from "./operations.ts";
import { fillTemplate } from "./template.ts";

/** Below the mount, what GetLegendGraphic of our own WMS answers to. */
const WMS_LEGEND =
  "{base_url}/service?service=WMS&request=GetLegendGraphic&version={version}&format=image%2Fpng&layer={layer_name}";

/**
 * Where clients find the legend of a layer: at the URL configured for it, else at our own WMS, if
 * that runs and the layer has a legend there.
 */
export function legendUrls(
  deps: ServiceDeps,
): (layer: WmtsLayer, question: MetadataQuestion) => string | undefined {
  const wms = deps.services.get("wms");
  const version = deps.services.has("wms") ? newestVersion(wms) : undefined;
  return ({ name, first }, { binding, url }) => {
    const { wmtsKvpLegendUrl, wmtsRestLegendUrl } = first.layer.metadata;
    const values = {
      base_url: url.replace(binding === "KVP" ? /\/service$/ : /\/wmts$/, ""),
      layer_name: name,
    };
    const own = binding === "KVP" ? wmtsKvpLegendUrl : wmtsRestLegendUrl;
    if (own !== undefined) return fillTemplate(own, values);
    const hasLegend = (deps.layers.byName.get(name)?.legends.length ?? 0) > 0;
    if (version === undefined || !hasLegend) return undefined;
    const layer_name = encodeURIComponent(name);
    return fillTemplate(WMS_LEGEND, { ...values, layer_name, version });
  };
}

function newestVersion(wms: unknown): string {
  const versions = (wms as { versions?: unknown } | undefined | null)?.versions;
  if (!Array.isArray(versions) || versions.length === 0) return "1.3.0";
  // Versions of WMS have one digit a part: the order of texts is that of versions.
  return versions.map(String).sort().at(-1)!;
}
