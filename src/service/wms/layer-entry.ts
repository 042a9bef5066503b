/** The layer tree as capabilities describe it: boxes worked out, filtered by permission. */

import { RequestError } from "../../core/errors.ts";
import { clipPolygons } from "../../coverage/clip.ts";
import type { Coverage } from "../../coverage/coverage.ts";
import { coverageIntersects } from "../../coverage/predicates.ts";
import { type BBox, bboxIntersection } from "../../geo/bbox.ts";
import type { MultiPolygon } from "../../geo/polygon.ts";
import type { ResolutionRange } from "../../grid/resolution-range.ts";
import type { LayerNode } from "../../model/layer.ts";
import { type Extent, extentBBox } from "../../srs/extent.ts";
import type { Srs } from "../../srs/srs.ts";
import { transformBBox } from "../../srs/transform.ts";
import { type Grant, layerLimit, permits } from "../permission.ts";
import { isQueryable } from "./select.ts";
import type { WmsSettings } from "./settings.ts";

/** Latitude where documents end, degrees: clients that project the pole itself get infinity. */
const MAX_LATITUDE = 89.999999;

/** One bbox of a layer. */
export interface LayerBox {
  readonly code: string;
  readonly srs: Srs;
  /** x east, y north. */
  readonly bbox: BBox;
}

/** A layer with everything that its description needs. */
export interface LayerEntry {
  readonly node: LayerNode;
  readonly title: string;
  readonly isQueryable: boolean;
  /** West, south, east, north in degrees. */
  readonly geographic: BBox;
  /** One a reference system. */
  readonly boxes: readonly LayerBox[];
  readonly range: ResolutionRange | undefined;
  /** Has a legend that can be asked for under its name. */
  readonly hasStyle: boolean;
  readonly children: readonly LayerEntry[];
}

/** What entries are made from. */
export interface EntryContext {
  readonly settings: WmsSettings;
  /** EPSG:4326. */
  readonly geographic: Srs;
  readonly grant: Grant;
}

/** The whole tree. The root is always shown, even if it is named and denied itself. */
export function rootEntry(root: LayerNode, context: EntryContext): LayerEntry {
  const entry = describe(root, context);
  return entry.title === "" ? { ...entry, title: context.settings.title } : entry;
}

function describe(node: LayerNode, context: EntryContext): LayerEntry {
  const { grant } = context;
  const extent = limited(limited(node.extent, layerLimit(grant, node.name)), grant.limitedTo);
  const mayAsk = node.name === undefined || permits(grant, node.name, "featureinfo");
  return {
    node,
    title: node.title,
    isQueryable: mayAsk && isQueryable(node),
    geographic: geographicBox(extent, context),
    boxes: layerBoxes(extent, context),
    range: node.resolutions,
    hasStyle: node.name !== undefined && node.maps !== undefined && node.legends.length > 0,
    children: node.children.flatMap((child) => visibleEntry(child, context) ?? []),
  };
}

/** `undefined`: not shown to this client, and neither is what is below. */
function visibleEntry(node: LayerNode, context: EntryContext): LayerEntry | undefined {
  const { grant } = context;
  if (grant.kind === "full") return describe(node, context);
  if (node.name !== undefined) {
    if (!permits(grant, node.name, "map")) return undefined;
    if (!reaches(node.extent, layerLimit(grant, node.name))) return undefined;
    if (!reaches(node.extent, grant.limitedTo)) return undefined;
  }
  const entry = describe(node, context);
  const isEmptyGroup = node.maps === undefined && entry.children.length === 0;
  return isEmptyGroup ? undefined : entry;
}

function reaches({ bbox, srs }: Extent, limit: Coverage | undefined): boolean {
  return limit === undefined || coverageIntersects(limit, bbox, srs);
}

/** The part of an extent within a limit, in the reference system of the limit. */
function limited(extent: Extent, limit: Coverage | undefined): Extent {
  if (!limit) return extent;
  const bbox = extentBBox(extent, limit.srs);
  const shared = limit.polygons
    ? envelope(clipPolygons(limit, bbox, limit.srs, 0))
    : bboxIntersection(bbox, limit.bbox);
  return { bbox: shared ?? limit.bbox, srs: limit.srs };
}

function envelope(polygons: MultiPolygon): BBox | undefined {
  let [minx, miny, maxx, maxy] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outer = []] of polygons) {
    for (const [x, y] of outer) {
      minx = Math.min(minx, x);
      miny = Math.min(miny, y);
      maxx = Math.max(maxx, x);
      maxy = Math.max(maxy, y);
    }
  }
  return minx < maxx && miny < maxy ? [minx, miny, maxx, maxy] : undefined;
}

function geographicBox(extent: Extent, { settings, geographic }: EntryContext): BBox {
  const own = transformed(extent, geographic) ?? [-180, -90, 180, 90];
  const limit = settings.boxes.find(({ code }) => code.toUpperCase() === "EPSG:4326")?.limit;
  const [west, south, east, north] = (limit && bboxIntersection(own, limit)) ?? own;
  return [
    Math.max(-180, west),
    Math.max(-MAX_LATITUDE, south),
    Math.min(180, east),
    Math.min(MAX_LATITUDE, north),
  ];
}

/** One box for each configured system, then one for the layer's own if clients may ask for it. */
function layerBoxes(extent: Extent, context: EntryContext): LayerBox[] {
  const { settings, geographic } = context;
  const boxes: LayerBox[] = [];
  for (const { code, srs, limit } of settings.boxes) {
    const bbox = limit ? limitedBox(extent, { srs, limit, geographic }) : transformed(extent, srs);
    if (bbox) boxes.push({ code, srs, bbox });
  }
  const { srs } = extent;
  const isListed = boxes.some(({ code }) => code.toUpperCase() === srs.code);
  if (!isListed && settings.srs.has(srs.code)) {
    boxes.push({ code: srs.code, srs, bbox: extent.bbox });
  }
  return boxes;
}

/** Both boxes are compared in degrees, where they are sure to have a meaning. */
function limitedBox(
  extent: Extent,
  { srs, limit, geographic }: { srs: Srs; limit: BBox; geographic: Srs },
): BBox | undefined {
  if (extent.isDefault) return limit;
  const own = transformed(extent, geographic);
  const allowed = transformed({ bbox: limit, srs }, geographic);
  const shared = own && allowed && bboxIntersection(own, allowed);
  return shared && transformed({ bbox: shared, srs: geographic }, srs);
}

/** `undefined` where the extent has no place in the reference system. */
function transformed({ bbox, srs }: Extent, to: Srs): BBox | undefined {
  try {
    return transformBBox(bbox, srs, to);
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}
