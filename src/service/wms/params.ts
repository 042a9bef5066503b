/** Parameters of the operations to queries. Axis order is turned here and nowhere else. */
import { RequestError } from "../../core/errors.ts";
import { readNumber } from "../../core/text.ts";
import type { BBox } from "../../geo/bbox.ts";
import type { ImageOptions } from "../../image/options.ts";
import type { LayerNode, LayerTree } from "../../model/layer.ts";
import type { Dimensions, InfoQuery, MapQuery } from "../../model/source.ts";
import { fromAxisOrder } from "../../srs/axis.ts";
import type { Srs } from "../../srs/srs.ts";
import { echo, joinedValue, type Params } from "../ows.ts";
import { dotsParameters } from "./dots.ts";
import { TOO_LARGE } from "./exceptions.ts";
import { requestedFormat } from "./format.ts";
import { infoMime } from "./markup.ts";
import type { WmsSettings } from "./settings.ts";
import { readBBox, readColor, readFlag, readSize } from "./values.ts";
import type { WmsVersion } from "./version.ts";

/** Names of styles that mean the only style there is; `STYLES=` is the first of them. */
const DEFAULT_STYLES = ["", "default", "inspire_common:DEFAULT"];

/** What parsing needs to know besides the parameters. */
export interface ParamsContext {
  readonly version: WmsVersion;
  readonly settings: WmsSettings;
  readonly layers: LayerTree;
}

/** A GetMap request that can be drawn. */
export interface MapRequest {
  readonly query: MapQuery;
  /** In the order of the request, bottom first. */
  readonly layers: readonly LayerNode[];
  readonly names: readonly string[];
  /** Encoding, transparency and background of the answer. */
  readonly wanted: ImageOptions;
}

/** A GetFeatureInfo request that can be passed on. */
export interface InfoRequest {
  readonly query: InfoQuery;
  /** Names in LAYERS and QUERY_LAYERS. */
  readonly names: readonly string[];
  readonly queried: readonly LayerNode[];
}

/** A GetLegendGraphic request. */
export interface LegendRequest {
  readonly name: string;
  readonly layer: LayerNode;
  /** `json`: the legend as a document. */
  readonly format: ImageOptions | "json";
  readonly scaleDenominator: number | undefined;
}

/** Parameters that GetMap must have, in the order in which messages list them. */
const MAP_PARAMETERS: Readonly<Record<WmsVersion, readonly string[]>> = {
  "1.0.0": mapParameters("1.0.0"),
  "1.1.0": mapParameters("1.1.0"),
  "1.1.1": mapParameters("1.1.1"),
  "1.3.0": mapParameters("1.3.0"),
};

function mapParameters(version: WmsVersion): string[] {
  return [
    version === "1.0.0" ? "wmtver" : "version",
    "request",
    "layers",
    "styles",
    srsName(version),
    "bbox",
    "width",
    "height",
    "format",
  ];
}

function srsName(version: WmsVersion): "srs" | "crs" {
  return version === "1.3.0" ? "crs" : "srs";
}

/**
 * Reads GetMap (00-028, 6.2.8; 01-068r3, 7.2; 06-042, 7.3).
 *
 * @throws RequestError for the first fault, in the order: missing parameters, bbox, styles, size,
 *   layers, format, reference system, colour
 */
export function readGetMap(params: Params, context: ParamsContext): MapRequest {
  const { version, settings } = context;
  requireAll(params, MAP_PARAMETERS[version]);
  const bbox = boundingBox(params);
  checkStyles(params);
  const size = imageSize(params, settings.pixelLimit);
  const names = list(params, "layers");
  const layers = findLayers(names, context);
  const format = imageFormat(params, context);
  const srs = referenceSystem(params, context);
  const background = backgroundColor(params);
  return {
    query: {
      bbox: version === "1.3.0" ? fromAxisOrder(bbox, srs) : bbox,
      srs,
      size,
      format: format.format,
      dimensions: readDimensions(params, version),
      parameter: sentParameter(params),
      tiled: readFlag(joinedValue(params, "tiled")),
    },
    layers,
    names,
    wanted: { ...format, transparent: readFlag(joinedValue(params, "transparent")), background },
  };
}

/**
 * Reads GetFeatureInfo (00-028, 6.2.9; 01-068r3, 7.3; 06-042, 7.4).
 *
 * @throws RequestError for the first fault, in the order: missing parameters, bbox, styles, layers,
 *   reference system, queried layers, size, position
 */
