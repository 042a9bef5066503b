import { SourceError } from "../core/errors.ts";
import { coverageContainsPoint } from "../coverage/predicates.ts";
import { ConfigFault, type SourceDeps } from "../model/define.ts";
import type { InfoDocument, Source } from "../model/source.ts";
import { documentType, negotiateInfo, pointOf } from "./info.ts";
import { appendQuery, parameterValue, withParameters } from "./parameters.ts";
import type { WmsConfig } from "./wms-options.ts";
import { getFeatureInfoParameters } from "./wms-request.ts";
import type { Wms } from "./wms-source.ts";

type WmsOpts = WmsConfig["wms_opts"];

/** Feature information of a WMS server. */
export async function createWmsInfo(
  wms: Wms,
  opts: WmsOpts,
  deps: SourceDeps,
): Promise<NonNullable<Source["info"]>> {
  const { featureinfo_format: format, query_layers } = opts;
  const configured: [string, string][] = [];
  if (format !== undefined) configured.push(["info_format", format]);
  if (query_layers !== undefined) configured.push(["query_layers", query_layers]);
  const template = withParameters(wms.parameters, configured);
  const requestSrs = parameterValue(wms.parameters, "srs");
  const supportedSrs =
    wms.supportedSrs.length > 0 || requestSrs === undefined
      ? wms.supportedSrs
      : [deps.srs(requestSrs)];
  const transform = await readStylesheet(opts, deps);

  return {
    async get(client, ctx) {
      if (wms.coverage && !coverageContainsPoint(wms.coverage, pointOf(client), client.srs)) {
        return undefined;
      }
      const query = negotiateInfo(client, { supportedSrs, bestSrs: wms.bestSrs });
      const parameters = getFeatureInfoParameters(template, wms.version, {
        ...query,
        format: `image/${query.format === undefined || query.format === "mixed" ? "png" : query.format}`,
      });
      const { contentType, bytes } = await wms.http.request(
        appendQuery(wms.url, parameters),
        {},
        ctx,
      );
      const document: InfoDocument = {
        type: documentType(format ?? contentType ?? client.infoFormat),
        text: new TextDecoder().decode(bytes),
      };
      if (!transform) return document;
      try {
        return await transform(document);
      } catch (cause) {
        // what a server sends may be no XML at all
        throw new SourceError(wms.name, "Cannot transform feature info", {
          url: wms.http.redact(wms.url),
          isContent: true,
          detail: `Cannot transform feature info: ${cause instanceof Error ? cause.message : cause}`,
          cause,
        });
      }
    },
  };
}

async function readStylesheet(
  { featureinfo_xslt: file, featureinfo_out_format, featureinfo_format }: WmsOpts,
  { platform, path, transformInfo }: SourceDeps,
): Promise<((document: InfoDocument) => Promise<InfoDocument>) | undefined> {
  if (file === undefined) return undefined;
  const bytes = await platform.resource(path(file));
  if (!bytes) throw new ConfigFault("wms_opts.featureinfo_xslt", `no such file: ${file}`);
  if (!transformInfo) {
    throw new ConfigFault("wms_opts.featureinfo_xslt", "stylesheets cannot be applied here");
  }
  const stylesheet = new TextDecoder().decode(bytes);
  const out = documentType(featureinfo_out_format ?? featureinfo_format ?? "text/xml");
  return (document) => transformInfo(document, stylesheet, out === "html" ? "html" : "xml");
}
