import { defaults as defaultControls } from "ol/control/defaults.js";
import ScaleLine from "ol/control/ScaleLine.js";
import { getCenter } from "ol/extent.js";
import TileLayer from "ol/layer/Tile.js";
import OlMap from "ol/Map.js";
import { get as getProjection } from "ol/proj.js";
import { register } from "ol/proj/proj4.js";
import Projection from "ol/proj/Projection.js";
import TileImage from "ol/source/TileImage.js";
import TileWMS from "ol/source/TileWMS.js";
import XYZ from "ol/source/XYZ.js";
import TileGrid from "ol/tilegrid/TileGrid.js";
import View from "ol/View.js";
import { preparePage } from "./page.js";
import { showState } from "./state.js";

const element = document.getElementById("map");
if (element) showMap(element, JSON.parse(element.dataset.preview));
preparePage();

function showMap(target, preview) {
  const projection = projectionOf(preview.srs);
  const source = preview.levels ? tileSource(preview, projection) : wmsSource(preview, projection);
  const layer = new TileLayer({ source, extent: preview.levels ? undefined : preview.extent });
  const background = preview.background
    ? new TileLayer({ source: new XYZ({ url: preview.background }) })
    : undefined;
  const view = new View({
    projection,
    center: getCenter(preview.extent),
    multiWorld: true,
    // Stored tiles look as they are only in their own resolutions.
    ...(preview.levels && {
      resolutions: preview.levels.map((level) => level.resolution),
      constrainResolution: true,
    }),
  });
  const map = new OlMap({
    target,
    layers: background ? [background, layer] : [layer],
    view,
    controls: defaultControls().extend(preview.srs.isKnown ? [new ScaleLine()] : []),
  });
  // Between two levels of tiles the nearer one: half the map is worse than a cut edge.
  const fit = { padding: [12, 12, 12, 12], nearest: Boolean(preview.levels) };
  const showAll = () => view.fit(preview.extent, fit);
  showAll();
  document.getElementById("full-extent")?.addEventListener("click", showAll);
  const toggle = document.getElementById("background");
  toggle?.addEventListener("click", () => {
    background?.setVisible(!background.getVisible());
    toggle.setAttribute("aria-pressed", String(background?.getVisible() ?? false));
  });
  for (const select of document.querySelectorAll("select[data-dimension]")) {
    select.addEventListener("change", () => {
      source.updateParams({ [select.dataset.dimension]: select.value });
    });
  }
  tellState(map, source);
  if (preview.info) answerClicks(map, source, preview.info);
}

/** Where the pointer is, how fine the map is, and whether tiles failed. */
function tellState(map, source) {
  const state = showState();
  map.on("pointermove", ({ coordinate }) => state.tell({ at: numbers(coordinate) }));
  map.on("moveend", () => {
    const resolution = Number(map.getView().getResolution()?.toPrecision(6));
    state.tell({ scale: `resolution ${resolution}` });
  });
  source.on("tileloaderror", () => state.failed());
}

function numbers(coordinate) {
  return coordinate.map((value) => Number(value.toPrecision(8))).join(", ");
}

/** Asks about the place that is clicked; the answer is shown as text, whatever it is. */
function answerClicks(map, source, info) {
  const box = document.getElementById("info");
  const text = document.getElementById("info-text");
  map.on("singleclick", async ({ coordinate }) => {
    const view = map.getView();
    const url = source.getFeatureInfoUrl(coordinate, view.getResolution(), view.getProjection(), {
      INFO_FORMAT: info.format,
      FEATURE_COUNT: 10,
    });
    box.hidden = false;
    text.textContent = "…";
    try {
      const response = await fetch(url);
      const answer = await response.text();
      text.textContent = answer.trim() || `Nothing at ${numbers(coordinate)}`;
    } catch (error) {
      text.textContent = `The service does not answer: ${error.message}`;
    }
  });
}

function projectionOf(srs) {
  const { proj4 } = globalThis;
  if (!getProjection(srs.code) && proj4 && srs.definition) {
    proj4.defs(srs.code, srs.definition);
    register(proj4);
    // The scale bar would ask for places where the projection has none.
    getProjection(srs.code)?.setGetPointResolution((resolution) => resolution * srs.metresPerUnit);
  }
  const known = getProjection(srs.code);
  srs.isKnown = Boolean(known);
  if (known) return known;
  return new Projection({
    code: srs.code,
    units: srs.isGeographic ? "degrees" : "m",
    metersPerUnit: srs.metresPerUnit,
  });
}

function wmsSource({ url, params }, projection) {
  return new TileWMS({ url, params, projection, wrapX: false });
}

/** Tiles by URL template; `{y}` counts from the side that the protocol counts from. */
function tileSource({ url, levels, tileSize, countsFromSouth }, projection) {
  const tileGrid = new TileGrid({
    resolutions: levels.map((level) => level.resolution),
    origins: levels.map((level) => level.topLeft),
    sizes: levels.map((level) => level.size),
    tileSize,
  });
  return new TileImage({
    projection,
    tileGrid,
    wrapX: false,
    tileUrlFunction([z, x, y]) {
      const level = levels[z];
      const [columns, rows] = level.size;
      if (x < 0 || y < 0 || x >= columns || y >= rows) return undefined;
      const values = { z: level.name, x, y: countsFromSouth ? rows - 1 - y : y };
      return url.replace(/\{([zxy])\}/g, (_, key) => values[key]);
    },
  });
}
