import { type BBox, bboxIntersection } from "../geo/bbox.ts";
import type { Grid } from "../grid/grid.ts";
import { blockBBox, type MetaSize, type MetaTileRange, metaTileRange } from "../grid/meta.ts";
import { sizeOf } from "../grid/tiles.ts";
import type { Area } from "./area.ts";
import { type Position, progressOf } from "./position.ts";

/** A meta tile of the walk (one tile where the cache has no meta tiles). */
export interface Unit {
  readonly level: number;
  /** Lowest column and row: a tile that exists. */
  readonly x: number;
  readonly y: number;
}

/** What is walked over. */
export interface WalkPlan {
  readonly grid: Grid;
  /** Levels whose units are handed out; rising, none twice. */
  readonly levels: readonly number[];
  readonly area: Area;
  /** Meta tiles of the cache; their buffer plays no part. */
  readonly meta: MetaSize;
  /** While fewer levels than this are left, units are taken without a look at the area. */
  readonly skipGeometry?: number | undefined;
  /** Where an earlier walk over the same plan had come: what lies before is left out. */
  readonly from?: Position | undefined;
  /** Called when a part of a level is entered: `bbox` in units of the grid's system. */
  readonly entered?: ((level: number, bbox: BBox) => void) | undefined;
}

/** Units of one level that are remembered, for they may come up again in irregular grids. */
const REMEMBERED = 64;

/** A part of one level on the way down. */
interface Frame {
  readonly level: number;
  readonly bbox: BBox;
  readonly range: MetaTileRange;
  readonly count: number;
  /** Nothing has to be tested: the area contains all of it. */
  readonly isInside: boolean;
  /** An earlier walk had come to some unit of this part. */
  readonly isOnPath: boolean;
  /** Share of the whole walk, and how much of the walk lies before. */
  readonly share: number;
  readonly start: number;
  /** The unit at hand, row by row from the north. */
  index: number;
  /** What was done with it: nothing, all below it, everything. */
  stage: "new" | "below" | "done";
}

/**
 * Goes through the units of some levels that touch an area, depth first: from level 0 down, row by
 * row from the north, each unit after those below it. Nothing is listed: memory grows with the
 * number of levels only.
 *
 * @example for (const { level, x, y } of new Walk(plan)) …
 */
export class Walk implements Iterable<Unit> {
  readonly #plan: WalkPlan;
  readonly #last: number;
  readonly #frames: Frame[] = [];
  readonly #recent: (Recent | undefined)[] = [];
  #isBegun = false;

  constructor(plan: WalkPlan) {
    this.#plan = plan;
    this.#last = plan.levels.at(-1) ?? -1;
    for (const level of plan.levels) this.#recent[level] = recent();
  }

  /** How much of the walk is behind: 0 to 1. Parts that were left out count as done. */
  get fraction(): number {
    const top = this.#frames.at(-1);
    if (!top) return this.#isBegun ? 1 : 0;
    const units = top.stage === "new" ? top.index : top.index + 1;
    return top.start + (top.share * units) / top.count;
  }

  /** The way to the unit that was handed out last; empty when there are no more. */
  position(): Position {
    return this.#frames.map(({ index, count }) => [index, count] as const);
  }

