import type { BBox } from "../geo/bbox.ts";
import type { Grid } from "../grid/grid.ts";
import { type CacheDeps, ConfigFault } from "../model/define.ts";
import type { Sqlite, SqlValue } from "../platform/platform.ts";
import { transformBBox } from "../srs/transform.ts";
import { requireIndex } from "./tile-index.ts";

/** What a tile table of a GeoPackage is described by. */
export interface GeopackageTable {
  readonly name: string;
  readonly grid: Grid;
  /** EPSG number of the grid. */
  readonly srsId: number;
  readonly bbox: BBox;
  /** ms since 1970 for `last_change`. */
  readonly created: () => number;
}

/** `GP10`, as a number. */
const APPLICATION_ID = 1196437808;

/** Levels that are described at most, as MapProxy does. */
const MAX_LEVELS = 20;

/** Relative difference up to which pixel sizes count as equal. */
const RESOLUTION_TOLERANCE = 1e-9;

/**
 * @throws ConfigFault if the grid's reference system has no number
 */
export function geopackageTable(name: string, deps: CacheDeps): GeopackageTable {
  const { grid, coverage, platform } = deps;
  const srsId = Number(/:(\d+)$/.exec(grid.srs.code)?.[1] ?? Number.NaN);
  if (Number.isNaN(srsId)) {
    throw new ConfigFault(
      "type",
      `Cannot keep grid "${grid.name}" in a GeoPackage: its reference system ${grid.srs.code} has no EPSG number`,
    );
  }
  const bbox = coverage ? transformBBox(coverage.bbox, coverage.srs, grid.srs) : grid.bbox;
  const epoch = Number(platform.env.SOURCE_DATE_EPOCH ?? Number.NaN);
  const created = () => (Number.isNaN(epoch) ? platform.clock.now() : epoch * 1000);
  return { name, grid, srsId, bbox, created };
}

/** Makes what is missing of tables and rows; what is there stays. */
export function createGeopackage(database: Sqlite, table: GeopackageTable): void {
  const { name, grid, srsId, bbox } = table;
  database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
  for (const sql of TABLES) database.run(sql);
  database.run(TILES.replace("NAME", name));
  for (const row of systems(srsId)) {
    database.run(
      "INSERT OR REPLACE INTO gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id, srs_name, definition) VALUES (?, ?, ?, ?, ?)",
      ...row,
    );
  }
  database.run(
    "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description, last_change, min_x, min_y, max_x, max_y, srs_id) VALUES (?, 'tiles', ?, 'Created with Mapproxy.', ?, ?, ?, ?, ?, ?)",
    name,
    name,
    `${new Date(table.created()).toISOString().slice(0, 19)}+00:00`,
    ...bbox,
    srsId,
  );
  database.run(
    "INSERT OR IGNORE INTO gpkg_tile_matrix_set (table_name, srs_id, min_x, min_y, max_x, max_y) VALUES (?, ?, ?, ?, ?, ?)",
    name,
    srsId,
    ...bbox,
  );
  for (const [level, resolution] of grid.resolutions.slice(0, MAX_LEVELS).entries()) {
    const [columns, rows] = grid.sizes[level] ?? [1, 1];
    database.run(
      "INSERT OR IGNORE INTO gpkg_tile_matrix (table_name, zoom_level, matrix_width, matrix_height, tile_width, tile_height, pixel_x_size, pixel_y_size) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[name, level, columns, rows, ...grid.tileSize, resolution, resolution],
    );
  }
}

/**
 * Checks that an existing file describes its tiles as the grid does.
 *
 * @returns false if the table is not there or not described
 * @throws ConfigFault if it is described otherwise
 * @throws Error if it has no index
 */
