import type { BBox } from "../geo/bbox.ts";
import { insetPolygon } from "../geo/inset.ts";
import { bboxPolygon, type MultiPolygon, type Polygon } from "../geo/polygon.ts";
import { trimPolygon } from "../geo/trim.ts";
import type { Srs } from "../srs/srs.ts";
import { combinePolygons } from "./boolean.ts";
import type { Coverage } from "./coverage.ts";
import { coverageContains, coverageIntersects, transformCoverage } from "./predicates.ts";

/** Share of a pixel by which areas shrink, so that pixels that are merely touched stay outside. */
const SHRINK = 0.1;

/**
 * The part of a coverage within a bbox, shrunk by a tenth of a pixel: what remains visible of a
 * picture of `bbox`.
 *
 * @param bbox of the picture, in `srs`
 * @param pixel ground size of a pixel in units of `srs`; 0 shrinks nothing
 * @returns polygons in `srs`; none if nothing remains
 * @throws TransformError if the coverage cannot be expressed in `srs`
 */
export function clipPolygons(
  coverage: Coverage,
  bbox: BBox,
  srs: Srs,
  pixel: number,
): MultiPolygon {
  const there = transformCoverage(coverage, srs);
  const pieces = cut(there, bbox);
  const distance = pixel * SHRINK;
  return distance > 0 ? pieces.flatMap((polygon) => insetPolygon(polygon, distance)) : pieces;
}

/** The area within a box. */
function cut(coverage: Coverage, bbox: BBox): MultiPolygon {
  const { srs, polygons } = coverage;
  const box = [bboxPolygon(bbox)];
  if (!polygons) {
    const shared: BBox = [
      Math.max(bbox[0], coverage.bbox[0]),
      Math.max(bbox[1], coverage.bbox[1]),
      Math.min(bbox[2], coverage.bbox[2]),
      Math.min(bbox[3], coverage.bbox[3]),
    ];
    return shared[0] < shared[2] && shared[1] < shared[3] ? [bboxPolygon(shared)] : [];
  }
  if (!coverageIntersects(coverage, bbox, srs)) return [];
  if (coverageContains(coverage, bbox, srs)) return box;
  // Far parts go first, cheaply: the exact cut costs by the vertex.
  const near: Polygon[] = [];
  for (const polygon of polygons) {
    const trimmed = trimPolygon(polygon, grow(bbox));
    if (trimmed) near.push(trimmed);
  }
  return combinePolygons("intersection", [near, box]);
}

/** The box with a margin as wide as itself on all sides. */
function grow([minx, miny, maxx, maxy]: BBox): BBox {
  const dx = maxx - minx;
  const dy = maxy - miny;
  return [minx - dx, miny - dy, maxx + dx, maxy + dy];
}
