import assert from "node:assert/strict";
import type { BBox } from "../src/geo/bbox.ts";
import { decode } from "../src/image/codec.ts";
import type { RasterView } from "../src/image/picture.ts";
import { newView, withChannels } from "../src/image/view.ts";
import type { Authorizer, AuthService, Decision } from "../src/model/auth.ts";
import type { ServiceDeps } from "../src/model/define.ts";
import type { InfoLayer, LayerNode, LayerTree, MapLayer } from "../src/model/layer.ts";
import type { ServiceRequest } from "../src/model/service.ts";
import type { InfoDocument, InfoQuery, MapQuery, MapResult, Source } from "../src/model/source.ts";
import { owsRoutes } from "../src/service/ows.ts";
import { wmsService } from "../src/service/wms/index.ts";
import type { WmsOptions } from "../src/service/wms/options.ts";
import { DEFAULT_EXTENT, type Extent } from "../src/srs/extent.ts";
import { parseSrs } from "../src/srs/srs.ts";
import { testContext } from "./platform.ts";
import { fakeTiles, gridOf, layerNode, serviceDeps } from "./tile-service.ts";

/** A layer that fills each map with one color, and remembers what it was asked for. */
export interface FakeMap extends MapLayer {
  readonly asked: MapQuery[];
}

/** @param color red, green, blue and, for a layer one can see through, alpha */
export function fakeMap(
  name: string,
  color: readonly number[],
  overrides: Partial<MapLayer> = {},
): FakeMap {
  const asked: MapQuery[] = [];
  return {
    name,
    extent: DEFAULT_EXTENT,
    resolutions: undefined,
    coverage: undefined,
    isOpaque: () => false,
    async getMap(query) {
      asked.push(query);
      return mapResult(plain(query.size, color));
    },
    ...overrides,
    asked,
  };
}

/** A picture of one color. */
export function plain(size: readonly [number, number], color: readonly number[]): RasterView {
  const view = newView(size, color.length as RasterView["channels"]);
  for (let i = 0; i < view.data.length; i++) view.data[i] = color[i % color.length]!;
  return view;
}

/** Pixels as a layer hands them on. */
export function mapResult(view: RasterView, more: Partial<MapResult> = {}): MapResult {
  return {
    picture: { kind: "raster", view },
    options: { ...PNG, transparent: view.channels === 4 },
    cacheable: true,
    ...more,
  };
}

const PNG = serviceDeps([]).imageOptions("image/png", undefined);

/** Something that knows about features, and remembers what it was asked. */
export function fakeInfo(
  type: InfoDocument["type"],
  text: string,
): InfoLayer & { asked: InfoQuery[] } {
  const asked: InfoQuery[] = [];
  return {
    asked,
    coverage: undefined,
    async getInfo(query) {
      asked.push(query);
      return { type, text };
    },
  };
}

/** A legend of one color. */
export function fakeLegend(
  id: string,
  size: readonly [number, number],
  color: readonly number[],
): NonNullable<Source["legend"]> & { scales: (number | undefined)[] } {
  const scales: (number | undefined)[] = [];
  return {
    id,
    scales,
    async get(scale) {
      scales.push(scale);
      return { kind: "raster", view: plain(size, color) };
    },
    async json(scale) {
      scales.push(scale);
      return { Legend: [{ layerName: id }] };
    },
  };
}

/** A leaf of the layer tree. */
export function leaf(name: string, overrides: Partial<LayerNode> = {}): LayerNode {
  return layerNode(name, { maps: [fakeMap(name, [255, 0, 0])], ...overrides });
}

/** A group; without `maps` it stands for its children. */
export function group(
  name: string | undefined,
  children: readonly LayerNode[],
  overrides: Partial<LayerNode> = {},
): LayerNode {
  const title = name === undefined ? "" : `Title of ${name}`;
  return { ...layerNode(""), name, title, maps: undefined, children, ...overrides };
}

/** A tree with all named nodes of `root`, depth first; of equal names the later one counts. */
export function treeOf(root: LayerNode): LayerTree {
  const byName = new Map<string, LayerNode>();
  const visit = (node: LayerNode): void => {
    if (node.name !== undefined) byName.set(node.name, node);
    node.children.forEach(visit);
  };
  visit(root);
  return { root, byName };
}

/** An authorizer that always decides the same, and remembers the questions. */
export function decides(decision: Decision): Authorizer & {
  asked: { service: AuthService; layers: readonly string[]; extent: Extent | undefined }[];
} {
  const asked: { service: AuthService; layers: readonly string[]; extent: Extent | undefined }[] =
    [];
  return {
    restricts: true,
    asked,
    async authorize(service, layers, extent) {
      asked.push({ service, layers, extent });
      return decision;
    },
  };
}

export interface WmsTest {
  /** Sends the query string to `/service`, or to `path`. */
  get(query: string, options?: Partial<ServiceRequest> & { path?: string }): Promise<Response>;
  /** The same, read as text. */
  text(query: string, options?: Partial<ServiceRequest>): Promise<string>;
}

