import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { decode } from "../../src/image/codec.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { launchBrowser, type Watch, watch } from "./browser.ts";
import { needs } from "./programs.ts";

const chromium = await needs("chromium");

const PAGES = {
  home: "/proxy/",
  "home without slash": "/proxy",
  overview: "/proxy/demo/",
  "WMS in EPSG:3857": "/proxy/demo/?wms_layer=world&srs=EPSG:3857&format=image/jpeg",
  "WMS in EPSG:25832": "/proxy/demo/?wms_layer=world&srs=EPSG:25832&format=image/png",
  WMTS: "/proxy/demo/?wmts_layer=world&srs=EPSG:3857&format=jpeg",
  TMS: "/proxy/demo/?tms_layer=world&srs=EPSG:4326&format=jpeg",
  "OGC API in EPSG:3857": "/proxy/demo/?ogcapi_layer=world&srs=EPSG:3857",
  "OGC API in EPSG:4326": "/proxy/demo/?ogcapi_layer=world&srs=EPSG:4326&format=jpg",
  "WMS by MapLibre": "/proxy/demo/?wms_layer=world&srs=EPSG:3857&format=image/jpeg&viewer=maplibre",
  "WMTS by MapLibre": "/proxy/demo/?wmts_layer=world&srs=EPSG:3857&format=jpeg&viewer=maplibre",
  "OGC API by MapLibre": "/proxy/demo/?ogcapi_layer=world&srs=EPSG:3857&viewer=maplibre",
  "TMS by MapLibre": "/proxy/demo/?tms_layer=world&srs=EPSG:3857&format=jpeg&viewer=maplibre",
};

const DOCUMENTS = {
  WMS: "/proxy/demo/?wms_capabilities",
  "WMS-C": "/proxy/demo/?wmsc_capabilities",
  WMTS: "/proxy/demo/?wmts_capabilities",
  "WMTS by KVP": "/proxy/demo/?wmts_capabilities_kvp",
  TMS: "/proxy/demo/?tms_capabilities",
};

/** Share of the map's pixels that are neither the chequered ground nor white: 0 to 1. */
async function drawnShare(page: Page): Promise<number> {
  const shot = await page.locator("#map").screenshot();
  return colourful(await decode(new Uint8Array(shot)));
}

function colourful(view: RasterView): number {
  let count = 0;
  const pixels = view.width * view.height;
  for (let i = 0; i < pixels; i++) {
    const [r = 0, g = 0, b = 0] = view.data.subarray(i * view.channels, i * view.channels + 3);
    // The oceans are deep blue, the land brown: the ground of the page is light and grey.
    if (Math.max(r, g, b) - Math.min(r, g, b) > 24) count++;
  }
  return count / pixels;
}

async function mapIsDrawn(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector("#map canvas, #map .ol-viewport") !== null,
  );
  const deadline = Date.now() + 20_000;
  let share = 0;
  while (Date.now() < deadline) {
    share = await drawnShare(page);
    if (share > 0.15) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`only ${(share * 100).toFixed(1)} % of the map is drawn`);
}

describe("the demo in Chromium", chromium, () => {
  let server: Server;
  let browser: Browser;
  before(async () => {
    server = await startServer();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function open(
    path: string,
    options: Parameters<Browser["newPage"]>[0] = {},
  ): Promise<{ page: Page; watched: Watch }> {
    const page = await browser.newPage(options);
    const watched = watch(page, server.url);
    await page.goto(server.url + path, { waitUntil: "load" });
    return { page, watched };
  }

  for (const [name, path] of Object.entries(PAGES)) {
    it(`${name}: a live map, no error, nothing from elsewhere`, async () => {
      const { page, watched } = await open(path);
      await mapIsDrawn(page);
      const drawnBy = path.includes("maplibre") ? ".maplibregl-canvas" : ".ol-viewport";
      assert.equal(await page.locator(`#map ${drawnBy}`).count(), 1);
      assert.deepEqual(watched.faults, []);
      assert.ok(watched.answered.some((url) => /GetMap|\/wmts\/|\/tms\/|\/tiles\//.test(url)));
      await page.close();
    });
  }

  for (const [name, path] of Object.entries(DOCUMENTS)) {
    it(`capabilities of ${name}: shown as text, no error`, async () => {
      const { page, watched } = await open(path);
      assert.match((await page.locator("pre").textContent()) ?? "", /world/);
      assert.deepEqual(watched.faults, []);
      await page.close();
    });
  }

  for (const [name, path] of Object.entries({ ...PAGES, document: DOCUMENTS.WMS })) {
    it(`${name}: fits a phone of 360 pixels, in the dark too`, async () => {
      const { page, watched } = await open(path, {
        viewport: { width: 360, height: 740 },
        colorScheme: "dark",
      });
      const { overflow, ground } = await page.evaluate(() => ({
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ground: getComputedStyle(document.body).backgroundColor,
      }));
      assert.equal(overflow, 0, "nothing reaches beyond the screen");
      const [r = 255, g = 255, b = 255] = (ground.match(/\d+/g) ?? []).map(Number);
      assert.ok(r + g + b < 200, `the ground is dark: ${ground}`);
      assert.deepEqual(watched.faults, []);
      await page.close();
    });
  }

  it("works with the keyboard: the map moves, the choice of the system loads the page", async () => {
    const { page } = await open(PAGES["WMS in EPSG:3857"]);
    await mapIsDrawn(page);
    const state = page.locator("#state");
    const before = await state.textContent();
    await page.locator("#map").focus();
    await page.keyboard.press("+");
    await page.waitForFunction(
      (old) => document.querySelector("#state")?.textContent !== old,
      before,
    );
    await page.locator("select[name=srs]").focus();
    await page.locator("select[name=srs]").selectOption("EPSG:4326");
    await page.waitForURL(/srs=EPSG%3A4326/);
    await mapIsDrawn(page);
    await page.close();
  });
});
