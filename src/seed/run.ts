import type { Context } from "../core/context.ts";
import type { BBox } from "../geo/bbox.ts";
import type { Clock } from "../platform/platform.ts";
import { runCrew, TURN } from "./crew.ts";
import { justBefore, type Position } from "./position.ts";
import type { Progress, Reporter } from "./report.ts";
import { metaOf, planOf, type Task } from "./task.ts";
import { type Unit, Walk } from "./walk.ts";

export interface RunOptions {
  /** Units that are worked on at the same time. */
  readonly concurrency: number;
  readonly dryRun: boolean;
  /** See `WalkPlan.skipGeometry`. */
  readonly skipGeometry: number;
  /** How often a unit is tried again. */
  readonly retries: number;
  /** Where an earlier run had come. */
  readonly from?: Position | undefined;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** The run has come to `position`; all before it is done. */
  readonly reached?: ((position: Position) => void) | undefined;
}

/** Does what a task wants with its units. */
export interface UnitWorker {
  /** Whether there is something to do with a unit, where that can be told before; absent: always. */
  readonly isWanted: ((unit: Unit, ctx: Context) => Promise<boolean>) | undefined;
  /**
   * @returns how many tiles were made or removed
   * @throws SourceError, CacheError, LockTimeout
   */
  work(unit: Unit, ctx: Context): Promise<number>;
}

/** What became of a task. */
export interface Outcome {
  /** Tiles handed out: units times the tiles of a full one. */
  readonly tiles: number;
  /** Tiles that were made or removed. */
  readonly made: number;
  /** Units that were given up. */
  readonly failed: number;
  /** Everything failed, so that it was stopped. */
  readonly isStopped: boolean;
}

/** Units between two looks at the clock. */
const LOOK = 1024;

/** Nothing was to do. */
export const NOTHING: Outcome = { tiles: 0, made: 0, failed: 0, isStopped: false };

/**
 * Works on the units of a task: a walk that a crew of workers follows.
 *
 * @throws the reason of `ctx.signal` when it aborts
 */
export async function runUnits(
  { task, worker }: { readonly task: Task; readonly worker: UnitWorker },
  options: RunOptions,
  ctx: Context,
): Promise<Outcome> {
  if (task.area.isEmpty || task.levels.length === 0) return NOTHING;
  const run = new Run(task, worker, options);
  const isDone = options.dryRun ? await run.count(ctx) : await run.work(ctx);
  run.report(task.levels[0] ?? 0, task.area.bbox);
  return run.outcome(!isDone);
}

/** A unit on its way, with where the walk was when it was handed out. */
interface Handed {
  readonly unit: Unit;
  readonly position: Position;
  /** It was found to be wanted: a second try does not count again. */
  isCounted: boolean;
}

class Run {
  readonly #task: Task;
  readonly #options: RunOptions;
  readonly #worker: UnitWorker;
  readonly #walk: Walk;
  /** In the order of the walk: what an interrupted run has to do again. */
  readonly #open = new Set<Handed>();
  readonly #tilesOfUnit: number;
  #units = 0;
  #made = 0;
  #failed = 0;

  constructor(task: Task, worker: UnitWorker, options: RunOptions) {
    this.#task = task;
    this.#options = options;
    this.#worker = worker;
    const { size } = metaOf(task.manager);
    this.#tilesOfUnit = size[0] * size[1];
    const reported = new Set(reportedLevels(task.levels));
    this.#walk = new Walk(
      planOf(task, {
        skipGeometry: options.skipGeometry,
        from: options.from,
        entered: (level, bbox) => {
          if (reported.has(level)) this.report(level, bbox);
        },
      }),
    );
  }

  /** Only walks; reads the cache where that decides what would be done. */
  async count(ctx: Context): Promise<true> {
    const { clock } = this.#options;
    const { isWanted } = this.#worker;
    let since = clock.now();
    let looked = 0;
    for (let unit = this.#walk.next(); unit; unit = this.#walk.next()) {
      if (!isWanted || (await isWanted(unit, ctx))) this.#units++;
      if (++looked % LOOK === 0 && clock.now() - since > TURN) {
        await clock.sleep(0, ctx.signal);
        since = clock.now();
      }
    }
    return true;
  }

  /** @returns false if everything failed */
  work(ctx: Context): Promise<boolean> {
    const { concurrency, retries, clock, reporter } = this.#options;
    return runCrew<Handed>(
      {
        concurrency,
        retries,
        clock,
        next: () => this.#next(),
        work: (handed) => this.#do(handed, ctx),
        failed: (_handed, error, again) => reporter.retry(error, again),
        finished: (handed, error) => {
          this.#open.delete(handed);
          if (!error) return;
          this.#failed++;
          reporter.gaveUp(this.#task, handed.unit, error);
        },
      },
      ctx,
    );
  }

  /** Tells everybody how far it has come. */
  report(level: number, bbox: BBox): void {
    const { reporter, reached } = this.#options;
    const path = this.#walk.position();
    const progress: Progress = {
      level,
      bbox,
      fraction: this.#walk.fraction,
      tiles: this.#units * this.#tilesOfUnit,
      made: this.#made,
      failed: this.#failed,
      path: path.map(([index, count]) => index / count),
    };
    if (!reporter.progress(this.#task, progress) || !reached) return;
    const [oldest] = this.#open;
    reached(oldest ? justBefore(oldest.position) : path);
  }

  outcome(isStopped: boolean): Outcome {
    const tiles = this.#units * this.#tilesOfUnit;
    return { tiles, made: this.#made, failed: this.#failed, isStopped };
  }

  async #do(handed: Handed, ctx: Context): Promise<void> {
    const { isWanted, work } = this.#worker;
    if (isWanted && !(await isWanted(handed.unit, ctx))) return;
    if (!handed.isCounted) this.#units++;
    handed.isCounted = true;
    const made = await work(handed.unit, ctx); // others add to it meanwhile
    this.#made += made;
  }

  #next(): Handed | undefined {
    const unit = this.#walk.next();
    if (!unit) return undefined;
    const position = this.#options.reached ? this.#walk.position() : [];
    const handed = { unit, position, isCounted: false };
    this.#open.add(handed);
    return handed;
  }
}

/** Levels whose parts are worth a line: of many, entering one of the last is nothing to talk about. */
function reportedLevels(levels: readonly number[]): readonly number[] {
  return levels.length >= 4 ? levels.slice(0, -1) : levels;
}
