import type { Place, Projector } from "./projector.ts";

/** Difference of squared eccentricities (GRS 80 and WGS 84) that moves nothing by 0.1 mm. */
const SAME_ECCENTRICITY = 5e-11;

/** Position in space, metres from the Earth's centre; reused, since transformations are synchronous. */
const space = { x: 0, y: 0, z: 0 };

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
  if (!from.shift || !to.shift || sameDatum(from, to)) return true;
  toSpace(place, from);
  toWgs84(from);
  fromWgs84(to);
  toSurface(place, to);
  return Number.isFinite(place.x) && Number.isFinite(place.y);
}

function sameDatum(from: Projector, to: Projector): boolean {
  const a = from.shift;
  const b = to.shift;
  if (from.a !== to.a || Math.abs(from.es - to.es) > SAME_ECCENTRICITY || !a || !b) return false;
  return (
    a.dx === b.dx &&
    a.dy === b.dy &&
    a.dz === b.dz &&
    a.rx === b.rx &&
    a.ry === b.ry &&
    a.rz === b.rz &&
    a.scale === b.scale
  );
}

function toSpace(place: Place, { a, es }: Projector): void {
  const sin = Math.sin(place.y);
  const cos = Math.cos(place.y);
  const n = a / Math.sqrt(1 - es * sin * sin);
  space.x = n * cos * Math.cos(place.x);
  space.y = n * cos * Math.sin(place.x);
  space.z = n * (1 - es) * sin;
}

function toWgs84({ shift }: Projector): void {
  if (!shift) return;
  const { x, y, z } = space;
  space.x = shift.scale * (x - shift.rz * y + shift.ry * z) + shift.dx;
  space.y = shift.scale * (shift.rz * x + y - shift.rx * z) + shift.dy;
  space.z = shift.scale * (-shift.ry * x + shift.rx * y + z) + shift.dz;
}

function fromWgs84({ shift }: Projector): void {
  if (!shift) return;
  const x = (space.x - shift.dx) / shift.scale;
  const y = (space.y - shift.dy) / shift.scale;
  const z = (space.z - shift.dz) / shift.scale;
  space.x = x + shift.rz * y - shift.ry * z;
  space.y = -shift.rz * x + y + shift.rx * z;
  space.z = shift.ry * x - shift.rx * y + z;
}

/** Longitude and latitude below a position near the surface (Bowring 1976; off by less than 1e-10 m). */
function toSurface(place: Place, { a, es }: Projector): void {
  const { x, y, z } = space;
  const p = Math.hypot(x, y);
  const b = a * Math.sqrt(1 - es);
  const theta = Math.atan2(z * a, p * b);
  const sin = Math.sin(theta);
  const cos = Math.cos(theta);
  place.y = Math.atan2(z + (es / (1 - es)) * b * sin * sin * sin, p - es * a * cos * cos * cos);
  place.x = Math.atan2(y, x);
}
