import { type BuildContext, buildContext } from "../config/build-context.ts";
import { child, childMap, type PlainMap } from "../config/plain.ts";
import { loadSeedFile } from "../config/seed-load.ts";
import { directoryOf } from "../core/path.ts";
import { Float, type Literal, pythonFloat, pythonLiteral } from "../core/python.ts";
import { coverageArea } from "../coverage/area.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { transformCoverage } from "../coverage/predicates.ts";
import { bboxHeight, bboxWidth } from "../geo/bbox.ts";
import type { Grid } from "../grid/grid.ts";
import { PREDEFINED_GRIDS } from "../grid/well-known.ts";
import { lineLog } from "../observe/log.ts";
import {
  existingPath,
  loadForTool,
  orFailure,
  readDeps,
  type ToolConfig,
} from "./configuration.ts";
import { defineTool, type ToolDeps, ToolFailure } from "./tool.ts";

/** `rhumb util grids`: what the grids of a configuration look like, level by level. */
export const grids = defineTool({
  name: "grids",
  usage: "[options] FILE",
  options: {
    "mapproxy-conf": { short: "f", value: "FILE", about: "configuration" },
    grid: { short: "g", value: "NAME", about: "only this grid" },
    all: { about: "also grids that no cache uses" },
    list: { short: "l", about: "names only" },
    "seed-conf": { short: "s", value: "FILE", about: "seed file that defines the coverage" },
    "coverage-name": { short: "c", value: "NAME", about: "estimate the tiles within a coverage" },
  },
  async run({ options, words, help }, deps) {
    const { out } = deps.terminal;
    const file = options["mapproxy-conf"] ?? words[0];
    if (file === undefined) {
      out(help);
      return 1;
    }
    const { "seed-conf": seedFile, "coverage-name": coverageName } = options;
    if ((seedFile === undefined) !== (coverageName === undefined)) {
      out("--coverage and --seed-conf can only be used together");
      return 1;
    }
    const config = await loadForTool(file, deps);
    const names = gridNames(config, options);
    if (options.list) {
      for (const name of names) out(name);
      return 0;
    }
    const context = await toolContext(config, deps);
    const area =
      seedFile !== undefined && coverageName !== undefined
        ? await loadArea(seedFile, coverageName, { config, deps })
        : undefined;
    const texts = await orFailure(deps, async () => {
      const made: string[] = [];
      for (const name of names) {
        const grid = await context.attempt(`grids.${name}`, () => context.grid(name));
        if (grid) made.push(describeGrid(grid, name, { written: writtenGrid(config, name), area }));
      }
      context.check();
      return made;
    });
    out(texts.join("\n\n"));
    return 0;
  },
});

interface Area {
  readonly name: string;
  readonly coverage: Coverage | undefined;
}

/** Names in the order of the output. */
function gridNames(
  { loaded: { config } }: ToolConfig,
  options: { readonly grid: string | undefined; readonly all: boolean },
): string[] {
  const all = Object.keys(config.grids).sort();
  if (options.grid !== undefined) {
    const wanted = options.grid.toLowerCase();
    const found = all.filter((name) => name.toLowerCase() === wanted);
    if (found.length === 0) throw new ToolFailure(1, `grid not found: ${wanted}`, "out");
    return found;
  }
  const used = new Set(Object.values(config.caches).flatMap((cache) => cache.grids));
  return options.all ? all : all.filter((name) => used.has(name));
}

/** What the configuration itself says of a grid, without its bases. */
function writtenGrid({ raw }: ToolConfig, name: string): PlainMap {
  const own = childMap(child(raw.value, "grids"), name);
  return own ?? (PREDEFINED_GRIDS[name] as PlainMap | undefined) ?? {};
}

async function toolContext(
  { loaded }: ToolConfig,
  { platform, terminal }: ToolDeps,
): Promise<BuildContext> {
  const log = lineLog("warn", terminal.err, platform.clock.now);
  return await buildContext(loaded.config, platform, { log, seeding: false });
}

