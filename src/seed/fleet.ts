import type { Position } from "./position.ts";

/** A part of a task that one worker does: the units of its walk from one position up to another. */
export interface SeedJob {
  /** The same for the same part of the same plan. */
  readonly id: string;
  /** See `planId`. */
  readonly task: string;
  /** Where the part begins; `undefined`: with the walk. */
  readonly from: Position | undefined;
  /** The unit before which it ends; `undefined`: with the walk. */
  readonly until: Position | undefined;
  readonly units: number;
  /** Tiles of these units that the grid has. */
  readonly tiles: number;
  /** As of the planner: workers that start later would reckon it anew. ms since 1970. */
  readonly refreshBefore: number | undefined;
  readonly skipGeometry: number;
  readonly skipUncached: boolean;
  readonly verify: boolean;
}

/** What has become of a job, or of all jobs. */
export interface Tally {
  /** Units that are over. */
  readonly units: number;
  /** Tiles of these. */
  readonly tiles: number;
  /** Tiles that were made; the others were there, or failed. */
  readonly made: number;
  /** Tiles of units that were given up. */
  readonly failed: number;
}

export const NO_TALLY: Tally = { units: 0, tiles: 0, made: 0, failed: 0 };

/** One pass over all tasks by a fleet. */
export interface FleetRun {
  readonly id: string;
  /** ms since 1970, by the planner's clock. */
  readonly started: number;
}

/** The whole of a run. */
export interface FleetState {
  readonly run: FleetRun | undefined;
  /** All jobs are in the queue. */
  readonly isPlanned: boolean;
  /** Jobs, units and tiles that were planned so far. */
  readonly planned: { readonly jobs: number; readonly units: number; readonly tiles: number };
  readonly done: Tally;
  readonly jobs: { readonly open: number; readonly active: number; readonly failed: number };
  /** Processes that take jobs. */
  readonly workers: number;
}

/** Nothing is left to do: everything was planned, and every job is over. */
export function isOver({ run, isPlanned, jobs }: FleetState): boolean {
  return run !== undefined && isPlanned && jobs.open === 0;
}

/** What a worker is handed. */
export interface TakenJob {
  readonly job: SeedJob;
  readonly run: FleetRun;
  /** What earlier attempts had come to. */
  readonly before: Tally;
  /** Somebody had this job before and did not come to its end. */
  readonly isAgain: boolean;
  /** Puts down how far the job has come, for the fleet's sums and for whoever takes it over. */
  report(tally: Tally): Promise<void>;
  /** Puts a unit on the list of what failed; once, however often it is told. */
  gaveUp(unit: number, line: string): Promise<void>;
}

/** How a worker takes jobs. */
export interface WorkOptions {
  /** Jobs at the same time. */
  readonly concurrency: number;
  /** When it aborts, the jobs at hand go back into the queue. */
  readonly signal: AbortSignal;
  /** A job failed for a reason that is none of its tiles'. */
  failed(error: Error): void;
}

/** The jobs of a fleet, kept by a server that all its machines reach. */
export interface SeedQueue {
  /**
   * Begins a run, or joins the one that is under way: what it has planned is not planned again.
   *
   * @param plan names what is planned
   * @returns `"busy"`: another plan is under way
   */
  begin(
    plan: string,
    options: { readonly now: number; readonly restart: boolean },
  ): Promise<FleetRun | "busy">;
  /** Adds jobs; those that are there already stay as they are. */
  add(run: FleetRun, jobs: readonly SeedJob[]): Promise<void>;
  /** Everything was added. */
  planned(run: FleetRun, totals: FleetState["planned"]): Promise<void>;
  state(): Promise<FleetState>;
  /** Lines that {@linkcode TakenJob.gaveUp} put down. */
  failures(): Promise<readonly string[]>;
  /** Does jobs until the signal aborts. A job that throws comes up again, three times in all. */
  work(handle: (taken: TakenJob) => Promise<void>, options: WorkOptions): Promise<void>;
  close(): Promise<void>;
}

/** Where the queue is, and how it treats its workers. */
export interface SeedQueueOptions {
  /** `redis://[[user]:password@]host[:port][/db]`, or `rediss:` for TLS. */
  readonly url: string;
  readonly name: string;
  /** ms after which the jobs of a worker that is heard of no more go to others. */
  readonly lease: number;
}

/** @throws Error if the server cannot be reached */
export type OpenSeedQueue = (options: SeedQueueOptions) => Promise<SeedQueue>;
