import { RequestError } from "../../core/errors.ts";
import type { Handler } from "../../model/service.ts";
import { respond } from "../responses.ts";
import { invalidRequest, plainProblem } from "../tile-answers.ts";
import { exceptionAnswer } from "./exception.ts";
import { findSet } from "./layers.ts";
import type { MetadataQuestion, TileAddress, WmtsOperations } from "./operations.ts";
import type { PathTemplate, PathValues } from "./template.ts";

/** Path below `/wmts`, after any prefix, of the service metadata document. */
export const CAPABILITIES_PATH = "/1.0.0/WMTSCapabilities.xml";

const MOUNT = "/wmts";

/** What makes a tile twice as large each way: `3@2x.png`, or `3@2x` where the path has no format. */
const TWICE = /@2x(?=\.\w+$|$)/;

/** The path templates of one service. */
export interface RestfulTemplates {
  readonly tile: PathTemplate;
  readonly info: PathTemplate;
}

/** Answers everything below `/wmts` (OGC 07-057r7, 10). */
export function restfulHandler(templates: RestfulTemplates, operations: WmtsOperations): Handler {
  return async (request) => {
    const path = request.path.slice(MOUNT.length);
    try {
      if (path.endsWith(CAPABILITIES_PATH)) {
        if (operations.isStrict && !acceptsXml(request.headers)) return notAcceptable();
        return await operations.getCapabilities(metadataQuestion(request.baseUrl), request);
      }
      const single = path.replace(TWICE, "");
      const tile = templates.tile.match(single);
      if (tile) {
        const factor = single === path ? 1 : 2;
        return await operations.getTile(address(tile, templates.tile, factor), request);
      }
      const info = templates.info.match(path);
      if (info) {
        const at = { i: info.get("I")!, j: info.get("J")!, infoFormat: info.get("InfoFormat") };
        const asked = { ...address(info, templates.info), format: undefined, ...at };
        return await operations.getFeatureInfo(asked, request);
      }
    } catch (error) {
      return exceptionAnswer(error);
    }
    return plainProblem(invalidRequest(request.path));
  };

  /**
   * The values of a matched path. A dimension in the template belongs to all layers: those that lack
   * it are asked for with the word `default` in its place.
   *
   * @throws RequestError `InvalidParameterValue` for another word
   */
  function address(values: PathValues, template: PathTemplate, factor?: 1 | 2): TileAddress {
    const asked: TileAddress = {
      layer: values.get("Layer")!,
      set: values.get("TileMatrixSet")!,
      matrix: values.get("TileMatrix")!,
      column: values.get("TileCol")!,
      row: values.get("TileRow")!,
      format: values.get("Format"),
      factor,
      dimension: (name) => values.get(name),
    };
    for (const name of template.dimensions) checkDimension(asked, name.toLowerCase());
    return asked;
  }

  function checkDimension({ layer, set, dimension }: TileAddress, name: string): void {
    const value = dimension(name);
    if (value === undefined || value === "default") return;
    const declared = findSet(operations.catalog, layer, set).layer.dimensions;
    if (declared.some((known) => known.name.toLowerCase() === name)) return;
    throw new RequestError("InvalidParameterValue", `unknown dimension: ${name}`, name);
  }
}

/** Whether a client takes what there is: XML (RFC 9110, 12.5.1). */
function acceptsXml(headers: Headers): boolean {
  const accept = headers.get("accept");
  return !accept || /\*\/\*|application\/\*|\b(?:text|application)\/xml\b/i.test(accept);
}

function notAcceptable(): Response {
  const text = "not acceptable: the document is application/xml";
  return respond(text, "text/plain; charset=utf-8", { status: 406, noCache: true });
}

function metadataQuestion(baseUrl: string): MetadataQuestion {
  const url = baseUrl.endsWith(CAPABILITIES_PATH)
    ? baseUrl.slice(0, -CAPABILITIES_PATH.length)
    : baseUrl;
  return { binding: "RESTful", url };
}
