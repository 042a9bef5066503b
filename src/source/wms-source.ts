import type { Context } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { HttpClient, HttpRequest } from "../http/client.ts";
import type { Picture } from "../image/picture.ts";
import { ConfigFault, type SourceDeps } from "../model/define.ts";
import type { MapQuery, Source } from "../model/source.ts";
import { checkIsImage, pictureOf } from "./answer.ts";
import { extentOf, isOpaque } from "./limits.ts";
import { type MapImage, mapImageOptions, upstreamFormat } from "./map-image.ts";
import { drawMap, type MapServer } from "./negotiated.ts";
import { parseOnError } from "./on-error.ts";
import {
  appendQuery,
  configuredParameters,
  type Parameter,
  parameterValue,
  queryString,
  withoutParameters,
  withParameter,
} from "./parameters.ts";
import { createWmsInfo } from "./wms-info.ts";
import { createWmsLegend } from "./wms-legend.ts";
import type { WmsConfig } from "./wms-options.ts";
import { getMapParameters, WMS_VERSIONS, type WmsVersion } from "./wms-request.ts";

/** A WMS server as one source uses it. */
export interface Wms extends Omit<MapServer, "ask">, MapImage {
  readonly name: string;
  readonly http: HttpClient;
  /** As configured, credentials included. */
  readonly url: string;
  readonly version: WmsVersion;
  /** Parameters of every request, in the order of the configuration. */
  readonly parameters: readonly Parameter[];
  readonly method: "GET" | "POST" | "AUTO";
  readonly hideDetails: boolean;
  readonly supportedFormats: readonly string[];
  /** Names of client parameters that are passed on. */
  readonly forward: readonly string[];
  /** Equal for sources whose requests differ in nothing that is not compared elsewhere. */
  readonly identity: string;
}

/** The map of a source that speaks WMS, which knows its server so that neighbours can be joined. */
interface WmsMap extends NonNullable<Source["map"]> {
  readonly wms: Wms;
}

/**
 * A source that speaks WMS.
 *
 * @param http how the server is reached
 * @throws ConfigFault for a version, layer list, style document or color that cannot be used
 */
export async function createWms(
  config: WmsConfig,
  deps: SourceDeps,
  http: HttpClient,
): Promise<Source> {
  const wms = await readWms(config, deps, http);
  const { featureinfo, map } = config.wms_opts;
  const legend = createWmsLegend(wms, config.wms_opts, deps);
  return {
    ...limitsOf(wms),
    ...(map && { map: createMap(wms) }),
    ...(featureinfo && { info: await createWmsInfo(wms, config.wms_opts, deps) }),
    ...(legend && { legend }),
  };
}

async function readWms(config: WmsConfig, deps: SourceDeps, http: HttpClient): Promise<Wms> {
  const { req, http: httpOptions } = config;
  const global = (key: string): unknown => deps.global(`http.${key}`);
  const method = String(httpOptions?.method ?? global("method") ?? "AUTO").toUpperCase();
  return {
    name: deps.name,
    coverage: deps.coverage,
    resolutions: deps.resolutions,
    ...mapImageOptions(config.image, { format: req.format, transparent: req.transparent }, deps),
    onError: parseOnError(config.on_error),
    supportedSrs: (config.supported_srs ?? []).map((code) => deps.srs(code)),
    bestSrs: deps.bestSrs,
    http,
    url: req.url,
    version: readVersion(config.wms_opts.version),
    parameters: await readParameters(req, deps),
    method: method === "GET" || method === "POST" ? method : "AUTO",
    hideDetails:
      httpOptions?.hide_error_details ??
      (global("hide_error_details") as boolean | undefined) ??
      true,
    supportedFormats: config.supported_formats ?? [],
    forward: config.forward_req_params ?? [],
    identity: JSON.stringify([
      req.url,
      config.wms_opts.version,
      config.supported_srs,
      config.supported_formats,
      httpOptions,
    ]),
  };
}

function readVersion(version: string): WmsVersion {
  const known = WMS_VERSIONS.find((other) => other === version);
  if (known) return known;
  throw new ConfigFault(
    "wms_opts.version",
    `unsupported WMS version "${version}": expected ${WMS_VERSIONS.join(", ")}`,
  );
}

async function readParameters(req: WmsConfig["req"], deps: SourceDeps): Promise<Parameter[]> {
  let parameters = configuredParameters(req, "url");
  const { taggedLayers } = deps;
  if (taggedLayers) {
    checkTag(taggedLayers, parameterValue(parameters, "layers"));
    parameters = withParameter(parameters, "layers", taggedLayers);
  }
  const sld = parameterValue(parameters, "sld");
  if (sld?.startsWith("file://")) {
    const bytes = await deps.platform.resource(deps.path(sld.slice("file://".length)));
    if (!bytes) throw new ConfigFault("req.sld", `no such file: ${sld}`);
    const body = new TextDecoder().decode(bytes);
    parameters = [...withoutParameters(parameters, "sld"), { name: "SLD_BODY", value: body }];
  }
  return parameters;
}

