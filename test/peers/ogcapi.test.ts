import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { decode } from "../../src/image/codec.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { launchBrowser, watch } from "./browser.ts";
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
];

/** Waits until at least an eighth of the map is neither grey nor white. */
async function mapIsDrawn(page: Page): Promise<void> {
  const deadline = Date.now() + 20_000;
  let share = 0;
  while (Date.now() < deadline) {
    const shot = await page.locator("#map").screenshot();
    const { data, width, height, channels } = await decode(new Uint8Array(shot));
    let colourful = 0;
    for (let i = 0; i < data.length; i += channels) {
      const [r = 0, g = 0, b = 0] = data.subarray(i, i + 3);
      if (Math.max(r, g, b) - Math.min(r, g, b) > 24) colourful++;
    }
    share = colourful / (width * height);
    if (share > 0.125) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`only ${(share * 100).toFixed(1)} % of the map is drawn`);
}

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
      const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
      const watched = watch(page, server.url);
      await page.goto(server.url + API + path, { waitUntil: "load" });
      assert.ok((await page.locator("h1").count()) === 1);
      if ((await page.locator("#map").count()) > 0) await mapIsDrawn(page);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0, "nothing reaches beyond the screen");
      assert.deepEqual(watched.faults, []);
      await page.close();
    });
  }

  it("leads from page to page down to a map", async () => {
    const page = await browser.newPage();
    await page.goto(server.url + API);
    await page.locator('main a[href*="/collections?f=html"]').first().click();
    await page.locator("main table a").first().click();
    await page.waitForURL(/\/collections\/world/);
    await mapIsDrawn(page);
    await page.close();
  });
});

describe("MapLibre adds a layer by one URL", chromium, () => {
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

  it("its TileJSON", async () => {
    const page = await browser.newPage({ viewport: { width: 640, height: 480 } });
    const watched = watch(page, server.url);
    // The library as it is published, and a page of nobody's, on the server's own origin.
    await page.route("**/peer/*", async (route) => {
      const name = route.request().url().split("/").at(-1) ?? "";
      if (name === "page.html") {
        await route.fulfill({ contentType: "text/html", body: PAGE });
        return;
      }
      const file = fileURLToPath(import.meta.resolve(`maplibre-gl/dist/${name}`));
      await route.fulfill({ contentType: "text/javascript", body: await readFile(file) });
    });
    await page.goto(`${server.url}/peer/page.html`);
    await mapIsDrawn(page);
    assert.deepEqual(watched.faults, []);
    assert.ok(watched.answered.some((url) => url.endsWith("/tile.json")));
    assert.ok(watched.answered.some((url) => /\/\d+\/\d+\/\d+\.jpeg\?origin=nw$/.test(url)));
    await page.close();
  });
});

const PAGE = `<!DOCTYPE html>
<title>peer</title>
<link rel="icon" href="data:,">
<div id="map" style="width: 600px; height: 400px"></div>
<script type="module">
import { Map, setWorkerUrl } from "./maplibre-gl.mjs";
setWorkerUrl(new URL("maplibre-gl-worker.mjs", location.href).href);
new Map({
  container: "map",
  style: {
    version: 8,
    sources: {
      world: {
        type: "raster",
        url: new URL("/proxy/tiles/world/GLOBAL_WEBMERCATOR/tile.json", location.href).href,
        tileSize: 256,
      },
    },
    layers: [{ id: "world", type: "raster", source: "world" }],
  },
});
</script>`;
