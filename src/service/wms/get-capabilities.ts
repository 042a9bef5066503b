import { altered } from "../../core/altered.ts";
import { mapLimit, withDeadline } from "../../core/async.ts";
import type { Context } from "../../core/context.ts";
import { Lru } from "../../core/lru.ts";
import type { LayerNode } from "../../model/layer.ts";
import type { ServiceRequest } from "../../model/service.ts";
import { askPermission, type Grant, refused } from "../permission.ts";
import { respond } from "../responses.ts";
import { capabilities11x } from "./capabilities-11x.ts";
import { capabilities100 } from "./capabilities-100.ts";
import { capabilities130 } from "./capabilities-130.ts";
import type { Document } from "./document.ts";
import { type LayerEntry, rootEntry } from "./layer-entry.ts";
import { hasLegend } from "./select.ts";
import type { WmsState } from "./state.ts";
import { tileSetList } from "./tile-sets.ts";
import type { WmsVersion } from "./version.ts";

/** Bytes of all kept documents together. */
const KEPT_BYTES = 2 ** 24;
/** How long a document waits for the sizes of legends, ms. */
const LEGEND_PATIENCE = 5000;
/** For how long the size of a legend that could not be had is taken as unknown, ms. */
const LEGEND_RETRY = 60_000;
const CONCURRENT_LEGENDS = 8;

type LegendSizes = Map<LayerNode, readonly [width: number, height: number]>;

/** What is kept between requests for capabilities. */
export interface CapabilitiesStore {
  /** Documents for those who may see everything, by all that shapes them. */
  readonly documents: Lru<string, Uint8Array>;
  /** Sizes of legends that were had. */
  readonly sizes: LegendSizes;
  /** The whole tree, once it was described. */
  tree: LayerEntry | undefined;
  /** ms since 1970: until then missing sizes are not asked for again. */
  retryAt: number;
}

export function createCapabilitiesStore(): CapabilitiesStore {
  return { documents: new Lru(KEPT_BYTES), sizes: new Map(), tree: undefined, retryAt: 0 };
}

export interface CapabilitiesRequest {
  readonly version: WmsVersion;
  /** WMS-C: tile sets are wanted too. */
  readonly tiled: boolean;
}

/**
 * Answers GetCapabilities (00-028, 6.2.4; 01-068r3, 7.1; 06-042, 7.2).
 *
 * The document depends on the URL under which the client came and, where access is restricted, on
 * who asks: what is kept is what everybody with full access gets.
 *
 * @throws RequestError with status 401 or 403 if the client may not see any layer
 */
export async function getCapabilities(
  asked: CapabilitiesRequest,
  state: WmsState,
  request: ServiceRequest,
): Promise<Response> {
  const { deps, capabilities: store } = state;
  const layers = [...deps.layers.byName.keys()];
  const question = { service: "wms.capabilities", layers } as const;
  const grant = await askPermission(deps.authorizer, question, request.ctx);
  if (grant.kind === "none") throw refused(403);

  const { version } = asked;
  const hasTiles = asked.tiled && (version === "1.1.0" || version === "1.1.1");
  const key = `${version} ${hasTiles} ${request.baseUrl}`;
  const kept = grant.kind === "full" ? store.documents.get(key) : undefined;
  const body = kept ?? (await write({ version, hasTiles, key, grant }, state, request));
  const headers = grant.isPublic ? {} : { "cache-control": "private" };
  return respond(body, contentType(version), { headers });
}

async function write(
  about: { version: WmsVersion; hasTiles: boolean; key: string; grant: Grant },
  state: WmsState,
  request: ServiceRequest,
): Promise<Uint8Array> {
  const { version, hasTiles, key, grant } = about;
  const { settings, deps, capabilities: store } = state;
  const isFull = grant.kind === "full";
  const root = (isFull ? store.tree : undefined) ?? describe(state, grant);
  if (isFull) store.tree = root;

  const isComplete = await loadLegendSizes(root, state, request.ctx);
  const isTileVersion = version === "1.1.0" || version === "1.1.1";
  const text = writeVersion(version, {
    url: request.baseUrl,
    settings,
    root,
    hasLegends: hasLegend(deps.layers.root),
    legendSizes: store.sizes,
    tileSets: hasTiles && isTileVersion ? tileSetList(deps.tiles, version) : undefined,
  });
  const bytes = new TextEncoder().encode(text);
  if (isFull && isComplete) store.documents.set(key, bytes, bytes.length + key.length);
  return bytes;
}

function describe({ settings, deps }: WmsState, grant: Grant): LayerEntry {
  return rootEntry(deps.layers.root, { settings, grant, geographic: deps.srs("EPSG:4326") });
}

function writeVersion(version: WmsVersion, document: Document): string {
  switch (version) {
    case "1.0.0":
      return capabilities100(document);
    case "1.1.0":
    case "1.1.1":
      return capabilities11x(document, version);
    case "1.3.0":
      return capabilities130(document);
  }
}

function contentType(version: WmsVersion): string {
  return version === "1.0.0" || version === "1.3.0"
    ? "text/xml; charset=utf-8"
    : "application/vnd.ogc.wms_xml";
}

/**
 * Learns how large the advertised legends are, which means to fetch them. A source that is slow or
 * away must not take the document with it: its legends count as 1 x 1 for a while.
 *
 * @returns whether all sizes are known
 */
async function loadLegendSizes(
  root: LayerEntry,
  { capabilities: store, deps, legends }: WmsState,
  ctx: Context,
): Promise<boolean> {
  const missing = styledNodes(root).filter((node) => !store.sizes.has(node));
  if (missing.length === 0) return true;
  const { clock } = deps.platform;
  if (clock.now() < store.retryAt) return false;

  const patient = altered(ctx, { signal: withDeadline(LEGEND_PATIENCE, ctx.signal) });
  const found = await mapLimit(missing, CONCURRENT_LEGENDS, async (node) => {
    try {
      const { size, isComplete } = await legends.load(node.legends, undefined, patient);
      if (isComplete) store.sizes.set(node, size);
      return isComplete;
    } catch (error) {
      ctx.signal.throwIfAborted();
      ctx.log.warn("legend-size-unknown", { layer: node.name, error });
      return false;
    }
  });
  const isComplete = found.every(Boolean);
  if (!isComplete) store.retryAt = clock.now() + LEGEND_RETRY;
  return isComplete;
}

function styledNodes(entry: LayerEntry): LayerNode[] {
  const below = entry.children.flatMap(styledNodes);
  return entry.hasStyle ? [entry.node, ...below] : below;
}
