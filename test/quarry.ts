import { loadOne } from "../src/app/one.ts";
import { encode } from "../src/image/codec.ts";
import { newView } from "../src/image/view.ts";
import { silentLog, type TestPlatform, testPlatform } from "./platform.ts";
import { serviceDeps } from "./tile-service.ts";

const PNG_OPTIONS = {
  ...serviceDeps([]).imageOptions("image/png", undefined),
  transparent: true,
  colors: 0,
};

/**
 * A made-up country of a few thousandths of a degree around 0/0, drawn by a WMS 1.1.1 in memory: features are
 * rectangles, so that each pixel's color is known.
 */
interface Feature {
  readonly id: string;
  /** Longitudes and latitudes. */
  readonly bbox: readonly [number, number, number, number];
  readonly color: readonly [number, number, number];
}

/** By upstream layer. `seasons` depends on TIME, `terrain` on ELEVATION. */
const FEATURES: Readonly<Record<string, readonly Feature[]>> = {
  polygons: [
    { id: "polygons.1", bbox: [-2, -1, -1, 0], color: [200, 20, 20] },
    { id: "polygons.2", bbox: [-1.5, -0.5, 1, 2], color: [20, 160, 20] },
  ],
  ponds: [{ id: "ponds.1", bbox: [0, 0, 0.002, 0.001], color: [20, 20, 220] }],
  forests: [{ id: "forests.1", bbox: [0.001, 0, 0.003, 0.002], color: [0, 90, 0] }],
  "seasons 2024-01-01T00:00:00Z": [
    { id: "seasons.winter", bbox: [-4, -4, 4, 4], color: [250, 250, 240] },
  ],
  "seasons 2024-07-01T00:00:00Z": [
    { id: "seasons.summer", bbox: [-4, -4, 4, 4], color: [240, 220, 60] },
  ],
  "terrain 500": [{ id: "terrain.low", bbox: [-4, -4, 0, 4], color: [60, 120, 60] }],
  "terrain 600": [{ id: "terrain.high", bbox: [0, -4, 4, 4], color: [150, 90, 40] }],
};

const CONFIG = (wms: string) => `
services:
  wms:
    srs: ["EPSG:4326", "CRS:84", "EPSG:3857", "EPSG:25831"]
    featureinfo_types: [text, html, xml, json]
    md: {title: Quarry}
${wms}
layers:
  - {name: "cite:BasicPolygons", title: Polygons, sources: [polygons]}
  - {name: "cite:Ponds", title: Ponds & more, sources: [ponds]}
  - {name: "cite:Forests", title: Forests, sources: [forests]}
  - {name: "cite:Cached", title: Cached, sources: [cached]}
  - name: "cite:Seasons"
    title: Seasons
    sources: [seasons]
    dimensions:
      time: {values: ["2024-01-01T00:00:00Z", "2024-07-01T00:00:00Z"]}
  - name: "cite:Terrain"
    title: Terrain
    sources: [terrain]
    dimensions:
      elevation: {values: ["500", "600"], default: "500"}
  - {name: styled, title: Styled, sources: [styled]}
  - {name: styled_by_file, title: Styled by a file, sources: [styled_by_file]}
caches:
  cached: {sources: [polygons], grids: [GLOBAL_WEBMERCATOR], cache: {type: file, directory: /cache}}
  seasons: {sources: [seasons_source], grids: [GLOBAL_GEODETIC], cache: {type: file, directory: /seasons}}
sources:
  polygons: &wms
    type: wms
    supported_srs: ["EPSG:4326"]
    wms_opts: {featureinfo: true, legendgraphic: true}
    forward_req_params: [map_resolution]
    req: {url: "http://quarry/wms?", layers: polygons, transparent: true}
  ponds:
    <<: *wms
    req: {url: "http://quarry/wms?", layers: ponds, transparent: true}
  forests:
    <<: *wms
    wms_opts: {featureinfo: false}
    req: {url: "http://quarry/wms?", layers: forests, transparent: true}
  styled:
    type: wms
    req: {url: "http://quarry/wms?", layers: ponds, transparent: true, sld: "http://styles/a.sld"}
  styled_by_file:
    type: wms
    req: {url: "http://quarry/wms?", layers: ponds, transparent: true, sld: "file://style.sld"}
  terrain:
    type: wms
    supported_srs: ["EPSG:4326"]
    forward_req_params: [elevation]
    req: {url: "http://quarry/wms?", layers: terrain, transparent: true}
  seasons_source:
    type: wms
    supported_srs: ["EPSG:4326"]
    forward_req_params: [time]
    req: {url: "http://quarry/wms?", layers: seasons, transparent: true}
`;

