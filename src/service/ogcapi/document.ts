import type { Context } from "../../core/context.ts";
import type { XmlValue } from "../../core/xml.ts";
import { askPermission, type Grant, refused } from "../permission.ts";
import { respond, VARY } from "../responses.ts";
import { type Crumb, htmlPage, type PageMap, pagePolicy } from "./html.ts";
import { HTML_TYPE, JSON_TYPE, type Link } from "./links.ts";
import { checkNames, documentFormat } from "./params.ts";
import type { ApiRequest, ApiState, DocumentContext, WrittenDocument } from "./state.ts";

/** A resource of the API, in both its forms. */
export interface Document {
  readonly title: string;
  /** Way from the landing page to here; what it is itself comes last. */
  readonly crumbs: readonly Crumb[];
  /** The answer as JSON. */
  readonly json: object;
  readonly links: readonly Link[];
  /** What the page shows. */
  readonly body: XmlValue;
  /** A map to move around in. */
  readonly map?: PageMap | undefined;
  /** Names of the scripts of the page, besides those of the map. */
  readonly scripts?: readonly string[];
  /** Media type of the JSON form, where it has one of its own. */
  readonly type?: string;
  /** Further headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a document is written; which parameters it has. */
export interface DocumentKind {
  readonly parameters?: readonly string[];
  write(context: DocumentContext, request: ApiRequest): Document;
}

/** Documents depend on what is accepted, and on the headers that links come from. */
export const DOCUMENT_VARY = `Accept, ${VARY}`;

/**
 * Answers with a document in the form that is wanted. What everybody with full access gets is written once
 * for each address under which the service is reached.
 *
 * @throws RequestError for parameters that the document does not have, or where the client may not see it
 */
export async function answerDocument(
  kind: DocumentKind,
  asked: ApiRequest,
  state: ApiState,
): Promise<Response> {
  const { request, params, root } = asked;
  checkNames(params, kind.parameters ?? ["f"]);
  const format = documentFormat(params, request.headers);
  const grant = await documentGrant(state, request.ctx);
  const key = `${format} ${root} ${request.path} ${params.get("ui") ?? ""}`;
  const kept = grant.kind === "full" ? state.documents.get(key) : undefined;
  if (kept) return documentResponse(kept, grant);

  const { settings, deps } = state;
  const document = kind.write({ settings, deps, root, format, grant }, asked);
  const written = format === "html" ? asHtml(document, { root, deps }) : asJson(document);
  if (grant.kind === "full") {
    state.documents.set(key, written, written.bytes.length + key.length);
  }
  return documentResponse(written, grant);
}

/**
 * What of the service the client may know about.
 *
 * @throws RequestError with status 401 or 403 if it is nothing
 */
async function documentGrant({ settings, deps }: ApiState, ctx: Context): Promise<Grant> {
  const layers = [...settings.collections.keys()];
  const grant = await askPermission(deps.authorizer, { service: "ogcapi", layers }, ctx);
  if (grant.kind === "none") throw refused(403);
  return grant;
}

function asJson({ json, type = JSON_TYPE, headers = {} }: Document): WrittenDocument {
  const bytes = new TextEncoder().encode(JSON.stringify(json, null, 2));
  return { bytes, type, headers };
}

function asHtml(
  document: Document,
  { root, deps }: Pick<DocumentContext, "root" | "deps">,
): WrittenDocument {
  const background = deps.backgroundUrl;
  const bytes = new TextEncoder().encode(htmlPage(document, { root, background }));
  const headers = { ...document.headers, ...pagePolicy(background) };
  return { bytes, type: HTML_TYPE, headers };
}

function documentResponse({ bytes, type, headers }: WrittenDocument, grant: Grant): Response {
  return respond(bytes, type, {
    headers: {
      vary: DOCUMENT_VARY,
      ...(!grant.isPublic && { "cache-control": "private" }),
      ...headers,
    },
  });
}