function checkTag(tag: string, layers: string | undefined): void {
  if (layers === undefined) return;
  const known = layers.split(",");
  if (tag.split(",").every((layer) => known.includes(layer))) return;
  throw new ConfigFault("req.layers", `layers (${tag}) not supported by source (${layers})`);
}

function limitsOf(wms: Wms): Omit<Source, "map" | "tile" | "info" | "legend"> {
  const { name, coverage, resolutions, options } = wms;
  return { name, coverage, resolutions, options, extent: extentOf(coverage) };
}

function createMap(wms: Wms): WmsMap {
  const server: MapServer = { ...wms, ask: (query, ctx) => getMap(wms, query, ctx) };
  return {
    wms,
    metaTiles: true,
    passesOn: wms.forward.map((name) => name.toLowerCase()),
    isOpaque: (query) => isOpaque(wms, wms.options, query),
    get: (query, ctx) => drawMap(server, query, ctx),
    combine(upper, query) {
      const other = (upper.map as Partial<WmsMap> | undefined)?.wms;
      const joined = other && join(wms, other, query);
      return joined && { ...limitsOf(joined), map: createMap(joined) };
    },
  };
}

async function getMap(wms: Wms, query: MapQuery, ctx: Context): Promise<Picture> {
  const configured = parameterValue(wms.parameters, "format");
  const parameters = getMapParameters(wms.parameters, wms.version, {
    bbox: query.bbox,
    srs: query.srs,
    size: query.size,
    format: upstreamFormat({ ...wms, configured }, query),
    forwarded: forwarded(wms, query),
  });
  const { url, init } = mapRequest(wms, parameters);
  const answer = await wms.http.request(url, init, ctx);
  checkIsImage(wms, answer, { url, what: "WMS" }, ctx);
  return pictureOf(answer, {
    source: wms.name,
    url: wms.http.redact(url),
    size: query.size,
    exact: false,
    decodes: query.decodes,
  });
}

function mapRequest(
  { url, method }: Wms,
  parameters: readonly Parameter[],
): { url: string; init: HttpRequest } {
  const isPost =
    method === "POST" ||
    (method === "AUTO" && parameterValue(parameters, "sld_body") !== undefined);
  if (!isPost) return { url: appendQuery(url, parameters), init: { isPicture: true } };
  return {
    url: url.replace(/\?$/, ""),
    init: {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: queryString(parameters),
    },
  };
}

/**
 * Values that the client sent and the server is to get: dimensions with the client's spelling, other
 * parameters with that of the configuration.
 */
function forwarded({ forward }: Wms, { dimensions, parameter }: MapQuery): [string, string][] {
  const sent = Object.entries(dimensions ?? {}).filter(([name]) =>
    forward.some((other) => other.toLowerCase() === name.toLowerCase()),
  );
  const isSent = (name: string): boolean =>
    sent.some(([other]) => other.toLowerCase() === name.toLowerCase());
  for (const name of forward) {
    const value = parameter?.(name.toLowerCase());
    if (value !== undefined && !isSent(name)) sent.push([name, value]);
  }
  return sent;
}

/**
 * One server that draws the layers of `lower` and those of `upper` over them; `undefined` if that
 * would not be the same picture.
 *
 * Both must agree in all but the layers: other parameters too, since those of the first are sent.
 */
function join(lower: Wms, upper: Wms, query: MapQuery): Wms | undefined {
  const isSame =
    lower.options.opacity === undefined &&
    upper.options.opacity === undefined &&
    lower.identity === upper.identity &&
    isEqual(lower.transparentColor, upper.transparentColor) &&
    isEqual(area(lower.coverage), area(upper.coverage)) &&
    isEqual(sorted(forwarded(lower, query)), sorted(forwarded(upper, query))) &&
    isEqual(otherParameters(lower), otherParameters(upper)) &&
    !parameterValue(lower.parameters, "styles");
  const layers = [lower, upper].map((wms) => parameterValue(wms.parameters, "layers"));
  if (!isSame || layers.includes(undefined)) return undefined;
  return {
    ...lower,
    parameters: withParameter(lower.parameters, "layers", layers.join(",")),
    // both have let the query pass; what to paint for one of them says nothing about the other
    resolutions: undefined,
    onError: undefined,
  };
}

function otherParameters({ parameters }: Wms): [string, string][] {
  const others = withoutParameters(parameters, "layers").filter(
    // an empty STYLES is sent anyway
    ({ name, value }) => name.toLowerCase() !== "styles" || value !== "",
  );
  return sorted(others.map(({ name, value }) => [name.toLowerCase(), value]));
}

function area(coverage: Coverage | undefined) {
  return coverage && [coverage.srs.definition, coverage.bbox, coverage.polygons, coverage.clip];
}

function sorted(pairs: [string, string][]): [string, string][] {
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
