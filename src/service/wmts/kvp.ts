import { RequestError } from "../../core/errors.ts";
import type { Handler } from "../../model/service.ts";
import { echo, firstValue, joinedValue, type Params, parseQuery } from "../ows.ts";
import { exceptionAnswer } from "./exception.ts";
import type { InfoAddress, MetadataQuestion, TileAddress, WmtsOperations } from "./operations.ts";

const TILE_PARAMETERS = [
  "version",
  "request",
  "layer",
  "style",
  "tilematrixset",
  "tilematrix",
  "tilerow",
  "tilecol",
  "format",
];
const INFO_PARAMETERS = [...TILE_PARAMETERS, "infoformat", "i", "j"];

/** Parameters that each operation must have. */
const REQUIRED: ReadonlyMap<string, readonly string[]> = new Map([
  ["getcapabilities", []],
  ["gettile", TILE_PARAMETERS],
  ["getfeatureinfo", INFO_PARAMETERS],
]);

/** Answers `SERVICE=WMTS` of the OWS end points (OGC 07-057r7, 8). */
export function kvpHandler(operations: WmtsOperations): Handler {
  return async (request) => {
    try {
      const params = parseQuery(request.query);
      if (operations.isStrict) checkStrictly(params);
      switch (firstValue(params, "request")?.toLowerCase()) {
        case "gettile":
          return await operations.getTile(tileAddress(params, TILE_PARAMETERS), request);
        case "getfeatureinfo":
          return await operations.getFeatureInfo(infoAddress(params), request);
        case "getcapabilities":
          return await operations.getCapabilities(
            metadataQuestion(params, request.baseUrl),
            request,
          );
        default:
          // Clients know this text; it never names what was asked for.
          throw new RequestError(undefined, "unknown WMTS request type 'None'", "request");
      }
    } catch (error) {
      return exceptionAnswer(error);
    }
  };
}

/**
 * What the standard says of single parameters, before anything else is looked at (OGC 07-057r7, tables 18,
 * 23 and 28).
 *
 * @throws RequestError with code and locator of the standard
 */
function checkStrictly(params: Params): void {
  const request = firstValue(params, "request");
  const required = REQUIRED.get(request?.toLowerCase() ?? "");
  if (!request) throw absent("request");
  if (!required) {
    const message = `unknown request: ${echo(request)}`;
    throw new RequestError("InvalidParameterValue", message, "request");
  }
  const missing = required.find((name) => !params.has(name));
  if (missing !== undefined) throw absent(missing);
  if (params.has("sections") && !joinedValue(params, "sections")) throw absent("sections");
  const style = joinedValue(params, "style");
  if (style && style !== "default") {
    throw new RequestError("InvalidParameterValue", `unknown style: ${echo(style)}`, "Style");
  }
}

function absent(name: string): RequestError {
  return new RequestError("MissingParameterValue", `missing parameter ${name}`, name);
}

function tileAddress(params: Params, required: readonly string[]): TileAddress {
  const missing = required.filter((name) => !params.has(name));
  if (missing.length > 0) {
    const list = missing.map((name) => `'${name}'`).join(", ");
    throw new RequestError(undefined, `missing parameters [${list}]`, missing[0]);
  }
  const styles = joinedValue(params, "styles");
  if (styles) {
    const message = `unsupported styles: ${echo(styles)}`;
    throw new RequestError("StyleNotDefined", message, "styles");
  }
  // Whatever is required is there by now.
  const value = (name: string) => joinedValue(params, name)!;
  const format = value("format");
  return {
    layer: value("layer"),
    set: value("tilematrixset"),
    matrix: value("tilematrix"),
    column: value("tilecol"),
    row: value("tilerow"),
    format: format === "" ? undefined : format.replace(/^image\//, ""),
    dimension: (name) => joinedValue(params, name),
  };
}

function infoAddress(params: Params): InfoAddress {
  return {
    ...tileAddress(params, INFO_PARAMETERS),
    i: joinedValue(params, "i")!,
    j: joinedValue(params, "j")!,
    infoFormat: joinedValue(params, "infoformat")!,
    featureCount: joinedValue(params, "feature_count"),
  };
}

const SECTIONS = new Set([
  "all",
  "serviceidentification",
  "serviceprovider",
  "operationsmetadata",
  "contents",
  "themes",
]);

function metadataQuestion(params: Params, url: string): MetadataQuestion {
  const versions = joinedValue(params, "acceptversions");
  if (versions && !versions.split(",").some((version) => version.trim() === "1.0.0")) {
    throw new RequestError("VersionNegotiationFailed", "only version 1.0.0 is supported");
  }
  const listed = joinedValue(params, "sections");
  if (!listed) return { binding: "KVP", url };
  const sections = new Set(listed.split(",").map((name) => name.trim().toLowerCase()));
  for (const name of sections) {
    if (SECTIONS.has(name)) continue;
    throw new RequestError("InvalidParameterValue", `unknown section: ${name}`, "sections");
  }
  return sections.has("all") ? { binding: "KVP", url } : { binding: "KVP", url, sections };
}
