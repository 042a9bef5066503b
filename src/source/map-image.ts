import { parseColor } from "../image/resolve.ts";
import { ConfigFault, type SourceDeps } from "../model/define.ts";
import type { ImageConfig } from "../model/options.ts";
import type { MapQuery } from "../model/source.ts";
import type { MapServer } from "./negotiated.ts";

/** `image` of a source that draws any rectangle. */
export type MapImageConfig = ImageConfig & {
  readonly transparent_color?: string | number[] | undefined;
  readonly transparent_color_tolerance?: number | undefined;
};

/** What a source knows of the pictures that it gets. */
export interface MapImage extends Pick<MapServer, "options" | "transparentColor"> {
  /** Whether the format is configured for the source itself, not taken from the cache that uses it. */
  readonly isFormatFixed: boolean;
  /** Name by which the using cache asks for pictures; `undefined`: drawn directly. */
  readonly requestFormat: string | undefined;
}

/** Distance from the transparent color at which a channel still counts as equal. */
const DEFAULT_TOLERANCE = 5;

/**
 * What the pictures of a map server are, and which color of theirs means "nothing".
 *
 * @param request `format` in the server's options, and its `transparent`, which says what the
 *   pictures are unless `image` says so itself
 * @throws ConfigFault if the color cannot be read
 */
export function mapImageOptions(
  image: MapImageConfig | undefined,
  request: { readonly format: string | undefined; readonly transparent: unknown },
  deps: SourceDeps,
): MapImage {
  const { transparent_color, transparent_color_tolerance, ...local } = image ?? {};
  const color = transparent_color === undefined ? undefined : readColor(transparent_color);
  const transparent = color
    ? true
    : (local.transparent ??
      (request.transparent === undefined || request.transparent === null
        ? undefined
        : String(request.transparent).toLowerCase() === "true"));
  const tolerance =
    transparent_color_tolerance ??
    (deps.global("image.transparent_color_tolerance") as number | undefined) ??
    DEFAULT_TOLERANCE;
  return {
    options: deps.imageOptions(request.format ?? deps.requestFormat, { ...local, transparent }),
    transparentColor: color && { color, tolerance },
    isFormatFixed: request.format !== undefined || local.format !== undefined,
    requestFormat: deps.requestFormat,
  };
}

/**
 * MIME type to ask a server for: what its pictures are configured to be, else what the query
 * wants; the first supported one if the server does not know that.
 */
export function upstreamFormat(
  server: Pick<MapImage, "options" | "isFormatFixed" | "requestFormat"> & {
    /** `format` of the configured request. */
    readonly configured: string | undefined;
    readonly supportedFormats: readonly string[];
  },
  query: Pick<MapQuery, "format">,
): string {
  const { options, isFormatFixed, configured, supportedFormats } = server;
  // A cache asks for its own format; what goes past it is asked for as the client wants it.
  const isAsked = query.format === options.format || !query.format || query.format === "mixed";
  const wanted =
    options.format !== undefined && (isFormatFixed || isAsked)
      ? options.mime
      : configured?.startsWith("image/")
        ? configured
        : queryMime(query.format, server.requestFormat);
  const [first] = supportedFormats;
  if (first === undefined) return wanted;
  const isSupported = supportedFormats.some((format) => subtype(format) === subtype(wanted));
  return isSupported ? wanted : mimeType(first);
}

/** A cache whose format has no more than a name of its own asks by that name. */
function queryMime(format: MapQuery["format"], requestFormat: string | undefined): string {
  if (format === "mixed") return "image/png";
  return mimeType(format ?? requestFormat ?? "png");
}

/** `png` of `image/png; mode=8bit`, and of `png`. */
export function subtype(format: string): string {
  return format
    .slice(format.indexOf("/") + 1)
    .replace(/;.*$/, "")
    .trim()
    .toLowerCase();
}

function mimeType(format: string): string {
  return format.includes("/") ? format : `image/${format}`;
}

function readColor(value: string | number[]) {
  try {
    return parseColor(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigFault("image.transparent_color", reason);
  }
}
