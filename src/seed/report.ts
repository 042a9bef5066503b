import type { BBox } from "../geo/bbox.ts";
import { parseSrs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import type { Task } from "./task.ts";
import type { Unit } from "./walk.ts";

/** How far a task has come. */
export interface Progress {
  readonly level: number;
  /** The part that is worked on, in units of the grid's system. */
  readonly bbox: BBox;
  /** 0 to 1. */
  readonly fraction: number;
  /** Tiles handed out so far: units times the tiles of a full one. */
  readonly tiles: number;
  /** Tiles that were made, and units that were given up. */
  readonly made: number;
  readonly failed: number;
  /** Which part of each level is being worked on: 0 to 1, from level 0 on. */
  readonly path: readonly number[];
}

/** Who hears how a run goes on. All texts end up with people or with scripts that read lines. */
export interface Reporter {
  /** A section begins; `tasks`: how many, `undefined` where nothing will be done. */
  banner(kind: Task["kind"], tasks: number | undefined): void;
  task(task: Task): void;
  /**
   * A part of a level was entered, or the task is at its end.
   *
   * @returns whether that was put down; not everything is, for it comes too often
   */
  progress(task: Task, progress: Progress): boolean;
  /** One line of any kind. */
  note(text: string): void;
  /** A failed unit comes up again after `wait` seconds. */
  retry(error: Error, again: { readonly wait: number; readonly left: number }): void;
  /** A unit was given up. */
  gaveUp(task: Task, unit: Unit, error: Error): void;
}

/** Lines that say what a task will do. */
export function describeTask(task: Task): string[] {
  const { manager, area, levels, name } = task;
  const doing = task.kind === "seed" ? "Seeding" : "Cleaning up";
  if (area.isEmpty) return [`  ${name}:`, "    Empty coverage given for this task", "    Skipped"];
  return [
    `  ${name}:`,
    `    ${doing} cache '${manager.name}' with grid '${manager.grid.name}' in ${manager.grid.srs.code}`,
    `    Limited to coverage in: ${coordinates(geographic(task))} (EPSG:4326)`,
    `    Levels: [${levels.join(", ")}]`,
    `    ${extentOf(task)}`,
  ];
}

function extentOf(task: Task): string {
  if (task.kind === "seed") {
    const timed = task.manager.settings.cache?.keepsTimestamps;
    const { refreshBefore } = task;
    return refreshBefore === undefined || !timed
      ? "Overwriting: all tiles"
      : `Overwriting: tiles older than ${localTime(refreshBefore)}`;
  }
  return task.removeBefore === undefined
    ? "Remove: all tiles"
    : `Remove: tiles older than ${localTime(task.removeBefore)}`;
}

/** The area's bounds in degrees. */
export function geographic({ manager, area }: Task): BBox {
  return transformBBox(area.bbox, manager.grid.srs, parseSrs("EPSG:4326"));
}

/** Four numbers with 5 decimals. */
export function coordinates(bbox: BBox): string {
  return bbox.map((value) => value.toFixed(5)).join(", ");
}

/** `[16:48:26]  4  41.00% 582388.00000, … (5812 tiles)` */
export function progressLine({ level, bbox, fraction, tiles }: Progress, now: number): string {
  const at = String(level).padStart(2);
  return `${clockTime(now)} ${at} ${percent(fraction)} ${coordinates(bbox)} (${tiles} tiles)`;
}

/** Width of the part of a status line that shows the path. */
const PATH_WIDTH = 20;

/** `[16:48:26]  41.00%	oO0.` : for each level the quarter that is being worked on. */
export function statusLine({ fraction, path }: Progress, now: number): string {
  const symbols = path.map((part) => (part >= 1 ? "X" : ".oO0".charAt(Math.floor(part * 4))));
  return `${clockTime(now)} ${percent(fraction)}\t${symbols.join("").padEnd(PATH_WIDTH)} `;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2).padStart(6)}%`;
}

/** `[16:48:26]`, local. */
export function clockTime(now: number): string {
  return `[${localTime(now).slice(11)}]`;
}

/** `2026-01-31 16:48:26`, local. */
export function localTime(now: number): string {
  const date = new Date(now);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}
