import { ConfigError } from "../core/errors.ts";
import type { BBox } from "../geo/bbox.ts";
import { projString } from "../srs/projector.ts";
import type { Srs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import type { Grid } from "./grid.ts";
import {
  alignResolutions,
  makeResolutions,
  oneTileResolution,
  type ResolutionOptions,
} from "./resolutions.ts";

/** Options of a grid, spelled as in configuration files. */
export interface GridOptions {
  readonly base?: string | undefined;
  readonly name?: string | undefined;
  readonly srs?: string | undefined;
  readonly bbox?: string | readonly number[] | undefined;
  readonly bbox_srs?: string | undefined;
  readonly tile_size?: readonly number[] | undefined;
  readonly res?: readonly number[] | undefined;
  readonly res_factor?: number | string | undefined;
  readonly num_levels?: number | undefined;
  readonly min_res?: number | undefined;
  readonly max_res?: number | undefined;
  readonly threshold_res?: readonly number[] | undefined;
  readonly stretch_factor?: number | undefined;
  readonly max_shrink_factor?: number | undefined;
  readonly align_resolutions_with?: string | undefined;
  readonly origin?: string | undefined;
}

/** What surrounds a grid in its configuration. */
export interface GridContext {
  /** @throws RangeError for an unknown code */
  srs(code: string): Srs;
  /** Options of another grid, predefined ones included; `undefined`: no such grid. */
  options(name: string): GridOptions | undefined;
  /** Global defaults: `globals.grid.tile_size`, and two of `globals.image`. */
  readonly defaults?: Pick<GridOptions, "tile_size" | "stretch_factor" | "max_shrink_factor">;
}

const MERCATOR_BBOX: BBox = [
  -20037508.342789244, -20037508.342789244, 20037508.342789244, 20037508.342789244,
];

/** Whole extents, by code and not by definition: `CRS:84` has none. */
const DEFAULT_BBOXES: Readonly<Record<string, BBox>> = {
  "EPSG:4326": [-180, -90, 180, 90],
  "EPSG:900913": MERCATOR_BBOX,
  "EPSG:3857": MERCATOR_BBOX,
  "EPSG:102100": MERCATOR_BBOX,
  "EPSG:102113": MERCATOR_BBOX,
};

/** The extent that a grid in this system has unless told otherwise; `undefined`: it must be told. */
export function defaultBBox(srs: Srs): BBox | undefined {
  return DEFAULT_BBOXES[srs.code];
}

/** Everything but the name, which has its own rule. */
type Effective = Omit<GridOptions, "base" | "name">;

/**
 * Builds a grid from its options.
 *
 * @param name key of the grid in the configuration; `options.name` wins, a base grid's name does not
 * @throws ConfigError if the options cannot be used
 */
export function defineGrid(name: string, options: GridOptions, context: GridContext): Grid {
  return define(options, [name], context);
}

/** @param path the grid's key, after those of the grids that are aligned with it */
function define(options: GridOptions, path: readonly string[], context: GridContext): Grid {
  const key = path[path.length - 1]!;
  const fail = failure(key);
  const effective = withBase(options, [key], context);
  const name = options.name ?? key;
  const srs = readSrs(effective.srs ?? "EPSG:900913", context, fail);
  const tileSize = readTileSize(effective.tile_size ?? context.defaults?.tile_size, fail);
  const bbox = readBBox(effective, srs, { context, fail });
  return makeGrid({
    name,
    srs,
    bbox,
    origin: readOrigin(effective.origin, fail),
    tileSize,
    resolutions: readResolutions(effective, { bbox, tileSize, path, context, fail }),
    thresholds: [...(effective.threshold_res ?? [])].sort((a, b) => b - a),
    stretchFactor: effective.stretch_factor ?? context.defaults?.stretch_factor ?? 1.15,
    maxShrinkFactor: effective.max_shrink_factor ?? context.defaults?.max_shrink_factor ?? 4,
  });
}

/** Completes a grid: sizes of the levels and their names. */
export function makeGrid(parts: Omit<Grid, "sizes" | "levelNames">): Grid {
  const { bbox, tileSize, resolutions } = parts;
  return {
    ...parts,
    sizes: resolutions.map((res) => [
      tileCount(bbox[2] - bbox[0], res, tileSize[0]),
      tileCount(bbox[3] - bbox[1], res, tileSize[1]),
    ]),
    levelNames: resolutions.map((_, level) => String(level).padStart(2, "0")),
  };
}

/** Tiles along one side. Parts of a pixel at the end need no tile. */
function tileCount(length: number, res: number, tileSize: number): number {
  return Math.max(Math.ceil(floorDivide(length, res) / tileSize), 1);
}

/**
 * Whole times that `b` goes into `a`, computed from the exact remainder: the quotient of doubles may
 * be rounded up to a whole number that it does not reach.
 */
function floorDivide(a: number, b: number): number {
  return Math.round((a - (a % b)) / b);
}

type Fail = (message: string, option?: string) => never;

function failure(name: string): Fail {
  return (message, option) => {
    const path = `grids.${name}${option ? `.${option}` : ""}`;
    throw new ConfigError([{ path, message, severity: "error" }]);
  };
}

/** Options over those of the base grid, and those over its own base. */
function withBase(options: GridOptions, chain: readonly string[], context: GridContext): Effective {
  const { base, name: _name, ...own } = options;
  if (base === undefined) return own;
  const fail = failure(chain[0]!);
  if (chain.includes(base)) {
    return fail(`grid is its own base: ${[...chain, base].join(" -> ")}`, "base");
  }
  const below = context.options(base);
  if (!below) return fail(`unknown base ${base} for grid ${chain[chain.length - 1]}`, "base");
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...withBase(below, [...chain, base], context), ...given };
}