async function loadArea(
  file: string,
  name: string,
  { config, deps }: { readonly config: ToolConfig; readonly deps: ToolDeps },
): Promise<Area> {
  return orFailure(deps, async () => {
    const path = await existingPath(file, deps);
    const { coverages } = (await loadSeedFile(path, readDeps(deps))).file;
    const options = Object.hasOwn(coverages, name) ? coverages[name] : undefined;
    if (!options) {
      const known = Object.keys(coverages).join(",");
      throw new ToolFailure(2, `ERROR: coverage ${name} not found. available coverages: ${known}`);
    }
    // paths in a seed file are relative to it
    const directory = directoryOf(path);
    const loaded = { ...config.loaded, config: { ...config.loaded.config, directory } };
    const context = await toolContext({ ...config, loaded }, deps);
    const coverage = await context.attempt(`coverages.${name}`, () => context.coverage(options));
    context.check();
    return { name, coverage };
  });
}

interface GridInput {
  readonly written: PlainMap;
  readonly area: Area | undefined;
}

function describeGrid(grid: Grid, name: string, { written, area }: GridInput): string {
  const share = area?.coverage && coveredShare(area.coverage, grid);
  const counts = area ? " (approx. tiles within coverage)" : "";
  const lines = [`${name}:`, "    Configuration:", ...optionLines(grid, written)];
  if (area) {
    const percent = share === undefined ? "?" : (share * 100).toFixed(4);
    lines.push(`    Coverage: ${area.name} covers approx. ${percent}% of the grid BBOX`);
  }
  lines.push(`    Levels: Resolutions, # x * y = total tiles${counts}`);
  return [...lines, ...levelLines(grid, area ? (share ?? Number.NaN) : undefined)].join("\n");
}

/** Options as written, with a star those that are not, in the order of their names. */
function optionLines(grid: Grid, written: PlainMap): string[] {
  const options: Record<string, Literal> = { ...(written as Record<string, Literal>) };
  delete options.name;
  const defaults: Record<string, Literal> = {
    bbox: grid.bbox.map((value) => new Float(value)),
    origin: grid.origin === "nw" ? "ul" : "ll",
    tile_size: grid.tileSize,
  };
  for (const [key, value] of Object.entries(defaults)) {
    if (!Object.hasOwn(options, key)) options[`${key}*`] = value;
  }
  return Object.keys(options)
    .sort()
    .map((key) => `        ${key}: ${pythonLiteral(options[key])}`);
}

/** @param share of the grid's bbox that a coverage covers; NaN: not known */
function levelLines(grid: Grid, share: number | undefined): string[] {
  const resolutions = grid.resolutions.map(pythonFloat);
  const width = Math.max(...resolutions.map((text) => text.length)) + 1;
  return resolutions.map((text, level) => {
    const [columns, rows] = grid.sizes[level]!; // one a level
    const total = columns * rows;
    const number = String(level).padStart(2, "0");
    const size = `${String(columns).padStart(6)} * ${String(rows).padEnd(6)}`;
    const estimate = share === undefined ? "" : ` (${tileCount(total * share)})`;
    const spaces = " ".repeat(width - text.length);
    return `        ${number}:  ${text},${spaces}# ${size} = ${tileCount(total).padStart(10)}${estimate}`;
  });
}

/** Whole tiles, above a million in millions. */
function tileCount(count: number): string {
  if (Number.isNaN(count)) return "?";
  return count > 1e6 ? `${(count / 1e6).toFixed(2).padStart(7)}M` : String(Math.trunc(count));
}

/** `undefined` if the coverage has no place in the grid's system. */
function coveredShare(coverage: Coverage, grid: Grid): number | undefined {
  const area = coverageArea(transformCoverage(coverage, grid.srs));
  const share = area / (bboxWidth(grid.bbox) * bboxHeight(grid.bbox));
  return Number.isFinite(share) ? share : undefined;
}
