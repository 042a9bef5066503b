import type { Context } from "../core/context.ts";
import { justBefore, type Position } from "./position.ts";
import type { UnitWorker } from "./run.ts";
import { planOf, type Task } from "./task.ts";
import { Walk } from "./walk.ts";

export interface ChunkOptions {
  /** Where the chunk before had come; `undefined`: the beginning. */
  readonly from: Position | undefined;
  /** Hands the first unit out without working on it: it has failed too often. */
  readonly skipFirst: boolean;
  /** Units that may be worked on, at least 1. */
  readonly units: number;
  /** Units that may be looked at. */
  readonly looks: number;
}

/** How far a chunk came. */
export interface ChunkResult {
  /** Where the next chunk begins; `undefined`: the task is done. */
  readonly next: Position | undefined;
  /** Tiles that were made or removed. */
  readonly made: number;
  /** Why it ended early; `next` is then the unit that failed. */
  readonly error: unknown;
  /** Whether it came beyond its first unit. */
  readonly hasAdvanced: boolean;
}

/**
 * Does a bounded part of a task, for runtimes that give each piece of work a time of its own. The next
 * chunk begins with the unit before which this one ended.
 */
export async function runChunk(
  { task, worker }: { readonly task: Task; readonly worker: UnitWorker },
  { from, skipFirst, units, looks }: ChunkOptions,
  ctx: Context,
): Promise<ChunkResult> {
  const walk = new Walk(planOf(task, { from }));
  let made = 0;
  let worked = 0;
  for (let looked = 0; ; looked++) {
    const unit = walk.next();
    if (!unit) return { next: undefined, made, error: undefined, hasAdvanced: true };
    const hasAdvanced = looked > 0;
    if (looked >= looks || worked >= units) {
      return { next: justBefore(walk.position()), made, error: undefined, hasAdvanced };
    }
    if (looked === 0 && skipFirst) continue;
    try {
      if (worker.isWanted && !(await worker.isWanted(unit, ctx))) continue;
      const tiles = await worker.work(unit, ctx);
      made += tiles;
      if (tiles > 0) worked++;
    } catch (error) {
      ctx.signal.throwIfAborted();
      return { next: justBefore(walk.position()), made, error, hasAdvanced };
    }
  }
}
