import { type BBox, bboxContains, bboxIntersection } from "../geo/bbox.ts";
import { type Grid, resolution } from "../grid/grid.ts";
import { pointToTile, sizeOf } from "../grid/tiles.ts";
import type { Extent } from "../srs/extent.ts";
import { transformBBox } from "../srs/transform.ts";

/** Tiles of one level that a layer can fill, ends included; rows from the grid's own origin. */
export interface TileLimits {
  readonly level: number;
  readonly minRow: number;
  readonly maxRow: number;
  readonly minColumn: number;
  readonly maxColumn: number;
}

/** Share of a pixel by which an extent must reach into a tile for it to count. */
const SLACK = 0.1;

/**
 * Where in a grid a layer is, level by level (OGC 07-057r7, 7.1.1.3; 17-083r4, 6.3).
 *
 * @returns all tiles of the grid where the extent has no image in its system, or does not touch it
 */
export function tileLimits(grid: Grid, extent: Extent): TileLimits[] {
  const bbox = extentInGrid(grid, extent);
  return grid.resolutions.map((_, level) => {
    const [columns, rows] = sizeOf(grid, level);
    const slack = resolution(grid, level) * SLACK;
    const a = pointToTile(grid, [bbox[0] + slack, bbox[1] + slack], level);
    const b = pointToTile(grid, [bbox[2] - slack, bbox[3] - slack], level);
    const within = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
    return {
      level,
      minRow: within(Math.min(a.y, b.y), rows),
      maxRow: within(Math.max(a.y, b.y), rows),
      minColumn: within(Math.min(a.x, b.x), columns),
      maxColumn: within(Math.max(a.x, b.x), columns),
    };
  });
}

/**
 * Where a layer is within a grid, in units of the grid's system.
 *
 * The overlap is looked for in the system of the layer first: the world has no sensible box in the system
 * of a regional grid, but the grid has one in that of the world.
 *
 * @returns the grid's own bbox where nothing better can be said
 */
export function extentInGrid(grid: Grid, extent: Extent): BBox {
  if (extent.isDefault) return grid.bbox;
  try {
    const whole = transformBBox(grid.bbox, grid.srs, extent.srs);
    if (bboxContains(extent.bbox, whole)) return grid.bbox;
    const shared = bboxIntersection(extent.bbox, whole);
    const bbox = shared && transformBBox(shared, extent.srs, grid.srs);
    return (bbox && bboxIntersection(bbox, grid.bbox)) ?? grid.bbox;
  } catch {
    return grid.bbox; // no image in the other system
  }
}
