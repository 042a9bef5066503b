import type { GridConfig } from "./schema.ts";
import type { GlobalsConfig, WrittenGrid } from "./schema-parts.ts";

/** Grids that need not be configured; one of the same name replaces it. */
export const PREDEFINED_GRIDS: Readonly<Record<string, WrittenGrid>> = {
  GLOBAL_GEODETIC: { srs: "EPSG:4326", origin: "sw", name: "GLOBAL_GEODETIC" },
  GLOBAL_MERCATOR: { srs: "EPSG:900913", origin: "sw", name: "GLOBAL_MERCATOR" },
  GLOBAL_WEBMERCATOR: { srs: "EPSG:3857", origin: "nw", name: "GLOBAL_WEBMERCATOR" },
};

export interface ResolvedGrids {
  readonly grids: Record<string, GridConfig>;
  /** Grids whose bases cannot be resolved, with the reason. */
  readonly broken: ReadonlyMap<string, string>;
}

/**
 * Copies the options of each grid's base, and of that one's base, below its own, and puts those of
 * the globals below all. Every option is taken as a whole.
 */
export function resolveGrids(
  written: Readonly<Record<string, WrittenGrid>>,
  globals: GlobalsConfig,
): ResolvedGrids {
  const all: Record<string, WrittenGrid> = Object.assign(Object.create(null), PREDEFINED_GRIDS);
  for (const [name, grid] of Object.entries(written)) all[name] = grid;
  const grids: Record<string, GridConfig> = Object.create(null);
  const broken = new Map<string, string>();
  for (const name of Object.keys(all)) {
    const { options, fault } = flatten(all, name);
    if (fault) broken.set(name, fault);
    grids[name] = {
      ...options,
      stretch_factor: options.stretch_factor ?? globals.image.stretch_factor,
      max_shrink_factor: options.max_shrink_factor ?? globals.image.max_shrink_factor,
      tile_size: firstTwo(options.tile_size ?? globals.grid.tile_size),
      name: options.name ?? name,
    };
  }
  return { grids, broken };
}

function flatten(
  all: Readonly<Record<string, WrittenGrid>>,
  name: string,
): { options: Omit<WrittenGrid, "base">; fault: string | undefined } {
  const chain: string[] = [];
  const layers: WrittenGrid[] = [];
  let fault: string | undefined;
  for (let at: string | undefined = name; at !== undefined; ) {
    if (chain.includes(at)) {
      fault = `Cannot use a grid as base of itself: ${[...chain, at].join(" -> ")}`;
      break;
    }
    const grid: WrittenGrid | undefined = all[at];
    if (!grid) {
      fault = `unknown base ${at} for grid ${chain.at(-1)}`;
      break;
    }
    chain.push(at);
    layers.push({ ...grid, name: grid.name ?? at });
    at = grid.base;
  }
  const { base: _, ...options } = Object.assign({}, ...layers.toReversed()) as WrittenGrid;
  return { options, fault };
}

/** The first two numbers of a list that the schema has made sure of. */
export function firstTwo(list: readonly number[]): [number, number] {
  return [list[0]!, list[1]!]; // at least two by the schema
}
