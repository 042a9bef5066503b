import type { SeedTasks } from "../config/seed-tasks.ts";
import type { Files } from "../platform/platform.ts";
import { MOST_TILES, mostTiles } from "../seed/count.ts";
import type { Reporter } from "../seed/report.ts";
import type { Task } from "../seed/task.ts";
import type { SeedOptions } from "./seed-options.ts";
import type { Session } from "./session.ts";
import { ToolFailure } from "./tool.ts";

/** Asks for each task whether to do it; all questions come before any work. */
export async function askForTasks(
  tasks: SeedTasks,
  session: Session,
  reporter: Reporter,
): Promise<SeedTasks> {
  const ask = async <T extends Task>(list: readonly T[], verb: string): Promise<T[]> => {
    const chosen: T[] = [];
    for (const task of list) {
      reporter.task(task);
      if (await isYes(`    ${verb} this task (y/n)? `, session)) chosen.push(task);
    }
    return chosen;
  };
  const title = (kind: string) => reporter.note(`========== Select ${kind} tasks ==========`);
  if (tasks.seeds.length > 0) title("seeding");
  const seeds = await ask(tasks.seeds, "Seed");
  if (tasks.cleanups.length > 0) title("cleanup");
  const cleanups = await ask(tasks.cleanups, "Cleanup");
  return { ...tasks, seeds, cleanups };
}

/** @throws ToolFailure at the end of the input */
async function isYes(question: string, session: Session): Promise<boolean> {
  for (;;) {
    session.write(question);
    const answer = (await session.readLine())?.trim().toLowerCase();
    if (answer === undefined) throw new ToolFailure(2, "\nexiting...");
    if (answer === "y" || answer === "yes") return true;
    if (answer === "n" || answer === "no") return false;
  }
}

/** @throws ToolFailure for a plan that is a mistake more often than not */
export function refuseAbsurdPlans({ seeds }: SeedTasks, { force }: SeedOptions): void {
  if (force) return;
  for (const task of seeds) {
    const tiles = mostTiles(task);
    if (tiles <= MOST_TILES) continue;
    throw new ToolFailure(
      2,
      `Cannot seed task '${task.name}' (cache '${task.manager.name}'): its levels have up to ${tiles.toExponential(1)} tiles, more than 10^9; choose fewer levels or a smaller coverage, or add --force`,
    );
  }
}

/**
 * Notes in the reseed file that a run begins; nothing happens to it while an earlier run is continued.
 *
 * @throws ToolFailure if the last complete run began too short a time ago
 */
export async function beginReseed(
  options: SeedOptions,
  { files, now, path }: { files: Files; now: number; path(configured: string): string },
): Promise<void> {
  const { reseedFile, reseedInterval, progressFile } = options;
  if (reseedFile === undefined || progressFile === undefined) return;
  const at = path(reseedFile);
  const stat = await files.stat(at);
  if (stat) {
    if (await files.stat(path(progressFile))) return;
    if (reseedInterval !== undefined && stat.modified > now - reseedInterval) {
      throw new ToolFailure(1, "no need for re-seeding");
    }
  }
  // written anew, so that its time is now; what it holds stays
  const bytes = (await files.read(at))?.bytes ?? new Uint8Array();
  await files.write(at, bytes);
}
