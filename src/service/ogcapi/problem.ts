import { ImageError, RequestError, SourceError } from "../../core/errors.ts";
import { xml } from "../../core/xml.ts";
import { NO_SOURCES } from "../../layer/render.ts";
import { refusalResponse } from "../permission.ts";
import { respond } from "../responses.ts";
import { DOCUMENT_VARY } from "./document.ts";
import { htmlPage, pagePolicy } from "./html.ts";
import { HTML_TYPE, JSON_TYPE } from "./links.ts";
import { errorFormat } from "./params.ts";
import type { ApiRequest } from "./state.ts";

/**
 * The answer to a request that could not be served, as JSON or as a page.
 *
 * @throws `error` itself if neither the client nor a source is to blame
 */
export function problemAnswer(error: unknown, { request, root }: ApiRequest): Response {
  const refusal = refusalResponse(error);
  if (refusal) return refusal;
  const { type, status, detail } = problemOf(error);
  const title = "OGCAPI";
  if (errorFormat(request.query, request.headers) === "json") {
    const body = JSON.stringify({ title, type, status, detail }, null, 2);
    return respond(body, JSON_TYPE, { status, headers: { vary: DOCUMENT_VARY } });
  }
  const body = xml`<p role="alert">${detail}</p>`;
  const crumbs = [{ title: "Home", url: root }];
  const page = htmlPage(
    { title: type, crumbs, json: {}, links: [], body },
    { root, background: undefined },
  );
  return respond(page, HTML_TYPE, {
    status,
    headers: { vary: DOCUMENT_VARY, ...pagePolicy(undefined) },
  });
}

/** An error as the client is told of it. */
function problemOf(error: unknown): { type: string; status: number; detail: string } {
  if (error instanceof RequestError) {
    const detail = error.message;
    if (error.ows !== undefined) return { type: error.ows, status: error.status ?? 400, detail };
    if (error.status === 503) return { type: "Service Unavailable", status: 503, detail };
    // What has no type of this service comes from the drawing: sources that fail, or a map that is too much.
    const isFailure = detail.startsWith(NO_SOURCES);
    return isFailure
      ? { type: "InternalError", status: 500, detail }
      : { type: "Bad Request", status: 400, detail };
  }
  if (error instanceof SourceError) {
    return { type: "InternalError", status: 500, detail: error.message };
  }
  if (error instanceof ImageError) {
    const detail = `error while processing image file: ${error.message}`;
    return { type: "InternalError", status: 500, detail };
  }
  throw error;
}
