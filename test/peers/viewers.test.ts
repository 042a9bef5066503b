import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { decode } from "../../src/image/codec.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { launchBrowser } from "./browser.ts";
import { assertInPlace } from "./compare.ts";
import { needs } from "./programs.ts";
import {
  leafletPage,
  mapLibrePage,
  ogcTilesPage,
  openLayersPage,
  serveViewers,
  tileJsonPage,
  type View,
  type ViewerPages,
  wmtsPage,
  xyzPage,
} from "./viewers.ts";

const chromium = await needs("chromium");

/** Those of the pictures that GDAL made: see test/fixtures/warp. */
const MERCATOR: View = { size: [320, 240], bbox: [-1500000, 3500000, 4500000, 8000000] };
const GEOGRAPHIC: View = { size: [320, 160], bbox: [-20, 30, 60, 70] };

/**
 * Mean difference of a channel, of 255. JPEG tiles of the nearest level stand between; viewers that stretch
 * maps of whole levels smooth them once more.
 */
const EXACT = { tolerance: 4 };
const STRETCHED = { tolerance: 6 };
/** Leaflet puts its tiles at whole pixels, which at levels between whole ones do not fit. */
const ROUNDED = { tolerance: 6, slack: 1 };

describe("web maps in Chromium as clients", chromium, () => {
  let server: Server;
  let browser: Browser;
  let pages: ViewerPages;
  before(async () => {
    server = await startServer();
    const url = `${server.url}/proxy/service`;
    const ol = { url, tiled: false, version: "1.3.0", srs: "EPSG:3857" };
    pages = await serveViewers({
      "/ol": openLayersPage(MERCATOR, ol),
      "/ol-tiled": openLayersPage(MERCATOR, { ...ol, tiled: true, version: "1.1.1" }),
      "/ol-degrees": openLayersPage(GEOGRAPHIC, { ...ol, srs: "EPSG:4326" }),
      "/leaflet": leafletPage(MERCATOR, { url, version: "1.1.1" }),
      "/leaflet-130": leafletPage(MERCATOR, { url, version: "1.3.0" }),
      "/maplibre": mapLibrePage(MERCATOR, { url }),
      "/tile-json": tileJsonPage(MERCATOR, {
        url: `${server.url}/proxy/tiles/world/GLOBAL_WEBMERCATOR/tile.json`,
      }),
      "/wmts": wmtsPage(MERCATOR, {
        capabilities: `${server.url}/proxy/wmts/1.0.0/WMTSCapabilities.xml`,
        matrixSet: "GLOBAL_WEBMERCATOR",
      }),
      "/wmts-kvp": wmtsPage(MERCATOR, {
        capabilities: `${url}?SERVICE=WMTS&REQUEST=GetCapabilities`,
        matrixSet: "GLOBAL_WEBMERCATOR",
      }),
      "/ogc-tiles": ogcTilesPage(MERCATOR, {
        url: `${server.url}/proxy/ogcapi/collections/world/map/tiles/WebMercatorQuad?f=json`,
      }),
      "/xyz": xyzPage(MERCATOR, {
        template: `${server.url}/proxy/tiles/world/GLOBAL_WEBMERCATOR/{z}/{x}/{y}.jpeg?origin=nw`,
      }),
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await pages?.close();
    await server?.stop();
  });

  async function look(path: string, { size: [width, height] }: View) {
    const page = await browser.newPage({ viewport: { width, height } });
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("response", (response) => {
      if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(pages.origin + path);
    await page.waitForFunction("window.ready === true", undefined, { timeout: 30_000 });
    const shot = await decode(new Uint8Array(await page.locator("#map").screenshot()));
    await page.close();
    assert.deepEqual(faults, []);
    return shot;
  }

  const cases = [
    ["OpenLayers, one map in EPSG:3857 (1.3.0)", "/ol", MERCATOR, EXACT],
    ["OpenLayers, tiled (1.1.1)", "/ol-tiled", MERCATOR, STRETCHED],
    ["OpenLayers in EPSG:4326 (1.3.0: latitude first)", "/ol-degrees", GEOGRAPHIC, EXACT],
    ["Leaflet (1.1.1)", "/leaflet", MERCATOR, ROUNDED],
    ["Leaflet (1.3.0)", "/leaflet-130", MERCATOR, ROUNDED],
    ["OpenLayers, WMTS from its capabilities by path", "/wmts", MERCATOR, STRETCHED],
    ["OpenLayers, WMTS from its capabilities by KVP", "/wmts-kvp", MERCATOR, STRETCHED],
    ["OpenLayers, tiles of the OGC API", "/ogc-tiles", MERCATOR, STRETCHED],
    ["Leaflet, XYZ", "/xyz", MERCATOR, ROUNDED],
    ["MapLibre (1.3.0 by URL template)", "/maplibre", MERCATOR, STRETCHED],
    ["MapLibre, by the URL of its TileJSON alone", "/tile-json", MERCATOR, STRETCHED],
  ] as const;
  for (const [name, path, view, tolerance] of cases) {
    it(`${name} shows the picture at its place`, async () => {
      const file = view === MERCATOR ? "mercator" : "geographic";
      const expected = await decode(
        new Uint8Array(await readFile(`test/fixtures/warp/${file}.png`)),
      );
      assertInPlace(await look(path, view), expected, tolerance);
    });
  }
});
