import { type Browser, chromium, type Page } from "playwright-core";
import { find } from "./programs.ts";

/** A headless Chromium that asks nobody but the pages it is sent to. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await find("chromium");
  if (!executablePath) throw new Error("Chromium is not installed");
  return await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // WebGL without a graphics card, for MapLibre.
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
    ],
  });
}

/** What went wrong on a page: errors of its scripts, requests that failed or left `origin`. */
export interface Watch {
  readonly faults: readonly string[];
  /** URLs that were answered, in order. */
  readonly answered: readonly string[];
}

/** Notes what goes wrong on a page from now on. */
export function watch(page: Page, origin: string): Watch {
  const faults: string[] = [];
  const answered: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    // A map that moves on gives up what it no longer needs.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") faults.push(`failed: ${request.url()} ${reason}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:data|blob):/.test(url)) faults.push(`elsewhere: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`status ${response.status()}: ${response.url()}`);
    answered.push(response.url());
  });
  return { faults, answered };
}
