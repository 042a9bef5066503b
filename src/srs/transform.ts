import { RequestError } from "../core/errors.ts";
import type { BBox } from "../geo/bbox.ts";
import { shiftDatum } from "./datum-shift.ts";
import { type Place, type Projector, projectorOf } from "./projector.ts";
import { type Srs, sameSrs } from "./srs.ts";

const DEGREE = Math.PI / 180;
const RADIAN = 180 / Math.PI;
/** Radius of the sphere of EPSG:3857 in metres. */
const RADIUS = 6378137;
/** To multiply by: so the border of the square becomes 180 degrees exactly, as in PROJ. */
const PER_RADIUS = 1 / RADIUS;
/** Half the equator in EPSG:3857, metres. */
const HALF = 20037508.342789244;
/** Latitude from which on a bbox reaches the border of EPSG:3857's square, degrees. */
const MERCATOR_LIMIT = 85.06;
/** Excess over the pole in radians that is rounding, not a mistake. */
const POLE_TOLERANCE = 1e-12;

/** A bbox cannot be expressed in another reference system. */
export class TransformError extends RequestError {
  constructor() {
    super(undefined, "Could not transform BBOX: Invalid result.");
  }
}

/** One point in another system; not finite where it cannot be transformed. */
export function transformPoint(x: number, y: number, from: Srs, to: Srs): [number, number] {
  if (sameSrs(from, to)) return [x, y];
  const xy = Float64Array.of(x, y);
  transformInto(xy, xy, from, to);
  return [xy[0]!, xy[1]!];
}

/**
 * Points in another system.
 *
 * @param xy x and y alternating, x east and y north whatever the axis order of the systems
 * @returns a new array of the same form; not finite where a point cannot be transformed
 */
export function transformPoints(xy: Float64Array, from: Srs, to: Srs): Float64Array {
  const out = new Float64Array(xy.length);
  if (sameSrs(from, to)) out.set(xy);
  else transformInto(xy, out, from, to);
  return out;
}

/**
 * The box around a transformed box: the envelope of 16 points on its border, corners included.
 * Extremes between those points (poles, strongly curved edges) are not found, on purpose: other
 * servers and clients sample in the same way.
 *
 * The world in EPSG:4326 becomes the full square of EPSG:3857 and EPSG:900913, although the poles
 * lie at infinity there.
 *
 * @throws TransformError if no point has a finite x, or none a finite y
 */
export function transformBBox(bbox: BBox, from: Srs, to: Srs): BBox {
  if (sameSrs(from, to)) return bbox;
  const xy = borderPoints(bbox);
  transformInto(xy, xy, from, to);
  let [minx, miny, maxx, maxy] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    const x = xy[i]!;
    const y = xy[i + 1]!;
    if (Number.isFinite(x)) {
      if (x < minx) minx = x;
      if (x > maxx) maxx = x;
    }
    if (Number.isFinite(y)) {
      if (y < miny) miny = y;
      if (y > maxy) maxy = y;
    }
  }
  if (minx > maxx || miny > maxy) throw new TransformError();
  if (from.code === "EPSG:4326" && (to.code === "EPSG:3857" || to.code === "EPSG:900913")) {
    if (bbox[0] <= -180) minx = -HALF;
    if (bbox[1] <= -MERCATOR_LIMIT) miny = -HALF;
    if (bbox[2] >= 180) maxx = HALF;
    if (bbox[3] >= MERCATOR_LIMIT) maxy = HALF;
  }
  return [minx, miny, maxx, maxy];
}

/** Sixteen points on the border: four steps a side. */
function borderPoints([minx, miny, maxx, maxy]: BBox): Float64Array {
  const xy = new Float64Array(32);
  let at = 0;
  for (let i = 0; i <= 4; i++) {
    const x = i === 4 ? maxx : minx + ((maxx - minx) / 4) * i;
    xy[at++] = x;
    xy[at++] = miny;
    xy[at++] = x;
    xy[at++] = maxy;
  }
  for (let i = 1; i < 4; i++) {
    const y = miny + ((maxy - miny) / 4) * i;
    xy[at++] = minx;
    xy[at++] = y;
    xy[at++] = maxx;
    xy[at++] = y;
  }
  return xy;
}

/** Transforms `source` into `target`, which may be the same array. */
function transformInto(source: Float64Array, target: Float64Array, from: Srs, to: Srs): void {
  const wgs84 = (srs: Srs) => srs.definition === "EPSG:4326" || srs.definition === "OGC:CRS84";
  if (wgs84(from) && wgs84(to)) target.set(source);
  else if (wgs84(from) && to.definition === "EPSG:3857") toWebMercator(source, target);
  else if (from.definition === "EPSG:3857" && wgs84(to)) fromWebMercator(source, target);
  else project(source, target, [projectorOf(from.definition), projectorOf(to.definition)]);
}

