import type { Datum, Helmert, Shift } from "./datum.ts";
import type { Ellipsoid } from "./ellipsoid.ts";
import { shiftByGrids, unshiftByGrids } from "./grid-shift.ts";
import type { Place, Projector } from "./projector.ts";

/** Difference of squared eccentricities (GRS 80 and WGS 84) that moves nothing by 0.1 mm. */
const SAME_ECCENTRICITY = 5e-11;

/** Position in space, metres from the Earth's centre; reused, since transformations are synchronous. */
const space = { x: 0, y: 0, z: 0 };

/** WGS 84, over which all ways lead. */
const WORLD = { a: 6378137, es: 0.0066943799901413165 };

/**
 * Moves a place from the datum of one system to that of another, over WGS 84, at ellipsoid height 0.
 *
 * If either is unknown, coordinates are taken for the other's as they are, as PROJ does.
 *
 * @param place longitude and latitude in radians; changed in place
 * @returns whether the result is a place on Earth
 */
export function shiftDatum(place: Place, from: Projector, to: Projector): boolean {
  if (!Number.isFinite(place.x) || !Number.isFinite(place.y)) return false;
  if (from.datum.kind === "unknown" || to.datum.kind === "unknown" || sameDatum(from, to))
    return true;
  if (from.datum.kind === "shift" && to.datum.kind === "shift") {
    const away = shiftAt(place, from.datum);
    const back = shiftAt(place, to.datum);
    if (!away || !back) return true;
    toSpace(place, from);
    toWgs84(away);
    fromWgs84(back);
    toSurface(place, to);
  } else if (!(toWorld(place, from) && fromWorld(place, to))) return false;
  return Number.isFinite(place.x) && Number.isFinite(place.y);
}

function toWorld(place: Place, from: Projector): boolean {
  const helmert = helmertAt(place, from.datum, shiftByGrids);
  if (typeof helmert === "boolean") return helmert;
  const shift = shiftAt(place, helmert);
  if (!shift || liesOnWorld(from, shift)) return true;
  toSpace(place, from);
  toWgs84(shift);
  toSurface(place, WORLD);
  return true;
}

function fromWorld(place: Place, to: Projector): boolean {
  const helmert = helmertAt(place, to.datum, unshiftByGrids);
  if (typeof helmert === "boolean") return helmert;
  const shift = shiftAt(place, helmert);
  if (!shift || liesOnWorld(to, shift)) return true;
  toSpace(place, WORLD);
  fromWgs84(shift);
  toSurface(place, to);
  return true;
}

/** Whether coordinates are those of WGS 84 already; to compute them would only round them. */
function liesOnWorld({ a, es }: Ellipsoid, shift: Shift): boolean {
  const { dx, dy, dz, rx, ry, rz, scale } = shift;
  const still = dx === 0 && dy === 0 && dz === 0 && rx === 0 && ry === 0 && rz === 0 && scale === 1;
  return still && a === WORLD.a && Math.abs(es - WORLD.es) < SAME_ECCENTRICITY;
}

/** Moves the place by files where they have it; the numbers to move it by if not, or whether it is done. */
function helmertAt(place: Place, datum: Datum, byGrids: typeof shiftByGrids): Helmert | boolean {
  if (datum.kind === "unknown") return true;
  if (datum.kind === "shift") return datum;
  if (byGrids(place, datum.grids) || datum.elsewhere === "unchanged") return true;
  return datum.elsewhere === "nothing" ? false : datum.elsewhere;
}

function sameDatum(from: Projector, to: Projector): boolean {
  if (from.a !== to.a || Math.abs(from.es - to.es) > SAME_ECCENTRICITY) return false;
  return sameWay(from.datum, to.datum);
}

function sameWay(a: Datum, b: Datum): boolean {
  if (a.kind === "grids" && b.kind === "grids") {
    return (
      sameElsewhere(a.elsewhere, b.elsewhere) &&
      a.grids.length === b.grids.length &&
      a.grids.every((grid, i) => grid === b.grids[i])
    );
  }
  return a.kind === "shift" && b.kind === "shift" && a.key === b.key;
}

function sameElsewhere(a: "unchanged" | "nothing" | Helmert, b: typeof a): boolean {
  return typeof a === "string" || typeof b === "string" ? a === b : a.key === b.key;
}

/** The shift that holds at a place. The datums themselves lie too near to each other to matter for that. */
function shiftAt({ x, y }: Place, { shift, regions }: Helmert): Shift | undefined {
  for (const region of regions) {
    if (y < region.south || y > region.north) continue;
    const { west, east } = region;
    if (west <= east ? x >= west && x <= east : x >= west || x <= east) return region.shift;
  }
  return shift;
}

function toSpace(place: Place, { a, es }: Ellipsoid): void {
  const sin = Math.sin(place.y);
  const cos = Math.cos(place.y);
  const n = a / Math.sqrt(1 - es * sin * sin);
  space.x = n * cos * Math.cos(place.x);
  space.y = n * cos * Math.sin(place.x);
  space.z = n * (1 - es) * sin;
}

function toWgs84(shift: Shift): void {
  const { x, y, z } = space;
  space.x = shift.scale * (x - shift.rz * y + shift.ry * z) + shift.dx;
  space.y = shift.scale * (shift.rz * x + y - shift.rx * z) + shift.dy;
  space.z = shift.scale * (-shift.ry * x + shift.rx * y + z) + shift.dz;
}

function fromWgs84(shift: Shift): void {
  const x = (space.x - shift.dx) / shift.scale;
  const y = (space.y - shift.dy) / shift.scale;
  const z = (space.z - shift.dz) / shift.scale;
  space.x = x + shift.rz * y - shift.ry * z;
  space.y = -shift.rz * x + y + shift.rx * z;
  space.z = shift.ry * x - shift.rx * y + z;
}

/** Longitude and latitude below a position near the surface (Bowring 1976; off by less than 1e-10 m). */
function toSurface(place: Place, { a, es }: Ellipsoid): void {
  const { x, y, z } = space;
  const p = Math.hypot(x, y);
  const b = a * Math.sqrt(1 - es);
  const theta = Math.atan2(z * a, p * b);
  const sin = Math.sin(theta);
  const cos = Math.cos(theta);
  place.y = Math.atan2(z + (es / (1 - es)) * b * sin * sin * sin, p - es * a * cos * cos * cos);
  place.x = Math.atan2(y, x);
}
