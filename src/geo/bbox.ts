/** West, south, east, north: x east and y north whatever the axis order of the reference system. */
export type BBox = readonly [minx: number, miny: number, maxx: number, maxy: number];

export function bboxWidth(bbox: BBox): number {
  return bbox[2] - bbox[0];
}

export function bboxHeight(bbox: BBox): number {
  return bbox[3] - bbox[1];
}

/** Whether the insides overlap; boxes that only touch do not. */
export function bboxIntersects(a: BBox, b: BBox): boolean {
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

/** Share of the outer box's extent by which the inner one may stick out and still count as inside. */
const CONTAINS_TOLERANCE = 1e-13;

/** Whether `outer` contains `inner`, edges included, within a relative tolerance of 1e-13. */
export function bboxContains(outer: BBox, inner: BBox): boolean {
  const dx = Math.abs(outer[2] - outer[0]) * CONTAINS_TOLERANCE;
  const dy = Math.abs(outer[3] - outer[1]) * CONTAINS_TOLERANCE;
  return (
    outer[0] <= inner[0] + dx &&
    outer[1] <= inner[1] + dy &&
    outer[2] >= inner[2] - dx &&
    outer[3] >= inner[3] - dy
  );
}

/** The overlap, or `undefined` if the boxes do not overlap or only touch. */
export function bboxIntersection(a: BBox, b: BBox): BBox | undefined {
  if (!bboxIntersects(a, b)) return undefined;
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}

/** The smallest box around both. */
export function bboxUnion(a: BBox, b: BBox): BBox {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** Whether the boxes agree within `dx` on the west and east and `dy` on the south and north edge. */
export function bboxNear(a: BBox, b: BBox, dx: number, dy: number): boolean {
  return (
    Math.abs(a[0] - b[0]) < dx &&
    Math.abs(a[1] - b[1]) < dy &&
    Math.abs(a[2] - b[2]) < dx &&
    Math.abs(a[3] - b[3]) < dy
  );
}
