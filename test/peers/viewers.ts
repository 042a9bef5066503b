import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
};

/** Serves pages with a map, and the libraries from node_modules that draw it. */
export interface ViewerPages {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  close(): Promise<void>;
}

/** @param pages HTML by path */
export async function serveViewers(pages: Readonly<Record<string, string>>): Promise<ViewerPages> {
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const page = pages[path];
    try {
      const body = page ?? (await readFile(`${MODULES}${path.replaceAll("..", "")}`));
      response.setHeader(
        "content-type",
        page ? "text/html" : (TYPES[extname(path)] ?? "image/png"),
      );
      response.end(body);
    } catch {
      response.statusCode = path === "/favicon.ico" ? 204 : 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What a page shows: a rectangle in a reference system, as large as the page. */
export interface View {
  readonly size: readonly [width: number, height: number];
  /** x east, y north. */
  readonly bbox: readonly [number, number, number, number];
}

/** Equatorial circumference over 256 pixels: m a pixel at level 0. */
const LEVEL_0 = 156543.03392804097;

const middle = ([minx, miny, maxx, maxy]: View["bbox"]) => [(minx + maxx) / 2, (miny + maxy) / 2];
const resolution = ({ bbox, size }: View) => (bbox[2] - bbox[0]) / size[0];

function page(view: View, head: string, script: string): string {
  const [width, height] = view.size;
  return `<!DOCTYPE html><html><head>${head}
<style>body{margin:0}#map{width:${width}px;height:${height}px;background:#f0f}</style></head>
<body><div id="map"></div><script type="module">${script}</script></body></html>`;
}

/** OpenLayers; `tiled`: many small maps instead of one. Sets `window.ready` when all is drawn. */
export function openLayersPage(
  view: View,
  wms: { url: string; srs: string; version: string; tiled: boolean },
): string {
  const kind = wms.tiled ? ["Tile", "TileWMS"] : ["Image", "ImageWMS"];
  return page(
    view,
    '<script src="/ol/dist/ol.js"></script>',
    `
const source = new ol.source.${kind[1]}({
  url: ${JSON.stringify(wms.url)}, crossOrigin: "anonymous", ratio: 1,
  params: {LAYERS: "world", VERSION: "${wms.version}", FORMAT: "image/png"},
});
const map = new ol.Map({
  target: "map", controls: [], layers: [new ol.layer.${kind[0]}({source})],
  view: new ol.View({projection: "${wms.srs}", center: ${JSON.stringify(middle(view.bbox))}, resolution: ${resolution(view)}, constrainResolution: false}),
});
map.once("rendercomplete", () => { window.ready = true; });`,
  );
}

/** Leaflet, in Web Mercator. */
export function leafletPage(view: View, wms: { url: string; version: string }): string {
  return leafletMap(
    view,
    `L.tileLayer.wms(${JSON.stringify(wms.url)}, {layers: "world", version: "${wms.version}", format: "image/png", crossOrigin: true})`,
  );
}

/** @param layer code that makes the layer */
function leafletMap(view: View, layer: string): string {
  const zoom = Math.log2(LEVEL_0 / resolution(view));
  return page(
    view,
    '<link rel="stylesheet" href="/leaflet/dist/leaflet.css"><script src="/leaflet/dist/leaflet.js"></script>',
    `
const center = L.CRS.EPSG3857.unproject(L.point(${JSON.stringify(middle(view.bbox))}));
const map = L.map("map", {zoomControl: false, attributionControl: false, fadeAnimation: false, zoomAnimation: false, zoomSnap: 0});
const layer = ${layer};
layer.on("load", () => { window.ready = true; });
layer.addTo(map);
map.setView(center, ${zoom});`,
  );
}

/** MapLibre, which asks a WMS with a URL template. */
export function mapLibrePage(view: View, wms: { url: string }): string {
  const template = `${wms.url}?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=world&STYLES=&CRS=EPSG:3857&BBOX={bbox-epsg-3857}&WIDTH=256&HEIGHT=256&FORMAT=image/png`;
  return mapLibreMap(view, { tiles: [template] });
}

/** MapLibre, which learns all of a layer's tiles from its TileJSON. */
export function tileJsonPage(view: View, layer: { url: string }): string {
  return mapLibreMap(view, layer);
}

/** @param source what the raster source is made of; MapLibre knows Web Mercator only */
function mapLibreMap(view: View, source: { tiles?: string[]; url?: string }): string {
  const zoom = Math.log2(LEVEL_0 / 2 / resolution(view));
  const [x = 0, y = 0] = middle(view.bbox);
  const radius = 6378137;
  const degrees = 180 / Math.PI;
  const center = [(x / radius) * degrees, Math.atan(Math.sinh(y / radius)) * degrees];
  return page(
    view,
    '<link rel="stylesheet" href="/maplibre-gl/dist/maplibre-gl.css">',
    `
import * as maplibregl from "/maplibre-gl/dist/maplibre-gl.mjs";
const map = new maplibregl.Map({
  container: "map", attributionControl: false, fadeDuration: 0, interactive: false,
  center: ${JSON.stringify(center)}, zoom: ${zoom},
  style: {version: 8, sources: {world: ${JSON.stringify({ type: "raster", tileSize: 256, ...source })}},
    layers: [{id: "world", type: "raster", source: "world", paint: {"raster-fade-duration": 0}}]},
});
map.once("idle", () => { window.ready = true; });`,
  );
}

/** A map of OpenLayers with tiles of one source, which `source` makes: code of an async function. */
function openLayersTilesPage(view: View, source: string): string {
  return page(
    view,
    '<script src="/ol/dist/ol.js"></script>',
    `
const source = await (async () => { ${source} })();
const map = new ol.Map({
  target: "map", controls: [], layers: [new ol.layer.Tile({source})],
  view: new ol.View({projection: "EPSG:3857", center: ${JSON.stringify(middle(view.bbox))}, resolution: ${resolution(view)}, constrainResolution: false}),
});
map.once("rendercomplete", () => { window.ready = true; });`,
  );
}

/** OpenLayers, which learns all of the WMTS from its capabilities. */
export function wmtsPage(view: View, wmts: { capabilities: string; matrixSet: string }): string {
  return openLayersTilesPage(
    view,
    `
const text = await (await fetch(${JSON.stringify(wmts.capabilities)})).text();
const options = ol.source.WMTS.optionsFromCapabilities(
  new ol.format.WMTSCapabilities().read(text), {layer: "world", matrixSet: "${wmts.matrixSet}"});
return new ol.source.WMTS({...options, crossOrigin: "anonymous"});`,
  );
}

/** OpenLayers, which learns all from the document of a tile set of the OGC API. */
export function ogcTilesPage(view: View, tileset: { url: string }): string {
  return openLayersTilesPage(
    view,
    `
const source = new ol.source.OGCMapTile({url: ${JSON.stringify(tileset.url)}, crossOrigin: "anonymous"});
await new Promise((resolve, reject) => source.on("change", () => {
  if (source.getState() === "ready") resolve();
  if (source.getState() === "error") reject(new Error("OpenLayers cannot read the tile set"));
}));
return source;`,
  );
}

/** Leaflet with tiles by URL template, rows from the north. */
export function xyzPage(view: View, xyz: { template: string }): string {
  return leafletMap(
    view,
    `L.tileLayer(${JSON.stringify(xyz.template)}, {crossOrigin: true, maxZoom: 19})`,
  );
}
