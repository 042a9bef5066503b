import { type Markup, type XmlValue, xml } from "../../core/xml.ts";
import type { Grid } from "../../grid/grid.ts";
import { resolutionToScale } from "../../grid/scales.ts";
import { levelBBox } from "../../grid/tiles.ts";
import type { TileLayer } from "../../model/layer.ts";
import { extentBBox } from "../../srs/extent.ts";
import { parseSrs } from "../../srs/srs.ts";
import { echo } from "../ows.ts";
import type { PublishedTiles } from "../published.ts";
import { publicLevels, tileSets } from "../tile-grid.ts";
import { levelName } from "../wmts/layers.ts";
import { fillTemplate } from "../wmts/template.ts";
import { clientSrs } from "./client-srs.ts";
import type { DemoContent, TileDemoLayer, WmtsDemo } from "./content.ts";
import { countCell, scaleCell, sizeCell } from "./figures.ts";
import { isWebMercator, MERCATOR_EDGE, mercatorBounds } from "./maplibre.ts";
import type { Place } from "./page.ts";
import {
  bboxText,
  type MapLibreMap,
  noPreview,
  type Preview,
  selectField,
  viewerField,
} from "./preview.ts";
import type { PreviewQuestion } from "./wms-preview.ts";

/** A level as the script draws it. */
export interface ClientLevel {
  /** What stands for it in URLs. */
  readonly name: string;
  readonly resolution: number;
  readonly topLeft: readonly [x: number, y: number];
  readonly size: readonly [columns: number, rows: number];
}

/**
 * The preview of a layer through WMTS: by path if that is on, else by KVP.
 *
 * @throws RequestError 404 for an unknown layer, 400 for a system or format that it does not have
 */
export function wmtsPreview(
  asked: PreviewQuestion,
  wmts: DemoContent["wmts"],
  { root, scriptUrl }: Place,
): Preview {
  const layers = (wmts?.layers ?? []).filter(({ isCompatible }) => isCompatible);
  const tiles = choose(asked, layers);
  const { name, grid } = tiles.layer;
  const levels = publicLevels(tiles.view).map((level, order) =>
    clientLevel(tiles.layer.grid, level, levelName(tiles.view, order)),
  );
  const path = wmtsPath(tiles, wmts as WmtsDemo);
  const mapLibre = mapLibreTiles(tiles.layer, levels, root + path);
  const viewer = mapLibre ? asked.viewer : "openlayers";
  const capabilities = wmts?.restful
    ? `${scriptUrl}/wmts/1.0.0/WMTSCapabilities.xml`
    : `${scriptUrl}/service?SERVICE=WMTS&REQUEST=GetCapabilities`;
  return {
    protocol: "WMTS",
    layer: name,
    srs: grid.srs.code,
    mapLibre,
    viewer,
    map: clientMap(tiles.layer.grid, levels, { url: root + path, countsFromSouth: false }),
    controls: controls("wmts_layer", { tiles, layers }, viewerField({ viewer, mapLibre })),
    addresses: [
      { label: "QGIS, ArcGIS (WMTS server)", value: capabilities },
      { label: "GDAL", value: `WMTS:${capabilities},layer=${name},tilematrixset=${grid.name}` },
      { label: "Leaflet, MapLibre (XYZ)", value: `${scriptUrl}/${path}` },
      ...tileJsonAddress(mapLibre && wmts?.published.get(tiles.layer), scriptUrl),
    ],
    details: gridDetails(tiles.layer.grid, levels),
  };
}

/**
 * The preview of a layer through TMS.
 *
 * @throws RequestError 404 for an unknown layer, 400 for a system or format that it does not have
 */
export function tmsPreview(
  asked: PreviewQuestion,
  tms: DemoContent["tms"],
  { root, scriptUrl }: Place,
): Preview {
  const layers = (tms?.layers ?? []).filter(({ isCompatible }) => isCompatible);
  const tiles = choose(asked, layers);
  const { name } = tiles.layer;
  const levels = tileSets(tiles.view).map(({ level, order }) =>
    clientLevel(tiles.layer.grid, level, String(order)),
  );
  const address = `${encodeURIComponent(name)}/${encodeURIComponent(tiles.spec)}`;
  const path = `tms/1.0.0/${address}/{z}/{x}/{y}.${tiles.extension}`;
  const plain = `tiles/${address}/{z}/{x}/{y}.${tiles.extension}?origin=nw`;
  // Below /tiles the levels count from the grid's own first one.
  const allLevels = publicLevels(tiles.view).map((level, order) =>
    clientLevel(tiles.layer.grid, level, String(order)),
  );
  const mapLibre = mapLibreTiles(tiles.layer, allLevels, root + plain);
  const viewer = mapLibre ? asked.viewer : "openlayers";
  return {
    protocol: "TMS",
    layer: name,
    srs: tiles.layer.grid.srs.code,
    mapLibre,
    viewer,
    map: clientMap(tiles.layer.grid, levels, { url: root + path, countsFromSouth: true }),
    controls: controls("tms_layer", { tiles, layers }, viewerField({ viewer, mapLibre })),
    addresses: [
      { label: "QGIS, Leaflet, MapLibre, OpenLayers (XYZ)", value: `${scriptUrl}/${plain}` },
      { label: "TMS, rows from the south", value: `${scriptUrl}/${path.replace("{y}", "{-y}")}` },
      ...tileJsonAddress(mapLibre && tiles, scriptUrl),
      { label: "TMS capabilities", value: `${scriptUrl}/tms/1.0.0/` },
    ],
    details: gridDetails(tiles.layer.grid, levels),
  };
}

