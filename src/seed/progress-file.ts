import type { Files } from "../platform/platform.ts";
import type { Position } from "./position.ts";

/** Where an interrupted run goes on: positions by task, in one small JSON file. */
export interface ProgressFile {
  /** Where a task had come; `undefined`: not begun. */
  position(task: string): Position | undefined;
  /** Notes where a task has come; written one after the other, the last value for sure. */
  note(task: string, position: Position): void;
  /** All that was noted is on the disk. */
  flush(): Promise<void>;
  remove(): Promise<void>;
}

/** Bits of a mode that let everybody write. */
const WORLD_WRITABLE = 0o002;

/** What the file holds. */
interface Content {
  readonly version: 1;
  readonly tasks: Record<string, Position>;
}

/**
 * @param options `isContinued`: go on where the file says; otherwise what it says is forgotten
 * @param warn is told why a file is of no use
 */
export async function progressFile(
  path: string,
  files: Files,
  options: { readonly isContinued: boolean; warn(message: string): void },
): Promise<ProgressFile> {
  const tasks = options.isContinued ? await read(path, files, options.warn) : new Map();
  let isDirty = false;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    while (isDirty) {
      isDirty = false;
      const content: Content = { version: 1, tasks: Object.fromEntries(tasks) };
      await files.write(path, new TextEncoder().encode(JSON.stringify(content)), { mode: 0o644 });
    }
    writing = undefined;
  };

  return {
    position: (task) => tasks.get(task),
    note(task, position) {
      tasks.set(task, position);
      isDirty = true;
      writing ??= write();
      // who flushes hears of the failure
      writing.catch(() => {});
    },
    async flush() {
      await writing;
    },
    async remove() {
      await writing;
      await files.remove(path);
    },
  };
}

async function read(
  path: string,
  files: Files,
  warn: (message: string) => void,
): Promise<Map<string, Position>> {
  const stat = await files.stat(path);
  if (!stat) return new Map();
  if (((stat.mode ?? 0) & WORLD_WRITABLE) !== 0) {
    warn(`progress file (${path}) is world writable, ignoring file`);
    return new Map();
  }
  const entry = await files.read(path);
  const tasks = entry && parse(new TextDecoder().decode(entry.bytes));
  if (!tasks) warn(`unable to read progress file (${path}), ignoring file`);
  return tasks ?? new Map();
}

/** `undefined` if it was written by another program. */
function parse(text: string): Map<string, Position> | undefined {
  try {
    const { version, tasks } = JSON.parse(text) as Content;
    if (version !== 1) return undefined;
    const entries = Object.entries(tasks);
    return entries.every(([, position]) => isPosition(position)) ? new Map(entries) : undefined;
  } catch {
    return undefined; // no JSON, or not of our shape
  }
}

function isPosition(value: unknown): value is Position {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger))
  );
}
