import { mapLimit } from "../../core/async.ts";
import { RequestError } from "../../core/errors.ts";
import type { Coverage } from "../../coverage/coverage.ts";
import { coverageContainsPoint } from "../../coverage/predicates.ts";
import { documentType, mergeInfo } from "../../featureinfo/merge.ts";
import { transformInfo } from "../../featureinfo/transform.ts";
import type { ServiceRequest } from "../../model/service.ts";
import type { InfoDocument, InfoQuery } from "../../model/source.ts";
import { askPermission, type Grant, layerLimit, permits, refused } from "../permission.ts";
import { respond, withCharset } from "../responses.ts";
import { infoMime } from "./markup.ts";
import type { InfoRequest } from "./params.ts";
import { type SelectedInfo, selectInfos } from "./select.ts";
import type { WmsState } from "./state.ts";
import type { WmsVersion } from "./version.ts";

/** `type/subtype` with parameters (RFC 9110, 8.3.1): nothing that could end a header line. */
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?: ?; ?[\w.+-]{1,64}=[\w.+"-]{1,64}){0,4}$/;

/**
 * What upstream sends as HTML is shown, but runs nothing: its scripts would run as ours.
 */
const NO_SCRIPTS = "sandbox allow-popups allow-popups-to-escape-sandbox";

/**
 * Answers GetFeatureInfo (01-068r3, 7.3; 06-042, 7.4): asks all sources of the queried layers and
 * joins what they say.
 *
 * @throws RequestError if a layer cannot be asked, or with status 401 or 403 if it may not be
 * @throws SourceError if a source fails
 */
export async function getFeatureInfo(
  asked: InfoRequest,
  about: { version: WmsVersion; state: WmsState },
  request: ServiceRequest,
): Promise<Response> {
  const { query } = asked;
  const { state } = about;
  const selected = queriedLeaves(asked);
  const grant = await permitInfos(selected, asked, { state, request });
  const point = pointOf(query);
  const isVisible = (limit: Coverage | undefined) =>
    limit === undefined || coverageContainsPoint(limit, point, query.srs);

  const sources = isVisible(grant.limitedTo)
    ? permittedLeaves(selected, asked.names, grant)
        .filter(({ name }) => isVisible(layerLimit(grant, name)))
        .flatMap(({ infos }) => infos)
    : [];
  const answers = await mapLimit(sources, state.settings.concurrency, (source) =>
    state.infos.load(source, query, request.ctx),
  );
  const documents = answers.filter((document) => document !== undefined);
  const headers = grant.isPublic ? {} : { "cache-control": "private" };
  if (documents.length === 0) return respond("", emptyType(query.infoFormat), { headers });

  const { document, type } = await styled(mergeInfo(documents), query.infoFormat, about);
  return respond(document.text, type, {
    headers: type.startsWith("text/html")
      ? { ...headers, "content-security-policy": NO_SCRIPTS }
      : headers,
  });
}

/**
 * The leaves behind QUERY_LAYERS, each once.
 *
 * @throws RequestError `LayerNotQueryable` if a named layer knows nothing
 */
function queriedLeaves({ queried }: InfoRequest): SelectedInfo[] {
  const leaves = new Map<unknown, SelectedInfo>();
  for (const node of new Set(queried)) {
    const selected = selectInfos(node);
    if (!selected) {
      const text = `layer ${node.name} is not queryable`;
      throw new RequestError("LayerNotQueryable", text, "query_layers");
    }
    for (const leaf of selected) {
      const key = leaf.name ?? leaf.infos;
      if (!leaves.has(key)) leaves.set(key, leaf);
    }
  }
  return [...leaves.values()];
}

function permitInfos(
  selected: readonly SelectedInfo[],
  { query: { bbox, srs } }: InfoRequest,
  { state, request }: { state: WmsState; request: ServiceRequest },
): Promise<Grant> {
  const layers = selected.flatMap(({ name }) => name ?? []);
  const question = { service: "wms.featureinfo", layers, extent: { bbox, srs } } as const;
  return askPermission(state.deps.authorizer, question, request.ctx);
}

/** @throws RequestError with status 403 if a layer that the client names is denied */
function permittedLeaves(
  selected: readonly SelectedInfo[],
  names: readonly string[],
  grant: Grant,
): readonly SelectedInfo[] {
  const explicit = new Set(names);
  return selected.filter(({ name }) => {
    if (permits(grant, name, "featureinfo")) return true;
    if (name !== undefined && explicit.has(name)) throw refused(403);
    return false;
  });
}

/** Coordinate asked about; rows count down. */
function pointOf({ bbox, size, at }: InfoQuery): [x: number, y: number] {
  return [
    bbox[0] + (at[0] * (bbox[2] - bbox[0])) / size[0],
    bbox[3] - (at[1] * (bbox[3] - bbox[1])) / size[1],
  ];
}

/** Type of an answer without a word: what was asked for, if it can stand in a header at all. */
function emptyType(infoFormat: string | undefined): string {
  const isType = infoFormat !== undefined && MEDIA_TYPE.test(infoFormat);
  return withCharset(isType ? infoFormat : "text/plain");
}

/** The joined document with its `Content-Type`, through the stylesheet for its type if there is one. */
async function styled(
  { document, isMixed }: { document: InfoDocument; isMixed: boolean },
  infoFormat: string | undefined,
  { version, state }: { version: WmsVersion; state: WmsState },
): Promise<{ document: InfoDocument; type: string }> {
  const { stylesheets } = state;
  const hasStylesheets = stylesheets.xml !== undefined || stylesheets.html !== undefined;
  if (isMixed && hasStylesheets) return { document, type: "text/plain" };
  const wanted = infoFormat
    ? documentType(infoFormat)
    : stylesheets.xml !== undefined
      ? "xml"
      : "html";
  const stylesheet = wanted === "xml" || wanted === "html" ? stylesheets[wanted] : undefined;
  if (stylesheet === undefined || (wanted !== "xml" && wanted !== "html")) {
    return { document, type: withCharset(infoMime(document.type, version)) };
  }
  const type = infoFormat && MEDIA_TYPE.test(infoFormat) ? infoFormat : infoMime(wanted, version);
  return { document: await transformInfo(document, stylesheet, wanted), type: withCharset(type) };
}
