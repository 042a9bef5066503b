import { RequestError } from "../../core/errors.ts";
import { xml } from "../../core/xml.ts";
import { defineService } from "../../model/define.ts";
import type { Handler, ServiceRequest } from "../../model/service.ts";
import { firstValue, type Params, parseQuery } from "../ows.ts";
import { askPermission, refused, withRefusals } from "../permission.ts";
import { respond } from "../responses.ts";
import { ASSETS, assetAnswer } from "./assets.ts";
import { type DemoContent, demoContent, type TileDemoLayer } from "./content.ts";
import { demoOptions } from "./options.ts";
import { overview } from "./overview.ts";
import { type Page, pageAnswer } from "./page.ts";
import { tilePreview, wmsPreview } from "./preview.ts";
import { capabilitiesView } from "./viewer.ts";

/** Pages to try the services out; for a public server they are better switched off. */
export const demoService = defineService({
  type: "demo",
  options: demoOptions,
  create(options, deps) {
    let content: DemoContent | undefined;
    const handle: Handler = async (request) => {
      if (request.path.startsWith(ASSETS)) {
        return assetAnswer(request.path.slice(ASSETS.length), request.query);
      }
      const question = { service: "demo", layers: [] } as const;
      if ((await askPermission(deps.authorizer, question, request.ctx)).kind !== "full") {
        throw refused(403);
      }
      // Taken from the configuration with the first page: the services beside this one exist by then.
      content ??= demoContent(options ?? {}, deps);
      const params = parseQuery(request.query);
      return (
        (await capabilitiesView(params, request)) ??
        preview(content, params, request) ??
        (request.path === "/demo/" ? overviewAnswer(content, request) : toOverview(request))
      );
    };
    return { routes: { demo: withRefusals(withNotFound(handle)) } };
  },
});

function overviewAnswer(content: DemoContent, { path }: ServiceRequest): Response {
  return pageAnswer({ title: "Demo", body: overview(content) }, path);
}

function toOverview({ scriptUrl }: ServiceRequest): Response {
  return new Response(null, { status: 301, headers: { location: `${scriptUrl}/demo/` } });
}

/** @returns `undefined` if no layer is asked for; @throws RequestError if there is no such layer */
function preview(
  content: DemoContent,
  params: Params,
  request: ServiceRequest,
): Response | undefined {
  const page = previewPage(content, params, request);
  return page && pageAnswer(page, request.path);
}

function previewPage(
  content: DemoContent,
  params: Params,
  { scriptUrl }: ServiceRequest,
): Page | undefined {
  const wmsLayer = firstValue(params, "wms_layer");
  if (wmsLayer !== undefined) {
    const layer = found(content.wms?.layers.find(({ name }) => name === wmsLayer), "layer", wmsLayer);
    const code = firstValue(params, "srs")?.toUpperCase() ?? layer.systems[0]?.srs.code ?? "";
    const { srs } = found(layer.systems.find((s) => s.srs.code === code), "coordinate system", code);
    const formats = content.wms?.formats ?? [];
    const asked = firstValue(params, "format") ?? "";
    const format = formats.find((mime) => mime === asked || mime === `image/${asked}`) ?? formats[0];
    return wmsPreview(content, layer, { srs, format: found(format, "image format", asked), scriptUrl });
  }
  for (const protocol of ["tms", "wmts"] as const) {
    const name = firstValue(params, `${protocol}_layer`);
    if (name === undefined) continue;
    const layers = content[protocol]?.layers ?? [];
    const layer = found(chooseTiles(layers, name, firstValue(params, "srs")), "layer", name);
    return tilePreview(protocol, content, layer, scriptUrl);
  }
  return undefined;
}

function chooseTiles(
  layers: readonly TileDemoLayer[],
  name: string,
  code: string | undefined,
): TileDemoLayer | undefined {
  const named = layers.filter(({ tiles, isCompatible }) => isCompatible && tiles.layer.name === name);
  if (!code) return named[0];
  return named.find(({ tiles }) => tiles.layer.grid.srs.code === code.toUpperCase());
}

/** @throws RequestError with status 404 if there is nothing */
function found<T>(value: T | undefined, what: string, name: string): T {
  if (value !== undefined) return value;
  throw new RequestError(undefined, `There is no ${what} "${name.slice(0, 200)}"`, undefined, 404);
}

/** Turns what was not found into a page that says so. */
function withNotFound(handler: Handler): Handler {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 404) throw error;
      const body = xml`<section class="card"><h2>Not found</h2><p>${error.message}.</p></section>`;
      return pageAnswer({ title: "Not found", body, status: 404 }, request.path);
    }
  };
}
