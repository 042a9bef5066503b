import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { decode } from "../../src/image/codec.ts";
import { type Watch, watch } from "./browser.ts";

/** Share of a map's pixels that must have color before it counts as drawn. */
const DRAWN = 0.125;
/** The oceans are deep blue, the land brown: the ground of the pages is light and grey, or dark and grey. */
const COLORFUL = 24;

/** Opens a page of a server, and notes what goes wrong on it. */
export async function open(
  browser: Browser,
  url: string,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<{ page: Page; watched: Watch }> {
  const page = await browser.newPage(options);
  const watched = watch(page, new URL(url).origin);
  await page.goto(url, { waitUntil: "load" });
  return { page, watched };
}

/** Waits until the page's map shows something. */
export async function mapIsDrawn(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector("#map canvas, #map .ol-viewport") !== null,
  );
  const deadline = Date.now() + 20_000;
  let share = 0;
  while (Date.now() < deadline) {
    share = await colorfulShare(page);
    if (share > DRAWN) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`only ${(share * 100).toFixed(1)} % of the map is drawn`);
}

/** 0 to 1. */
async function colorfulShare(page: Page): Promise<number> {
  const shot = await page.locator("#map").screenshot();
  const { data, width, height, channels } = await decode(new Uint8Array(shot));
  let count = 0;
  for (let i = 0; i < data.length; i += channels) {
    const [r = 0, g = 0, b = 0] = data.subarray(i, i + 3);
    if (Math.max(r, g, b) - Math.min(r, g, b) > COLORFUL) count++;
  }
  return count / (width * height);
}

/** Fails where the page is wider than the screen, or a table wider than its place. */
export async function assertFits(page: Page): Promise<void> {
  const overflow = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".wide")].map(
      ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
    ),
  );
  assert.deepEqual(
    overflow,
    overflow.map(() => 0),
    "nothing reaches beyond the screen",
  );
}
