import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { redactUrl, splitCredentials } from "../http/url.ts";
import { toRaster } from "../image/codec.ts";
import { stackLegends } from "../image/legend.ts";
import type { RasterView } from "../image/picture.ts";
import { ConfigFault, type SourceDeps } from "../model/define.ts";
import type { LegendPicture, Source } from "../model/source.ts";
import { checkIsImage, pictureOf } from "./answer.ts";
import { appendQuery, parameterValue } from "./parameters.ts";
import { staticLegend } from "./static-legend.ts";
import type { WmsConfig } from "./wms-options.ts";
import { getLegendParameters } from "./wms-request.ts";
import type { Wms } from "./wms-source.ts";

/** Legend of a WMS server: a fixed picture, or what the server draws for each layer. */
export function createWmsLegend(
  wms: Wms,
  opts: WmsConfig["wms_opts"],
  deps: SourceDeps,
): Source["legend"] {
  if (opts.legendurl !== undefined) return staticLegend(opts.legendurl, deps);
  if (!opts.legendgraphic) return undefined;
  if (wms.version !== "1.1.1" && wms.version !== "1.3.0") {
    throw new ConfigFault(
      "wms_opts.legendgraphic",
      `WMS ${wms.version} has no legends: use version 1.1.1 or 1.3.0`,
    );
  }
  const layers = parameterValue(wms.parameters, "layers")?.split(",") ?? [];
  if (layers.length === 0) {
    throw new ConfigFault("wms_opts.legendgraphic", "legends need req.layers");
  }
  const { url } = splitCredentials(wms.url);
  return {
    id: layers.map((layer) => url + layer).join(""),
    get: (scale, ctx) => drawnLegend(wms, layers, scale, ctx),
    json: (scale, ctx) => jsonLegend(wms, layers, scale, ctx),
  };
}

/** One picture a layer, the last layer on top; layers that fail are left out. */
async function drawnLegend(
  wms: Wms,
  layers: readonly string[],
  scale: number | undefined,
  ctx: Context,
): Promise<LegendPicture> {
  const views: RasterView[] = [];
  for (const layer of layers) {
    try {
      const url = legendUrl(wms, layer, "image/png", scale);
      const answer = await wms.http.request(url, {}, ctx);
      checkIsImage(wms, answer, { url, what: "WMS" }, ctx);
      const redacted = wms.http.redact(url);
      const expect = { source: wms.name, url: redacted, size: undefined, exact: false };
      const picture = await pictureOf(answer, expect);
      views.push(await toRaster(picture, [0, 0], wms.options));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      ctx.log.warn("legend-failed", { source: wms.name, layer, reason: error.detail });
    }
  }
  const incomplete = views.length < layers.length;
  if (views.length === 0) return { kind: "blank", incomplete };
  return { kind: "raster", view: stackLegends(views), incomplete };
}

/** The first legend of each layer's document, or the document itself. */
async function jsonLegend(
  wms: Wms,
  layers: readonly string[],
  scale: number | undefined,
  ctx: Context,
): Promise<unknown> {
  const legends: unknown[] = [];
  for (const layer of layers) {
    const url = legendUrl(wms, layer, "application/json", scale);
    const answer = await wms.http.request(url, {}, ctx);
    const fail = (cause?: unknown): SourceError =>
      new SourceError(wms.name, "no json returned from source WMS", {
        url: redactUrl(url),
        isContent: true,
        cause,
      });
    if (answer.contentType !== "application/json") throw fail();
    try {
      const document = JSON.parse(new TextDecoder().decode(answer.bytes));
      legends.push(document?.Legend?.[0] ?? document);
    } catch (cause) {
      throw fail(cause);
    }
  }
  return { Legend: legends };
}

function legendUrl(wms: Wms, layer: string, format: string, scale: number | undefined): string {
  return appendQuery(
    wms.url,
    getLegendParameters(wms.parameters, wms.version as "1.1.1" | "1.3.0", { layer, format, scale }),
  );
}
