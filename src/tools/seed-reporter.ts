import type { Clock } from "../platform/platform.ts";
import {
  describeTask,
  geographic,
  type Progress,
  progressLine,
  type Reporter,
  statusLine,
} from "../seed/report.ts";
import { type Task, taskId } from "../seed/task.ts";
import type { Unit } from "../seed/walk.ts";
import type { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

export interface ReporterOptions {
  readonly terminal: Terminal;
  readonly session: Pick<Session, "isTerminal" | "write">;
  readonly clock: Clock;
  /** 0: with a status line that overwrites itself; 1: a line now and then; 2: no progress. */
  readonly quiet: number;
}

/** ms between two lines of progress, and between two status lines. */
const INTERVALS = [1000, 30_000] as const;
const STATUS_INTERVAL = 500;

/** Lines for people and for scripts that read mapproxy-seed's. */
export function lineReporter(options: ReporterOptions): Reporter {
  const { terminal, session, clock, quiet } = options;
  const lines = throttle(clock, INTERVALS[quiet === 0 ? 0 : 1]);
  const status = throttle(clock, STATUS_INTERVAL);
  const rate = rateMeter(clock);
  return {
    banner(kind, tasks) {
      const title = kind === "seed" ? "Seeding" : "Cleanup";
      terminal.out(`========== ${title} tasks ==========`);
      if (tasks === undefined) return;
      const doing = kind === "seed" ? "seeding" : "cleanup";
      terminal.out(`Start ${doing} process (${tasks} task${tasks === 1 ? "" : "s"})`);
    },
    task(task) {
      rate.begin();
      for (const line of describeTask(task)) terminal.out(line);
    },
    progress(_task, progress) {
      const now = clock.now();
      const isDue = lines(progress.fraction === 1);
      if (isDue && quiet < 2) terminal.out(progressLine(progress, now));
      else if (quiet === 0 && status(false)) {
        session.write(`${statusLine(progress, now)}${rate.text(progress)}\r`);
      }
      return isDue;
    },
    note: (text) => terminal.out(text),
    retry(error, { wait, left }) {
      const what = messageOf(error);
      terminal.err(`An error occured. Retry in ${wait} seconds: ${what}. Retries left: ${left}`);
    },
    gaveUp(_task, unit, error) {
      terminal.err(`An error occured. Giving up`);
      terminal.err(`    tile ${unit.level}/${unit.x}/${unit.y}: ${messageOf(error)}`);
    },
  };
}

/** One JSON document a line. */
export function jsonReporter({ terminal, clock, quiet }: ReporterOptions): Reporter {
  const lines = throttle(clock, INTERVALS[quiet === 0 ? 0 : 1]);
  const print = (event: string, fields: object) =>
    terminal.out(JSON.stringify({ event, time: new Date(clock.now()).toISOString(), ...fields }));
  return {
    banner: (kind, tasks) => print("begin", { kind, tasks: tasks ?? 0 }),
    task(task) {
      const { manager, levels, area, name, kind } = task;
      const bbox = area.isEmpty ? undefined : geographic(task);
      const at = { name, cache: manager.name, grid: manager.grid.name, levels, bbox };
      print("task", { kind, ...at, empty: area.isEmpty });
    },
    progress(task, { path: _, ...progress }) {
      const isDue = lines(progress.fraction === 1);
      if (isDue && quiet < 2) print("progress", { task: taskId(task), ...progress });
      return isDue;
    },
    note: (text) => print("note", { text }),
    retry: (error, { wait, left }) => print("retry", { error: messageOf(error), wait, left }),
    gaveUp: (task, unit, error) => print("failed", failure(task, unit, error)),
  };
}

/** A unit that was given up, as lists of failures hold it. */
export function failure(task: Task, unit: Unit, error: Error) {
  const { name: cache, grid } = task.manager;
  return { task: task.name, cache, grid: grid.name, ...unit, error: messageOf(error) };
}

/** True at most once in `interval` ms, or when it must be. */
function throttle(clock: Clock, interval: number): (isForced: boolean) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return (isForced) => {
    const now = clock.now();
    if (!isForced && now - last < interval) return false;
    last = now;
    return true;
  };
}

/** How fast it goes and how long it will take, from the beginning of a task on. */
function rateMeter(clock: Clock) {
  let began = clock.now();
  return {
    begin() {
      began = clock.now();
    },
    text({ fraction, tiles, failed }: Progress): string {
      const seconds = (clock.now() - began) / 1000;
      if (seconds < 1) return "";
      const left = fraction > 0 ? (seconds * (1 - fraction)) / fraction : 0;
      const failures = failed > 0 ? `, ${failed} failed` : "";
      return ` ${Math.round(tiles / seconds)} tiles/s, ${span(left)} left${failures}  `;
    },
  };
}

/** `1:02:03`. */
function span(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function messageOf(error: Error): string {
  const { detail } = error as { detail?: unknown };
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return typeof detail === "string" ? detail : error.message + cause;
}
