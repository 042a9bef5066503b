import proj4 from "proj4";
import { wellKnownDefinition } from "./definitions/lookup.ts";

const DEGREE = Math.PI / 180;
const RADIAN = 180 / Math.PI;
/** WGS 84 and every system that follows the web's maps. */
const WGS84 = "+proj=longlat +ellps=WGS84 +towgs84=0,0,0 +no_defs";

/** A place on its way through a transformation; changed in place, so that no step allocates. */
export interface Place {
  x: number;
  y: number;
}

/** How a datum lies relative to WGS 84: position vector parameters in metres, radians and a factor. */
export interface Shift {
  readonly dx: number;
  readonly dy: number;
  readonly dz: number;
  readonly rx: number;
  readonly ry: number;
  readonly rz: number;
  /** 1 + scale difference. */
  readonly scale: number;
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
  /** `undefined`: unknown; coordinates are taken for WGS 84 as they are. */
  readonly shift: Shift | undefined;
  /** Radians to metres; may change `place` or answer another; nothing where it fails. */
  forward(place: Place): Place | null | undefined;
  inverse(place: Place): Place | null | undefined;
}

const projectors = new Map<string, Projector>();

/**
 * The projector of a definition: a proj4 string, or a code of the table.
 *
 * Made once and kept; definitions come from the table and the configuration only, so they are few.
 *
 * @throws RangeError if the definition cannot be computed
 */
export function projectorOf(definition: string): Projector {
  const known = projectors.get(definition);
  if (known) return known;
  const made = makeProjector(definition);
  projectors.set(definition, made);
  return made;
}

/** What proj4 makes of a definition, as far as it is used here. */
interface Proj4System {
  readonly projName: string;
  readonly a: number;
  readonly es: number;
  readonly axis: string;
  readonly to_meter?: number;
  readonly from_greenwich?: number;
  readonly datum: { readonly datum_params?: readonly number[] };
  forward(place: Place): Place | null | undefined;
  inverse(place: Place): Place | null | undefined;
}

function makeProjector(definition: string): Projector {
  const text = projString(definition);
  const system = readSystem(definition, text);
  const isGeographic = system.projName === "longlat";
  const angle = Number(/\+angle=(\S+)/.exec(text)?.[1] ?? 1);
  const unit = isGeographic ? DEGREE * angle : (system.to_meter ?? 1);
  const shiftless = /\+nadgrids=/.test(text);
  return {
    isGeographic,
    unit,
    perUnit: isGeographic ? RADIAN / angle : 1 / unit,
    a: system.a,
    es: system.es,
    meridian: system.from_greenwich ?? 0,
    axis: /^(?:enu?|neu?)$/.test(system.axis) ? undefined : system.axis,
    shift: shiftless ? undefined : shiftOf(system.datum.datum_params),
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
  if (definition.startsWith("+")) return definition;
  const text = definition === "OGC:CRS84" ? WGS84 : wellKnownDefinition(definition)?.proj;
  if (text === undefined) throw new RangeError(`Unknown reference system "${definition}"`);
  return text;
}

function readSystem(definition: string, text: string): Proj4System {
  const grids = /\+nadgrids=(\S+)/.exec(text)?.[1]?.split(",") ?? [];
  const needed = grids.find((grid) => !grid.startsWith("@"));
  if (needed !== undefined) {
    throw new RangeError(
      `Cannot use definition "${definition}": grid file "${needed}" is not supported, give +towgs84 instead`,
    );
  }
  try {
    // Optional grids are absent by definition here: proj4 would only look for them.
    const plain = text.replace(/\+(?:nadgrids|angle|type)=\S+/g, "");
    // Some projections of proj4 compute with offsets that nobody gave.
    const offsets = ["x_0", "y_0", "lon_0"].filter((key) => !plain.includes(`+${key}=`));
    return new proj4.Proj(
      [plain, ...offsets.map((key) => `+${key}=0`)].join(" "),
    ) as unknown as Proj4System;
  } catch (cause) {
    throw new RangeError(`Cannot read definition "${definition}"`, { cause });
  }
}

function shiftOf(parameters: readonly number[] | undefined): Shift | undefined {
  if (!parameters) return undefined;
  const [dx = 0, dy = 0, dz = 0, rx = 0, ry = 0, rz = 0, scale = 0] = parameters;
  // proj4 converts rotations and scale, but only if one of them is not zero.
  return { dx, dy, dz, rx, ry, rz, scale: scale === 0 ? 1 : scale };
}
