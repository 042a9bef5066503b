import type { Clock, Platform } from "../platform/platform.ts";

/** Lets one run at a time work on a cache. */
export interface CacheLock {
  /**
   * Asks for a cache; who asked first gets it first.
   *
   * @returns a function that gives it back; `undefined` while another run has it
   */
  take(cache: string): (() => void) | undefined;
  /** Gives back what is still asked for. */
  close(): void;
}

/** This process among those of the machine. */
export interface Processes {
  readonly pid: number;
  isRunning(pid: number): boolean;
}

/** Locks in a SQLite file, in the table that mapproxy-seed uses: both keep out of each other's way. */
export function cacheLock(
  path: string,
  sqlite: NonNullable<Platform["sqlite"]>,
  { pid, isRunning, clock }: Processes & { readonly clock: Clock },
): CacheLock {
  const database = sqlite(path);
  database.run("PRAGMA busy_timeout = 10000");
  database.run(
    "CREATE TABLE IF NOT EXISTS cache_locks (cache_name TEXT NOT NULL, created REAL NOT NULL, pid INTEGER NOT NULL)",
  );
  const drop = (cache: string, of: number) =>
    database.run("DELETE FROM cache_locks WHERE cache_name = ? AND pid = ?", cache, of);
  return {
    take(cache) {
      const first = database.transaction(() => {
        const asking = () =>
          database
            .all("SELECT pid FROM cache_locks WHERE cache_name = ? ORDER BY created", cache)
            .map((row) => Number(row.pid));
        for (const other of asking()) if (!isRunning(other)) drop(cache, other);
        if (!asking().includes(pid)) {
          const created = clock.now() / 1000;
          database.run("INSERT INTO cache_locks VALUES (?, ?, ?)", cache, created, pid);
        }
        return asking()[0];
      });
      return first === pid ? () => drop(cache, pid) : undefined;
    },
    close() {
      database.run("DELETE FROM cache_locks WHERE pid = ?", pid);
      database[Symbol.dispose]();
    },
  };
}
