import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { type Server, startServer } from "../e2e/server.ts";
import { launchBrowser } from "./browser.ts";
import { assertFits, mapIsDrawn, open } from "./pages.ts";
import { needs } from "./programs.ts";

const chromium = await needs("chromium");

const API = "/proxy/ogcapi";
const PAGES = [
  "",
  "/conformance",
  "/api",
  "/api?ui=redoc",
  "/collections",
  "/collections/world",
  "/collections/world/map/tiles",
  "/collections/world/map/tiles/WebMercatorQuad",
  "/collections/world/map/tiles/GLOBAL_GEODETIC",
  "/tileMatrixSets",
  "/tileMatrixSets/WebMercatorQuad",
  "/tileMatrixSets/GLOBAL_GEODETIC",
];

describe("the OGC API in Chromium", chromium, () => {
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

  for (const path of PAGES) {
    it(`${path || "/"}: no error, nothing from elsewhere, fits a phone of 360 pixels`, async () => {
      const viewport = { width: 360, height: 740 };
      const { page, watched } = await open(browser, server.url + API + path, { viewport });
      assert.ok((await page.locator("h1").count()) === 1);
      if ((await page.locator("#map").count()) > 0) await mapIsDrawn(page);
      await assertFits(page);
      assert.deepEqual(watched.faults, []);
      await page.close();
    });
  }

  it("leads from page to page down to a map", async () => {
    const { page } = await open(browser, server.url + API);
    await page.locator('main a[href*="/collections?f=html"]').first().click();
    await page.locator("main table a").first().click();
    await page.waitForURL(/\/collections\/world/);
    await mapIsDrawn(page);
    await page.close();
  });
});
