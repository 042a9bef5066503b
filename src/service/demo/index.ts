import type { Log } from "../../core/context.ts";
import { RequestError } from "../../core/errors.ts";
import { markup, xml } from "../../core/xml.ts";
import { defineService } from "../../model/define.ts";
import type { DemoExtension, Service, ServiceRequest } from "../../model/service.ts";
import { firstValue, type Params, parseQuery } from "../ows.ts";
import { askPermission, refused, withRefusals } from "../permission.ts";
import { respond } from "../responses.ts";
import { ASSETS, assetAnswer } from "./assets.ts";
import { askedDocument, documentAnswer } from "./capabilities-view.ts";
import { type DemoContent, demoContent } from "./content.ts";
import { homePage } from "./home.ts";
import { ogcApiPreview } from "./ogcapi-preview.ts";
import { openingPreview } from "./opening.ts";
import { demoOptions } from "./options.ts";
import { overview } from "./overview.ts";
import { href, htmlAnswer, type Page, pageAnswer, placeOf, rootOf } from "./page.ts";
import { type Preview, previewPage, viewerAssets } from "./preview.ts";
import { tmsPreview, wmtsPreview } from "./tile-preview.ts";
import { type PreviewQuestion, wmsPreview } from "./wms-preview.ts";

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Pages to try the services out: a list of what there is, a map of each layer, the documents. */
export const demoService = defineService({
  type: "demo",
  options: demoOptions,
  create(options, deps): Service {
    // Looked up when somebody comes: of hundreds of layers it takes a tenth of the time of a start. What is doubtful in
    // the options of a service is told by that one.
    let known: DemoContent | undefined;
    const content = () => {
      known ??= demoContent(options, { ...deps, log: SILENT });
      return known;
    };
    const pages = withRefusals(async (request) => {
      const question = { service: "demo", layers: [] } as const;
      const grant = await askPermission(deps.authorizer, question, request.ctx);
      if (grant.kind !== "full") throw refused(403);
      const own = await extensionPage(deps.demoExtensions, request);
      return own ?? (await answerPage(content(), deps.demoExtensions, request));
    });
    return {
      async home(request) {
        // Where the demo is not for everybody, the plain welcome page tells nothing of the layers.
        if (deps.authorizer.restricts) return undefined;
        return pageAnswer(homePage(content(), placeOf(request)), rootOf(request));
      },
      routes: {
        async demo(request) {
          // What the pages load tells nothing of the configuration: it is open to everybody.
          if (!request.path.startsWith(ASSETS)) return await pages(request);
          return await assetAnswer(request.path.slice(ASSETS.length), request, deps.platform);
        },
      },
    };
  },
});

/** The page of the first plug-in that has one; scripts and pictures of it must be files of our own origin. */
async function extensionPage(
  extensions: readonly DemoExtension[],
  request: ServiceRequest,
): Promise<Response | undefined> {
  for (const { page } of extensions) {
    const html = await page?.(request);
    if (html !== undefined) return htmlAnswer(html, {});
  }
  return undefined;
}

async function answerPage(
  content: DemoContent,
  extensions: readonly DemoExtension[],
  request: ServiceRequest,
): Promise<Response> {
  const params = parseQuery(request.query);
  try {
    const preview = askedPreview(content, params, request);
    if (preview) return pageAnswer(previewPage(preview, content), rootOf(request));
  } catch (error) {
    return problemPage(error, rootOf(request));
  }
  const document = askedDocument(params);
  if (document) return await documentAnswer(document, params, request);
  if (request.path === "/demo/") {
    return await overviewAnswer(content, extensions, request);
  }
  return respond("", "text/plain", {
    status: 301,
    headers: { location: `${request.scriptUrl}/demo/` },
  });
}

/** @throws RequestError for a layer, system or format that there is no preview of */
function askedPreview(
  content: DemoContent,
  params: Params,
  request: ServiceRequest,
): Preview | undefined {
  const asked = (layer: string): PreviewQuestion => ({
    layer,
    srs: firstValue(params, "srs"),
    format: firstValue(params, "format"),
    viewer: firstValue(params, "viewer") === "maplibre" ? "maplibre" : "openlayers",
  });
  const at = placeOf(request);
  const wms = firstValue(params, "wms_layer");
  if (wms !== undefined) return wmsPreview(asked(wms), content.wms, at);
  const tms = firstValue(params, "tms_layer");
  if (tms !== undefined) return tmsPreview(asked(tms), content.tms, at);
  const wmts = firstValue(params, "wmts_layer");
  if (wmts !== undefined) return wmtsPreview(asked(wmts), content.wmts, at);
  const ogcApi = firstValue(params, "ogcapi_layer");
  if (ogcApi !== undefined) return ogcApiPreview(asked(ogcApi), content.ogcApi, at);
  return undefined;
}

async function overviewAnswer(
  content: DemoContent,
  extensions: readonly DemoExtension[],
  request: ServiceRequest,
): Promise<Response> {
  const at = placeOf(request);
  const slot = async (name: "before" | "after") =>
    markup(
      (await Promise.all(extensions.map((extension) => extension[name]?.(request) ?? ""))).join(
        "\n",
      ),
    );
  const slots = { before: await slot("before"), after: await slot("after") };
  const opening = openingPreview(content, at);
  const page: Page = {
    title: "Demo",
    background: content.background,
    ...(opening && viewerAssets(opening.viewer)),
    body: overview(content, opening, slots),
  };
  return pageAnswer(page, at.root);
}

function problemPage(error: unknown, root: string): Response {
  if (!(error instanceof RequestError)) throw error;
  const body = xml`<section class="card">
<h2>No preview</h2>
<p role="alert">${error.message}</p>
<p><a href="${href(`${root}demo/`)}">All layers and services</a></p>
</section>`;
  return pageAnswer({ title: "No preview", body, status: error.status ?? 400 }, root);
}