export function checkGeopackage(database: Sqlite, table: GeopackageTable): boolean {
  const has = (name: string) =>
    database.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name).length > 0;
  const described = ["gpkg_contents", "gpkg_spatial_ref_sys", "gpkg_tile_matrix"];
  if (![table.name, ...described].every(has)) return false;
  const [contents] = database.all(
    "SELECT data_type, srs_id FROM gpkg_contents WHERE table_name = ?",
    table.name,
  );
  if (!contents) return false;
  if (contents.data_type !== "tiles") {
    throw new ConfigFault("table_name", "table_name is improperly configured.");
  }
  const [system] = database.all(
    "SELECT organization_coordsys_id AS number FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
    contents.srs_id ?? null,
  );
  if (Number(system?.number) !== table.srsId) {
    throw new ConfigFault("type", "srs is improperly configured.");
  }
  requireIndex(database, table.name);
  const [first] = database.all("SELECT * FROM gpkg_tile_matrix WHERE table_name = ?", table.name);
  if (first) checkMatrix(first, table.grid);
  return true;
}

function checkMatrix(row: Record<string, SqlValue>, grid: Grid): void {
  if (row.tile_width !== grid.tileSize[0] || row.tile_height !== grid.tileSize[1]) {
    throw new ConfigFault("type", "tile_size is improperly configured.");
  }
  const expected = grid.resolutions[Number(row.zoom_level)];
  for (const size of [row.pixel_x_size, row.pixel_y_size]) {
    if (
      expected === undefined ||
      Math.abs(Number(size) - expected) > expected * RESOLUTION_TOLERANCE
    ) {
      throw new ConfigFault("type", "res is improperly configured.");
    }
  }
}

/** Tables of OGC 12-128r19; readers rely on the order of the columns. */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY,
    data_type TEXT NOT NULL,
    identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
    srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))`,
  `CREATE TABLE IF NOT EXISTS gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL,
    description TEXT)`,
  `CREATE TABLE IF NOT EXISTS gpkg_tile_matrix (
    table_name TEXT NOT NULL,
    zoom_level INTEGER NOT NULL,
    matrix_width INTEGER NOT NULL, matrix_height INTEGER NOT NULL,
    tile_width INTEGER NOT NULL, tile_height INTEGER NOT NULL,
    pixel_x_size DOUBLE NOT NULL, pixel_y_size DOUBLE NOT NULL,
    CONSTRAINT pk_ttm PRIMARY KEY (table_name, zoom_level),
    CONSTRAINT fk_tmm_table_name FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name))`,
  `CREATE TABLE IF NOT EXISTS gpkg_tile_matrix_set (
    table_name TEXT NOT NULL PRIMARY KEY,
    srs_id INTEGER NOT NULL,
    min_x DOUBLE NOT NULL, min_y DOUBLE NOT NULL, max_x DOUBLE NOT NULL, max_y DOUBLE NOT NULL,
    CONSTRAINT fk_gtms_table_name FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gtms_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))`,
];

/** `NAME` is replaced by a name of letters, digits, `_` and `-`. */
const TILES = `CREATE TABLE IF NOT EXISTS "NAME" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zoom_level INTEGER NOT NULL,
    tile_column INTEGER NOT NULL,
    tile_row INTEGER NOT NULL,
    tile_data BLOB NOT NULL,
    UNIQUE (zoom_level, tile_column, tile_row))`;

type SystemRow = [
  id: number,
  organization: string,
  number: number,
  name: string,
  definition: string,
];

/** Reference systems that the file names: the four that the standard asks for, and the grid's. */
function systems(srsId: number): SystemRow[] {
  const rows: SystemRow[] = [
    [3857, "epsg", 3857, "WGS 84 / Pseudo-Mercator", WEB_MERCATOR],
    [4326, "epsg", 4326, "WGS 84", WGS84],
    [-1, "NONE", -1, " ", "undefined"],
    [0, "NONE", 0, " ", "undefined"],
  ];
  if (srsId !== 3857 && srsId !== 4326) {
    rows.push([srsId, "epsg", srsId, "Not provided", "Added via Mapproxy."]);
  }
  return rows;
}

// Well-known text as registered with the EPSG (OGC 01-009).
const WGS84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]';
const WEB_MERCATOR = `PROJCS["WGS 84 / Pseudo-Mercator",${WGS84},PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["X",EAST],AXIS["Y",NORTH],AUTHORITY["EPSG","3857"]]`;
