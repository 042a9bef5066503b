import { bboxPolygon, type MultiPolygon, polygonsBBox } from "../geo/polygon.ts";
import { combinePolygons } from "./boolean.ts";
import type { Coverage } from "./coverage.ts";
import { transformCoverage } from "./predicates.ts";

/**
 * What any of the coverages covers, in the system of the first.
 *
 * @throws RangeError if there is no coverage
 */
export function union(coverages: readonly Coverage[]): Coverage {
  return combine("union", coverages);
}

/**
 * The same as {@linkcode union}, of polygons that may overlap: nothing is computed.
 *
 * @throws RangeError if there is no coverage
 */
export function collect(coverages: readonly Coverage[]): Coverage {
  return combine("union", coverages, (areas) => areas.flat());
}

/**
 * What all of the coverages cover, in the system of the first.
 *
 * @throws RangeError if there is nothing
 */
export function intersection(coverages: readonly Coverage[]): Coverage {
  return combine("intersection", coverages);
}

/**
 * What the first coverage covers and no other, in the system of the first.
 *
 * @throws RangeError if there is nothing
 */
export function difference(coverages: readonly Coverage[]): Coverage {
  return combine("difference", coverages);
}

/** How empty results are called. */
const NAMES = { union: "union", intersection: "intersection", difference: "diff" } as const;

function combine(
  operation: keyof typeof NAMES,
  coverages: readonly Coverage[],
  compute = (areas: readonly MultiPolygon[]) => combinePolygons(operation, areas),
): Coverage {
  const [first] = coverages;
  if (!first) throw new RangeError(`Cannot make a ${operation}: the list of coverages is empty`);
  const areas = coverages.map((coverage) => areaOf(transformCoverage(coverage, first.srs)));
  const polygons = compute(areas);
  const bbox = polygonsBBox(polygons);
  if (!bbox) throw new RangeError(`${NAMES[operation]} did not return any geometry`);
  return { srs: first.srs, bbox, polygons, clip: first.clip };
}

function areaOf(coverage: Coverage): MultiPolygon {
  return coverage.polygons ?? [bboxPolygon(coverage.bbox)];
}
