import { closeCaches } from "../../config/build.ts";
import type { Context } from "../../core/context.ts";
import { joinPath } from "../../core/path.ts";
import { loadCoverage } from "../../coverage/load.ts";
import { type Area, areaOf } from "../../seed/area.ts";
import { coordinates, geographic } from "../../seed/report.ts";
import { runUnits } from "../../seed/run.ts";
import { seeder } from "../../seed/seeder.ts";
import type { SeedTask } from "../../seed/task.ts";
import { seedLog } from "../seed-log.ts";
import { lineReporter } from "../seed-reporter.ts";
import { defineTool, type ToolDeps, ToolFailure } from "../tool.ts";
import { archiveAt } from "./archive.ts";
import { STORE_TYPES } from "./destination.ts";
import { readGrid, readLevels } from "./options.ts";
import { type ExportPlan, type ExportSetup, setUpExport } from "./set-up.ts";

/** `rhumb util export`: the tiles of a cache, or maps of a source, into another store. */
export const exportTool = defineTool({
  name: "export",
  usage: "[options] FILE",
  options: {
    "mapproxy-conf": { short: "f", value: "FILE", about: "configuration" },
    source: { value: "NAME", about: "cache or source to export (required)" },
    grid: { value: "GRID", about: "name of a grid, or key=value words (required)" },
    dest: { value: "PATH", about: "directory or file to write (required)" },
    levels: { value: "LEVELS", about: "such as 1,2,3 or 1..6,8 (required)" },
    type: {
      value: "TYPE",
      about: `kind of store: ${STORE_TYPES.join(", ")}, pmtiles, or cache: --dest names one`,
      default: "tms",
    },
    "fetch-missing-tiles": { about: "ask the sources for tiles that are missing" },
    force: { about: "write into an existing destination" },
    "dry-run": { short: "n", about: "write nothing" },
    concurrency: {
      short: "c",
      value: "N",
      type: "integer",
      about: "tiles at the same time",
      default: "1",
    },
    coverage: { value: "AREA", about: "bbox, or a file with polygons" },
    srs: { value: "CODE", about: "reference system of the coverage (default: that of the grid)" },
    where: { value: "FILTER", about: "features of the coverage's file" },
    quiet: { short: "q", about: "no progress" },
  },
  async run({ options, words, help }, deps) {
    const configFile = options["mapproxy-conf"] ?? words[0];
    if (configFile === undefined) {
      deps.terminal.out(help);
      return 1;
    }
    for (const name of ["source", "grid", "dest", "levels"] as const) {
      if (options[name] !== undefined) continue;
      throw new ToolFailure(1, `ERROR: missing required option --${name}\n\n${help}`);
    }
    const { source = "", grid = "", dest = "" } = options; // none is missing
    const type = options.type ?? "tms";
    const destination = type === "cache" ? dest : joinPath(deps.workingDirectory, dest);
    const archive = type === "pmtiles" ? archiveAt(destination, source, deps) : undefined;
    const plan: ExportPlan = {
      configFile,
      source,
      grid: grid.includes("=") ? readGrid(grid) : grid,
      type,
      destination,
      fetchMissing: options["fetch-missing-tiles"],
      store: archive?.store,
    };
    const levels = readLevels(options.levels ?? "");
    const log = seedLog("warn", deps.terminal.err, deps.platform.clock.now);
    if (type !== "cache" && !options.force && (await deps.platform.files?.stat(destination))) {
      throw new ToolFailure(2, "ERROR: destination exists, remove first or use --force");
    }
    const setup = await setUpExport(plan, deps, log);
    try {
      const task = await makeTask(setup, levels, { ...options, deps });
      const code = await run({ task, plan, setup }, options, deps);
      // half an archive is none
      if (archive && code === 0 && !options["dry-run"]) await archive.finish(geographic(task));
      return code;
    } finally {
      await archive?.discard();
      await closeCaches(setup.caches.values());
    }
  },
});