export function readGetFeatureInfo(params: Params, context: ParamsContext): InfoRequest {
  const { version, settings } = context;
  const [column, row] = version === "1.3.0" ? (["i", "j"] as const) : (["x", "y"] as const);
  const required = [...MAP_PARAMETERS[version], "query_layers", column, row];
  const optional = settings.strict ? [] : ["format", "styles"];
  requireAll(
    params,
    required.filter((name) => !optional.includes(name)),
  );
  const bbox = boundingBox(params);
  checkStyles(params);
  const names = list(params, "layers");
  findLayers(names, context);
  const srs = referenceSystem(params, context);
  const queryNames = list(params, "query_layers");
  const queried = findLayers(queryNames, context);
  const size = imageSize(params, Number.POSITIVE_INFINITY);
  const format = requestedFormat(joinedValue(params, "format") ?? "", { version, ...settings });
  const infoFormat = joinedValue(params, "info_format") || undefined;
  if (settings.strictOgc) checkInfoFormat(infoFormat, context);
  const at = position(params, { version, names: [column, row], size });
  return {
    query: {
      bbox: version === "1.3.0" ? fromAxisOrder(bbox, srs) : bbox,
      srs,
      size,
      at,
      format: format?.format,
      dimensions: readDimensions(params, version),
      parameter: sentParameter(params),
      infoFormat,
      featureCount: featureCount(params),
    },
    names: [...names, ...queryNames],
    queried,
  };
}

/**
 * Reads GetLegendGraphic (OGC 02-070, 12; 05-078r4, 10).
 *
 * @throws RequestError for the first fault, in the order: missing parameters, version of SLD, layer,
 *   format, scale
 */
export function readGetLegend(params: Params, context: ParamsContext): LegendRequest {
  const { version, settings } = context;
  const required = ["version", "request", "layer", "format"];
  if (settings.strict) required.push("sld_version");
  requireAll(params, required);
  const sld = joinedValue(params, "sld_version");
  if (sld !== undefined && sld !== "1.1.0") {
    throw new RequestError(undefined, `invalid sld_version ${echo(sld)}`, "sld_version");
  }
  const name = joinedValue(params, "layer") ?? "";
  const [layer] = findLayers([name], context);
  const value = joinedValue(params, "format") ?? "";
  const format =
    value === "application/json" ? "json" : requestedFormat(value, { version, ...settings });
  if (format === undefined) throw unsupportedFormat(value);
  const scale = joinedValue(params, "scale");
  const scaleDenominator = readNumber(scale);
  if (scale !== undefined && scaleDenominator === undefined) {
    throw new RequestError(undefined, `invalid scale ${echo(scale)}`, "scale");
  }
  return { name, layer: layer as LayerNode, format, scaleDenominator };
}

function requireAll(params: Params, names: readonly string[]): void {
  if (names.every((name) => params.has(name))) return;
  const missing = names.filter((name) => !params.has(name));
  const quoted = missing.map((name) => `'${name}'`).join(", ");
  throw new RequestError(undefined, `missing parameters [${quoted}]`, missing[0]);
}

/** As written: the order of the axes is not looked at. */
function boundingBox(params: Params): BBox {
  const text = joinedValue(params, "bbox") ?? "";
  const bbox = readBBox(text);
  if (!bbox) throw new RequestError(undefined, `invalid bbox ${echo(text)}`, "bbox");
  return bbox;
}

function checkStyles(params: Params): void {
  const text = joinedValue(params, "styles");
  if (!text || text.split(",").every((style) => DEFAULT_STYLES.includes(style))) return;
  throw new RequestError("StyleNotDefined", `unsupported styles: ${echo(text)}`, "styles");
}

function imageSize(params: Params, limit: number): readonly [number, number] {
  const width = joinedValue(params, "width");
  const height = joinedValue(params, "height");
  const size = readSize(width, height);
  if (!size) {
    const text = `invalid image size ${echo(width ?? "")}x${echo(height ?? "")}`;
    throw new RequestError(undefined, text, "width");
  }
  if (size[0] * size[1] > limit) throw new RequestError(undefined, TOO_LARGE, "width");
  return size;
}

function list(params: Params, name: string): string[] {
  return (joinedValue(params, name) ?? "").split(",");
}

