import { xml } from "../../core/xml.ts";
import type { ServiceRequest } from "../../model/service.ts";
import { firstValue, type Params } from "../ows.ts";
import { respond } from "../responses.ts";
import { href, pageAnswer } from "./page.ts";

interface View {
  readonly heading: string;
  /** Path and query of the document below the mount. */
  readonly document: string;
}

/** Documents that the demo shows, by the parameter that asks for them. */
const VIEWS: Readonly<Record<string, View>> = {
  wms_capabilities: {
    heading: "WMS GetCapabilities",
    document: "/service?REQUEST=GetCapabilities&SERVICE=WMS",
  },
  wmsc_capabilities: {
    heading: "WMS-C GetCapabilities",
    document: "/service?REQUEST=GetCapabilities&SERVICE=WMS&tiled=true",
  },
  wmts_capabilities_kvp: {
    heading: "WMTS GetCapabilities",
    document: "/service?REQUEST=GetCapabilities&SERVICE=WMTS",
  },
  wmts_capabilities: {
    heading: "WMTS GetCapabilities",
    document: "/wmts/1.0.0/WMTSCapabilities.xml",
  },
  tms_capabilities: { heading: "TMS GetCapabilities", document: "/tms/1.0.0/" },
};

/**
 * Shows one of our own documents as text. It is made in this process: nothing that a header names is
 * ever fetched.
 *
 * @returns `undefined` if no document is asked for
 */
export async function capabilitiesView(
  params: Params,
  request: ServiceRequest,
): Promise<Response | undefined> {
  const name = Object.keys(VIEWS).find((key) => params.has(key));
  const view = name === undefined ? undefined : VIEWS[name];
  if (!view) return undefined;
  const scheme = request.headers.get("x-forwarded-proto")?.trim().toLowerCase();
  if (firstValue(params, "type") === "external" && scheme && !/^https?$/.test(scheme)) {
    return respond("bad request", "text/plain", { status: 400 });
  }
  const layer = firstValue(params, "layer");
  const spec = firstValue(params, "srs");
  const document =
    name === "tms_capabilities" && layer && spec
      ? `/tms/1.0.0/${segment(layer)}/${segment(spec)}`
      : view.document;
  const answer = await request.dispatch(document);
  const url = request.scriptUrl + document;
  const body = xml`<section class="card">
<h2>${view.heading}</h2>
<p><a href="${href(url)}">${url}</a></p>
<div class="wide"><pre>${await answer.text()}</pre></div>
</section>`;
  return pageAnswer({ title: view.heading, body }, request.path);
}

/** One path segment: it cannot climb, and it cannot begin a query. */
function segment(text: string): string {
  return encodeURIComponent(text.replaceAll("..", ""));
}
