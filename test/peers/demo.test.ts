import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { type Server, startServer } from "../e2e/server.ts";
import { launchBrowser } from "./browser.ts";
import { assertFits, mapIsDrawn, open } from "./pages.ts";
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

  for (const [name, path] of Object.entries(PAGES)) {
    it(`${name}: a live map, no error, nothing from elsewhere`, async () => {
      const { page, watched } = await open(browser, server.url + path);
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
      const { page, watched } = await open(browser, server.url + path);
      assert.match((await page.locator("pre").textContent()) ?? "", /world/);
      assert.deepEqual(watched.faults, []);
      await page.close();
    });
  }

  for (const [name, path] of Object.entries({ ...PAGES, document: DOCUMENTS.WMS })) {
    it(`${name}: fits a phone of 360 pixels, in the dark too`, async () => {
      const { page, watched } = await open(browser, server.url + path, {
        viewport: { width: 360, height: 740 },
        colorScheme: "dark",
      });
      await assertFits(page);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const [r = 255, g = 255, b = 255] = (ground.match(/\d+/g) ?? []).map(Number);
      assert.ok(r + g + b < 200, `the ground is dark: ${ground}`);
      assert.deepEqual(watched.faults, []);
      await page.close();
    });
  }

  it("what there is no preview of: says so, and leads back", async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    const response = await page.goto(`${server.url}/proxy/demo/?wms_layer=nothing&srs=EPSG:3857`);
    assert.equal(response?.status(), 404);
    await assertFits(page);
    assert.match((await page.getByRole("alert").textContent()) ?? "", /unknown layer: nothing/);
    await page.locator("main a").click();
    await page.waitForURL(/\/demo\/$/);
    await mapIsDrawn(page);
    await page.close();
  });

  it("works with the keyboard: the map moves, the choice of the system loads the page", async () => {
    const { page } = await open(browser, server.url + PAGES["WMS in EPSG:3857"]);
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
