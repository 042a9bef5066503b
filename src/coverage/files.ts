import type { Log } from "../core/context.ts";
import { parseDbase } from "../geo/dbase.ts";
import { parseGeoJson } from "../geo/geojson.ts";
import { isGeoPackage, parseGeoPackage } from "../geo/geopackage.ts";
import type { Polygon } from "../geo/polygon.ts";
import { isShapefile, parseShapefile } from "../geo/shapefile.ts";
import { type Geometry, parseWkt } from "../geo/wkt.ts";
import { type Attributes, layerOf, parseWhere } from "./where.ts";

/** Where polygons come from, for messages. */
export interface PolygonSource {
  readonly name: string;
  readonly log: Log;
}

/** What reading files needs. */
interface FileDeps {
  read(path: string): Promise<Uint8Array | undefined>;
  path(configured: string): string;
  readonly log: Log;
}

/**
 * Polygons of a file: WKT, GeoJSON, a shapefile or a GeoPackage, told apart by how it begins.
 *
 * @param source name as configured, and which features to take (see `parseWhere`)
 * @throws RangeError if there is no such file, it is damaged, or of another format
 */
export async function readPolygons(
  source: { readonly name: string; readonly where: string | undefined },
  deps: FileDeps,
): Promise<Polygon[]> {
  const { name, where } = source;
  // a database or service of OGR; what follows may hold a password
  const [prefix] = /^\w{2,}:/.exec(name) ?? [];
  if (prefix !== undefined) throw unsupported(`"${prefix}…"`);
  const path = deps.path(name);
  const bytes = await deps.read(path);
  if (!bytes) throw new RangeError(`failed to open ${path}`);
  const at = { name, log: deps.log };
  if (isShapefile(bytes)) return shapePolygons(bytes, { path, where }, { ...deps, name });
  if (isGeoPackage(bytes)) {
    const { fields, features } = parseGeoPackage(
      bytes,
      where === undefined ? undefined : layerOf(where),
    );
    return select(features, where, { fields, dialect: "sqlite" }, at);
  }
  const text = new TextDecoder().decode(bytes); // drops a byte order mark
  const head = text.slice(0, 50).trimStart().toLowerCase();
  if (head.startsWith("polygon") || head.startsWith("multipolygon")) return wktPolygons(text, at);
  if (!head.startsWith("{")) throw unsupported(`"${name}"`);
  return geoJsonPolygons(parseJson(text, name), at, where);
}

function unsupported(what: string): RangeError {
  return new RangeError(
    `Cannot read ${what}: coverages are read from WKT, GeoJSON, Shapefile (.shp) and GeoPackage files; ` +
      "convert it, for example with ogr2ogr -f GeoJSON",
  );
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`Cannot read "${name}": not a GeoJSON`, { cause });
  }
}

/**
 * Polygons of well-known text, one geometry a line.
 *
 * @throws RangeError if a line cannot be read
 */
export function wktPolygons(text: string, source: PolygonSource): Polygon[] {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .flatMap((line) => polygonsOf(parseWkt(line), source));
}

/**
 * Polygons of a GeoJSON document.
 *
 * @throws RangeError if it is none, or the filter cannot be read
 */
export function geoJsonPolygons(
  document: unknown,
  source: PolygonSource,
  where: string | undefined,
): Polygon[] {
  const features = parseGeoJson(document).map(({ geometry, properties }) => ({
    geometry,
    attributes: properties,
  }));
  const fields = [...new Set(features.flatMap(({ attributes }) => Object.keys(attributes)))];
  return select(features, where, { fields, dialect: "ogr" }, source);
}

/** Polygons of a shapefile; attributes are read from the `.dbf` beside it when they are asked for. */
async function shapePolygons(
  bytes: Uint8Array,
  { path, where }: { readonly path: string; readonly where: string | undefined },
  deps: FileDeps & { readonly name: string },
): Promise<Polygon[]> {
  const geometries = parseShapefile(bytes);
  const attributesPath = path.replace(/\.shp$/i, (end) => (end === ".SHP" ? ".DBF" : ".dbf"));
  const table = attributesPath === path ? undefined : await deps.read(attributesPath);
  if (!table) {
    if (where !== undefined) throw new RangeError(`failed to open ${attributesPath}`);
    return geometries.flatMap((geometry) => (geometry ? polygonsOf(geometry, deps) : []));
  }
  const encoding = await deps.read(path.replace(/\.shp$/i, ".cpg"));
  const text = encoding && new TextDecoder().decode(encoding).trim();
  const { fields, records } = parseDbase(table, text || undefined);
  const features = geometries.flatMap((geometry, i) => {
    const attributes = records[i];
    return geometry && attributes ? [{ geometry, attributes }] : [];
  });
  return select(features, where, { fields, dialect: "ogr" }, deps);
}

/** Polygons of the features that the filter takes. */
function select(
  features: readonly { readonly geometry: Geometry; readonly attributes: Attributes }[],
  where: string | undefined,
  table: { readonly fields: readonly string[]; readonly dialect: "ogr" | "sqlite" },
  source: PolygonSource,
): Polygon[] {
  const takes = where === undefined ? () => true : parseWhere(where, table);
  return features
    .filter(({ attributes }) => takes(attributes))
    .flatMap(({ geometry }) => polygonsOf(geometry, source));
}

function polygonsOf(
  { type, polygons }: Geometry,
  { name, log }: PolygonSource,
): readonly Polygon[] {
  if (polygons) return polygons.filter((polygon) => polygon.length > 0);
  const message = `ignoring non-polygon geometry (${type}) from ${name}`;
  log.warn("coverage-geometry-ignored", { type, source: name, message });
  return [];
}
