import { bboxIntersection } from "../geo/bbox.ts";
import { metaTileRange } from "../grid/meta.ts";
import { metaOf, type Task } from "./task.ts";

/** Plans with more tiles are mistakes more often than not. */
export const MOST_TILES = 1e9;

/**
 * Tiles that a task has at most: all that touch the bounds of its area. Nothing is walked, so that also
 * an absurd plan is counted at once.
 */
export function mostTiles(task: Task): number {
  const { manager, area, levels } = task;
  const { grid } = manager;
  const bbox = bboxIntersection(area.bbox, grid.bbox);
  if (area.isEmpty || !bbox) return 0;
  const meta = metaOf(manager);
  let tiles = 0;
  for (const level of levels) {
    const range = metaTileRange(grid, bbox, { level, meta });
    if (range) tiles += range.columns * range.rows * range.stepX * Math.abs(range.stepY);
  }
  return tiles;
}
