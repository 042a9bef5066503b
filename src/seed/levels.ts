import type { Grid } from "../grid/grid.ts";
import { closestLevel } from "../grid/tiles.ts";

/** A list, or both ends (included) of a range; an end that is left out is that of the grid. */
export type Selection =
  | readonly number[]
  | { readonly from?: number | undefined; readonly to?: number | undefined };

/**
 * Levels of a grid that are chosen by number or, if not, by resolution (units of the grid's system a
 * pixel): rising, none twice, only those that exist. Without any choice: all.
 */
export function chosenLevels(
  grid: Grid,
  choice: { readonly levels?: Selection | undefined; readonly resolutions?: Selection | undefined },
): number[] {
  const last = grid.resolutions.length - 1;
  if (isChoice(choice.levels)) return pick(choice.levels, last);
  if (!isChoice(choice.resolutions)) return pick({}, last);
  return pick(asLevels(grid, choice.resolutions), last);
}

/** Nothing is chosen by an empty list. */
function isChoice(selection: Selection | undefined): selection is Selection {
  return selection !== undefined && Object.keys(selection).length > 0;
}

function asLevels(grid: Grid, resolutions: Selection): Selection {
  if (isList(resolutions)) return resolutions.map((res) => closestLevel(grid, res));
  const { from, to } = resolutions;
  return {
    from: from === undefined ? undefined : closestLevel(grid, from),
    to: to === undefined ? undefined : closestLevel(grid, to),
  };
}

function pick(selection: Selection, last: number): number[] {
  if (isList(selection)) {
    const levels = selection.filter((level) => level >= 0 && level <= last);
    return [...new Set(levels)].sort((a, b) => a - b);
  }
  const from = Math.max(0, Math.ceil(selection.from ?? 0));
  const to = Math.min(last, selection.to ?? last);
  const levels: number[] = [];
  for (let level = from; level <= to; level++) levels.push(level);
  return levels;
}

function isList(selection: Selection): selection is readonly number[] {
  return Array.isArray(selection);
}