export interface Quarry {
  /** Answer to a query string at `/service`. */
  get(query: string): Promise<Response>;
  /** Answer to a form sent to `/service`. */
  post(form: string): Promise<Response>;
  /** Queries that the server upstream was asked, in order. */
  readonly asked: URLSearchParams[];
  readonly platform: TestPlatform;
}

/** @param wms lines of YAML below `services.wms`, indented by four */
export async function quarry(wms = ""): Promise<Quarry> {
  const asked: URLSearchParams[] = [];
  const platform = testPlatform({
    fetch: (async (input: unknown, init: RequestInit = {}) => {
      const isForm = init.method === "POST";
      const query = isForm
        ? new URLSearchParams(String(init.body))
        : new URL(String(input)).searchParams;
      const params = new URLSearchParams(
        [...query].map(([name, value]) => [name.toUpperCase(), value]),
      );
      asked.push(params);
      return answer(params);
    }) as typeof globalThis.fetch,
  });
  await platform.files.write("/quarry.yaml", new TextEncoder().encode(CONFIG(wms)));
  await platform.files.write("/style.sld", new TextEncoder().encode("<StyledLayerDescriptor/>"));
  const app = await loadOne("/quarry.yaml", { platform, log: silentLog });
  const get = (query: string) => app.fetch(new Request(`http://localhost/service?${query}`));
  const post = (body: string) =>
    app.fetch(
      new Request("http://localhost/service", {
        method: "POST",
        body,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    );
  return { get, post, asked, platform };
}

async function answer(params: URLSearchParams): Promise<Response> {
  switch (params.get("REQUEST")) {
    case "GetMap":
      return drawMap(params);
    case "GetFeatureInfo":
      return tellFeatures(params);
    default: {
      const view = newView([20, 12], 4);
      view.data.fill(255);
      return picture((await encode(view, PNG_OPTIONS)).bytes);
    }
  }
}

const picture = (bytes: Uint8Array) =>
  new Response(bytes as BodyInit, { headers: { "content-type": "image/png" } });

function featuresOf(params: URLSearchParams): readonly Feature[] {
  const dimension = params.get("TIME") ?? params.get("ELEVATION");
  return (params.get("LAYERS") ?? "")
    .split(",")
    .flatMap((layer) => FEATURES[layer] ?? FEATURES[`${layer} ${dimension}`] ?? []);
}

async function drawMap(params: URLSearchParams): Promise<Response> {
  const [minx = 0, miny = 0, maxx = 0, maxy = 0] = (params.get("BBOX") ?? "")
    .split(",")
    .map(Number);
  const [width, height] = [Number(params.get("WIDTH")), Number(params.get("HEIGHT"))];
  const view = newView([width, height], 4);
  const features = featuresOf(params);
  for (let row = 0; row < height; row++) {
    const y = maxy - ((row + 0.5) / height) * (maxy - miny);
    for (let column = 0; column < width; column++) {
      const x = minx + ((column + 0.5) / width) * (maxx - minx);
      const top = features.findLast((feature) => holds(feature, x, y));
      if (top) view.data.set([...top.color, 255], 4 * (row * width + column));
    }
  }
  return picture((await encode(view, PNG_OPTIONS)).bytes);
}

function holds({ bbox: [minx, miny, maxx, maxy] }: Feature, x: number, y: number): boolean {
  return x >= minx && x < maxx && y >= miny && y < maxy;
}

function tellFeatures(params: URLSearchParams): Response {
  const [minx = 0, miny = 0, maxx = 0, maxy = 0] = (params.get("BBOX") ?? "")
    .split(",")
    .map(Number);
  const x = minx + ((Number(params.get("X")) + 0.5) / Number(params.get("WIDTH"))) * (maxx - minx);
  const y = maxy - ((Number(params.get("Y")) + 0.5) / Number(params.get("HEIGHT"))) * (maxy - miny);
  const ids = featuresOf(params)
    .filter((feature) => holds(feature, x, y))
    .slice(0, Number(params.get("FEATURE_COUNT") ?? 1))
    .map(({ id }) => id);
  const type = params.get("INFO_FORMAT") ?? "text/plain";
  const texts: Record<string, string> = {
    "text/plain": ids.join("\n"),
    "text/html": `<html><body><p>${ids.join("</p><p>")}</p></body></html>`,
    "application/json": JSON.stringify({ features: ids }),
  };
  const xml = `<info>${ids.map((id) => `<f id="${id}"/>`).join("")}</info>`;
  return new Response(texts[type] ?? xml, { headers: { "content-type": type } });
}
