import type { CacheDeps } from "../model/define.ts";
import { baseDirectory } from "./location.ts";
import { SqliteFile, type SqliteFileOptions } from "./sqlite-file.ts";

/** Directory of a cache with one file a level; absolute. */
export function levelDirectory(directory: string | undefined, deps: CacheDeps): string {
  return directory === undefined
    ? `${baseDirectory(undefined, deps)}/${deps.name}/${deps.grid.name}`
    : `${baseDirectory(directory, deps)}/${deps.grid.name}`;
}

/**
 * The files `<level>.<extension>` of a directory.
 *
 * @param options `extensions`: the first is for new files, all are looked for
 */
export function levelFiles(
  directory: string,
  options: Omit<SqliteFileOptions, "paths"> & { extensions: readonly [string, ...string[]] },
): { ofLevel(level: number): SqliteFile; close(): void } {
  const files = new Map<number, SqliteFile>();
  return {
    ofLevel(level) {
      const known = files.get(level);
      if (known) return known;
      const [first, ...others] = options.extensions;
      const path = (extension: string) => `${directory}/${level}.${extension}`;
      const made = new SqliteFile({ ...options, paths: [path(first), ...others.map(path)] });
      files.set(level, made);
      return made;
    },
    close() {
      for (const file of files.values()) file.close();
    },
  };
}
