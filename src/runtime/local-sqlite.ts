import type { DatabaseSync, StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { Lru } from "../core/lru.ts";
import type { Sqlite, SqliteOptions, SqlValue } from "../platform/platform.ts";

/** Prepared statements kept for each open database. */
const STATEMENTS = 32;

/**
 * An SQLite file, made if there is none (unless `readOnly`).
 *
 * The file may come from anybody: what its schema calls is not trusted. Waiting for other writers
 * stops this thread, so it is short; callers try again.
 *
 * @throws Error if it cannot be opened or is no database
 */
export function localSqlite(path: string, options: SqliteOptions = {}): Sqlite {
  // Loaded when first used: Node warns of an experimental feature at once.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const { readOnly = false, immutable = false } = options;
  // SQLite takes this option only in a URI: https://www.sqlite.org/uri.html
  const place = immutable ? `${pathToFileURL(path)}?immutable=1` : path;
  const database = new DatabaseSync(place, { readOnly: readOnly || immutable });
  try {
    database.exec("PRAGMA busy_timeout = 20; PRAGMA trusted_schema = OFF");
  } catch (error) {
    database.close();
    throw error;
  }
  return wrap(database);
}

function wrap(database: DatabaseSync): Sqlite {
  const statements = new Lru<string, StatementSync>(STATEMENTS);
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const made = database.prepare(sql);
    statements.set(sql, made);
    return made;
  };
  return {
    all: (sql, ...values) => prepare(sql).all(...values) as Record<string, SqlValue>[],
    run(sql, ...values) {
      prepare(sql).run(...values);
    },
    transaction(work) {
      // At once for writing: one that begins by reading fails when another has written meanwhile.
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        // SQLite has rolled back by itself after some errors, such as a full disk.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    [Symbol.dispose]: () => database.close(),
  };
}
