import { RequestError } from "../../core/errors.ts";
import { visitorOf } from "../../core/gate.ts";
import { ConfigFault, defineService, type ServiceDeps } from "../../model/define.ts";
import type { Handler, ServiceRequest } from "../../model/service.ts";
import { echo, firstValue, joinedValue, type Params, parseQuery } from "../ows.ts";
import { refusalResponse } from "../permission.ts";
import { tileSender } from "../tile-send.ts";
import { exceptionResponse } from "./exceptions.ts";
import { createCapabilitiesStore, getCapabilities } from "./get-capabilities.ts";
import { getFeatureInfo } from "./get-feature-info.ts";
import { getLegend } from "./get-legend.ts";
import { getMap } from "./get-map.ts";
import { createInfoStore } from "./info-store.ts";
import { createLegendStore } from "./legend-store.ts";
import { type WmsOptions, wmsOptions } from "./options.ts";
import { readGetFeatureInfo, readGetLegend, readGetMap } from "./params.ts";
import { wmsSettings } from "./settings.ts";
import type { WmsState } from "./state.ts";
import { readFlag } from "./values.ts";
import { negotiate, type WmsVersion } from "./version.ts";

/** Web Map Service 1.0.0, 1.1.0, 1.1.1 and 1.3.0, with WMS-C and the INSPIRE view service. */
export const wmsService = defineService({
  type: "wms",
  options: wmsOptions,
  async create(options, deps) {
    const { root } = deps.layers;
    if (root.maps === undefined && root.children.length === 0 && root.legends.length === 0) {
      throw new ConfigFault("", "found no WMS layer");
    }
    const state = await createState(options, deps);
    return { ows: { name: "wms", handle: wmsHandler(state) }, routes: {} };
  },
});

async function createState(options: WmsOptions, deps: ServiceDeps): Promise<WmsState> {
  const png = deps.imageOptions("image/png", undefined);
  const settings = wmsSettings(options, deps);
  return {
    settings,
    deps,
    png,
    stylesheets: {
      ...(await stylesheet("html", options, deps)),
      ...(await stylesheet("xml", options, deps)),
    },
    legends: createLegendStore(deps, png, settings.concurrency),
    infos: createInfoStore(deps.platform.clock, settings.infoAge),
    capabilities: createCapabilitiesStore(),
    sendTile: tileSender(deps),
  };
}

async function stylesheet(
  type: "html" | "xml",
  { featureinfo_xslt: paths }: WmsOptions,
  deps: ServiceDeps,
): Promise<{ html?: string; xml?: string }> {
  const path = paths?.[type];
  if (path === undefined) return {};
  const bytes = await deps.platform.resource(deps.path(path));
  if (!bytes) throw new ConfigFault(`featureinfo_xslt.${type}`, `Cannot find file "${path}"`);
  return { [type]: new TextDecoder().decode(bytes) };
}

/** Answers every operation, and turns faults into exceptions of the version that was negotiated. */
function wmsHandler(state: WmsState): Handler {
  const { settings, png } = state;
  return async (request) => {
    const params = parseQuery(request.query);
    const asked = firstValue(params, "version") || firstValue(params, "wmtver");
    const version = negotiate(asked, settings.versions);
    const operation = operationOf(params, version);
    try {
      return await answer(operation, { params, version, state }, request);
    } catch (error) {
      request.ctx.signal.throwIfAborted();
      const refusal = refusalResponse(error);
      if (refusal) return refusal;
      // Exceptions of GetCapabilities are XML whatever the request says.
      const readable: Params = operation === "capabilities" ? new Map() : params;
      const { formats, pixelLimit } = settings;
      const about = { version, params: readable, formats, png, pixelLimit };
      const response = await exceptionResponse(error, about);
      if (response) return response;
      throw error;
    }
  };
}

type Operation = "capabilities" | "map" | "featureinfo" | "legendgraphic";

/** By the value of REQUEST in lower case; the short ones are those of version 1.0.0. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ["getcapabilities", "capabilities"],
  ["capabilities", "capabilities"],
  ["getmap", "map"],
  ["map", "map"],
  ["getfeatureinfo", "featureinfo"],
  ["feature_info", "featureinfo"],
  ["getlegendgraphic", "legendgraphic"],
]);

/** `undefined` if the version knows no such request. */
function operationOf(params: Params, version: WmsVersion): Operation | undefined {
  const operation = OPERATIONS.get(firstValue(params, "request")?.toLowerCase() ?? "");
  const hasLegends = version === "1.1.1" || version === "1.3.0";
  return operation === "legendgraphic" && !hasLegends ? undefined : operation;
}

function unknownRequest(params: Params): RequestError {
  const asked = firstValue(params, "request")?.toLowerCase();
  const name = asked === undefined ? "None" : (OPERATIONS.get(asked) ?? echo(asked));
  return new RequestError(undefined, `unknown WMS request type '${name}'`, "request");
}

async function answer(
  operation: Operation | undefined,
  { params, version, state }: { params: Params; version: WmsVersion; state: WmsState },
  request: ServiceRequest,
): Promise<Response> {
  const context = { version, settings: state.settings, layers: state.deps.layers };
  switch (operation) {
    case "capabilities": {
      const tiled = readFlag(joinedValue(params, "tiled"));
      return getCapabilities({ version, tiled }, state, request);
    }
    case "map": {
      const asked = readGetMap(params, context);
      const draw = () => getMap(asked, state, request);
      const { gate } = state.deps;
      return gate && !asked.query.tiled
        ? gate.run(draw, visitorOf(request.ctx, joinedValue(params, "layers") ?? ""))
        : draw();
    }
    case "featureinfo":
      return getFeatureInfo(readGetFeatureInfo(params, context), { version, state }, request);
    case "legendgraphic":
      return getLegend(readGetLegend(params, context), state, request);
    case undefined:
      throw unknownRequest(params);
  }
}
