import proj4 from "proj4";
import { type Datum, datumOf, type GridFiles, withDatum } from "./datum.ts";
import { wellKnownDefinition } from "./definitions/lookup.ts";
import { type Ellipsoid, ellipsoidOf, projectedShape } from "./ellipsoid.ts";
import { meridianOf, readWords, type Words } from "./words.ts";

const DEGREE = Math.PI / 180;
const RADIAN = 180 / Math.PI;
/** WGS 84 and every system that follows the web's maps. */
const WGS84 = "+proj=longlat +ellps=WGS84 +towgs84=0,0,0 +no_defs";

/** A place on its way through a transformation; changed in place, so that no step allocates. */
export interface Place {
  x: number;
  y: number;
}

/** A reference system made computable. */
export interface Projector {
  readonly isGeographic: boolean;
  /** Radians (geographic) or metres (projected) a unit. */
  readonly unit: number;
  /** Units a radian or metre: by multiplication, which hits whole degrees where division misses. */
  readonly perUnit: number;
  /** Semi-major axis in metres. */
  readonly a: number;
  /** Square of the eccentricity. */
  readonly es: number;
  /** Longitude of the prime meridian, radians east of Greenwich. */
  readonly meridian: number;
  /** Directions of the first and second coordinate where they are not east and north: `wsu`. */
  readonly axis: string | undefined;
  readonly datum: Datum;
  /** Radians to metres; may change `place` or answer another; nothing where it fails. */
  forward(place: Place): Place | null | undefined;
  inverse(place: Place): Place | null | undefined;
}

const projectors = new Map<string, Projector>();

/**
 * The projector of a definition: a proj4 string without grid files, a code of the table, or a definition
 * that {@linkcode defineProjector} has made known.
 *
 * Made once and kept; definitions come from the table and the configuration only, so they are few.
 *
 * @throws RangeError if the definition cannot be computed
 */
export function projectorOf(definition: string): Projector {
  return projectors.get(definition) ?? defineProjector(definition, new Map());
}

/**
 * Makes the projector of a definition, with the files that it names after `+nadgrids`.
 *
 * @param grids by the name in the definition
 * @throws RangeError if the definition cannot be computed, or a file that it needs is missing
 */
export function defineProjector(definition: string, grids: GridFiles): Projector {
  const known = projectors.get(definition);
  if (known) return known;
  const text = projString(definition);
  try {
    const made = makeProjector(readWords(text), grids);
    projectors.set(definition, made);
    return made;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`Cannot read definition "${definition}": ${reason}`, { cause });
  }
}

/** What proj4 makes of a definition, as far as it is used here. */
interface Proj4System {
  readonly projName: string;
  readonly axis: string;
  readonly to_meter?: number;
  forward(place: Place): Place | null | undefined;
  inverse(place: Place): Place | null | undefined;
}

function makeProjector(words: Words, grids: GridFiles): Projector {
  const ellipsoid = ellipsoidOf(withDatum(words));
  const datum = datumOf(withDatum(words), grids);
  const system = projectionOf(words, projectedShape(words, ellipsoid));
  const isGeographic = system.projName === "longlat";
  const angle = Number(words.get("angle") ?? 1);
  const unit = isGeographic ? DEGREE * angle : (system.to_meter ?? 1);
  return {
    isGeographic,
    unit,
    perUnit: isGeographic ? RADIAN / angle : 1 / unit,
    a: ellipsoid.a,
    es: ellipsoid.es,
    meridian: meridianOf(words) * DEGREE,
    axis: /^(?:enu?|neu?)$/.test(system.axis) ? undefined : system.axis,
    datum,
    forward: (place) => system.forward(place),
    inverse: (place) => system.inverse(place),
  };
}

/**
 * The proj4 string behind a definition.
 *
 * @throws RangeError for a code that is not in the table
 */
export function projString(definition: string): string {
  const init = /^\+init=(\S+):(\S+)(.*)$/.exec(definition);
  if (init) return `${init[3]} ${projString(`${init[1]}:${init[2]}`.toUpperCase())}`.trim();
  if (definition.startsWith("+")) return definition;
  const text = definition === "OGC:CRS84" ? WGS84 : wellKnownDefinition(definition)?.proj;
  if (text === undefined) throw new RangeError(`Unknown reference system "${definition}"`);
  return text;
}

/** Words that proj4 would read otherwise than PROJ, or not at all; they are read here. */
const OURS = "angle type pm datum ellps a b rf f e es R R_A R_V R_a R_g R_h towgs84 nadgrids".split(
  " ",
);

function projectionOf(words: Words, { a, es }: Ellipsoid): Proj4System {
  const plain = [...words].filter(([name]) => !OURS.includes(name));
  // Some projections of proj4 compute with offsets that nobody gave.
  const offsets = ["x_0", "y_0", "lon_0"].filter((name) => !words.has(name));
  const text = [
    ...plain.map(([name, value]) => (value === "" ? `+${name}` : `+${name}=${value}`)),
    ...offsets.map((name) => `+${name}=0`),
    // Both, since one of the projections (somerc) asks for the flattening only.
    es === 0 ? `+R=${a}` : `+a=${a} +b=${a * Math.sqrt(1 - es)} +rf=${1 / (1 - Math.sqrt(1 - es))}`,
  ];
  try {
    return new proj4.Proj(text.join(" ")) as unknown as Proj4System;
  } catch (cause) {
    throw new RangeError(`projection "${words.get("proj")}" cannot be computed`, { cause });
  }
}