interface Surroundings {
  readonly context: GridContext;
  readonly fail: Fail;
}

function readSrs(code: string, context: GridContext, fail: Fail): Srs {
  try {
    return context.srs(code);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), "srs");
  }
}

function readTileSize(size: readonly number[] | undefined, fail: Fail): readonly [number, number] {
  const [width, height, ...rest] = size ?? [256, 256];
  const whole = (n: number | undefined): n is number => Number.isInteger(n) && n! > 0;
  if (!whole(width) || !whole(height) || rest.length > 0) {
    return fail(`tile_size must be [width, height] in whole pixels, not ${size}`, "tile_size");
  }
  return [width, height];
}

function readBBox(options: Effective, srs: Srs, { context, fail }: Surroundings): BBox {
  const given = options.bbox === undefined ? defaultBBox(srs) : parseBBox(options.bbox);
  if (given === undefined) {
    if (options.bbox !== undefined) {
      return fail(`bbox must be four numbers, not "${options.bbox}"`, "bbox");
    }
    return fail(`need a bbox for grid with SRS ${srs.code} ('${projString(srs.definition)}')`);
  }
  const from = options.bbox_srs === undefined ? srs : readSrs(options.bbox_srs, context, fail);
  const bbox = transformInto(given, { from, to: srs }, fail);
  if (!(bbox[0] < bbox[2] && bbox[1] < bbox[3])) {
    return fail(`bbox must be [west, south, east, north], not ${given.join(", ")}`, "bbox");
  }
  return bbox;
}

function transformInto(bbox: BBox, srs: { from: Srs; to: Srs }, fail: Fail): BBox {
  try {
    return transformBBox(bbox, srs.from, srs.to);
  } catch {
    // the bbox lies outside of what the projection can show
    return fail(`cannot express bbox ${bbox.join(", ")} in ${srs.to.code}`, "bbox");
  }
}

/** `[minx, miny, maxx, maxy]` or the same with commas; `undefined` if it is something else. */
function parseBBox(bbox: string | readonly number[]): BBox | undefined {
  const parts = typeof bbox === "string" ? bbox.split(",") : bbox;
  if (parts.length !== 4 || parts.some((part) => String(part).trim() === "")) return undefined;
  const numbers = parts.map(Number);
  return numbers.every(Number.isFinite) ? (numbers as unknown as BBox) : undefined;
}

function readOrigin(origin: string | undefined, fail: Fail): Grid["origin"] {
  const lower = origin?.toLowerCase() ?? "sw";
  if (lower === "sw" || lower === "ll") return "sw";
  if (lower === "nw" || lower === "ul") return "nw";
  return fail(`unknown origin value '${origin}'`, "origin");
}

function readResolutions(
  options: Effective,
  at: Surroundings & {
    readonly bbox: BBox;
    readonly tileSize: readonly [number, number];
    readonly path: readonly string[];
  },
): number[] {
  const { res, align_resolutions_with: other } = options;
  if (res !== undefined) return explicitResolutions(res, options, at.fail);
  const wanted: ResolutionOptions = {
    // 0 counts as not given
    first: options.min_res || oneTileResolution(at.bbox, at.tileSize),
    last: options.max_res || undefined,
    factor: readFactor(options.res_factor, at.fail),
    levels: options.num_levels || undefined,
  };
  try {
    if (other === undefined) return makeResolutions(wanted);
    return alignResolutions(otherGrid(other, at).resolutions, wanted);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return at.fail(error.message, other === undefined ? undefined : "align_resolutions_with");
  }
}

function explicitResolutions(res: readonly number[], options: Effective, fail: Fail): number[] {
  for (const key of ["min_res", "max_res", "align_resolutions_with"] as const) {
    if (options[key] !== undefined) return fail(`cannot use ${key} together with res`, key);
  }
  if (!Array.isArray(res) || res.length === 0 || !res.every((value) => value > 0)) {
    return fail("res must be a list of numbers larger than 0", "res");
  }
  return [...res].sort((a, b) => b - a);
}

function readFactor(factor: number | string | undefined, fail: Fail): number | "sqrt2" {
  if (factor === undefined) return 2;
  if (typeof factor === "number" || factor === "sqrt2") return factor as number | "sqrt2";
  return fail(`res_factor must be a number or sqrt2, not "${factor}"`, "res_factor");
}

function otherGrid(
  name: string,
  { path, context, fail }: Surroundings & { readonly path: readonly string[] },
): Grid {
  const options = context.options(name);
  if (!options) return fail(`unknown grid ${name}`, "align_resolutions_with");
  if (path.includes(name)) {
    return fail(`grid is aligned with itself: ${[...path, name].join(" -> ")}`);
  }
  return define(options, [...path, name], context);
}
