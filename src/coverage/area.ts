import { bboxHeight, bboxWidth } from "../geo/bbox.ts";
import { signedArea } from "../geo/polygon.ts";
import type { Coverage } from "./coverage.ts";

/** Area of a coverage in square units of its system, holes left out. */
export function coverageArea({ polygons, bbox }: Coverage): number {
  if (!polygons) return bboxWidth(bbox) * bboxHeight(bbox);
  let area = 0;
  for (const [outer = [], ...holes] of polygons) {
    area += Math.abs(signedArea(outer));
    for (const hole of holes) area -= Math.abs(signedArea(hole));
  }
  return area;
}
