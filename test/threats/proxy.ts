import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadOne } from "../../src/app/one.ts";
import { lineLog } from "../../src/observe/log.ts";
import { localPlatform, systemClock } from "../../src/runtime/local.ts";
import { scratch } from "../scratch.ts";

/** The whole application in this process, on the runtime that runs the test. */
export interface ProxyApp {
  /** Answers a path with query as if it came to `http://maps.example`. */
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Directory of the configuration; caches lie in it. */
  readonly directory: string;
  /** Lines of the log. */
  readonly log: readonly string[];
  /** Names of all files below the caches' directory. */
  stored(): string[];
  close(): Promise<void>;
}

/** Builds the application from a `mapproxy.yaml`. */
export async function proxy(yaml: string, env: Record<string, string> = {}): Promise<ProxyApp> {
  const directory = scratch();
  writeFileSync(join(directory, "mapproxy.yaml"), yaml);
  const log: string[] = [];
  const platform = { ...localPlatform(), env: { ...process.env, ...env } };
  const app = await loadOne(join(directory, "mapproxy.yaml"), {
    platform,
    log: lineLog("info", (line) => log.push(line), systemClock.now),
  });
  return {
    directory,
    log,
    get: (path, init) => app.fetch(new Request(`http://maps.example${path}`, init)),
    stored: () => filesBelow(join(directory, "cache_data")),
    close: () => app.close(),
  };
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .filter((name) => !name.endsWith(".lck"));
  } catch {
    return []; // nothing was stored
  }
}

/** One layer out of a cache of single tiles from a WMS at `url`, and the same without a cache. */
export function oneSource(url: string, more: { meta?: string; http?: string } = {}): string {
  return `
services:
  wms: {on_source_errors: raise, image_formats: [image/png, image/jpeg]}
  wmts: {}
  tms: {}
  kml: {}
layers:
  - {name: cached, title: Cached, sources: [c]}
  - {name: direct, title: Direct, sources: [s]}
caches:
  c:
    sources: [s]
    grids: [GLOBAL_WEBMERCATOR]
    ${more.meta ?? "meta_size: [1, 1]\n    meta_buffer: 0"}
sources:
  s:
    type: wms
    wms_opts: {featureinfo: true, featureinfo_format: text/html}
    req: {url: "${url}", layers: x}
    http: ${more.http ?? "{client_timeout: 2}"}
globals:
  cache: {base_dir: cache_data}
`;
}

/** The same configuration with the demo pages. */
export function withDemo(yaml: string): string {
  return yaml.replace("services:", "services:\n  demo: {}");
}

/** Query of a map of the whole world as 256 x 256 pixels. */
export function mapQuery(layer: string, more: Record<string, string> = {}): string {
  return `/service?${new URLSearchParams({
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetMap",
    LAYERS: layer,
    STYLES: "",
    SRS: "EPSG:3857",
    BBOX: "-20037508.342789244,-20037508.342789244,20037508.342789244,20037508.342789244",
    WIDTH: "256",
    HEIGHT: "256",
    FORMAT: "image/png",
    ...more,
  })}`;
}
