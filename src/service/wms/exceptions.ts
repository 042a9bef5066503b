import { ImageError, RequestError, SourceError } from "../../core/errors.ts";
import { escapeXml } from "../../core/text.ts";
import { toBytes } from "../../image/codec.ts";
import type { ImageOptions } from "../../image/options.ts";
import { messagePicture } from "../../image/text.ts";
import { joinedValue, type Params } from "../ows.ts";
import { NO_CACHE, respond } from "../responses.ts";
import { requestedFormat } from "./format.ts";
import { readColor, readFlag, readSize } from "./values.ts";
import type { WmsVersion } from "./version.ts";

/** Side of an exception picture whose size the request does not tell, in pixels. */
const DEFAULT_SIDE = 256;

/** The part of {@linkcode RequestError} that reports show. */
interface Exception {
  readonly code: string | undefined;
  readonly message: string;
  readonly status: number;
}

/** Raised where the picture asked for would be too large: no picture may be the answer to that. */
export const TOO_LARGE = "image size too large";

export interface ExceptionOptions {
  readonly version: WmsVersion;
  readonly params: Params;
  /** What can be encoded, by MIME type. */
  readonly formats: ReadonlyMap<string, ImageOptions>;
  /** Options for `image/png`, which need not be among `formats`. */
  readonly png: ImageOptions;
  readonly pixelLimit: number;
}

/**
 * The service exception for an error, as XML or as a picture, as the request wants it.
 *
 * @returns `undefined` if it is no fault of client or source: an internal error, told to nobody
 */
export async function exceptionResponse(
  error: unknown,
  options: ExceptionOptions,
): Promise<Response | undefined> {
  const exception = toException(error);
  if (!exception) return undefined;
  const form = exceptionForm(options.params);
  // who is to come back later must see the status, and drawing the message would add to the load
  if (form !== "xml" && exception.message !== TOO_LARGE && exception.status !== 503) {
    return pictureException(form === "blank" ? "" : exception.message, options);
  }
  const { body, type } = xmlException(exception, options.version);
  return respond(body, type, { status: exception.status, noCache: true });
}

function toException(error: unknown): Exception | undefined {
  if (error instanceof RequestError) {
    return { code: error.ows, message: error.message, status: error.status ?? 500 };
  }
  if (error instanceof SourceError) {
    return { code: undefined, message: error.message, status: 500 };
  }
  if (error instanceof ImageError) {
    const message = `error while processing image file: ${error.message}`;
    return { code: undefined, message, status: 500 };
  }
  return undefined;
}

/** EXCEPTIONS is matched by what it contains: `INIMAGE`, `application/vnd.ogc.se_inimage`. */
function exceptionForm(params: Params): "xml" | "image" | "blank" {
  const asked = joinedValue(params, "exceptions")?.toLowerCase() ?? "";
  if (asked.includes("image")) return "image";
  return asked.includes("blank") ? "blank" : "xml";
}

/** Exception reports (00-028, 6.5; 01-068r3, A.3; 06-042, 6.11). */
export function xmlException(
  { code, message }: Pick<Exception, "code" | "message">,
  version: WmsVersion,
): { body: string; type: string } {
  const text = escapeXml(message);
  const attribute = code === undefined ? "" : ` code="${escapeXml(code)}"`;
  const report = `<ServiceException${attribute}>${text}</ServiceException>\n</ServiceExceptionReport>\n`;
  switch (version) {
    case "1.0.0":
      return {
        body: `<?xml version="1.0"?>\n<WMTException version="1.0.0">\n${text}\n</WMTException>\n`,
        type: "text/xml",
      };
    case "1.1.0":
    case "1.1.1": {
      const dtd = `http://schemas.opengis.net/wms/${version}/exception_${version.replaceAll(".", "_")}.dtd`;
      return {
        body: `<?xml version="1.0"?>\n<!DOCTYPE ServiceExceptionReport SYSTEM "${dtd}">\n<ServiceExceptionReport version="${version}">\n${report}`,
        type: "application/vnd.ogc.se_xml",
      };
    }
    case "1.3.0":
      return {
        body: `<?xml version="1.0"?>\n<ServiceExceptionReport version="1.3.0" xmlns="http://www.opengis.net/ogc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/ogc http://schemas.opengis.net/wms/1.3.0/exceptions_1_3_0.xsd">\n${report}`,
        type: "text/xml; charset=utf-8",
      };
  }
}

/** A picture of the size asked for, with the message on it or empty; status 200 (06-042, 6.11). */
async function pictureException(text: string, options: ExceptionOptions): Promise<Response> {
  const { params, png, pixelLimit } = options;
  const format = requestedFormat(joinedValue(params, "format") ?? "", options) ?? png;
  const wanted: ImageOptions = {
    ...format,
    transparent: readFlag(joinedValue(params, "transparent")),
    background: readColor(joinedValue(params, "bgcolor")) ?? [255, 255, 255],
  };
  const asked = readSize(joinedValue(params, "width"), joinedValue(params, "height"));
  const fits = asked !== undefined && asked[0] * asked[1] <= pixelLimit;
  const size = fits ? asked : ([DEFAULT_SIDE, DEFAULT_SIDE] as const);
  const view = messagePicture(text, size, wanted);
  const result = { picture: { kind: "raster", view } as const, options: wanted };
  const { bytes } = await toBytes(result, wanted, size);
  return respond(bytes, wanted.mime, { headers: NO_CACHE });
}
