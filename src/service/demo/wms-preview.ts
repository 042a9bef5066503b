import { type Markup, type XmlValue, xml } from "../../core/xml.ts";
import type { LayerNode } from "../../model/layer.ts";
import { extentBBox } from "../../srs/extent.ts";
import { parseSrs } from "../../srs/srs.ts";
import { echo } from "../ows.ts";
import { clientSrs } from "./client-srs.ts";
import type { ShownSrs, WmsDemo, WmsDemoLayer } from "./content.ts";
import { shownExtent } from "./extent.ts";
import { isWebMercator, mercatorBounds } from "./maplibre.ts";
import { href, type Place } from "./page.ts";
import {
  type MapLibreMap,
  noPreview,
  optionElement,
  type Preview,
  selectField,
  type Viewer,
  viewerField,
} from "./preview.ts";

/** What the query of a preview asks for. */
export interface PreviewQuestion {
  readonly layer: string;
  readonly srs: string | undefined;
  readonly format: string | undefined;
  readonly viewer: Viewer;
}

/**
 * The preview of a layer of the WMS, in version 1.1.1.
 *
 * @throws RequestError 404 for an unknown layer, 400 for a system or format that it is not served in
 */
export function wmsPreview(asked: PreviewQuestion, wms: WmsDemo | undefined, at: Place): Preview {
  const layer = wms?.layers.find(({ name }) => name === asked.layer);
  if (!wms || !layer) throw noPreview(`unknown layer: ${echo(asked.layer)}`, 404);
  const shown = chooseSystem(layer, asked.srs);
  const format = chooseFormat(wms, asked.format);
  const extent = shownExtent(layer.node.extent, shown.srs);
  const { code } = shown.srs;
  const parameters = {
    LAYERS: layer.name,
    VERSION: "1.1.1",
    SRS: code,
    STYLES: "",
    FORMAT: format,
  };
  const transparent = String(!/jpe?g/.test(format)).toUpperCase();
  const mapLibre = isWebMercator(shown.srs)
    ? mapLibreWms({ ...parameters, TRANSPARENT: transparent }, layer, at)
    : undefined;
  const viewer = mapLibre ? asked.viewer : "openlayers";
  const url = `${at.scriptUrl}/service?SERVICE=WMS&`;
  const query = new URLSearchParams({ ...parameters, BBOX: extent.join(",") });
  return {
    protocol: "WMS",
    layer: layer.name,
    srs: code,
    mapLibre,
    viewer,
    map: {
      srs: clientSrs(shown.srs),
      extent,
      url: `${at.root}service`,
      params: { ...parameters, TRANSPARENT: transparent },
      info: infoFormat(layer, wms),
    },
    controls: controls(
      layer,
      { shown, format, formats: wms.formats },
      viewerField({ viewer, mapLibre }),
    ),
    addresses: [
      { label: "QGIS, ArcGIS (WMS server)", value: `${url}REQUEST=GetCapabilities` },
      { label: "GDAL", value: `WMS:${url}REQUEST=GetMap&${query}` },
      { label: "A picture", value: `${url}REQUEST=GetMap&WIDTH=800&HEIGHT=600&${query}` },
    ],
    details: hasLegend(layer.node) && legend(layer, at),
  };
}

/** A request for each window of MapLibre's own tiles. */
function mapLibreWms(
  parameters: Readonly<Record<string, string>>,
  { node }: WmsDemoLayer,
  { root }: Place,
): MapLibreMap {
  const query = new URLSearchParams({
    SERVICE: "WMS",
    REQUEST: "GetMap",
    ...parameters,
    WIDTH: "512",
    HEIGHT: "512",
  });
  return {
    tiles: `${root}service?${query}&BBOX={bbox-epsg-3857}`,
    tileSize: 512,
    maxZoom: 22,
    bounds: mercatorBounds(extentBBox(node.extent, parseSrs("EPSG:4326"))),
  };
}

/** How a click is answered; `undefined` where nobody knows of features. */
function infoFormat(
  { node }: WmsDemoLayer,
  { infoTypes }: WmsDemo,
): { format: string } | undefined {
  const isQueryable = (one: LayerNode): boolean =>
    one.infos.length > 0 || one.children.some(isQueryable);
  const type = (["text", "json", "html", "xml"] as const).find((name) => infoTypes.includes(name));
  return type && isQueryable(node) ? { format: INFO_MIME[type] } : undefined;
}

const INFO_MIME = {
  text: "text/plain",
  json: "application/json",
  html: "text/html",
  xml: "text/xml",
} as const;

function hasLegend(node: LayerNode): boolean {
  return node.legends.length > 0 || node.children.some(hasLegend);
}

function legend({ name }: WmsDemoLayer, { root }: Place): Markup {
  const query = new URLSearchParams({
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetLegendGraphic",
    LAYER: name,
    FORMAT: "image/png",
  });
  return xml`<section class="card">
<h3>Legend</h3>
<img src="${href(`${root}service?${query}`)}" alt="Legend of ${name}">
</section>`;
}

function controls(
  { name, systems, node }: WmsDemoLayer,
  now: { shown: ShownSrs; format: string; formats: readonly string[] },
  viewer: XmlValue,
): Markup {
  return xml`<form class="inline" action="" method="GET">
<input type="hidden" name="wms_layer" value="${name}">
${selectField(
  "srs",
  "Coordinate system",
  systems.map((system) => ({
    value: system.srs.code,
    text: `${system.srs.code}${system.isNative ? "*" : ""}`,
    isChosen: system === now.shown,
  })),
)}${selectField(
  "format",
  "Image format",
  now.formats.map((format) => ({ value: format, text: format, isChosen: format === now.format })),
)}${viewer}<button type="submit" data-apply>Apply</button>
</form>
${node.dimensions.map((dimension) => {
  const options = dimension.values.map((value) => ({
    value,
    text: value,
    isChosen: value === dimension.default,
  }));
  return xml`<label>${dimension.name}<select data-dimension="${dimension.name.toUpperCase()}">${options.map(optionElement)}</select></label>
`;
})}`;
}

function chooseSystem({ systems, name }: WmsDemoLayer, asked: string | undefined): ShownSrs {
  const found = systems.find(({ srs }) => srs.code === asked?.toUpperCase());
  if (found) return found;
  const message =
    asked === undefined ? "missing parameter srs" : `layer ${name} is not served in ${echo(asked)}`;
  throw noPreview(message, 400);
}

function chooseFormat({ formats }: WmsDemo, asked: string | undefined): string {
  // Links of other pages name the format as paths do.
  const found = formats.find((mime) => mime === asked || mime === `image/${asked}`);
  const format = asked === undefined ? formats[0] : found;
  if (format === undefined) throw noPreview(`invalid format: ${echo(asked ?? "")}`, 400);
  return format;
}
