import { wellKnownDefinition } from "./definitions/lookup.ts";
import { projectorOf } from "./projector.ts";

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

const wellKnown = new Map<string, Srs>();
const customized = new WeakMap<ReadonlyMap<string, string>, Map<string, Srs>>();

/**
 * Reads a code: `25832`, `EPSG:25832`, `crs:84`, `OGC:CRS84`, `ESRI:54009`. The same code gives the
 * same object.
 *
 * @param custom proj4 strings by upper-case code, from the configuration; they win over the table.
 *   `+axis=neu` says that the standard puts north first, `+axis=enu` that it does not; without,
 *   geographic systems do and others do not.
 * @throws RangeError if there is no such system, or its custom definition cannot be used
 */
export function parseSrs(code: string | number, custom?: ReadonlyMap<string, string>): Srs {
  const normal = normalCode(code);
  const own = custom?.get(normal);
  if (custom && own !== undefined) return customSrs(normal, own, custom);
  const known = wellKnown.get(normal);
  if (known) return known;
  const made = makeWellKnown(normal);
  if (!made) throw new RangeError(`Unknown reference system "${code}"`);
  wellKnown.set(normal, made);
  return made;
}

/** `4326` and `epsg:4326` as `EPSG:4326`. */
function normalCode(code: string | number): string {
  const text = String(code).trim();
  return text.includes(":") ? text.toUpperCase() : `EPSG:${text.toUpperCase()}`;
}

function makeWellKnown(code: string): Srs | undefined {
  const definition = ALIASES[code] ?? code;
  if (definition === "OGC:CRS84") return describe(code, definition, false);
  const found = wellKnownDefinition(definition);
  if (!found) return undefined;
  return describe(code, definition, found.northEast && code !== "CRS:84");
}

function customSrs(code: string, text: string, custom: ReadonlyMap<string, string>): Srs {
  let made = customized.get(custom);
  if (!made) {
    made = new Map();
    customized.set(custom, made);
  }
  const known = made.get(code);
  if (known) return known;
  // A definition that only names another code is an alias.
  const definition = text.trim().startsWith("+")
    ? text.trim().replace(/\s+/g, " ")
    : parseSrs(text.trim()).definition;
  const axis = /\+axis=(\w+)/.exec(definition)?.[1];
  const { isGeographic } = projectorOf(definition);
  const northEast = axis === undefined ? isGeographic : axis.startsWith("ne");
  const srs = describe(code, definition, northEast);
  made.set(code, srs);
  return srs;
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
