import type { Files } from "../platform/platform.ts";
import type { Task } from "./task.ts";
import type { Unit } from "./walk.ts";

/** Units that were given up, as a file of one JSON document a line. */
export interface FailedList {
  readonly count: number;
  add(task: Task, unit: Unit, error: Error): void;
  /** Writes the list; a list without entries is no file, and an old one is removed. */
  save(): Promise<void>;
}

/** More are counted but not listed: then something else is wrong than some tiles. */
const MOST = 100_000;

export function failedList(path: string, files: Files | undefined): FailedList {
  const lines: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(task, unit, error) {
      if (++count <= MOST) lines.push(`${failedLine(task, unit, error)}\n`);
    },
    async save() {
      if (count === 0) await files?.remove(path);
      else await files?.write(path, new TextEncoder().encode(lines.join("")));
    },
  };
}

/** The line of a unit, without its end. */
export function failedLine(task: Task, { level, x, y }: Unit, error: Error): string {
  const { name: cache, grid } = task.manager;
  return JSON.stringify({
    task: task.name,
    cache,
    grid: grid.name,
    level,
    x,
    y,
    error: error.message,
  });
}
