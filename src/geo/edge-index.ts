import type { BBox } from "./bbox.ts";
import { orientation } from "./orientation.ts";
import type { MultiPolygon } from "./polygon.ts";

/** Rows beyond which a finer index gains nothing. */
const MAX_ROWS = 8192;

/** All edges of some polygons, found by the rows (strips of equal height) that they touch. */
export interface EdgeIndex {
  readonly bbox: BBox;
  /** `ax, ay, bx, by` an edge. */
  readonly edges: Float64Array;
  /** The polygon of each edge. */
  readonly owners: Uint32Array;
  readonly rows: number;
  /** Edges of row r: `order[starts[r]]` to `order[starts[r + 1] - 1]`. */
  readonly starts: Uint32Array;
  readonly order: Uint32Array;
}

/**
 * Indexes polygons for the predicates below. They may overlap: what lies in any of them is inside.
 *
 * @param bbox of the polygons
 */
export function indexEdges(polygons: MultiPolygon, bbox: BBox): EdgeIndex {
  let count = 0;
  for (const polygon of polygons) for (const ring of polygon) count += Math.max(0, ring.length - 1);
  const edges = new Float64Array(count * 4);
  const owners = new Uint32Array(count);
  let at = 0;
  for (const [owner, polygon] of polygons.entries()) {
    for (const ring of polygon) {
      for (let i = 1; i < ring.length; i++) {
        const [ax, ay] = ring[i - 1]!;
        const [bx, by] = ring[i]!;
        owners[at >> 2] = owner;
        edges[at++] = ax;
        edges[at++] = ay;
        edges[at++] = bx;
        edges[at++] = by;
      }
    }
  }
  const rows = Math.max(1, Math.min(MAX_ROWS, count >> 1));
  const starts = new Uint32Array(rows + 1);
  const frame = { bbox, rows };
  // count, then place
  for (let e = 0; e < count; e++) {
    const last = rowOf(frame, Math.max(edges[e * 4 + 1]!, edges[e * 4 + 3]!));
    const first = rowOf(frame, Math.min(edges[e * 4 + 1]!, edges[e * 4 + 3]!));
    for (let row = first; row <= last; row++) starts[row + 1]! += 1;
  }
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
  const order = new Uint32Array(starts[rows]!);
  const next = starts.slice();
  for (let e = 0; e < count; e++) {
    const last = rowOf(frame, Math.max(edges[e * 4 + 1]!, edges[e * 4 + 3]!));
    const first = rowOf(frame, Math.min(edges[e * 4 + 1]!, edges[e * 4 + 3]!));
    for (let row = first; row <= last; row++) {
      order[next[row]!] = e;
      next[row]! += 1;
    }
  }
  return { bbox, edges, owners, rows, starts, order };
}

function rowOf({ bbox, rows }: Pick<EdgeIndex, "bbox" | "rows">, y: number): number {
  const row = Math.floor(((y - bbox[1]) / (bbox[3] - bbox[1])) * rows);
  // polygons without height have NaN here
  return row > 0 ? Math.min(row, rows - 1) : 0;
}

/** Where a point lies. */
export type Side = "inside" | "border" | "outside";

/** Where a point lies, exactly (even-odd within a polygon, so holes are outside). */
export function locate(index: EdgeIndex, x: number, y: number): Side {
  const { bbox, edges, owners, starts, order } = index;
  if (!(x >= bbox[0] && x <= bbox[2] && y >= bbox[1] && y <= bbox[3])) return "outside";
  const row = rowOf(index, y);
  let inside = false;
  let owner = -1;
  // the polygon on whose border the point lies
  let touched = -1;
  // edges of a row stand polygon by polygon
  for (let i = starts[row]!; i < starts[row + 1]!; i++) {
    if (owners[order[i]!] !== owner) {
      if (inside && touched !== owner) return "inside";
      inside = false;
      owner = owners[order[i]!]!;
    }
    const e = order[i]! * 4;
    const ay = edges[e + 1]!;
    const by = edges[e + 3]!;
    if ((ay > y && by > y) || (ay < y && by < y)) continue;
    const ax = edges[e]!;
    const bx = edges[e + 2]!;
    if (ax < x && bx < x) continue;
    if (ax > x && bx > x) {
      if (ay > y !== by > y) inside = !inside;
      continue;
    }
    const side = orientation(edges, e, x, y);
    if (side === 0) touched = owner;
    // an upward edge is crossed by the ray to the east from its left, a downward one from its right
    else if (ay > y !== by > y && side > 0 === by > ay) inside = !inside;
  }
  if (inside && touched !== owner) return "inside";
  return touched >= 0 ? "border" : "outside";
}

