import { emptyMap, type PlainMap } from "../../config/plain.ts";
import type { Sqlite, SqlValue } from "../../platform/platform.ts";
import type { Sections } from "./sections.ts";

/** Levels that are made for a table, whichever of them it has. */
const LEVELS = 19;

type Row = Record<string, SqlValue>;

/** A table of tiles (OGC 12-128r18, 2.2). */
interface TileTable {
  readonly name: string;
  readonly code: string;
  readonly bbox: readonly number[];
  /** At least one, coarsest first. */
  readonly matrices: readonly Row[];
}

/**
 * Sections of a configuration that serves the tiles of a GeoPackage.
 *
 * @param path absolute
 */
export function sectionsFromGeoPackage(database: Sqlite, path: string): Sections {
  const tables = readTables(database);
  const grids = emptyMap();
  const caches = emptyMap();
  for (const table of tables) {
    const grid = `${table.name}_${table.code}`;
    grids[grid] = gridOf(table);
    caches[`${table.name}_cache`] = {
      sources: [],
      grids: [grid],
      cache: { type: "geopackage", filename: path, table_name: table.name },
    };
  }
  const byName = { use_grid_names: true };
  return {
    services: () => ({
      demo: null,
      tms: { ...byName, origin: "nw" },
      kml: byName,
      wmts: null,
      wms: null,
    }),
    grids: () => grids,
    caches: () => caches,
    layers: () => tables.map(({ name }) => ({ name, title: name, sources: [`${name}_cache`] })),
  };
}

function readTables(database: Sqlite): TileTable[] {
  const contents = database.all(
    `SELECT c.table_name, c.min_x, c.min_y, c.max_x, c.max_y, s.organization_coordsys_id AS code
     FROM gpkg_contents c JOIN gpkg_spatial_ref_sys s ON s.srs_id = c.srs_id
     WHERE c.data_type = 'tiles' AND s.organization_coordsys_id > 0 ORDER BY c.rowid`,
  );
  return contents.flatMap((row) => {
    const matrices = database.all(
      "SELECT * FROM gpkg_tile_matrix WHERE table_name = ? ORDER BY zoom_level",
      row.table_name ?? null,
    );
    if (matrices.length === 0) return [];
    const bbox = [row.min_x, row.min_y, row.max_x, row.max_y].map(Number);
    return [{ name: String(row.table_name), code: String(row.code), bbox, matrices }];
  });
}

function gridOf({ code, bbox, matrices }: TileTable): PlainMap {
  const [first, second] = matrices;
  const level = Number(first!.zoom_level); // at least one matrix
  const resolution = Number(first!.pixel_x_size);
  const ratio = second
    ? Number(first!.pixel_y_size) /
      Number(second.pixel_y_size) /
      (Number(second.zoom_level) - level)
    : 2;
  const coarsest = resolution * ratio ** level;
  const known = new Map(matrices.map((row) => [Number(row.zoom_level), Number(row.pixel_x_size)]));
  return {
    srs: `EPSG:${code}`,
    tile_size: [Number(first!.tile_width), Number(first!.tile_height)],
    bbox: [...bbox],
    origin: "nw",
    res: Array.from({ length: LEVELS }, (_, i) => known.get(i) ?? coarsest / ratio ** i),
  };
}
