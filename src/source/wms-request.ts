import type { BBox } from "../geo/bbox.ts";
import { toAxisOrder } from "../srs/axis.ts";
import type { Srs } from "../srs/srs.ts";
import {
  bboxText,
  floatText,
  type Parameter,
  parameterValue,
  withoutParameters,
  withParameter,
  withParameters,
} from "./parameters.ts";

/** Versions of WMS that can be asked. */
export const WMS_VERSIONS = ["1.0.0", "1.1.0", "1.1.1", "1.3.0"] as const;
export type WmsVersion = (typeof WMS_VERSIONS)[number];

/** What is asked of a WMS server; formats are MIME types. */
export interface WmsRectangle {
  readonly bbox: BBox;
  readonly srs: Srs;
  readonly size: readonly [width: number, height: number];
  readonly format: string;
}

/**
 * Parameters of GetMap (OGC 00-028, 01-068r3, 06-042): the configured ones first, each in its
 * place, then those of the request.
 *
 * @param forwarded names and values that the client sent
 */
export function getMapParameters(
  configured: readonly Parameter[],
  version: WmsVersion,
  request: WmsRectangle & { readonly forwarded: readonly (readonly [string, string])[] },
): Parameter[] {
  const parameters = withParameters(
    withParameter(configured, "format", formatName(request.format, version)),
    [...rectangle(request, version), ...request.forwarded],
  );
  return finish(parameters, version, version === "1.0.0" ? "map" : "GetMap");
}

/** A rectangle with the point in it that is asked about. */
export interface WmsPoint extends WmsRectangle {
  /** Pixels from the top left. */
  readonly at: readonly [column: number, row: number];
  readonly infoFormat: string | undefined;
  readonly featureCount: number | undefined;
}

/** Parameters of GetFeatureInfo; `info_format` and `query_layers` of the configuration win. */
export function getFeatureInfoParameters(
  configured: readonly Parameter[],
  version: WmsVersion,
  request: WmsPoint,
): Parameter[] {
  const [x, y] = request.at;
  const { featureCount, infoFormat } = request;
  const format =
    version === "1.0.0" ? `image/${formatName(request.format, version)}` : request.format;
  let parameters = withParameters(configured, rectangle(request, version));
  const isNew = version === "1.3.0";
  if (!isNew) parameters = withParameters(parameters, point("x", "y"));
  if (featureCount !== undefined) {
    parameters = withParameter(parameters, "feature_count", String(featureCount));
  }
  const layers = parameterValue(parameters, "layers");
  const defaults = { query_layers: layers, info_format: infoFormat, format };
  for (const [name, value] of Object.entries(defaults)) {
    if (value !== undefined && parameterValue(parameters, name) === undefined) {
      parameters = withParameter(parameters, name, value);
    }
  }
  parameters = finish(parameters, version, version === "1.0.0" ? "feature_info" : "GetFeatureInfo");
  return isNew ? withParameters(parameters, point("i", "j")) : parameters;

  function point(column: string, row: string): [string, string][] {
    return [
      [column, String(x)],
      [row, String(y)],
    ];
  }
}

/** Parameters of GetLegendGraphic (OGC 05-078r4) for one layer. */
export function getLegendParameters(
  configured: readonly Parameter[],
  version: WmsVersion,
  request: {
    readonly layer: string;
    readonly format: string;
    readonly scale: number | undefined;
  },
): Parameter[] {
  let parameters = withoutParameters(configured, "layers");
  parameters = withParameter(parameters, "layer", request.layer);
  if (request.format === "application/json" || parameterValue(parameters, "format") === undefined) {
    parameters = withParameter(parameters, "format", request.format);
  }
  if (request.scale !== undefined) {
    parameters = withParameter(parameters, "scale", floatText(request.scale));
  }
  parameters = withParameters(parameters, [
    ["request", "GetLegendGraphic"],
    ["service", "WMS"],
    ["sld_version", "1.1.0"],
    ["version", version],
  ]);
  return withStyles(parameters);
}

/** `image/png` as the version wants it: 1.0.0 knows names such as `PNG` only. */
function formatName(format: string, version: WmsVersion): string {
  if (version !== "1.0.0") return format;
  return format
    .replace(/^[^/]*\//, "")
    .replace(/;.*$/, "")
    .trim()
    .toUpperCase();
}

function rectangle(
  { bbox, srs, size }: WmsRectangle,
  version: WmsVersion,
): (readonly [string, string])[] {
  const numbers = version === "1.3.0" ? toAxisOrder(bbox, srs) : bbox;
  return [
    ["bbox", bboxText(numbers)],
    ["width", String(size[0])],
    ["height", String(size[1])],
    ["srs", srs.code],
  ];
}

function finish(parameters: readonly Parameter[], version: WmsVersion, request: string) {
  if (version === "1.0.0") {
    return withStyles(
      withParameters(parameters, [
        ["request", request],
        ["wmtver", version],
      ]),
    );
  }
  const whole = withStyles(
    withParameters(parameters, [
      ["request", request],
      ["version", version],
      ["service", "WMS"],
    ]),
  );
  if (version !== "1.3.0") return whole;
  // 1.3.0 has a new name for the reference system, and servers take the last one they read
  const srs = parameterValue(whole, "srs") ?? "";
  return [...withoutParameters(whole, "srs", "crs"), { name: "crs", value: srs }];
}

/** STYLES is mandatory, even if it says nothing. */
function withStyles(parameters: readonly Parameter[]): Parameter[] {
  return parameterValue(parameters, "styles") === undefined
    ? withParameter(parameters, "styles", "")
    : [...parameters];
}
