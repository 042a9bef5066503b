import polygonClipping, { type MultiPolygon as Clippable } from "polygon-clipping";
import type { BBox } from "../geo/bbox.ts";
import { type MultiPolygon, type Polygon, polygonsBBox } from "../geo/polygon.ts";

/** Digits to which positions are rounded when the exact ones lead the algorithm astray. */
const FALLBACK_DIGITS = [13, 11, 9] as const;

type Operation = "union" | "intersection" | "difference";

/**
 * Union, intersection or difference (the first minus all others) of areas.
 *
 * The algorithm fails for a few inputs whose edges nearly coincide; those are rounded, a billionth
 * of their coordinates at most.
 *
 * @throws RangeError if even rounding does not help
 */
export function combinePolygons(
  operation: Operation,
  areas: readonly MultiPolygon[],
): MultiPolygon {
  const [first, ...others] = areas;
  if (!first) return [];
  try {
    return run(operation, first, others);
  } catch {
    // the known weakness of the sweep: "Unable to complete output ring"
  }
  for (const digits of FALLBACK_DIGITS) {
    const rounded = areas.map((area) => roundTo(area, digits));
    try {
      return run(operation, rounded[0] ?? [], rounded.slice(1));
    } catch {
      // next: coarser
    }
  }
  throw new RangeError(`Cannot compute the ${operation} of polygons: they nearly coincide`);
}

function run(operation: Operation, first: MultiPolygon, others: MultiPolygon[]): MultiPolygon {
  // The library reads its input only; its types do not say so.
  const rest = others as unknown as Clippable[];
  return polygonClipping[operation](first as unknown as Clippable, ...rest);
}

function roundTo(area: MultiPolygon, digits: number): MultiPolygon {
  const round = (value: number) => Number(value.toPrecision(digits));
  return area.map((polygon) =>
    polygon.map((ring) => ring.map(([x, y]) => [round(x), round(y)] as const)),
  );
}

/**
 * One area from polygons that may overlap. Only those whose bounds meet are combined: the rest stays
 * as it is, to the last digit.
 */
export function unitePolygons(polygons: readonly Polygon[]): MultiPolygon {
  const united: Polygon[] = [];
  for (const group of groupByBounds(polygons)) {
    const [first, ...others] = group;
    if (!first) continue;
    if (others.length === 0) united.push(first);
    else
      united.push(
        ...combinePolygons("union", [[first], ...others.map((polygon): MultiPolygon => [polygon])]),
      );
  }
  return united;
}

/** Polygons in groups; bounds of different groups do not meet. */
function groupByBounds(polygons: readonly Polygon[]): Polygon[][] {
  const boxes: { bbox: BBox; polygon: Polygon; group: number }[] = [];
  for (const polygon of polygons) {
    const bbox = polygonsBBox([polygon]);
    if (bbox) boxes.push({ bbox, polygon, group: boxes.length });
  }
  boxes.sort((a, b) => a.bbox[0] - b.bbox[0]);
  const parent = boxes.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  // sweep from the west; open are those that reach the current west edge
  let open: number[] = [];
  for (const [i, { bbox }] of boxes.entries()) {
    open = open.filter((j) => boxes[j]!.bbox[2] >= bbox[0]);
    for (const j of open) {
      const other = boxes[j]!.bbox;
      if (other[1] <= bbox[3] && other[3] >= bbox[1]) parent[root(j)] = root(i);
    }
    open.push(i);
  }
  const groups = new Map<number, Polygon[]>();
  for (const [i, { polygon }] of boxes.entries()) {
    const key = root(i);
    const group = groups.get(key);
    if (group) group.push(polygon);
    else groups.set(key, [polygon]);
  }
  return [...groups.values()];
}