interface CoverageOptions {
  readonly coverage: string | undefined;
  readonly srs: string | undefined;
  readonly where: string | undefined;
  readonly deps: ToolDeps;
}

async function makeTask(
  { manager, context }: ExportSetup,
  levels: readonly number[],
  options: CoverageOptions,
): Promise<SeedTask> {
  const { grid } = manager;
  if (levels.some((level) => level >= grid.resolutions.length)) {
    const count = grid.resolutions.length;
    throw new ToolFailure(2, `ERROR: destination grid only has ${count} levels`);
  }
  return {
    kind: "seed",
    name: "export",
    manager,
    area: await readArea({ manager, context }, options),
    levels,
    // everything is written, whatever is there
    refreshBefore: Number.MAX_SAFE_INTEGER,
  };
}

async function readArea(
  { manager: { grid }, context }: Pick<ExportSetup, "manager" | "context">,
  { coverage: datasource, srs, where, deps }: CoverageOptions,
): Promise<Area> {
  if (datasource === undefined) return areaOf([], grid);
  try {
    const coverage = await loadCoverage(
      { datasource, srs: srs ?? grid.srs.code, where },
      {
        read: (path) => deps.platform.resource(path),
        srs: context.srs,
        path: (name) => joinPath(deps.workingDirectory, name),
        log: context.log,
        mayOverlap: true,
      },
    );
    return areaOf(coverage ? [coverage] : [], grid);
  } catch (error) {
    // RangeError, or an area that has no place in the grid's system
    throw new ToolFailure(2, `ERROR: Cannot use --coverage: ${(error as Error).message}`);
  }
}

/** What happens when some tiles cannot be made. */
const SOME_FAILED = 3;

async function run(
  parts: { readonly task: SeedTask; readonly plan: ExportPlan; readonly setup: ExportSetup },
  options: {
    readonly quiet: boolean;
    readonly "dry-run": boolean;
    readonly concurrency: string | undefined;
  },
  deps: ToolDeps,
): Promise<number> {
  const { task, plan, setup } = parts;
  const { platform, terminal, session } = deps;
  announce(parts, terminal);
  const quiet = options.quiet ? 2 : 0;
  const reporter = lineReporter({ terminal, session, clock: platform.clock, quiet });
  const ctx: Context = {
    signal: session.interrupted,
    log: setup.context.log,
    waitUntil: () => {},
  };
  const { settings } = setup.manager;
  try {
    // Who looks for the destination finds it, even if there is no tile.
    if (!options["dry-run"] && plan.type !== "cache" && !plan.store) {
      await settings.locks.withLock("export", settings.lockTimeout, async () => {});
    }
    const outcome = await runUnits(
      { task, worker: seeder(task, { skipUncached: false, verify: false }) },
      {
        concurrency: Math.max(1, Number(options.concurrency ?? 1)),
        dryRun: options["dry-run"],
        skipGeometry: 0,
        retries: 5,
        clock: platform.clock,
        reporter,
      },
      ctx,
    );
    if (outcome.failed === 0 && !outcome.isStopped) return 0;
    terminal.err(`ERROR: Cannot export all tiles: ${outcome.failed} failed`);
    return SOME_FAILED;
  } catch (error) {
    if (!ctx.signal.aborted) throw error;
    terminal.out("stopping...");
    return 2;
  }
}

function announce(
  { task, plan, setup }: Parameters<typeof run>[0],
  terminal: ToolDeps["terminal"],
): void {
  const { srs } = task.manager.grid;
  const grid = typeof plan.grid === "string" ? `grid '${plan.grid}'` : "custom grid";
  if (!setup.isCopy) {
    terminal.err("WARN: grids are incompatible. needs to scale/reproject tiles for export.");
  }
  terminal.out(
    `Exporting cache '${plan.source}' to '${plan.destination}' with ${grid} in ${srs.code}`,
  );
  terminal.out(`  Limited to: ${coordinates(geographic(task))} (EPSG:4326)`);
  terminal.out(`  Levels: [${task.levels.join(", ")}]`);
}