/** A WMS over a tree of layers, behind the dispatcher of the application. */
export async function wmsOf(
  root: LayerNode,
  options: WmsOptions = {},
  overrides: Partial<ServiceDeps> = {},
): Promise<WmsTest> {
  const deps = serviceDeps([], { layers: treeOf(root), ...overrides });
  const service = await wmsService.create(options, deps);
  const routes = owsRoutes([service]);
  const get: WmsTest["get"] = async (query, { path = "/service", ...more } = {}) => {
    const request: ServiceRequest = {
      method: "GET",
      mount: "",
      path,
      query,
      headers: new Headers(),
      ctx: testContext(),
      scriptUrl: "http://localhost",
      baseUrl: `http://localhost${path}`,
      dispatch: () => Promise.reject(new Error("nothing is dispatched")),
      ...more,
    };
    const handler = routes[path.slice(1)];
    return (await handler?.(request)) ?? new Response("not found", { status: 404 });
  };
  return { get, text: async (query, more) => (await get(query, more)).text() };
}

/** A GetMap request that works, with parameters replaced (or left out by `undefined`). */
export function mapQuery(
  version: "1.0.0" | "1.1.0" | "1.1.1" | "1.3.0",
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const isOld = version === "1.0.0";
  const is13 = version === "1.3.0";
  const params: Record<string, string | undefined> = {
    SERVICE: "WMS",
    [isOld ? "WMTVER" : "VERSION"]: version,
    REQUEST: "GetMap",
    LAYERS: "a",
    STYLES: "",
    [is13 ? "CRS" : "SRS"]: "EPSG:4326",
    BBOX: is13 ? "-90,-180,90,180" : "-180,-90,180,90",
    WIDTH: "20",
    HEIGHT: "10",
    FORMAT: "image/png",
    ...changes,
  };
  return queryOf(params);
}

/** A GetFeatureInfo request that works. */
export function infoQuery(
  version: "1.0.0" | "1.1.0" | "1.1.1" | "1.3.0",
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const [x, y] = version === "1.3.0" ? ["I", "J"] : ["X", "Y"];
  return mapQuery(version, {
    REQUEST: "GetFeatureInfo",
    QUERY_LAYERS: "a",
    [x as string]: "10",
    [y as string]: "5",
    ...changes,
  });
}

export function queryOf(params: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(params)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    .join("&");
}

/** Text of the first element of a name, without its tags; `undefined` if there is none. */
export function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
}

/** Names of all elements of a document in the order of their opening. */
export function elementNames(xml: string): string[] {
  return [...xml.matchAll(/<([A-Za-z_][\w:.-]*)/g)].map(([, name]) => name as string);
}

/** Pixels of an answer as [red, green, blue, alpha]. */
export async function pixelsOf(response: Response) {
  assert.match(
    response.headers.get("content-type") ?? "",
    /^image\//,
    await response.clone().text(),
  );
  const view = withChannels(await decode(new Uint8Array(await response.arrayBuffer())), 4);
  return {
    size: [view.width, view.height],
    at: (x: number, y: number) => {
      const from = view.offset + y * view.stride + x * 4;
      return [...view.data.subarray(from, from + 4)];
    },
  };
}

/** Message and code of an exception report. */
export async function fault(wms: WmsTest, query: string) {
  const response = await wms.get(query);
  const text = await response.text();
  const code = /<ServiceException code="(.*?)"/.exec(text)?.[1];
  const message = textOf(text, "ServiceException") ?? textOf(text, "WMTException");
  return { status: response.status, code, message: message?.trim() };
}

const ALL_METADATA = {
  abstract: "about <it>",
  keywordList: [{ vocabulary: "GEMET", keywords: ["one", "two"] }, { keywords: ["three"] }],
  attribution: {
    title: "Owner",
    url: "http://owner/?a&b",
    logo: { url: "http://logo", width: 10, height: 20, format: "image/png" },
  },
  identifiers: [{ url: "http://authority", name: "auth", value: "id-1" }],
  metadata: [
    { url: "http://iso", type: "ISO19115:2003", format: "text/xml" },
    { url: "http://fgdc", type: "FGDC:1998", format: "text/xml" },
    { url: "http://other", type: "other", format: "text/html" },
  ],
  data: [{ url: "http://data", format: "text/csv" }],
  featureList: [{ url: "http://features", format: "text/json" }],
};

/** Extent of a layer from a bbox in degrees, or in another system. */
export const extentOf = (bbox: BBox, code = "EPSG:4326") => ({ bbox, srs: parseSrs(code) });

/** A GetCapabilities request. */
export const capabilitiesQuery = (version: string, more = "") =>
  `SERVICE=WMS&REQUEST=GetCapabilities&VERSION=${version}${more}`;

/** A WMS with a layer `a` that has everything a layer can have, and a plain group `g`. */
export const richWms = (options: WmsOptions = {}) =>
  wmsOf(
    group(undefined, [
      leaf("a", {
        metadata: ALL_METADATA,
        infos: [fakeInfo("text", "")],
        legends: [fakeLegend("l1", [20, 30], [1, 2, 3]), fakeLegend("l2", [25, 10], [4, 5, 6])],
        resolutions: { min: 10000, max: 10 },
        extent: extentOf([5, 45, 15, 55]),
        dimensions: [
          { name: "Time", values: ["2020-01-01T00:00:00Z", "2021"], default: "2021" },
          { name: "Elevation", values: ["1", "2"], default: "1" },
        ],
      }),
      group("g", [leaf("b"), leaf("c")]),
    ]),
    options,
    {
      tiles: [fakeTiles("a", gridOf("GLOBAL_MERCATOR")), fakeTiles("a", gridOf("GLOBAL_GEODETIC"))],
    },
  );
