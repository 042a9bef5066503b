/**
 * A way down through a walk: at each level, which of how many units it passes, counted from 0.
 * Empty: the walk is complete.
 */
export type Position = readonly (readonly [index: number, count: number])[];

/** How a unit lies to a position that an earlier walk reached. */
export type Progress = "before" | "on-path" | "after";

/**
 * Where the unit `index` lies, `depth` levels below the top, all units above it being on the path.
 * What lies on the path is done again: nobody knows how far it had come.
 */
export function progressOf(index: number, depth: number, reached: Position | undefined): Progress {
  if (!reached) return "after";
  const at = reached[depth];
  if (!at) return reached.length === 0 ? "before" : "on-path";
  if (index < at[0]) return "before";
  return index > at[0] ? "after" : "on-path";
}

/** Whether an earlier walk has done everything at and below `current`. */
export function isDone(current: Position, reached: Position | undefined): boolean {
  if (reached?.length === 0) return true;
  for (const [depth, [index]] of current.entries()) {
    const progress = progressOf(index, depth, reached);
    if (progress !== "on-path") return progress === "before";
  }
  return false;
}

/** More units than a part of a level can have. */
const BEYOND = Number.MAX_SAFE_INTEGER;

/**
 * The position just before the unit that `position` leads to: all below it is done, itself is not. Without
 * this a walk that goes on from a unit does all below it again.
 */
export function justBefore(position: Position): Position {
  return [...position, [BEYOND, BEYOND]];
}

/** Whether a walk hands out the unit at `a` before the one at `b`: what lies below a unit comes before it. */
export function comesBefore(a: Position, b: Position): boolean {
  for (const [depth, [index]] of a.entries()) {
    const other = b[depth];
    if (!other) return true;
    if (index !== other[0]) return index < other[0];
  }
  return false;
}
