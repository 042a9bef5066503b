import type { Context, Log } from "../../core/context.ts";
import { runChunk } from "../../seed/chunk.ts";
import { remover } from "../../seed/cleanup.ts";
import type { Position } from "../../seed/position.ts";
import type { UnitWorker } from "../../seed/run.ts";
import { seeder } from "../../seed/seeder.ts";
import { type Task, taskId } from "../../seed/task.ts";

/** What travels through the queue: a task, and how far it has come. */
export interface SeedMessage {
  readonly task: string;
  /** When the run began, ms since 1970: nothing made later is made anew. */
  readonly started: number;
  readonly from?: Position;
  /** How often the first unit has failed. */
  readonly failures: number;
}

/** A queue of Cloudflare. */
export interface Queue {
  send(message: SeedMessage, options?: { delaySeconds?: number }): Promise<unknown>;
}

/** What a queue hands over. */
export interface MessageBatch {
  readonly messages: readonly {
    readonly body: unknown;
    ack(): void;
    retry(options?: { delaySeconds?: number }): void;
  }[];
}

/** How much one message does, so that it ends within its time and spares the sources. */
export interface SeedBudget {
  /** Meta tiles that are made. */
  readonly units: number;
  /** s between two messages of a task. */
  readonly pause: number;
}

/** Meta tiles that a message looks at. */
const LOOKS = 200;

/** Attempts at one meta tile before it is left out. */
const ATTEMPTS = 4;

/** s until a meta tile is tried again; doubled each time. */
const BACK_OFF = 30;

/** Begins a run of all tasks. */
export async function startSeeding(
  tasks: readonly Task[],
  queue: Queue,
  now: number,
): Promise<void> {
  for (const task of tasks) {
    await queue.send({ task: taskId(task), started: now, failures: 0 });
  }
}

/**
 * Does what the messages ask for. Each is a part of a task and sends the next part: a run ends and goes on
 * wherever it was interrupted, and a message that comes twice finds its tiles made.
 *
 * @throws the reason of `ctx.signal` when it aborts
 */
export async function workOn(
  batch: MessageBatch,
  about: { readonly tasks: readonly Task[]; readonly queue: Queue; readonly budget: SeedBudget },
  ctx: Context,
): Promise<void> {
  for (const message of batch.messages) {
    const body = readMessage(message.body);
    const task = body && about.tasks.find((each) => taskId(each) === body.task);
    if (!task) {
      // of a configuration that is no longer in force
      ctx.log.warn("seed-message-unknown", { message: JSON.stringify(message.body) });
      message.ack();
      continue;
    }
    const next = await oneChunk(task, body, about.budget, ctx);
    if (next) await about.queue.send(next.message, { delaySeconds: next.delay });
    message.ack();
  }
}

async function oneChunk(
  task: Task,
  message: SeedMessage,
  { units, pause }: SeedBudget,
  ctx: Context,
): Promise<{ message: SeedMessage; delay: number } | undefined> {
  const { from, failures, started } = message;
  const worker = workerOf(task, started);
  if (!worker) return undefined;
  const { next, made, error, hasAdvanced } = await runChunk(
    { task, worker },
    { from, skipFirst: failures >= ATTEMPTS, units, looks: LOOKS },
    ctx,
  );
  report(ctx.log, task, { made, error, isDone: next === undefined });
  if (!next) return undefined;
  if (error === undefined)
    return { message: { ...message, from: next, failures: 0 }, delay: pause };
  // Having left one out is an advance too: what failed now has failed for the first time.
  const again = hasAdvanced ? 1 : failures + 1;
  return {
    message: { ...message, from: next, failures: again },
    delay: BACK_OFF * 2 ** (again - 1),
  };
}

function workerOf(task: Task, started: number): UnitWorker | undefined {
  if (task.kind === "seed") {
    const { refreshBefore } = task;
    const limited =
      refreshBefore === undefined ? undefined : Math.min(refreshBefore, started - 1000);
    return seeder({ ...task, refreshBefore: limited }, { skipUncached: false, verify: false });
  }
  const { cache } = task.manager.settings;
  const removeBefore = Math.min(task.removeBefore ?? started, started);
  return cache && remover({ ...task, removeBefore }, cache);
}

function report(
  log: Log,
  { name, manager }: Task,
  { made, error, isDone }: { made: number; error: unknown; isDone: boolean },
): void {
  const about = { task: name, cache: manager.name, grid: manager.grid.name, tiles: made };
  if (error !== undefined) log.warn("seed-unit-failed", { ...about, error });
  else log.info(isDone ? "seed-task-done" : "seed-chunk-done", about);
}

/** What was sent, or something of an older version or of another sender. */
function readMessage(body: unknown): SeedMessage | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { task, started, failures, from } = body as Partial<Record<keyof SeedMessage, unknown>>;
  if (typeof task !== "string" || typeof started !== "number" || typeof failures !== "number") {
    return undefined;
  }
  if (from !== undefined && !isPosition(from)) return undefined;
  return { task, started, failures, ...(from !== undefined && { from }) };
}

function isPosition(value: unknown): value is Position {
  return (
    Array.isArray(value) &&
    value.every((step) => Array.isArray(step) && step.length === 2 && step.every(Number.isInteger))
  );
}