function toWebMercator(source: Float64Array, target: Float64Array): void {
  for (let i = 0; i < source.length; i += 2) {
    const lat = source[i + 1]!;
    const beyond = Math.abs(lat) > 90 + POLE_TOLERANCE;
    target[i] = beyond ? Number.NaN : RADIUS * DEGREE * wrapDegrees(source[i]!);
    target[i + 1] = beyond ? Number.NaN : RADIUS * Math.asinh(Math.tan(lat * DEGREE));
  }
}

function fromWebMercator(source: Float64Array, target: Float64Array): void {
  for (let i = 0; i < source.length; i += 2) {
    target[i] = wrapDegrees(source[i]! * PER_RADIUS * RADIAN);
    target[i + 1] = Math.atan(Math.sinh(source[i + 1]! * PER_RADIUS)) * RADIAN;
  }
}

/** Longitude within -180 to 180, ends included. */
function wrapDegrees(lon: number): number {
  if (lon >= -180 && lon <= 180) return lon;
  // a rounding error beyond the antimeridian stays on its side
  if (Math.abs(lon) < 180 + 1e-12) return lon;
  return lon - 360 * Math.floor((lon + 180) / 360);
}

/** The long way: inverse projection, datum shift, projection. */
function project(
  source: Float64Array,
  target: Float64Array,
  [from, to]: readonly [Projector, Projector],
): void {
  const scratch: Place = { x: 0, y: 0 };
  for (let i = 0; i < source.length; i += 2) {
    scratch.x = source[i]!;
    scratch.y = source[i + 1]!;
    const place = toGeographic(scratch, from);
    if (place && shiftDatum(place, from, to)) {
      const end = fromGeographic(place, to);
      target[i] = end ? end.x : Number.NaN;
      target[i + 1] = end ? end.y : Number.NaN;
    } else {
      target[i] = Number.NaN;
      target[i + 1] = Number.NaN;
    }
  }
}

/** Longitude and latitude in radians, from Greenwich. */
function toGeographic(place: Place, from: Projector): Place | undefined {
  if (!Number.isFinite(place.x) || !Number.isFinite(place.y)) return undefined;
  if (from.axis) toEastNorth(place, from.axis);
  place.x *= from.unit;
  place.y *= from.unit;
  const angles = from.isGeographic ? place : attempt(from, "inverse", place);
  if (!angles) return undefined;
  angles.x += from.meridian;
  // poles within rounding are poles; beyond there is nothing
  if (Math.abs(angles.y) > Math.PI / 2) {
    if (Math.abs(angles.y) > Math.PI / 2 + POLE_TOLERANCE) return undefined;
    angles.y = (Math.sign(angles.y) * Math.PI) / 2;
  }
  return angles;
}

function fromGeographic(angles: Place, to: Projector): Place | undefined {
  angles.x -= to.meridian;
  if (Math.abs(angles.x) > Math.PI + POLE_TOLERANCE) {
    angles.x -= 2 * Math.PI * Math.floor((angles.x + Math.PI) / (2 * Math.PI));
  }
  const place = to.isGeographic ? angles : attempt(to, "forward", angles);
  if (!place) return undefined;
  place.x *= to.perUnit;
  place.y *= to.perUnit;
  if (to.axis) fromEastNorth(place, to.axis);
  return place;
}

/** proj4 throws for some places outside a projection and answers nothing for others. */
function attempt(
  projector: Projector,
  step: "forward" | "inverse",
  place: Place,
): Place | undefined {
  try {
    return projector[step](place) ?? undefined;
  } catch {
    // outside the projection
    return undefined;
  }
}

/** Reads coordinates along other axes, such as west and south (`wsu`). */
function toEastNorth(place: Place, axis: string): void {
  const [first = "e", second = "n"] = axis;
  const a = first === "w" || first === "s" ? -place.x : place.x;
  const b = second === "w" || second === "s" ? -place.y : place.y;
  const turned = first === "n" || first === "s";
  place.x = turned ? b : a;
  place.y = turned ? a : b;
}

function fromEastNorth(place: Place, axis: string): void {
  const [first = "e", second = "n"] = axis;
  const turned = first === "n" || first === "s";
  const a = turned ? place.y : place.x;
  const b = turned ? place.x : place.y;
  place.x = first === "w" || first === "s" ? -a : a;
  place.y = second === "w" || second === "s" ? -b : b;
}