/** Whether the polygons and the rectangle share a point; touching is enough. */
export function touchesBox(index: EdgeIndex, box: BBox): boolean {
  const { bbox, edges, starts, order } = index;
  if (box[0] > bbox[2] || box[2] < bbox[0] || box[1] > bbox[3] || box[3] < bbox[1]) return false;
  const last = starts[rowOf(index, box[3]) + 1]!;
  for (let i = starts[rowOf(index, box[1])]!; i < last; i++) {
    if (edgeTouches(edges, order[i]! * 4, box)) return true;
  }
  // no border in the rectangle: all of it is inside, or none
  return locate(index, box[0], box[1]) !== "outside";
}

/**
 * Whether the polygons contain the whole rectangle; borders may coincide. A rectangle without
 * area has to lie inside, not on the border.
 *
 * Of polygons that overlap one has to contain it: what only several cover together counts as not contained.
 */
export function containsBox(index: EdgeIndex, box: BBox): boolean {
  const { bbox, edges, starts, order } = index;
  if (!(box[0] >= bbox[0] && box[2] <= bbox[2] && box[1] >= bbox[1] && box[3] <= bbox[3])) {
    return false;
  }
  const last = starts[rowOf(index, box[3]) + 1]!;
  for (let i = starts[rowOf(index, box[1])]!; i < last; i++) {
    if (edgeEnters(edges, order[i]! * 4, box)) return false;
  }
  return locate(index, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2) === "inside";
}

/** How a rectangle lies to an area: `touches` if it is partly in it, or on its border only. */
export type Relation = "outside" | "touches" | "inside";

/** What {@linkcode touchesBox} and {@linkcode containsBox} say, in one go. */
export function relationOf(index: EdgeIndex, box: BBox): Relation {
  const { bbox, edges, starts, order } = index;
  if (box[0] > bbox[2] || box[2] < bbox[0] || box[1] > bbox[3] || box[3] < bbox[1]) {
    return "outside";
  }
  let touches = false;
  const last = starts[rowOf(index, box[3]) + 1]!;
  for (let i = starts[rowOf(index, box[1])]!; i < last; i++) {
    const e = order[i]! * 4;
    if (edgeEnters(edges, e, box)) return "touches";
    touches ||= edgeTouches(edges, e, box);
  }
  // no border in the open rectangle: all of it is inside one of the polygons, or none
  if (locate(index, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2) === "inside") return "inside";
  return touches || locate(index, box[0], box[1]) !== "outside" ? "touches" : "outside";
}

/** Whether an edge and the closed rectangle share a point. */
function edgeTouches(edges: Float64Array, e: number, box: BBox): boolean {
  const ax = edges[e]!;
  const ay = edges[e + 1]!;
  const bx = edges[e + 2]!;
  const by = edges[e + 3]!;
  if (ax < box[0] && bx < box[0]) return false;
  if (ax > box[2] && bx > box[2]) return false;
  if (ay < box[1] && by < box[1]) return false;
  if (ay > box[3] && by > box[3]) return false;
  return !cornersAside(edges, e, box, false);
}

/** Whether a part of an edge lies in the open rectangle. */
function edgeEnters(edges: Float64Array, e: number, box: BBox): boolean {
  const ax = edges[e]!;
  const ay = edges[e + 1]!;
  const bx = edges[e + 2]!;
  const by = edges[e + 3]!;
  if (ax <= box[0] && bx <= box[0]) return false;
  if (ax >= box[2] && bx >= box[2]) return false;
  if (ay <= box[1] && by <= box[1]) return false;
  if (ay >= box[3] && by >= box[3]) return false;
  // most edges that come so far have an end in it
  if (ax > box[0] && ax < box[2] && ay > box[1] && ay < box[3]) return true;
  return !cornersAside(edges, e, box, true);
}

/** Whether all corners lie on one side of the edge's line; on the line counts if `orOn`. */
function cornersAside(edges: Float64Array, e: number, box: BBox, orOn: boolean): boolean {
  const a = orientation(edges, e, box[0], box[1]);
  const b = orientation(edges, e, box[2], box[1]);
  const c = orientation(edges, e, box[2], box[3]);
  const d = orientation(edges, e, box[0], box[3]);
  return orOn
    ? (a >= 0 && b >= 0 && c >= 0 && d >= 0) || (a <= 0 && b <= 0 && c <= 0 && d <= 0)
    : (a > 0 && b > 0 && c > 0 && d > 0) || (a < 0 && b < 0 && c < 0 && d < 0);
}
