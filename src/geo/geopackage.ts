import { isSqlite, readSqliteTable, type SqliteTable, type SqliteValue } from "./sqlite-file.ts";
import { parseWkb } from "./wkb.ts";
import type { Geometry } from "./wkt.ts";

/** Bytes of the envelope by its code (OGC 12-128r18, 2.1.3). */
const ENVELOPES = [0, 32, 48, 48, 64] as const;

/** Features of one table. */
export interface GeoPackageLayer {
  readonly fields: readonly string[];
  readonly features: readonly {
    readonly geometry: Geometry;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

/** Whether bytes are those of an SQLite database, which may be a GeoPackage. */
export function isGeoPackage(bytes: Uint8Array): boolean {
  return isSqlite(bytes);
}

/**
 * Features of a GeoPackage (OGC 12-128r18); those without geometry are left out.
 *
 * @param layer table to read; `undefined`: the first one
 * @throws RangeError if there is no such table of features, or the file is damaged
 */
export function parseGeoPackage(bytes: Uint8Array, layer?: string): GeoPackageLayer {
  const columns = readSqliteTable(bytes, "gpkg_geometry_columns");
  if (!columns) throw new RangeError("Cannot read GeoPackage: it has no table of geometry columns");
  const found = records(columns).find(
    ({ table_name: table }) => layer === undefined || table === layer,
  );
  const name = found?.table_name;
  const table = typeof name === "string" ? readSqliteTable(bytes, name) : undefined;
  if (!found || !table) {
    throw new RangeError(
      `Cannot find ${layer === undefined ? "a layer" : `layer "${layer}"`} in GeoPackage`,
    );
  }
  const geometryColumn = String(found.column_name);
  const features = records(table).flatMap((attributes) => {
    const blob = attributes[geometryColumn];
    const geometry = blob instanceof Uint8Array ? readBlob(blob) : undefined;
    return geometry ? [{ geometry, attributes }] : [];
  });
  return { fields: table.columns.filter((field) => field !== geometryColumn), features };
}

function records({ columns, rows }: SqliteTable): Record<string, SqliteValue>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}

/** Geometry of a blob; `undefined` if it is empty. */
function readBlob(blob: Uint8Array): Geometry | undefined {
  const flags = blob[3] ?? 0;
  const envelope = ENVELOPES[(flags >> 1) & 7];
  if (blob[0] !== 0x47 || blob[1] !== 0x50 || envelope === undefined) {
    throw new RangeError("Cannot read GeoPackage: a geometry has no header");
  }
  return (flags & 16) !== 0 ? undefined : parseWkb(blob.subarray(8 + envelope));
}
