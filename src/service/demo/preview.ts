import { originTile, sizeOf, tileBBox } from "../../grid/tiles.ts";
import { type Markup, type XmlValue, xml } from "../../core/xml.ts";
import { extentBBox } from "../../srs/extent.ts";
import { projString } from "../../srs/projector.ts";
import type { Srs } from "../../srs/srs.ts";
import { publicLevels, tileSets } from "../tile-grid.ts";
import type { DemoContent, TileDemoLayer, WmsDemoLayer } from "./content.ts";
import type { Page } from "./page.ts";

/** What the script of a preview is told (`data-preview` of the map). */
interface Preview {
  readonly srs: { code: string; isGeographic: boolean; metresPerUnit: number; definition: string };
  readonly extent: readonly number[];
  readonly background: string | undefined;
  readonly url: string;
  /** Of a WMS. */
  readonly params?: Record<string, string>;
  /** Of tiles. */
  readonly levels?: readonly {
    readonly name: number | string;
    readonly resolution: number;
    readonly topLeft: readonly [number, number];
    readonly size: readonly [number, number];
  }[];
  readonly tileSize?: readonly [number, number];
  readonly countsFromSouth?: boolean;
}

/** A URL that people copy into other programs. */
interface Copied {
  readonly label: string;
  readonly url: string;
}

/**
 * The page that shows a layer of the WMS.
 *
 * @param scriptUrl of the mount, for URLs that are copied
 */
export function wmsPreview(
  content: DemoContent,
  { name, node, systems }: WmsDemoLayer,
  asked: { readonly srs: Srs; readonly format: string; readonly scriptUrl: string },
): Page {
  const { srs, format, scriptUrl } = asked;
  const transparent = format.includes("png") ? "true" : "false";
  const params: Record<string, string> = {
    LAYERS: name,
    FORMAT: format,
    TRANSPARENT: transparent,
    VERSION: "1.1.1",
    STYLES: "",
    SRS: srs.code,
  };
  const preview: Preview = {
    srs: shownSrs(srs),
    extent: extentBBox(node.extent, srs),
    background: content.background,
    url: "../service?",
    params,
  };
  const formats = content.wms?.formats ?? [format];
  const choices = xml`<form class="inline" action="" method="GET">
<input type="hidden" name="wms_layer" value="${name}">
${choice("srs", "Coordinate system", systems.map((s) => s.srs.code), srs.code)}
${choice("format", "Image format", formats, format)}
<button type="submit" data-apply>Show</button>
</form>
${node.dimensions.map(
    ({ name: dimension, values, default: preset }) => xml`<label>${dimension}
<select data-dimension="${dimension}">${values.map(
      (value) => xml`<option value="${value}"${value === preset && " selected"}>${value}</option>`,
    )}</select></label>
`,
  )}`;
  const bbox = extentBBox(node.extent, srs).join(",");
  return previewPage(name, preview, choices, [
    {
      label: "QGIS, ArcGIS (WMS)",
      url: `${scriptUrl}/service?SERVICE=WMS&REQUEST=GetCapabilities`,
    },
    {
      label: "GDAL",
      url: `WMS:${scriptUrl}/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=${encodeURIComponent(name)}&SRS=${srs.code}&BBOX=${bbox}&FORMAT=${format}`,
    },
  ]);
}

