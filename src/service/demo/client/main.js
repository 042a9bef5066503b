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

const element = document.getElementById("map");
if (element) showMap(element, JSON.parse(element.dataset.preview));
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.submit());
  // The button is for browsers without scripts.
  for (const submit of select.form.querySelectorAll("[data-apply]")) submit.hidden = true;
}

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
}

/** Where the pointer is, how fine the map is, and whether tiles failed. */
function tellState(map, source) {
  const state = document.getElementById("state");
  if (!state) return;
  let failed = 0;
  let at = "";
  const tell = () => {
    const resolution = map.getView().getResolution();
    const parts = [`resolution ${Number(resolution?.toPrecision(6))}`, at];
    if (failed > 0) parts.push(`${failed} tiles could not be loaded`);
    state.textContent = parts.filter(Boolean).join(" · ");
  };
  map.on("pointermove", ({ coordinate }) => {
    at = coordinate.map((value) => Number(value.toPrecision(8))).join(", ");
    tell();
  });
  map.on("moveend", tell);
  source.on("tileloaderror", () => {
    failed++;
    tell();
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

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without a secure origin there is no clipboard: the text is selected for the keyboard.
    return;
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = before;
  }, 1500);
}
