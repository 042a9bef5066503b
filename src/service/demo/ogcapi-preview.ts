import { xml } from "../../core/xml.ts";
import { echo } from "../ows.ts";
import type { DemoContent, OgcApiDemoLayer, OgcApiTileSet } from "./content.ts";
import type { Place } from "./page.ts";
import { noPreview, type Preview, selectField, viewerField } from "./preview.ts";
import { clientLevel, clientMap, gridDetails, mapLibreTiles } from "./tile-preview.ts";
import type { PreviewQuestion } from "./wms-preview.ts";

/**
 * The preview of a layer through OGC API Tiles: the tiles of its collection's map (OGC 20-057, 7).
 *
 * @throws RequestError 404 for an unknown layer, 400 for a system or format that it does not have
 */
export function ogcApiPreview(
  asked: PreviewQuestion,
  ogcApi: DemoContent["ogcApi"],
  { root, scriptUrl }: Place,
): Preview {
  const extensions = ogcApi?.extensions ?? [];
  const { layer, set } = choose(asked, ogcApi?.layers ?? []);
  const extension = chooseFormat(asked.format, extensions);
  const { grid } = set;
  const levels = grid.resolutions.map((_, level) => clientLevel(grid, level, String(level)));
  const collection = `ogcapi/collections/${encodeURIComponent(layer.name)}`;
  const path = `${collection}/map/tiles/${encodeURIComponent(set.name)}/{z}/{y}/{x}.${extension}`;
  // MapLibre counts rows from the north; the grid has its own origin.
  const mapLibre =
    grid.origin === "nw"
      ? mapLibreTiles({ grid, extent: layer.extent }, levels, root + path)
      : undefined;
  const viewer = mapLibre ? asked.viewer : "openlayers";
  const url = root + path;
  return {
    protocol: "OGC API",
    layer: layer.name,
    srs: grid.srs.code,
    mapLibre,
    viewer,
    map: clientMap(grid, levels, { url, countsFromSouth: grid.origin === "sw" }),
    controls: xml`<form class="inline" action="" method="GET">
<input type="hidden" name="ogcapi_layer" value="${layer.name}">
${selectField("srs", "Coordinate system", systemsOf(layer, set))}${selectField(
  "format",
  "Image format",
  extensions.map((value) => ({ value, text: value, isChosen: value === extension })),
)}${viewerField({ viewer, mapLibre })}<button type="submit" data-apply>Apply</button>
</form>
`,
    addresses: [
      { label: "GDAL", value: `OGCAPI:${scriptUrl}/${collection}` },
      { label: "QGIS, Leaflet, MapLibre (XYZ)", value: `${scriptUrl}/${path}` },
      { label: "Collection", value: `${scriptUrl}/${collection}` },
      { label: "Landing page", value: `${scriptUrl}/ogcapi` },
    ].filter(({ label }) => mapLibre || !label.includes("XYZ")),
    details: gridDetails(grid, levels, set.name),
  };
}

function choose(
  asked: PreviewQuestion,
  layers: readonly OgcApiDemoLayer[],
): { layer: OgcApiDemoLayer; set: OgcApiTileSet } {
  const layer = layers.find(({ name }) => name === asked.layer);
  if (!layer) throw noPreview(`unknown layer: ${echo(asked.layer)}`, 404);
  if (asked.srs === undefined) throw noPreview("missing parameter srs", 400);
  const code = asked.srs.toUpperCase();
  const set = layer.sets.find(({ grid }) => grid.srs.code === code);
  if (set) return { layer, set };
  throw noPreview(`layer ${asked.layer} is not served in ${echo(asked.srs)}`, 400);
}

function chooseFormat(format: string | undefined, extensions: readonly string[]): string {
  const [first = "png"] = extensions;
  const wanted = format?.replace(/^image\//, "").replace(/^jpeg$/, "jpg") ?? first;
  if (extensions.includes(wanted)) return wanted;
  throw noPreview(
    `invalid format (${echo(wanted)}). this service only supports (${extensions.join(", ")})`,
    400,
  );
}

function systemsOf({ sets }: OgcApiDemoLayer, chosen: OgcApiTileSet) {
  return sets.map((set) => {
    const { code } = set.grid.srs;
    return { value: code, text: code, isChosen: set === chosen };
  });
}
