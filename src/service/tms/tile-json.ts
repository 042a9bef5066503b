import { escapeXml } from "../../core/text.ts";
import { type Extent, extentBBox } from "../../srs/extent.ts";
import { geographicSrs } from "../../srs/geographic.ts";
import type { PublishedTiles } from "../published.ts";
import { publicLevels } from "../tile-grid.ts";
import { extentInGrid } from "../tile-limits.ts";

/**
 * TileJSON 3.0.0 of a layer in a grid: what MapLibre, Leaflet and QGIS need to add it by one URL. Rows
 * count from the north wherever the grid allows it.
 *
 * Clients that know no other grid than that of the web take any for it; `crs`, `resolutions` and `bounds`
 * tell the others.
 *
 * @param scriptUrl public URL of the mount without trailing slash
 */
export function tileJson(
  { layer, view, spec, extension }: PublishedTiles,
  { scriptUrl, hasNorthRows }: { readonly scriptUrl: string; readonly hasNorthRows: boolean },
): object {
  const { grid, metadata, title } = layer;
  const levels = publicLevels(view);
  const path = [layer.name, spec].map(encodeURIComponent).join("/");
  const origin = hasNorthRows ? "nw" : "sw";
  const bounds = boundsOf({ bbox: extentInGrid(grid, layer.extent), srs: grid.srs });
  return {
    tilejson: "3.0.0",
    name: title,
    ...(metadata.abstract !== undefined && { description: metadata.abstract }),
    ...(metadata.attribution?.title !== undefined && {
      attribution: attributionOf(layer.metadata),
    }),
    version: "1.0.0",
    scheme: hasNorthRows ? "xyz" : "tms",
    tiles: [`${scriptUrl}/tiles/1.0.0/${path}/{z}/{x}/{y}.${extension}?origin=${origin}`],
    minzoom: 0,
    maxzoom: levels.length - 1,
    bounds,
    center: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2, 0],
    tileSize: grid.tileSize[0],
    crs: grid.srs.code,
    resolutions: levels.map((level) => grid.resolutions[level]),
  };
}

/** West, south, east, north in degrees, within the limits of the format. */
function boundsOf(extent: Extent): [number, number, number, number] {
  const [west, south, east, north] = extentBBox(extent, geographicSrs(extent.srs));
  // The square of the web's maps ends where latitude does not: no client wants a pole there.
  const isMercator = extent.srs.definition === "EPSG:3857";
  const limit = isMercator ? MERCATOR_LATITUDE : 90;
  return [
    Math.max(-180, west),
    Math.max(-limit, south),
    Math.min(180, east),
    Math.min(limit, north),
  ];
}

/** Where the square of EPSG:3857 ends, degrees. */
const MERCATOR_LATITUDE = 85.0511287798066;

/** As HTML, which is what the format wants (3.0.0, 3.1). */
function attributionOf({ attribution }: PublishedTiles["layer"]["metadata"]): string {
  const { title = "", url } = attribution ?? {};
  const text = escapeXml(title);
  return url && /^https?:/i.test(url) ? `<a href="${escapeXml(url)}">${text}</a>` : text;
}