function findLayers(names: readonly string[], { layers }: ParamsContext): LayerNode[] {
  return names.map((name) => {
    const layer = layers.byName.get(name);
    if (layer) return layer;
    throw new RequestError("LayerNotDefined", `unknown layer: ${echo(name)}`, "layers");
  });
}

function imageFormat(params: Params, { version, settings }: ParamsContext): ImageOptions {
  const value = joinedValue(params, "format") ?? "";
  const format = requestedFormat(value, { version, formats: settings.formats });
  if (!format) throw unsupportedFormat(value);
  return format;
}

function unsupportedFormat(value: string): RequestError {
  return new RequestError("InvalidFormat", `unsupported image format: ${echo(value)}`, "format");
}

function referenceSystem(params: Params, { version, settings }: ParamsContext): Srs {
  const name = srsName(version);
  const value = joinedValue(params, name) ?? "";
  const srs = settings.srs.get(value.toUpperCase());
  if (srs) return srs;
  const code = name === "crs" ? "InvalidCRS" : "InvalidSRS";
  throw new RequestError(code, `unsupported ${name}: ${echo(value)}`, name);
}

function backgroundColor(params: Params): ImageOptions["background"] {
  const text = joinedValue(params, "bgcolor");
  if (!text) return [255, 255, 255];
  const color = readColor(text);
  if (!color) throw new RequestError(undefined, `invalid bgcolor: ${echo(text)}`, "bgcolor");
  return color;
}

/** Parameters that are dimensions (06-042, C.3.2). */
const DIMENSION = /^(?:time$|elevation$|dim_)/;

/** Dimension values of a map request; version 1.0.0 knows none. */
function readDimensions(params: Params, version: WmsVersion): Dimensions | undefined {
  if (version === "1.0.0") return undefined;
  let dimensions: Record<string, string> | undefined;
  for (const name of params.keys()) {
    if (!DIMENSION.test(name)) continue;
    dimensions ??= Object.create(null) as Record<string, string>;
    dimensions[name] = joinedValue(params, name) ?? "";
  }
  return dimensions;
}

/** What the client sent, by lower-case name; most maps come from caches, and nobody asks. */
function sentParameter(params: Params): (name: string) => string | undefined {
  let dots: ReturnType<typeof dotsParameters> | "unread" = "unread";
  return (name) => {
    if (dots === "unread") dots = dotsParameters(params);
    return dots?.[name] ?? joinedValue(params, name);
  };
}

/** Pixel asked about. Whole numbers, or both with decimals if one is written with a point. */
function position(
  params: Params,
  about: {
    version: WmsVersion;
    names: readonly [column: string, row: string];
    size: readonly [number, number];
  },
): readonly [number, number] {
  const { version, names, size } = about;
  const texts = names.map((name) => joinedValue(params, name) ?? "");
  const isFractional = texts.some((text) => text.includes("."));
  const numbers = texts.map((text) =>
    isFractional || /^\s*[+-]?\d+\s*$/.test(text) ? readNumber(text) : undefined,
  );
  const [column, row] = numbers;
  const code = version === "1.3.0" ? "InvalidPoint" : undefined;
  const fault = `invalid position ${echo(texts.join(","))}`;
  if (column === undefined || row === undefined) {
    throw new RequestError(code, fault, names[column === undefined ? 0 : 1]);
  }
  // Only 1.3.0 has a word for it (06-042, 7.4.3.7); older clients get what lies beside the map.
  const isOutside = column < 0 || row < 0 || column >= size[0] || row >= size[1];
  if (isOutside && code !== undefined) throw new RequestError(code, fault, names[0]);
  return [column, row];
}

/** @throws RequestError `InvalidFormat` for a type that is not advertised (06-042, 7.4.3.5) */
function checkInfoFormat(type: string | undefined, { version, settings }: ParamsContext): void {
  if (type === undefined) return;
  const offered = settings.infoTypes.map((each) => infoMime(each, version));
  if (offered.includes(type)) return;
  const text = `unsupported info format: ${echo(type)}`;
  throw new RequestError("InvalidFormat", text, "info_format");
}

/** Features a layer; nonsense counts as nothing said, as the standard's default is one. */
function featureCount(params: Params): number | undefined {
  const count = readNumber(joinedValue(params, "feature_count"));
  if (count === undefined || count < 1) return undefined;
  return Math.min(Math.trunc(count), 2 ** 31 - 1);
}