/** The page that shows a layer through WMTS or TMS. */
export function tilePreview(
  protocol: "wmts" | "tms",
  content: DemoContent,
  { tiles }: TileDemoLayer,
  scriptUrl: string,
): Page {
  const { layer, view, extension } = tiles;
  const { grid } = layer;
  const isTms = protocol === "tms";
  const levels = isTms
    ? tileSets(view).map(({ order, level }) => ({ name: order, level }))
    : publicLevels(view).map((level, i) => ({ name: i, level }));
  const template = isTms
    ? `tms/1.0.0/${encodeURIComponent(layer.name)}/${encodeURIComponent(tiles.spec)}/{z}/{x}/{y}.${extension}`
    : wmtsTemplate(content, tiles);
  const preview: Preview = {
    srs: shownSrs(grid.srs),
    extent: extentBBox(layer.extent, grid.srs),
    background: content.background,
    url: `../${template}`,
    levels: levels.map(({ name, level }) => {
      const [minx, , , maxy] = tileBBox(grid, originTile(grid, level, "nw"));
      return {
        name,
        resolution: grid.resolutions[level] ?? 0,
        topLeft: [minx, maxy],
        size: sizeOf(grid, level),
      };
    }),
    tileSize: grid.tileSize,
    countsFromSouth: isTms,
  };
  const table = xml`<details><summary>Grid ${grid.name}: ${grid.bbox.join(", ")}</summary>
<div class="wide"><table><thead><tr><th scope="col">Level</th><th scope="col">Resolution</th></tr></thead>
<tbody>${levels.map(({ name, level }) => xml`<tr><td>${name}</td><td>${grid.resolutions[level]}</td></tr>`)}</tbody></table></div>
</details>`;
  const copied: Copied[] = isTms
    ? [{ label: "QGIS, GDAL (TMS)", url: `${scriptUrl}/tms/1.0.0/` }]
    : [
        { label: "QGIS, ArcGIS (WMTS)", url: wmtsDocument(content, scriptUrl) },
        { label: "GDAL", url: `WMTS:${wmtsDocument(content, scriptUrl)},layer=${layer.name}` },
      ];
  copied.push({ label: "MapLibre, Leaflet (template)", url: `${scriptUrl}/${template}` });
  return previewPage(layer.name, preview, table, copied);
}

function wmtsTemplate(content: DemoContent, { layer, extension }: TileDemoLayer["tiles"]): string {
  const set = encodeURIComponent(layer.grid.name);
  const name = encodeURIComponent(layer.name);
  if (!content.wmts?.restful) {
    return `service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=default&TILEMATRIXSET=${set}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&FORMAT=image/${extension}`;
  }
  const values: Record<string, string> = {
    Layer: name,
    TileMatrixSet: set,
    TileMatrix: "{z}",
    TileCol: "{x}",
    TileRow: "{y}",
    Format: extension,
    Style: "default",
  };
  const path = content.wmts.template.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "default");
  return `wmts${path}`;
}

function wmtsDocument(content: DemoContent, scriptUrl: string): string {
  return content.wmts?.restful
    ? `${scriptUrl}/wmts/1.0.0/WMTSCapabilities.xml`
    : `${scriptUrl}/service?SERVICE=WMTS&REQUEST=GetCapabilities`;
}

function shownSrs(srs: Srs): Preview["srs"] {
  const { code, isGeographic, metresPerUnit } = srs;
  return { code, isGeographic, metresPerUnit, definition: projString(srs.definition) };
}

function choice(name: string, label: string, values: readonly string[], chosen: string): Markup {
  return xml`<label>${label}
<select name="${name}" data-submit>${values.map(
    (value) => xml`<option value="${value}"${value === chosen && " selected"}>${value}</option>`,
  )}</select></label>`;
}

function previewPage(
  name: string,
  preview: Preview,
  choices: XmlValue,
  copied: readonly Copied[],
): Page {
  const isDefined = !["EPSG:3857", "EPSG:900913", "EPSG:4326", "CRS:84"].includes(preview.srs.code);
  const body = xml`<section class="card">
<h2>Layer Preview - ${name}</h2>
<div class="bar">${choices}</div>
<div id="map" tabindex="0" role="application" aria-label="Map of ${name}" data-preview="${JSON.stringify(preview)}"></div>
<p id="state" role="status"></p>
<p><button type="button" id="full-extent">Full extent</button>${
    preview.background &&
    xml` <button type="button" id="background" aria-pressed="true">Background</button>`
  }</p>
</section>
<section class="card">
<h2>Use it elsewhere</h2>
${copied.map(
  ({ label, url }, i) => xml`<div class="copy"><label for="copy-${i}">${label}
<input id="copy-${i}" readonly value="${url}"></label> <button type="button" data-copy="copy-${i}" hidden>Copy</button></div>
`,
)}</section>`;
  return {
    title: `Layer Preview - ${name}`,
    body,
    scripts: isDefined ? ["proj4.min.js", "ol.js"] : ["ol.js"],
    background: preview.background,
  };
}
