import { VERSION } from "../../core/version.ts";
import { xml } from "../../core/xml.ts";
import { configured } from "../metadata.ts";
import type { DemoContent } from "./content.ts";
import { openingPreview } from "./opening.ts";
import { href, type Page, type Place } from "./page.ts";
import { previewMap, viewerAssets } from "./preview.ts";

/** The page at the root of the mount: a map, the layers, and the way to the rest. */
export function homePage(content: DemoContent, at: Place): Page {
  const { metadata, background } = content;
  const opening = openingPreview(content, at);
  const demo = `${at.root}demo/`;
  return {
    title: "Welcome",
    background,
    ...(opening && viewerAssets(opening.viewer)),
    body: xml`<h1>Welcome to Rhumb ${VERSION}</h1>
<p>${metadata.title && [configured(metadata.title), ". "]}See the <a href="${href(demo)}">demo</a> for all layers, services and addresses.</p>
${opening && previewMap(opening, content)}<section class="card">
<h2>Layers</h2>
<ul class="links">
${layerLinks(content).map(
  ({ name, title, query }) =>
    xml`<li><span>${name}</span><a href="${href(`${demo}?${query}`)}">${title}</a></li>\n`,
)}</ul>
</section>`,
  };
}

/** One preview a layer: by WMS in its first system, or by tiles where there is no WMS. */
function layerLinks({ wms, wmts, tms }: DemoContent) {
  if (wms && wms.layers.length > 0) {
    return wms.layers.map(({ name, node, systems }) => ({
      name,
      title: node.title,
      query: new URLSearchParams({ wms_layer: name, srs: systems[0]?.srs.code ?? "" }).toString(),
    }));
  }
  const parameter = wmts ? "wmts_layer" : "tms_layer";
  const shown = (wmts ?? tms)?.layers.filter(({ isCompatible }) => isCompatible) ?? [];
  return shown.map(({ tiles: { layer } }) => ({
    name: layer.name,
    title: `${layer.title} (${layer.grid.srs.code})`,
    query: new URLSearchParams({ [parameter]: layer.name, srs: layer.grid.srs.code }).toString(),
  }));
}
