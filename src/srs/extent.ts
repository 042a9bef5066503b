import {
  type BBox,
  bboxContains,
  bboxIntersection,
  bboxIntersects,
  bboxUnion,
} from "../geo/bbox.ts";
import { geographicSrs } from "./geographic.ts";
import { parseSrs, type Srs, sameSrs } from "./srs.ts";
import { transformBBox } from "./transform.ts";

/** A bbox with its reference system. */
export interface Extent {
  readonly bbox: BBox;
  readonly srs: Srs;
  /** The whole world because nobody said otherwise: contains everything, neutral in unions. */
  readonly isDefault?: boolean;
}

/** The whole world. */
export const DEFAULT_EXTENT: Extent = {
  bbox: [-180, -90, 180, 90],
  srs: parseSrs("EPSG:4326"),
  isDefault: true,
};

/**
 * The extent's bbox in another system.
 *
 * @throws TransformError if it has no image there
 */
export function extentBBox(extent: Extent, srs: Srs): BBox {
  return transformBBox(extent.bbox, extent.srs, srs);
}

/** The smallest geographic extent around all; a single one stays as it is, none is the whole world. */
export function mergeExtents(list: readonly Extent[]): Extent {
  const [first, ...others] = list.filter((extent) => !extent.isDefault);
  if (!first) return DEFAULT_EXTENT;
  if (others.length === 0) return first;
  const srs = geographicSrs(first.srs);
  let bbox = extentBBox(first, srs);
  for (const other of others) bbox = bboxUnion(bbox, extentBBox(other, srs));
  return { bbox, srs };
}

/** Whether `inner` lies within `outer`; the default extent contains everything. */
export function extentContains(outer: Extent, inner: Extent): boolean {
  return outer.isDefault === true || bboxContains(outer.bbox, extentBBox(inner, outer.srs));
}

/** Whether the insides overlap; the default extent overlaps everything. */
export function extentIntersects(a: Extent, b: Extent): boolean {
  return a.isDefault === true || bboxIntersects(a.bbox, extentBBox(b, a.srs));
}

/**
 * The overlap, in the system of `a`; with a default extent on either side, in EPSG:4326.
 *
 * @returns `undefined` if there is none
 */
export function extentIntersection(a: Extent, b: Extent): Extent | undefined {
  const srs = b.isDefault ? b.srs : a.srs;
  const bbox = bboxIntersection(extentBBox(a, srs), extentBBox(b, srs));
  return bbox && { bbox, srs };
}

/**
 * The overlap by geographic boxes, where the systems differ: a box may have no sensible image in a system
 * that is made for another part of the world.
 *
 * @returns `undefined` if there is none
 */
export function geographicOverlap(a: Extent, b: Extent): Extent | undefined {
  if (sameSrs(a.srs, b.srs)) return extentIntersection(a, b);
  const srs = geographicSrs(a.srs);
  const bbox = bboxIntersection(extentBBox(a, srs), extentBBox(b, srs));
  return bbox && { bbox, srs };
}
