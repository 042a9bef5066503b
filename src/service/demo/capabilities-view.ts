import { type Markup, xml } from "../../core/xml.ts";
import type { ServiceRequest } from "../../model/service.ts";
import { firstValue, type Params } from "../ows.ts";
import { respond } from "../responses.ts";
import { href, type Page, pageAnswer, rootOf } from "./page.ts";
import { xmlView } from "./xml-view.ts";

/** A document of our own that the demo can show. */
interface DocumentView {
  readonly heading: string;
  path(params: Params): string;
}

const WMS = "/service?REQUEST=GetCapabilities&SERVICE=WMS";

/** By the query parameter that asks for it. */
const VIEWS: Readonly<Record<string, DocumentView>> = {
  wms_capabilities: { heading: "WMS", path: () => WMS },
  wmsc_capabilities: { heading: "WMS-C", path: () => `${WMS}&tiled=true` },
  wmts_capabilities_kvp: {
    heading: "WMTS",
    path: () => "/service?REQUEST=GetCapabilities&SERVICE=WMTS",
  },
  wmts_capabilities: { heading: "WMTS", path: () => "/wmts/1.0.0/WMTSCapabilities.xml" },
  tms_capabilities: { heading: "TMS", path: tmsPath },
};

/** Characters of a document that are shown; a page with more would only stop the browser. */
const LONGEST_DOCUMENT = 4_000_000;

/** The document that the query asks to see, if it asks for one. */
export function askedDocument(params: Params): DocumentView | undefined {
  for (const [name, view] of Object.entries(VIEWS)) if (params.has(name)) return view;
  return undefined;
}

/**
 * Shows a document of our own.
 *
 * It is made in this process by the same application: no URL is opened, least of all one that the
 * request's headers name.
 */
export async function documentAnswer(
  view: DocumentView,
  params: Params,
  request: ServiceRequest,
): Promise<Response> {
  const path = view.path(params);
  const url = request.scriptUrl + path;
  if (!/^https?:\/\//i.test(url)) return respond("bad request", "text/plain", { status: 400 });
  const response = await request.dispatch(path);
  const text = (await response.text()).slice(0, LONGEST_DOCUMENT);
  const page: Page = {
    title: `${view.heading} GetCapabilities`,
    body: documentBody(view, { url, text, status: response.status }),
  };
  return pageAnswer(page, rootOf(request));
}

function documentBody(
  { heading }: DocumentView,
  { url, text, status }: { url: string; text: string; status: number },
): Markup {
  return xml`<h2>${heading} GetCapabilities</h2>
<p><a href="${href(url)}">${url}</a></p>
${status !== 200 && xml`<p role="alert">The service answers with status ${status}.</p>\n`}<pre tabindex="0" aria-label="Document">${xmlView(text)}</pre>`;
}

/** Of all layers, or of the one that `layer` and `srs` name. */
function tmsPath(params: Params): string {
  const layer = firstValue(params, "layer");
  const srs = firstValue(params, "srs");
  if (!layer || !srs) return "/tms/1.0.0/";
  return `/tms/1.0.0/${segment(layer)}/${segment(srs)}`;
}

/** One segment of a path, whatever the text is. */
function segment(text: string): string {
  return encodeURIComponent(text.replaceAll("..", ""));
}
