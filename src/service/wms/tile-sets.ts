import { type Markup, xml } from "../../core/xml.ts";
import type { TileLayer } from "../../model/layer.ts";
import { extentBBox } from "../../srs/extent.ts";
import { publicGrid, tileSets } from "../tile-grid.ts";
import { boundingBox } from "./capabilities-11x.ts";
import { element } from "./markup.ts";
import { decimal } from "./numbers.ts";

/**
 * One `TileSet` for each tile layer (WMS Tile Caching, OSGeo draft of 2006); nothing without any.
 * Of several grids of a layer in one reference system the last counts, as in TMS without grid names.
 */
export function tileSetList(
  layers: readonly TileLayer[],
  version: "1.1.0" | "1.1.1",
): Markup | undefined {
  const sets = new Map<string, Markup>();
  for (const layer of layers) {
    sets.set(`${layer.name}_${layer.grid.srs.code}`, tileSet(layer, version));
  }
  return sets.size === 0 ? undefined : xml`${[...sets.values()]}`;
}

function tileSet(layer: TileLayer, version: "1.1.0" | "1.1.1"): Markup {
  const view = publicGrid(layer.grid);
  const { srs, tileSize } = layer.grid;
  const code = version === "1.1.0" ? view.srsName : srs.code;
  const bbox = extentBBox(layer.extent, srs);
  const resolutions = tileSets(view).map(({ resolution }) => `${decimal(resolution)} `);
  return xml`<TileSet>
${element("SRS", code)}${boundingBox({ code, srs, bbox })}<Resolutions>${resolutions}</Resolutions>
<Width>${tileSize[0]}</Width>
<Height>${tileSize[1]}</Height>
${element("Format", layer.options.mime || layer.options.format)}${element("Layers", layer.name)}<Styles/>
</TileSet>
`;
}
