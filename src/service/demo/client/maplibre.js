import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import { preparePage } from "./page.js";
import { showState } from "./state.js";

const WORKER = new URL("maplibre-worker.js", document.currentScript.src).href;

preparePage();
const element = document.getElementById("map");
const preview = JSON.parse(element.dataset.preview);
setWorkerUrl(WORKER);

const { mapLibre, background } = preview;
const [west, south, east, north] = mapLibre.bounds;

const map = new MapLibre({
  container: element,
  style: {
    version: 8,
    sources: {
      ...(background && { background: { type: "raster", tiles: [background], tileSize: 256 } }),
      layer: {
        type: "raster",
        tiles: [absolute(mapLibre.tiles)],
        tileSize: mapLibre.tileSize,
        maxzoom: mapLibre.maxZoom,
        bounds: mapLibre.bounds,
      },
    },
    layers: [
      ...(background ? [{ id: "background", type: "raster", source: "background" }] : []),
      { id: "layer", type: "raster", source: "layer" },
    ],
  },
  bounds: [
    [west, south],
    [east, north],
  ],
  fitBoundsOptions: { padding: 12 },
  attributionControl: false,
  // One world: repeated, a map of all of it would be centred on the date line.
  renderWorldCopies: false,
  locale: { "Map.Title": element.getAttribute("aria-label") },
});
map.addControl(new NavigationControl({ visualizePitch: true }), "top-left");
map.addControl(new ScaleControl());

document.getElementById("full-extent")?.addEventListener("click", () => {
  map.fitBounds(
    [
      [west, south],
      [east, north],
    ],
    { padding: 12, pitch: 0, bearing: 0 },
  );
});
const toggle = document.getElementById("background");
toggle?.addEventListener("click", () => {
  const isShown = toggle.getAttribute("aria-pressed") !== "true";
  map.setLayoutProperty("background", "visibility", isShown ? "visible" : "none");
  toggle.setAttribute("aria-pressed", String(isShown));
});

const state = showState();
const tellZoom = () => state.tell({ scale: `zoom ${map.getZoom().toFixed(2)}` });
map.on("moveend", tellZoom);
map.on("load", tellZoom);
map.on("mousemove", ({ lngLat }) => {
  state.tell({ at: `${lngLat.lng.toFixed(5)}, ${lngLat.lat.toFixed(5)}` });
});
map.on("error", () => state.failed());

/** A URL template against the page: braces stay as they are. */
function absolute(template) {
  return new URL(template, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
}
