import { gridNames } from "./datum.ts";
import { wellKnownDefinition } from "./definitions/lookup.ts";
import { defineProjector, projectorOf } from "./projector.ts";
import { NO_SYSTEMS, type Systems } from "./systems.ts";

/**
 * A spatial reference system. Coordinates inside Rhumb are always x east, y north (or lon, lat);
 * `northEast` matters only where a protocol is read or written.
 */
export interface Srs {
  /** Upper-case `AUTHORITY:CODE` as configured or asked for: `EPSG:3857`, `CRS:84`. */
  readonly code: string;
  /**
   * Equal for systems with the same definition: `EPSG:900913` and `EPSG:3857`, `CRS:84` and
   * `EPSG:4326`. Compare systems by this ({@linkcode sameSrs}), look them up by `code`.
   */
  readonly definition: string;
  readonly isGeographic: boolean;
  /** Whether the standard's axis order is north, east. */
  readonly northEast: boolean;
  /** Metres a unit of the system is long at the equator: 1, or 111319.49… for degrees. */
  readonly metresPerUnit: number;
}

/** Whether coordinates of one are coordinates of the other without change. */
export function sameSrs(a: Srs, b: Srs): boolean {
  return a.definition === b.definition;
}

/** Codes that stand for another one; they keep their own name. */
const ALIASES: Readonly<Record<string, string>> = {
  "EPSG:900913": "EPSG:3857",
  "EPSG:102100": "EPSG:3857",
  "EPSG:102113": "EPSG:3857",
  "CRS:84": "EPSG:4326",
};

/** Systems that everything else is measured by, and their other names. */
const FIXED = new Set(["EPSG:4326", "EPSG:3857", "OGC:CRS84", ...Object.keys(ALIASES)]);

/** Whether a configuration must leave a system as it is. @param code as `normalCode` gives it */
export function isFixed(code: string): boolean {
  return FIXED.has(code);
}

const interned = new WeakMap<Systems, Map<string, Srs>>();

/**
 * Reads a code: `25832`, `EPSG:25832`, `crs:84`, `OGC:CRS84`, `ESRI:54009`. The same code gives the
 * same object.
 *
 * @param systems what the configuration adds to the table
 * @throws RangeError if there is no such system, or its definition cannot be used
 */
export function parseSrs(code: string | number, systems: Systems = NO_SYSTEMS): Srs {
  let known = interned.get(systems);
  if (!known) {
    known = new Map();
    interned.set(systems, known);
  }
  const normal = normalCode(code);
  const made = known.get(normal) ?? makeOwn(normal, systems) ?? makeWellKnown(normal, systems);
  if (!made) throw new RangeError(`Unknown reference system "${code}"`);
  known.set(normal, made);
  return made;
}

/** The code as systems are known by: `4326` and `epsg:4326` are `EPSG:4326`. */
export function normalCode(code: string | number): string {
  const text = String(code).trim();
  return text.includes(":") ? text.toUpperCase() : `EPSG:${text.toUpperCase()}`;
}

function makeWellKnown(code: string, systems: Systems): Srs | undefined {
  const definition = ALIASES[code] ?? code;
  if (definition === "OGC:CRS84") return describe(code, definition, false);
  const found = wellKnownDefinition(definition);
  if (!found) return undefined;
  const used = withGrids(definition, found.proj, systems);
  // What no file changes is one object for all configurations.
  if (used === definition && systems !== NO_SYSTEMS) return parseSrs(code);
  return describe(code, used, found.northEast && code !== "CRS:84");
}

/** A system that the configuration defines. */
function makeOwn(code: string, systems: Systems): Srs | undefined {
  const text = systems.definitions.get(code)?.trim().replace(/\s+/g, " ");
  if (text === undefined) return undefined;
  // A definition that only names another code is an alias.
  if (!text.startsWith("+")) {
    const { definition, northEast } = parseSrs(text);
    return describe(code, definition, northEast);
  }
  const definition = withGrids(text, text, systems);
  return describe(code, definition, isNorthEast(code, definition, systems));
}

/**
 * Whether north comes first: as `+axis` says, else as the configuration lists the code; without either
 * geographic systems put it first and others do not.
 */
function isNorthEast(code: string, definition: string, systems: Systems): boolean {
  const axis = /\+axis=(\w+)/.exec(definition)?.[1];
  if (axis !== undefined) return axis.startsWith("ne");
  if (systems.northEast.has(code)) return true;
  if (systems.eastNorth.has(code)) return false;
  return projectorOf(definition).isGeographic;
}

/**
 * The definition to know a system by. One that shifts by files bears their content: another configuration may
 * have others under the same name.
 *
 * @param text proj4 string behind the definition
 * @throws RangeError if it cannot be computed, or a file that it needs cannot be used
 */
function withGrids(definition: string, text: string, { grids }: Systems): string {
  const ids = gridNames(text).flatMap((name) => {
    const file = grids.get(name);
    return file && "id" in file ? [file.id] : [];
  });
  const own = ids.length === 0 ? definition : `${text} +files=${ids.join(",")}`;
  defineProjector(own, grids);
  return own;
}

function describe(code: string, definition: string, northEast: boolean): Srs {
  const { isGeographic, unit, a } = projectorOf(definition);
  return {
    code,
    definition,
    isGeographic,
    northEast,
    metresPerUnit: isGeographic ? unit * a : unit,
  };
}
