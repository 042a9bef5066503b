import { Lru } from "../core/lru.ts";
import { type BBox, bboxContains, bboxIntersects } from "../geo/bbox.ts";
import {
  containsBox,
  type EdgeIndex,
  indexEdges,
  locate,
  type Relation,
  relationOf,
  touchesBox,
} from "../geo/edge-index.ts";
import { closeRing, type MultiPolygon, type Polygon, polygonsBBox } from "../geo/polygon.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import { transformBBox, transformPoint, transformPoints } from "../srs/transform.ts";
import type { Coverage } from "./coverage.ts";

/** Edge indexes live as long as their polygons. */
const indexes = new WeakMap<MultiPolygon, EdgeIndex>();
/** How many reference systems a coverage is kept in. */
const KEPT_SYSTEMS = 8;
const transformed = new WeakMap<Coverage, Lru<string, Coverage>>();

/**
 * Whether a bbox and the coverage share something. Touching counts for polygons, but not for a
 * rectangle; clients rely on both.
 *
 * @throws TransformError if the bbox cannot be expressed in the coverage's system
 */
export function coverageIntersects(coverage: Coverage, bbox: BBox, srs: Srs): boolean {
  const box = transformBBox(bbox, srs, coverage.srs);
  if (!coverage.polygons) return bboxIntersects(coverage.bbox, box);
  return touchesBox(indexOf(coverage, coverage.polygons), box);
}

/**
 * Whether a bbox lies within the coverage, borders included.
 *
 * @throws TransformError if the bbox cannot be expressed in the coverage's system
 */
export function coverageContains(coverage: Coverage, bbox: BBox, srs: Srs): boolean {
  const box = transformBBox(bbox, srs, coverage.srs);
  if (!coverage.polygons) return bboxContains(coverage.bbox, box);
  return containsBox(indexOf(coverage, coverage.polygons), box);
}

/**
 * How a bbox lies to the coverage: `inside` if {@linkcode coverageContains}, `outside` unless
 * {@linkcode coverageIntersects}.
 *
 * @throws TransformError if the bbox cannot be expressed in the coverage's system
 */
export function coverageRelation(coverage: Coverage, bbox: BBox, srs: Srs): Relation {
  const box = transformBBox(bbox, srs, coverage.srs);
  if (coverage.polygons) return relationOf(indexOf(coverage, coverage.polygons), box);
  if (!bboxIntersects(coverage.bbox, box)) return "outside";
  return bboxContains(coverage.bbox, box) ? "inside" : "touches";
}

/**
 * Whether a point lies within the coverage: with the border for a rectangle, without for polygons.
 * A point that has no place in the coverage's system lies outside.
 */
export function coverageContainsPoint(
  coverage: Coverage,
  point: readonly [x: number, y: number],
  srs: Srs,
): boolean {
  const [x, y] = transformPoint(point[0], point[1], srs, coverage.srs);
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
  if (!coverage.polygons) return bboxContains(coverage.bbox, [x, y, x, y]);
  return locate(indexOf(coverage, coverage.polygons), x, y) === "inside";
}

/**
 * The coverage in another system: a rectangle becomes the box around the transformed one, polygons
 * are transformed position by position. Positions without a place there are left out.
 *
 * @throws TransformError if nothing of it has a place there
 */
export function transformCoverage(coverage: Coverage, srs: Srs): Coverage {
  if (sameSrs(coverage.srs, srs)) return coverage;
  let kept = transformed.get(coverage);
  if (!kept) {
    kept = new Lru(KEPT_SYSTEMS);
    transformed.set(coverage, kept);
  }
  const key = `${srs.code} ${srs.definition}`;
  const known = kept.get(key);
  if (known) return known;
  const made = makeTransformed(coverage, srs);
  kept.set(key, made);
  return made;
}

function makeTransformed(coverage: Coverage, srs: Srs): Coverage {
  const { clip } = coverage;
  if (!coverage.polygons) {
    return {
      srs,
      bbox: transformBBox(coverage.bbox, coverage.srs, srs),
      polygons: undefined,
      clip,
    };
  }
  const polygons = coverage.polygons.flatMap((polygon) => {
    const rings = polygon.map((ring) => {
      const xy = transformPoints(Float64Array.from(ring.flat()), coverage.srs, srs);
      const positions: [number, number][] = [];
      for (let i = 0; i < xy.length; i += 2) {
        const x = xy[i]!;
        const y = xy[i + 1]!;
        if (Number.isFinite(x) && Number.isFinite(y)) positions.push([x, y]);
      }
      return closeRing(positions);
    });
    const [outer, ...holes] = rings;
    const made: Polygon[] = outer ? [[outer, ...holes.filter((hole) => hole !== undefined)]] : [];
    return made;
  });
  // Without polygons the bbox only says where nothing was found.
  const bbox = polygonsBBox(polygons) ?? transformBBox(coverage.bbox, coverage.srs, srs);
  return { srs, bbox, polygons, clip };
}

function indexOf(coverage: Coverage, polygons: MultiPolygon): EdgeIndex {
  const known = indexes.get(polygons);
  if (known) return known;
  const made = indexEdges(polygons, coverage.bbox);
  indexes.set(polygons, made);
  return made;
}
