import { VERSION } from "../../core/version.ts";
import { xml } from "../../core/xml.ts";
import { href } from "../demo/page.ts";
import { shownCollections } from "./collections.ts";
import type { Document } from "./document.ts";
import { OPENAPI_TYPE, segment, selfLinks } from "./links.ts";
import { type ApiOperation, apiOperations, OGC_MAPS, OGC_TILES } from "./openapi-operations.ts";
import { apiError, single } from "./params.ts";
import type { OgcApiSettings } from "./settings.ts";
import type { ApiRequest, DocumentContext } from "./state.ts";

const DEFAULT_TITLE = "OGCAPI implementation";

/**
 * `/api`: the definition of the service (OpenAPI 3.0.2; OGC 19-072, 9.1). The page comes in two forms:
 * `swagger` with an address to try for each operation, `redoc` for reading only.
 *
 * @throws RequestError `Invalid Parameter` for another `ui`, or one without a page
 */
export function openApiDocument(context: DocumentContext, { params }: ApiRequest): Document {
  const { root, format } = context;
  const ui = single(params, "ui");
  if (ui !== undefined && ui !== "swagger" && ui !== "redoc") {
    throw apiError("Invalid Parameter", "Invalid value for ui query parameter");
  }
  if (ui !== undefined && format === "json") {
    throw apiError("Invalid Parameter", "ui query parameter can only be used with HTML output");
  }
  const url = `${root}/api`;
  const json = definition(context);
  return {
    title: json.info.title,
    crumbs: [
      { title: "Home", url: root },
      { title: "API", url },
    ],
    json,
    type: OPENAPI_TYPE,
    links: selfLinks(url, format),
    body: page(context, ui ?? "swagger"),
  };
}

function definition(context: DocumentContext) {
  const { settings, root } = context;
  const identification = settings.metadata.identification ?? {};
  const { description } = identification;
  const title = identification.title ?? DEFAULT_TITLE;
  const paths: Record<string, object> = {};
  for (const operation of apiOperations(settings)) {
    paths[operation.path] = { get: describeOperation(operation) };
  }
  return {
    openapi: "3.0.2",
    info: { title, ...information(settings) },
    servers: [{ url: root, ...(description && { description }) }],
    tags: [
      {
        name: "server",
        description: description ?? title,
        ...(identification.url && {
          externalDocs: { description: "information", url: identification.url },
        }),
      },
    ],
    paths,
    components: {
      responses: { "200": { description: "successful operation" } },
      parameters: localParameters(context),
    },
  };
}

/** `info` but the title: what the configuration says, what is drawn at the most. */
function information({ metadata, hasMaps, limits }: OgcApiSettings): object {
  const { identification, license, contact } = metadata;
  const { description, keywords, terms_of_service: terms } = identification ?? {};
  const reach = Object.entries(contact ?? {}).filter(([key]) => /^(?:name|url|email)$/.test(key));
  return {
    version: VERSION,
    ...(description && { description }),
    ...(keywords && keywords.length > 0 && { "x-keywords": keywords }),
    ...(terms && { termsOfService: terms }),
    ...(reach.length > 0 && { contact: Object.fromEntries(reach) }),
    ...(license?.name && {
      license: { name: license.name, ...(license.url && { url: license.url }) },
    }),
    ...(hasMaps && {
      "x-OGC-limits": {
        maps: { maxWidth: limits.width, maxHeight: limits.height, maxPixels: limits.pixels },
      },
    }),
  };
}

function describeOperation(operation: ApiOperation): object {
  const { id, summary, parameters, base, ok, empty, mayBeMissing } = operation;
  const response = (name: string) => ({ $ref: `${base}responses/${name}` });
  return {
    operationId: id,
    summary,
    description: summary,
    tags: ["server"],
    parameters: parameters.map(describeParameter),
    responses: {
      "200": ok === undefined ? { $ref: "#/components/responses/200" } : response(ok),
      ...(empty !== undefined && { "204": response(empty) }),
      "400": response("InvalidParameter"),
      ...(mayBeMissing && { "404": response("NotFound") }),
      "500": response("ServerError"),
    },
  };
}

function describeParameter(written: string): object {
  const [where, name] = written.split(":", 2) as [string, string];
  if (where === "maps") return { $ref: `${OGC_MAPS}parameters/${name}` };
  if (where === "tiles") return { $ref: `${OGC_TILES}parameters/${name}` };
  if (where === "local") return { $ref: `#/components/parameters/${name}` };
  const schema = { type: "string", enum: ["swagger", "redoc"], default: "swagger" };
  return { name, in: "query", description: "Form of the page", required: false, schema };
}

function localParameters(context: DocumentContext): Record<string, object> {
  const { settings } = context;
  const { hasMaps, hasTiles, matrixSets, formats, limits } = settings;
  const ids = shownCollections(context).map(({ name }) => name);
  const images = [...formats.keys()];
  const side = (name: string, maximum: number) => ({
    ...query(name, { type: "integer", minimum: 1, maximum }),
    description: `${name} of the picture in pixels`,
  });
  return {
    f: query("f", { type: "string", enum: ["json", "html"], default: "json" }),
    collectionId: inPath("collectionId", ids),
    ...(hasTiles &&
      matrixSets.size > 0 && {
        tileMatrixSetId: inPath("tileMatrixSetId", [...matrixSets.keys()]),
      }),
    ...((hasMaps || hasTiles) && {
      f_img: query("f", { type: "string", enum: images, default: images[0] }),
    }),
    ...(hasMaps && { styleId: inPath("styleId", ["default"]) }),
    ...(hasMaps && { width: side("width", limits.width), height: side("height", limits.height) }),
  };
}

function query(name: string, schema: object): object {
  return { name, in: "query", description: `Value of ${name}`, required: false, schema };
}

function inPath(name: string, values: readonly (string | undefined)[]): object {
  const schema = { type: "string", enum: values };
  return { name, in: "path", description: `Value of ${name}`, required: true, schema };
}

function page(context: DocumentContext, ui: "swagger" | "redoc") {
  const { settings, root } = context;
  const first = shownCollections(context)[0]?.name ?? "";
  const [set = ""] = settings.matrixSets.keys();
  const example = (path: string) =>
    path
      .replace("{collectionId}", segment(first))
      .replace("{tileMatrixSetId}", segment(set))
      .replace("{styleId}", "default")
      .replace(/\{tile(?:Matrix|Row|Col)\}/g, "0");
  return xml`<p><a href="${href(`${root}/api?f=json`)}">The definition as OpenAPI 3.0</a>, for programs</p>
${apiOperations(settings).map(
  ({ path, summary, parameters }) => xml`<section class="card">
<h2><code>GET ${path}</code></h2>
<p>${summary}</p>
<p class="quiet">Parameters: ${parameters.map((name) => name.slice(name.indexOf(":") + 1).replace("f_img", "f")).join(", ")}</p>
${ui === "swagger" && xml`<p><a href="${href(root + example(path))}">Try it</a></p>\n`}</section>
`,
)}`;
}
