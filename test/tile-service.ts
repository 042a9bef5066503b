import { allowAll } from "../src/auth/allow-all.ts";
import { defineGrid, type GridOptions } from "../src/grid/define.ts";
import type { Grid, TileCoord } from "../src/grid/grid.ts";
import { PREDEFINED_GRIDS } from "../src/grid/well-known.ts";
import { resolveImageOptions } from "../src/image/resolve.ts";
import type { ServiceDeps, ServiceType } from "../src/model/define.ts";
import type { LayerNode, LayerTree, TileAnswer, TileLayer } from "../src/model/layer.ts";
import type { Service, ServiceRequest } from "../src/model/service.ts";
import type { Dimensions } from "../src/model/source.ts";
import { owsRoutes } from "../src/service/ows.ts";
import { DEFAULT_EXTENT, type Extent } from "../src/srs/extent.ts";
import { bestSrs } from "../src/srs/preferred.ts";
import { parseSrs } from "../src/srs/srs.ts";
import { silentLog, testContext, testPlatform } from "./platform.ts";

const GLOBALS = {
  formats: {},
  resampling: "nearest",
  paletted: false,
  jpegQuality: 90,
} as const;

/** A grid by its options, or a predefined one. */
export function gridOf(name: string, options?: GridOptions): Grid {
  return defineGrid(name, options ?? PREDEFINED_GRIDS[name] ?? {}, {
    srs: parseSrs,
    options: (other) => PREDEFINED_GRIDS[other],
  });
}

/** A tile layer that says of every tile which one it is, and remembers what was asked of it. */
export interface FakeTiles extends TileLayer {
  readonly asked: { coord: TileCoord; dimensions: Dimensions }[];
}

/** What the fake gives unless told otherwise: `level/x/y` in the grid's own rows, as bytes. */
export function fakeTiles(
  name: string,
  grid: Grid,
  options: Partial<TileLayer> & {
    readonly image?: string;
    readonly answer?: (coord: TileCoord) => Partial<TileAnswer> | undefined;
  } = {},
): FakeTiles {
  const { image = "image/png", answer, ...rest } = options;
  const asked: FakeTiles["asked"] = [];
  return {
    name,
    title: `Title of ${name}`,
    metadata: {},
    grid,
    options: resolveImageOptions(image, undefined, GLOBALS),
    extent: { bbox: grid.bbox, srs: grid.srs },
    infos: [],
    dimensions: [],
    async getTile(coord, dimensions) {
      asked.push({ coord: { x: coord.x, y: coord.y, level: coord.level }, dimensions });
      const given = answer ? answer(coord) : {};
      if (!given) return undefined;
      return {
        bytes: new TextEncoder().encode(`${coord.level}/${coord.x}/${coord.y}`),
        format: image === "image/jpeg" ? "jpeg" : "png",
        timestamp: 1234567890000,
        cacheable: true,
        ...given,
      };
    },
    async getEnlarged() {
      return undefined;
    },
    ...rest,
    asked,
  };
}

/** What a service is told in tests: no network, everything allowed, three days of caching. */
export function serviceDeps(
  tiles: readonly TileLayer[],
  overrides: Partial<ServiceDeps> = {},
): ServiceDeps {
  return {
    layers: layerTree(tiles.map(({ name }) => layerNode(name))),
    tiles,
    grids: new Map(tiles.map(({ grid }) => [grid.name, grid])),
    platform: testPlatform({ clock: { now: () => 2e12, sleep: async () => {} } }),
    log: silentLog,
    authorizer: allowAll,
    decorate: undefined,
    imageOptions: (format, local) => resolveImageOptions(format, local, GLOBALS),
    srs: (code) => parseSrs(code),
    bestSrs: (target, available) => bestSrs(target, available, new Map()),
    path: (configured) => `/etc/rhumb/${configured}`,
    maxAge: 259200,
    sharing: { hasTags: false },
    legendDirectory: "/var/cache/legends",
    services: new Map(),
    demoExtensions: [],
    backgroundUrl: undefined,
    global: () => undefined,
    ...overrides,
  };
}

/** A named layer that can be drawn. */
export function layerNode(name: string, overrides: Partial<LayerNode> = {}): LayerNode {
  const extent: Extent = DEFAULT_EXTENT;
  return {
    name,
    title: `Title of ${name}`,
    metadata: {},
    children: [],
    maps: [],
    infos: [],
    legends: [],
    extent,
    resolutions: undefined,
    dimensions: [],
    ...overrides,
  };
}

/** A tree without groups. */
export function layerTree(nodes: readonly LayerNode[]): LayerTree {
  return {
    root: { ...layerNode(""), name: undefined, maps: undefined, children: nodes },
    byName: new Map(nodes.map((node) => [node.name!, node])),
  };
}

/** Sends a request for a path with query to services, as the application would. */
export type Send = (
  target: string,
  options?: { headers?: Record<string, string>; scriptUrl?: string },
) => Promise<Response>;

/** Services behind the routes of an application; `undefined` answers become its 404. */
export function routed(services: readonly Service[]): Send {
  const routes: Service["routes"] = Object.assign(
    {},
    ...services.map((service) => service.routes),
    owsRoutes(services),
  );
  const send: Send = async (target, options = {}) => {
    const [rawPath = "", query = ""] = target.split(/\?(.*)/s);
    const scriptUrl = options.scriptUrl ?? "http://localhost";
    const path = decodeURIComponent(rawPath);
    const request: ServiceRequest = {
      method: "GET",
      mount: "",
      path,
      query,
      headers: new Headers(options.headers ?? {}),
      ctx: testContext(),
      scriptUrl,
      baseUrl: scriptUrl + rawPath,
      dispatch: (inner) => send(inner, options),
    };
    const word = /^\/(\w+)/.exec(path)?.[1] ?? "";
    const answer = await routes[word]?.(request);
    return answer ?? new Response("not found", { status: 404 });
  };
  return send;
}

/** One service with its options as a file would give them. */
export async function started(
  type: ServiceType,
  options: unknown,
  deps: ServiceDeps,
): Promise<Service> {
  const services = new Map([...deps.services, [type.type, options]]);
  return await type.create(options, { ...deps, services });
}
