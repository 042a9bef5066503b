import { type Coverage, isEmptyCoverage } from "../coverage/coverage.ts";
import { coverageRelation, transformCoverage } from "../coverage/predicates.ts";
import { type BBox, bboxUnion } from "../geo/bbox.ts";
import type { Relation } from "../geo/edge-index.ts";
import type { Grid } from "../grid/grid.ts";

/** Where to seed or clean up, in the system of a grid. */
export interface Area {
  /** Around all of it, in units of the grid's system. */
  readonly bbox: BBox;
  /** Whether nothing lies in it: there is nothing to do. */
  readonly isEmpty: boolean;
  /** `bbox` in units of the grid's system. Lying within one of several coverages is `inside`. */
  relation(bbox: BBox): Relation;
}

/**
 * The area of some coverages together; of the whole grid if there are none. One empty coverage makes
 * all of it empty: a list of changes without any change must not become "everything".
 *
 * @throws TransformError if a coverage has no place in the grid's system
 */
export function areaOf(coverages: readonly Coverage[], grid: Grid): Area {
  if (coverages.some(isEmptyCoverage)) {
    return { bbox: grid.bbox, isEmpty: true, relation: () => "outside" };
  }
  if (coverages.length === 0) {
    const whole: Coverage = { srs: grid.srs, bbox: grid.bbox, polygons: undefined, clip: false };
    return areaOf([whole], grid);
  }
  const parts = coverages.map((coverage) => transformCoverage(coverage, grid.srs));
  return {
    bbox: parts.map(({ bbox }) => bbox).reduce(bboxUnion),
    isEmpty: parts.some(isEmptyCoverage),
    relation(bbox) {
      let relation: Relation = "outside";
      for (const part of parts) {
        const one = coverageRelation(part, bbox, grid.srs);
        if (one === "inside") return one;
        if (one === "touches") relation = one;
      }
      return relation;
    },
  };
}
