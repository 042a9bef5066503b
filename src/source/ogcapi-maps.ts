import * as v from "valibot";
import type { Context } from "../core/context.ts";
import type { Picture } from "../image/picture.ts";
import { parseColor } from "../image/resolve.ts";
import { ConfigFault, defineSource, type SourceDeps } from "../model/define.ts";
import {
  color,
  httpConfig,
  onErrorConfig,
  sourceEntries,
  sourceImageConfig,
  strings,
} from "../model/options.ts";
import type { MapQuery, Source } from "../model/source.ts";
import { toAxisOrder } from "../srs/axis.ts";
import type { Srs } from "../srs/srs.ts";
import { pictureOf } from "./answer.ts";
import { extentOf, isOpaque } from "./limits.ts";
import { mapImageOptions } from "./map-image.ts";
import { drawMap } from "./negotiated.ts";
import {
  codeOfCrs,
  fault,
  findLink,
  getJson,
  linksOf,
  type OgcApi,
  ogcApi,
  resolveLink,
  uriOfCrs,
} from "./ogcapi-links.ts";
import { parseOnError } from "./on-error.ts";
import { appendQuery, type Parameter } from "./parameters.ts";

const ogcapiMapsOptions = v.strictObject({
  type: v.literal("ogcapimaps"),
  ...sourceEntries,
  landingpage_url: v.string(),
  collection: v.optional(v.string()),
  supported_srs: v.optional(strings),
  transparent: v.optional(v.boolean()),
  bgcolor: v.optional(color),
  image: v.optional(sourceImageConfig),
  http: v.optional(httpConfig),
  on_error: v.optional(onErrorConfig),
});

/** Maps of an OGC API Maps server (OGC 20-058), which is asked once what it has. */
export const ogcapiMapsSource = defineSource({
  type: "ogcapimaps",
  needs: [],
  options: ogcapiMapsOptions,
  create(options, deps): Source {
    const { name, coverage, resolutions, bestSrs, http } = deps;
    const look = mapImageOptions(
      options.image,
      { format: undefined, transparent: options.transparent },
      deps,
    );
    const limits = { coverage, resolutions };
    const api = ogcApi(name, options, http);
    const found: { server?: MapService } = deps.shared("ogcapimaps", () => ({}));
    const configuredSrs = options.supported_srs?.map((code) => ({ code, uri: uriOfCrs(code) }));
    const background = options.bgcolor === undefined ? undefined : hexColor(options.bgcolor);
    const server = { ...limits, ...look, bestSrs, onError: parseOnError(options.on_error) };

    return {
      name,
      ...limits,
      options: look.options,
      extent: extentOf(coverage),
      map: {
        metaTiles: true,
        isOpaque: (query) => isOpaque(limits, look.options, query),
        async get(query, ctx) {
          const service = found.server ?? (await discover(api, configuredSrs, deps, ctx));
          // kept only when it succeeded: a server that was down is asked again
          found.server = service;
          const ask = (asked: MapQuery, signal: Context): Promise<Picture> => {
            const format = look.options.format ?? asked.format ?? "png";
            const url = appendQuery(
              mapUrl(api, service, format),
              mapParameters(service, asked, {
                transparent: look.options.transparent === true && !look.transparentColor,
                background,
              }),
            );
            return getPicture(api, url, asked, signal);
          };
          return drawMap({ ...server, supportedSrs: service.srs, ask }, query, ctx);
        },
      },
    };
  },
});

/** What a server can draw. */
interface MapService {
  /** Address of the map by format: `png`, `jpeg`. */
  readonly urls: ReadonlyMap<string, string>;
  readonly srs: readonly Srs[];
  /** URI by code, as the server spells it. */
  readonly uris: ReadonlyMap<string, string>;
}

const FORMATS = ["png", "jpeg"] as const;

async function discover(
  api: OgcApi,
  configured: readonly { code: string; uri: string }[] | undefined,
  deps: SourceDeps,
  ctx: Context,
): Promise<MapService> {
  const document = await getJson(api, api.page, ctx);
  const links = linksOf(document) ?? [];
  const urls = new Map<string, string>();
  for (const format of FORMATS) {
    const link = findLink(links, "map", `image/${format}`);
    if (link) urls.set(format, resolveLink(api, link.href));
  }
  if (urls.size === 0) {
    throw fault(api, api.page, (url) => `Could not retrieve a map link in ${url} response`);
  }
  const listed = configured ?? crsOf(document);
  const systems = listed.length > 0 ? listed : [{ code: "EPSG:4326", uri: uriOfCrs("EPSG:4326") }];
  const srs: Srs[] = [];
  const uris = new Map<string, string>();
  for (const { code, uri } of systems) {
    const known = readSrs(code, deps);
    if (!known || uris.has(known.code)) continue;
    srs.push(known);
    uris.set(known.code, uri);
  }
  return { urls, srs, uris };
}

/** Reference systems that a document lists. */
function crsOf({ crs, storageCrs }: Readonly<Record<string, unknown>>) {
  const list = [...(Array.isArray(crs) ? crs : [crs]), storageCrs];
  return list.flatMap((uri) => {
    const code = codeOfCrs(uri);
    return code === undefined ? [] : [{ code, uri: String(uri) }];
  });
}

/** A server may list systems that nobody else knows. */
function readSrs(code: string, deps: SourceDeps): Srs | undefined {
  try {
    return deps.srs(code);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function mapUrl(api: OgcApi, { urls }: MapService, format: string): string {
  const fallback = (FORMATS as readonly string[]).includes(format)
    ? [...urls.values()][0]
    : undefined;
  const url = urls.get(format) ?? fallback;
  if (url !== undefined) return url;
  throw fault(
    api,
    api.page,
    (page) => `Could not retrieve an image/${format} map link in ${page} response`,
  );
}

/** Parameters of a map (OGC 20-058, 8, 10, 12 and 13). */
function mapParameters(
  service: MapService,
  { bbox, srs, size }: MapQuery,
  o: { transparent: boolean; background: string | undefined },
): Parameter[] {
  const isDefault = srs.code === "EPSG:4326";
  const uri = service.uris.get(srs.code) ?? uriOfCrs(srs.code);
  const parameters: Parameter[] = [
    { name: "bbox", value: (isDefault ? bbox : toAxisOrder(bbox, srs)).join(",") },
  ];
  if (!isDefault) parameters.push({ name: "bbox-crs", value: uri });
  if (!isDefault || service.srs.length > 1) parameters.push({ name: "crs", value: uri });
  parameters.push({ name: "width", value: String(size[0]) });
  parameters.push({ name: "height", value: String(size[1]) });
  if (o.transparent) parameters.push({ name: "transparent", value: "true" });
  if (o.background !== undefined) parameters.push({ name: "bgcolor", value: o.background });
  return parameters;
}

async function getPicture(
  { name, http }: OgcApi,
  url: string,
  { size }: MapQuery,
  ctx: Context,
): Promise<Picture> {
  const answer = await http.request(url, { isPicture: true }, ctx);
  return pictureOf(answer, { source: name, url: http.redact(url), size, exact: false });
}

/** `0xRRGGBB`, or `0xAARRGGBB` with alpha. */
function hexColor(value: string | number[]): string {
  try {
    const [red, green, blue, alpha] = parseColor(value);
    const parts = alpha === undefined ? [red, green, blue] : [alpha, red, green, blue];
    const digits = parts.map((part) => part.toString(16).padStart(2, "0"));
    return `0x${digits.join("").toUpperCase()}`;
  } catch (cause) {
    throw new ConfigFault("bgcolor", cause instanceof Error ? cause.message : String(cause));
  }
}
