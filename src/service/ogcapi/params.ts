/** Query parameters of all operations, and which answer a client wants. */
import { RequestError } from "../../core/errors.ts";
import { echo } from "../ows.ts";
import type { MapFormat } from "./settings.ts";

/** Parameters by name, exactly as written: the OGC API tells `f` from `F`. Values in the order sent. */
export type ApiParams = ReadonlyMap<string, readonly string[]>;

/** Documents are sent as either. */
export type DocumentFormat = "json" | "html";

/** The error for a request that cannot be understood, status 400 unless another is given. */
export function apiError(type: ApiErrorType, detail: string): RequestError {
  return new RequestError(type, detail, undefined, STATUS[type]);
}

/** `type` of error documents with their status. */
const STATUS = {
  "Bad Request": 400,
  "Invalid Parameter": 400,
  "Not Found": 404,
  "Not Acceptable": 406,
  InternalError: 500,
} as const;
export type ApiErrorType = keyof typeof STATUS;

/** Reads a query string; names keep their case. */
export function readParams(query: string): ApiParams {
  const params = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const values = params.get(name);
    if (values) values.push(value);
    else params.set(name, [value]);
  }
  return params;
}

/** The value of a parameter; the last one if it is given several times, `undefined` if never. */
export function single(params: ApiParams, name: string): string | undefined {
  return params.get(name)?.at(-1);
}

/**
 * Refuses what an operation does not know (OGC 19-072, requirement 7).
 *
 * @throws RequestError `Bad Request` for the first such parameter
 */
export function checkNames(params: ApiParams, known: readonly string[]): void {
  for (const name of params.keys()) {
    if (!known.includes(name))
      throw apiError("Bad Request", `Unknown query parameter ${echo(name)}`);
  }
}

/**
 * The form in which a document is wanted: as `f` says, else HTML for whoever accepts it by name.
 *
 * @throws RequestError `Invalid Parameter` if `f` is neither
 */
export function documentFormat(params: ApiParams, headers: Headers): DocumentFormat {
  const f = single(params, "f");
  if (f === undefined) return acceptsHtml(headers) ? "html" : "json";
  if (f === "json" || f === "html") return f;
  throw apiError("Invalid Parameter", "Invalid value for f query parameter");
}

/** The form of an error document, whatever else is wrong with the request. */
export function errorFormat(query: string, headers: Headers): DocumentFormat {
  const f = single(readParams(query), "f");
  if (f === "html") return "html";
  return f !== "json" && acceptsHtml(headers) ? "html" : "json";
}

function acceptsHtml(headers: Headers): boolean {
  return headers.get("accept")?.includes("text/html") ?? false;
}

/** What of a request says how the picture shall be encoded. */
export interface FormatQuestion {
  /** What stands behind the dot of the path. */
  readonly extension: string | undefined;
  readonly params: ApiParams;
  readonly headers: Headers;
}

/** A format, and whether only `Accept` decided it: the answer varies with that header then. */
export interface ChosenFormat {
  readonly format: MapFormat;
  readonly isNegotiated: boolean;
}

const BY_EXTENSION: Readonly<Record<string, MapFormat>> = { png: "png", jpg: "jpeg", jpeg: "jpeg" };

/**
 * The format of a picture: as the path says, else `f`, else what the client accepts, else the first that
 * is offered.
 *
 * @throws RequestError `Invalid Parameter` for another `f`, `Not Acceptable` for another extension or
 *   where the client accepts none
 */
export function imageFormat(
  { extension, params, headers }: FormatQuestion,
  offered: ReadonlyMap<MapFormat, unknown>,
): ChosenFormat {
  if (extension !== undefined) {
    const format = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension]! : undefined;
    if (format && offered.has(format)) return { format, isNegotiated: false };
    throw unsupported(extension);
  }
  const f = single(params, "f");
  if (f !== undefined) {
    if ((f === "png" || f === "jpeg") && offered.has(f)) return { format: f, isNegotiated: false };
    throw apiError("Invalid Parameter", "Invalid value for f query parameter");
  }
  const accept = headers.get("accept");
  for (const format of ["png", "jpeg"] as const) {
    if (offered.has(format) && accept?.includes(`image/${format}`))
      return { format, isNegotiated: true };
  }
  if (accept && !/\*\/\*|image\/\*/.test(accept)) throw unsupported(accept);
  return { format: offered.has("png") ? "png" : "jpeg", isNegotiated: true };
}

function unsupported(asked: string): RequestError {
  return apiError("Not Acceptable", `Unsupported image format ${echo(asked)}`);
}
