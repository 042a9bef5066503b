import * as v from "valibot";
import type { HttpClient } from "../http/client.ts";
import { defineSource } from "../model/define.ts";
import {
  httpConfig,
  number,
  onErrorConfig,
  sourceEntries,
  sourceImageConfig,
  strings,
} from "../model/options.ts";
import type { InfoQuery, MapQuery, Source } from "../model/source.ts";
import type { Srs } from "../srs/srs.ts";
import { pictureOf } from "./answer.ts";
import { documentType, negotiateInfo, pointOf } from "./info.ts";
import { extentOf, isOpaque } from "./limits.ts";
import { mapImageOptions, subtype, upstreamFormat } from "./map-image.ts";
import { drawMap } from "./negotiated.ts";
import { parseOnError } from "./on-error.ts";
import {
  appendQuery,
  bboxText,
  configuredParameters,
  type Parameter,
  withParameter,
  withParameters,
} from "./parameters.ts";
import { requestOptions } from "./wms-options.ts";

const arcgisOptions = v.strictObject({
  type: v.literal("arcgis"),
  ...sourceEntries,
  req: requestOptions({
    url: v.string(),
    layers: v.optional(v.string()),
    dpi: v.optional(number),
    transparent: v.optional(v.boolean()),
    time: v.optional(v.string()),
    format: v.optional(v.string()),
  }),
  opts: v.optional(
    v.strictObject({
      map: v.optional(v.boolean(), true),
      featureinfo: v.optional(v.boolean(), false),
      featureinfo_tolerance: v.optional(number, 5),
      featureinfo_return_geometries: v.optional(v.boolean(), false),
    }),
    {},
  ),
  image: v.optional(sourceImageConfig),
  supported_srs: v.optional(strings),
  supported_formats: v.optional(strings),
  http: v.optional(httpConfig),
  on_error: v.optional(onErrorConfig),
});

/** Dots an inch that identify assumes the picture to have. */
const IDENTIFY_DPI = 96;

/** Maps and feature information of an ArcGIS MapServer or ImageServer (REST API). */
export const arcgisSource = defineSource({
  type: "arcgis",
  needs: [],
  options: arcgisOptions,
  create(options, deps): Source {
    const { name, coverage, resolutions, http, bestSrs } = deps;
    const { req, opts } = options;
    const parameters = configuredParameters(req, "url");
    const limits = { coverage, resolutions };
    const look = mapImageOptions(
      options.image,
      { format: req.format, transparent: req.transparent },
      deps,
    );
    const supportedSrs = (options.supported_srs ?? []).map((code) => deps.srs(code));
    const supportedFormats = options.supported_formats ?? [];
    const server = { ...limits, ...look, supportedSrs, bestSrs };
    const exportUrl = arcgisUrl(req.url, "export");
    const onError = parseOnError(options.on_error);
    const wanted = { ...look, configured: req.format, supportedFormats };

    return {
      name,
      ...limits,
      options: look.options,
      extent: extentOf(coverage),
      ...(opts.map && {
        map: {
          metaTiles: true,
          isOpaque: (query) => isOpaque(limits, look.options, query),
          get: (query, ctx) =>
            drawMap(
              {
                ...server,
                onError,
                async ask(asked, signal) {
                  const format = upstreamFormat(wanted, asked);
                  const url = appendQuery(exportUrl, exportParameters(parameters, asked, format));
                  const answer = await http.request(url, { isPicture: true }, signal);
                  return pictureOf(answer, {
                    source: name,
                    url: http.redact(url),
                    size: asked.size,
                    exact: false,
                  });
                },
              },
              query,
              ctx,
            ),
        },
      }),
      ...(opts.featureinfo && {
        info: arcgisInfo({ url: req.url, parameters, opts, http, supportedSrs, bestSrs }),
      }),
    };
  },
});

/**
 * Address of an operation of a map or image server: the configured one may name the server, or its
 * map operation already.
 */
export function arcgisUrl(url: string, operation: "export" | "identify"): string {
  const [path = "", query] = splitOnce(url, "?");
  const match = /^(.*\/)?(MapServer|ImageServer)(?:\/(?:export|exportImage))?\/?$/.exec(path);
  if (!match) return url;
  const [, before = "", server] = match;
  const last =
    operation === "identify" ? "identify" : server === "MapServer" ? "export" : "exportImage";
  const whole = `${before}${server}/${last}`;
  return query === undefined ? whole : `${whole}?${query}`;
}

function exportParameters(
  configured: readonly Parameter[],
  { bbox, size, srs }: MapQuery,
  format: string,
): Parameter[] {
  return withParameters(withParameter(configured, "format", subtype(format)), [
    ["bbox", bboxText(bbox)],
    ["size", size.join(",")],
    ["bboxSR", srsNumber(srs)],
    ["imageSR", srsNumber(srs)],
    ["f", "image"],
  ]);
}

function arcgisInfo(server: {
  url: string;
  parameters: readonly Parameter[];
  opts: v.InferOutput<typeof arcgisOptions>["opts"];
  http: HttpClient;
  supportedSrs: readonly Srs[];
  bestSrs(target: Srs, available: readonly Srs[]): Srs;
}): NonNullable<Source["info"]> {
  const identifyUrl = arcgisUrl(server.url, "identify");
  return {
    async get(client, ctx) {
      const query = negotiateInfo(client, server);
      const url = appendQuery(identifyUrl, identifyParameters(query));
      const { bytes } = await server.http.request(url, {}, ctx);
      return { type: documentType(client.infoFormat), text: new TextDecoder().decode(bytes) };
    },
  };

  function identifyParameters(query: InfoQuery): Parameter[] {
    const { bbox, size, srs, infoFormat } = query;
    const { featureinfo_tolerance, featureinfo_return_geometries } = server.opts;
    return withParameters(server.parameters, [
      ["mapExtent", bboxText(bbox)],
      ["imageDisplay", [...size, IDENTIFY_DPI].join(",")],
      [
        "geometry",
        pointOf(query)
          .map((value) => value.toFixed(6))
          .join(","),
      ],
      ["sr", srsNumber(srs)],
      ["f", documentType(infoFormat) === "html" ? "html" : "json"],
      ["tolerance", String(featureinfo_tolerance)],
      ["returnGeometry", String(featureinfo_return_geometries)],
      ["geometryType", "esriGeometryPoint"],
    ]);
  }
}

function srsNumber({ code }: Srs): string {
  return code.slice(code.lastIndexOf(":") + 1);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
