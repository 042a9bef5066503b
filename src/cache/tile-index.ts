import type { Sqlite } from "../platform/platform.ts";

/** Rows up to which a table is searched without an index. */
const MAX_UNINDEXED = 10_000;

/**
 * Checks that single tiles are found without reading all of them: a view may hide any amount of
 * work, and a statement that SQLite has begun cannot be stopped.
 *
 * @param table name of a table or view with zoom_level, tile_column and tile_row
 * @throws Error that says why the table cannot be used
 */
export function requireIndex(database: Sqlite, table: string): void {
  const plan = database.all(
    `EXPLAIN QUERY PLAN SELECT tile_data FROM "${table}" WHERE zoom_level = 0 AND tile_column = 0 AND tile_row = 0`,
  );
  const slow = /^(SCAN|RECURSIVE|MATERIALIZE|CO-ROUTINE)/;
  if (!plan.some(({ detail }) => slow.test(String(detail)))) return;
  const [entry] = database.all("SELECT type FROM sqlite_master WHERE name = ?", table);
  if (entry?.type === "table") {
    const some = database.all(`SELECT 1 FROM "${table}" LIMIT ${MAX_UNINDEXED + 1}`);
    if (some.length <= MAX_UNINDEXED) return;
  }
  throw new Error(
    `The ${entry?.type} "${table}" has no index over zoom_level, tile_column, tile_row`,
  );
}
