import type { CacheDeps } from "../model/define.ts";
import type { Sqlite } from "../platform/platform.ts";
import { parseSrs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { requireIndex } from "./tile-index.ts";

/**
 * Tables of a new MBTiles file (MBTiles 1.3), as MapProxy makes them, with the metadata that it
 * leaves out. Runs again without harm.
 *
 * @param times add `last_modified`: local time, as MapProxy's `sqlite` caches have it
 */
export function createMbtiles(database: Sqlite, deps: CacheDeps, times: boolean): void {
  const modified = times ? ", last_modified datetime DEFAULT (datetime('now','localtime'))" : "";
  database.run(
    `CREATE TABLE IF NOT EXISTS tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob${modified})`,
  );
  database.run("CREATE TABLE IF NOT EXISTS metadata (name text, value text)");
  database.run(
    "CREATE UNIQUE INDEX IF NOT EXISTS idx_tile on tiles (zoom_level, tile_column, tile_row)",
  );
  const [{ rows = 0 } = {}] = database.all("SELECT count(*) AS rows FROM metadata");
  if (Number(rows) > 0) return;
  for (const [name, value] of metadata(deps)) {
    database.run("INSERT INTO metadata (name, value) VALUES (?, ?)", name, value);
  }
}

function metadata(deps: CacheDeps): [string, string][] {
  const { image, grid, name } = deps;
  const format = image.format === "jpeg" ? "jpg" : image.format === "mixed" ? "png" : image.format;
  const rows: [string, string][] = [
    ["name", name],
    ["description", `${name}, grid ${grid.name}, ${grid.srs.code}`],
    ["version", "1.1"],
    ["type", image.transparent ? "overlay" : "baselayer"],
    ["format", format ?? "png"],
    // Rows are counted as the grid does; the standard knows counting from the south only.
    ["scheme", grid.origin === "nw" ? "xyz" : "tms"],
  ];
  const bounds = geographicBounds(deps);
  if (bounds) rows.push(["bounds", bounds]);
  return rows;
}

/** `west,south,east,north` in degrees; `undefined` where the grid leaves what can be transformed. */
function geographicBounds({ coverage, grid }: CacheDeps): string | undefined {
  const { bbox, srs } = coverage ?? grid;
  try {
    const wgs84 = transformBBox(bbox, srs, parseSrs("EPSG:4326"));
    return wgs84.map((value) => Number(value.toFixed(8))).join(",");
  } catch {
    return undefined; // only informs
  }
}

/** Keeps the zoom range of the metadata in step with the tiles, if the file has metadata at all. */
export function updateZoomRange(database: Sqlite): void {
  if (!hasTable(database, "metadata")) return;
  if (database.all("SELECT 1 FROM metadata WHERE name = 'format' LIMIT 1").length === 0) return;
  // one query each: only then does SQLite use the index instead of reading all rows
  for (const edge of ["min", "max"] as const) {
    const [row] = database.all(`SELECT ${edge}(zoom_level) AS level FROM tiles`);
    const level = row?.level ?? null;
    const [known] = database.all("SELECT value FROM metadata WHERE name = ?", `${edge}zoom`);
    if (level === null || known?.value === String(level)) continue;
    database.run("DELETE FROM metadata WHERE name = ?", `${edge}zoom`);
    database.run("INSERT INTO metadata (name, value) VALUES (?, ?)", `${edge}zoom`, String(level));
  }
}

/**
 * Whether the file has tiles; other tables of MBTiles may be missing.
 *
 * @throws Error that says why the file cannot be used
 */
export function checkMbtiles(database: Sqlite): boolean {
  if (!hasTable(database, "tiles")) return false;
  requireIndex(database, "tiles");
  return true;
}

/** Whether there is a table or view of that name. */
function hasTable(database: Sqlite, name: string): boolean {
  return database.all("SELECT 1 FROM sqlite_master WHERE name = ?", name).length > 0;
}