/** One URL from which MapLibre and QGIS learn all; the service of `/tiles` has it. */
function tileJsonAddress(tiles: PublishedTiles | undefined, scriptUrl: string) {
  if (!tiles) return [];
  const layer = `${encodeURIComponent(tiles.layer.name)}/${encodeURIComponent(tiles.spec)}`;
  return [{ label: "MapLibre, QGIS (TileJSON)", value: `${scriptUrl}/tiles/${layer}/tile.json` }];
}

function choose(asked: PreviewQuestion, layers: readonly TileDemoLayer[]): PublishedTiles {
  const named = layers.filter(({ tiles }) => tiles.layer.name === asked.layer);
  if (named.length === 0) throw noPreview(`unknown layer: ${echo(asked.layer)}`, 404);
  if (asked.srs === undefined) throw noPreview("missing parameter srs", 400);
  const code = asked.srs.toUpperCase();
  const found = named.find(({ tiles }) => tiles.view.grid.srs.code === code);
  if (!found) throw noPreview(`layer ${asked.layer} is not served in ${echo(asked.srs)}`, 400);
  const { extension } = found.tiles;
  const format = asked.format?.replace(/^image\//, "");
  if (format !== undefined && format !== extension) {
    const message = `invalid format (${echo(format)}). this tile set only supports (${extension})`;
    throw noPreview(message, 400);
  }
  return found.tiles;
}

/** URL below the mount of a layer's tiles, with `{z}`, `{x}` and `{y}` to be filled in. */
function wmtsPath({ layer, extension }: PublishedTiles, { restful, template }: WmtsDemo): string {
  const values = {
    Layer: encodeURIComponent(layer.name),
    TileMatrixSet: encodeURIComponent(layer.grid.name),
    TileMatrix: "{z}",
    TileCol: "{x}",
    TileRow: "{y}",
    Format: extension,
    Style: "default",
  };
  if (restful) {
    // What is left are dimensions, for which every layer knows this word.
    return `wmts${fillTemplate(template, values).replace(/\{(?![zxy]\})\w+\}/g, "default")}`;
  }
  return `service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${values.Layer}&STYLE=default&TILEMATRIXSET=${values.TileMatrixSet}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&FORMAT=image/${extension}`;
}

/** Tiles as the script draws them with OpenLayers; `url` is relative to the page. */
export function clientMap(
  grid: Grid,
  levels: readonly ClientLevel[],
  how: { readonly url: string; readonly countsFromSouth: boolean },
): Preview["map"] {
  return { ...how, srs: clientSrs(grid.srs), levels, tileSize: grid.tileSize, extent: grid.bbox };
}

/** Tiles as MapLibre can draw them: of the whole world in web mercator, level by level. */
export function mapLibreTiles(
  { grid, extent }: Pick<TileLayer, "grid" | "extent">,
  levels: readonly ClientLevel[],
  url: string,
): MapLibreMap | undefined {
  const { tileSize, srs } = grid;
  const isWorld = levels.every(
    ({ name, size, topLeft: [x, y] }, zoom) =>
      Number(name) === zoom &&
      size[0] === 2 ** zoom &&
      size[1] === 2 ** zoom &&
      Math.abs(x + MERCATOR_EDGE) < 1 &&
      Math.abs(y - MERCATOR_EDGE) < 1,
  );
  if (!isWebMercator(srs) || !isWorld || tileSize[0] !== tileSize[1]) return undefined;
  return {
    tiles: url,
    tileSize: tileSize[0],
    maxZoom: levels.length - 1,
    bounds: mercatorBounds(extentBBox(extent, parseSrs("EPSG:4326"))),
  };
}

/** A level of the grid under the name that URLs have for it. */
export function clientLevel(grid: Grid, level: number, name: string): ClientLevel {
  const [minx, , , maxy] = levelBBox(grid, level);
  return {
    name,
    resolution: grid.resolutions[level]!,
    topLeft: [minx, maxy],
    size: grid.sizes[level]!,
  };
}

function controls(
  parameter: string,
  { tiles: now, layers }: { tiles: PublishedTiles; layers: readonly TileDemoLayer[] },
  viewer: XmlValue,
): Markup {
  const { name } = now.layer;
  const systems = layers.filter(({ tiles }) => tiles.layer.name === name);
  return xml`<form class="inline" action="" method="GET">
<input type="hidden" name="${parameter}" value="${name}">
<input type="hidden" name="format" value="${now.extension}">
${selectField(
  "srs",
  "Coordinate system",
  systems.map(({ tiles }) => {
    const { code } = tiles.layer.grid.srs;
    return { value: code, text: code, isChosen: tiles === now };
  }),
)}${viewer}<button type="submit" data-apply>Apply</button>
</form>
`;
}

/** The levels as a table; `name` is what the service calls the grid. */
export function gridDetails(
  grid: Grid,
  levels: readonly ClientLevel[],
  name: string = grid.name,
): Markup {
  return xml`<section class="card">
<h3>Grid ${name}</h3>
<p>Bounding box: <code>${bboxText(grid.bbox)}</code></p>
<div class="wide"><table>
<thead><tr><th scope="col">Level</th><th scope="col" class="number">Resolution</th><th scope="col" class="number">Scale denominator</th><th scope="col" class="number extra">Tiles</th></tr></thead>
<tbody>
${levels.map(
  ({ name: level, resolution, size }) =>
    xml`<tr><td>${level}</td>${sizeCell(resolution)}${scaleCell(resolutionToScale(resolution * grid.srs.metresPerUnit))}${countCell(size)}</tr>
`,
)}</tbody>
</table></div>
</section>`;
}