  /** The next unit, or `undefined` when all were handed out. */
  next(): Unit | undefined {
    if (!this.#isBegun) this.#begin();
    for (let top = this.#frames.at(-1); top; top = this.#frames.at(-1)) {
      if (top.stage === "done") {
        top.index++;
        top.stage = "new";
      }
      if (top.index >= top.count) {
        this.#frames.pop();
        continue;
      }
      const unit = unitAt(top);
      if (top.stage === "new" && !this.#descend(top, unit)) continue;
      top.stage = "done";
      const seen = this.#recent[top.level];
      if (seen?.add(unit.x, unit.y)) return unit;
    }
    return undefined;
  }

  *[Symbol.iterator](): Iterator<Unit> {
    for (let unit = this.next(); unit; unit = this.next()) yield unit;
  }

  #begin(): void {
    const { area, from } = this.#plan;
    this.#isBegun = true;
    if (this.#last < 0 || area.isEmpty || from?.length === 0) return;
    this.#enter(0, area.bbox, { isInside: false, isOnPath: from !== undefined });
  }

  /** Goes below the unit first; false if there is something to do before it, or nothing with it. */
  #descend(top: Frame, unit: Unit): boolean {
    const { grid, area, from, skipGeometry = 0, levels } = this.#plan;
    const progress = top.isOnPath ? progressOf(top.index, this.#frames.length - 1, from) : "after";
    top.stage = "done";
    if (progress === "before") return false;
    const size = [top.range.stepX, Math.abs(top.range.stepY)] as const;
    const bbox = blockBBox(grid, unit, size);
    let { isInside } = top;
    if (!isInside && left(levels, top.level) >= skipGeometry) {
      const relation = area.relation(bbox);
      if (relation === "outside") return false;
      isInside = relation === "inside";
    }
    top.stage = "below";
    if (top.level >= this.#last) return true;
    const inner = bboxIntersection(top.bbox, bbox);
    const isOnPath = progress === "on-path";
    return !(inner && this.#enter(top.level + 1, inner, { isInside, isOnPath }));
  }

  /** Begins a part of a level; false if there is no unit in it. */
  #enter(
    level: number,
    bbox: BBox,
    { isInside, isOnPath }: Pick<Frame, "isInside" | "isOnPath">,
  ): boolean {
    const { grid, meta, entered } = this.#plan;
    const range = insideGrid(metaTileRange(grid, bbox, { level, meta }), sizeOf(grid, level));
    if (!range) return false;
    const above = this.#frames.at(-1);
    const share = above ? above.share / above.count : 1;
    const start = above ? above.start + share * above.index : 0;
    this.#frames.push({
      level,
      bbox,
      range,
      count: range.columns * range.rows,
      isInside,
      isOnPath,
      share,
      start,
      index: 0,
      stage: "new",
    });
    entered?.(level, bbox);
    return true;
  }
}

function unitAt({ level, index, range }: Frame): Unit {
  return {
    level,
    x: range.x + (index % range.columns) * range.stepX,
    y: range.y + Math.floor(index / range.columns) * range.stepY,
  };
}

/** How many of `levels` are at or below `level`. */
function left(levels: readonly number[], level: number): number {
  let count = 0;
  for (const each of levels) if (each >= level) count++;
  return count;
}

/** The part of a range that the grid has tiles for. */
function insideGrid(
  range: MetaTileRange | undefined,
  [gridColumns, gridRows]: readonly [number, number],
): MetaTileRange | undefined {
  if (!range) return undefined;
  const { stepX, stepY } = range;
  const [x, columns] = clamp(range.x, range.columns, { step: stepX, size: gridColumns });
  const [y, rows] = clamp(range.y, range.rows, { step: stepY, size: gridRows });
  return columns > 0 && rows > 0 ? { x, y, columns, rows, stepX, stepY } : undefined;
}

/** First and number of those in `first, first + step, …` that lie in 0 to `size - 1`. */
function clamp(
  first: number,
  count: number,
  { step, size }: { readonly step: number; readonly size: number },
): [first: number, count: number] {
  const last = first + (count - 1) * step;
  const [low, high] = step > 0 ? [first, last] : [last, first];
  const width = Math.abs(step);
  const lowest = Math.max(low, 0);
  const highest = Math.min(high, Math.floor((size - 1) / width) * width);
  return [step > 0 ? lowest : highest, (highest - lowest) / width + 1];
}

/** Remembers the last tiles that were added. */
interface Recent {
  /** False if the tile is remembered already. */
  add(x: number, y: number): boolean;
}

function recent(): Recent {
  const seen = new Float64Array(REMEMBERED).fill(-1);
  let next = 0;
  return {
    add(x, y) {
      // one number: levels have fewer than 2^26 rows
      const key = x * 2 ** 26 + y;
      if (seen.includes(key)) return false;
      seen[next] = key;
      next = (next + 1) % REMEMBERED;
      return true;
    },
  };
}
