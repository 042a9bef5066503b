import { closeRing, type MultiPolygon, type Polygon, type Ring } from "./polygon.ts";
import type { Geometry } from "./wkt.ts";

/** A geometry with what is known of it. */
export interface Feature {
  readonly geometry: Geometry;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Features of a GeoJSON document (RFC 7946): a collection, one feature or one bare geometry.
 * Features without geometry are left out; the reference system is not read.
 *
 * @throws RangeError `not a GeoJSON` if the document has no type, or coordinates are not numbers
 */
export function parseGeoJson(document: unknown): Feature[] {
  if (!isRecord(document) || typeof document.type !== "string") {
    throw new RangeError("not a GeoJSON");
  }
  if (document.type === "FeatureCollection") {
    const features = Array.isArray(document.features) ? document.features : [];
    return features.flatMap(readFeature);
  }
  if (document.type === "Feature") return readFeature(document);
  return [{ geometry: readGeometry(document), properties: {} }];
}

function readFeature(feature: unknown): Feature[] {
  if (!isRecord(feature) || !isRecord(feature.geometry)) return [];
  const properties = isRecord(feature.properties) ? feature.properties : {};
  return [{ geometry: readGeometry(feature.geometry), properties }];
}

function readGeometry(geometry: Record<string, unknown>): Geometry {
  const type = String(geometry.type);
  const { coordinates } = geometry;
  if (type === "Polygon") return { type, polygons: readPolygons([coordinates]) };
  if (type === "MultiPolygon") return { type, polygons: readPolygons(coordinates) };
  return { type, polygons: undefined };
}

function readPolygons(coordinates: unknown): MultiPolygon {
  const polygons: Polygon[] = [];
  for (const polygon of asList(coordinates)) {
    const rings: Ring[] = [];
    for (const positions of asList(polygon)) {
      const ring = closeRing(asList(positions).map(readPosition));
      if (ring) rings.push(ring);
      else if (rings.length === 0) break;
    }
    if (rings.length > 0) polygons.push(rings);
  }
  return polygons;
}

function readPosition(position: unknown): readonly [number, number] {
  const [x, y] = asList(position);
  if (typeof x !== "number" || typeof y !== "number") {
    throw new RangeError(`Cannot read GeoJSON: position ${JSON.stringify(position)}`);
  }
  return [x, y];
}

function asList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new RangeError("Cannot read GeoJSON: coordinates are no list");
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
