import assert from "node:assert/strict";
import type { ServiceDeps } from "../src/model/define.ts";
import type { LayerNode } from "../src/model/layer.ts";
import { ogcApiService } from "../src/service/ogcapi/index.ts";
import type { OgcApiOptions } from "../src/service/ogcapi/options.ts";
import { gridOf, routed, serviceDeps } from "./tile-service.ts";
import { extentOf, fakeMap, group, leaf, treeOf } from "./wms-service.ts";

/** The grids that exist without being configured. */
export const PREDEFINED = ["GLOBAL_GEODETIC", "GLOBAL_MERCATOR", "GLOBAL_WEBMERCATOR"];

/** An OGC API over a tree of layers. */
export interface ApiTest {
  /** Sends a path below `/ogcapi`, its query included. */
  get(target: string, headers?: Record<string, string>): Promise<Response>;
  /** The answer of a 200 as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: documents of any shape
  json(target: string): Promise<any>;
  /** Status and the fields of an error document. */
  problem(target: string): Promise<[status: number, type: string, detail: string]>;
}

export async function apiOf(
  root: LayerNode,
  options: OgcApiOptions = {},
  overrides: Partial<ServiceDeps> = {},
): Promise<ApiTest> {
  const deps = serviceDeps([], {
    layers: treeOf(root),
    grids: new Map(PREDEFINED.map((name) => [name, gridOf(name)])),
    ...overrides,
  });
  const send = routed([await ogcApiService.create(options, deps)]);
  const get: ApiTest["get"] = (target, headers = {}) => send(`/ogcapi${target}`, { headers });
  return {
    get,
    async json(target) {
      const response = await get(target);
      assert.equal(response.status, 200, `${target}: ${await response.clone().text()}`);
      return await response.json();
    },
    async problem(target) {
      const response = await get(target);
      const { title, type, status, detail } = await response.json();
      assert.equal(title, "OGCAPI");
      assert.equal(status, response.status);
      return [response.status, type, detail];
    },
  };
}

/** A service with layer `a` (the world, red), `b` (a part of it, green) and the group `g` of both. */
export function exampleApi(
  options: OgcApiOptions = {},
  overrides: Partial<ServiceDeps> = {},
): Promise<ApiTest> {
  return apiOf(exampleTree(), options, overrides);
}

export function exampleTree(): LayerNode {
  const part = extentOf([0, 0, 40, 20]);
  return group(undefined, [
    leaf("a"),
    group("g", [
      leaf("b", {
        extent: part,
        maps: [fakeMap("b", [0, 255, 0], { extent: part })],
      }),
      leaf("c", { metadata: { nominalResolution: 14_000 } }),
    ]),
  ]);
}

/** What the service writes as JSON, for documents of `root`. */
export const ROOT = "http://localhost/ogcapi";
