import type { Files } from "../platform/platform.ts";

/** Paths of all files below `directory`, at any depth, in no order. */
export async function* walkFiles(files: Files, directory: string): AsyncIterable<string> {
  for await (const { name, isDirectory } of files.list(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* walkFiles(files, path);
    else yield path;
  }
}

/**
 * Removes the file `path`, or all files below it, if changed before `before` (ms since 1970;
 * `undefined`: any), and then each directory that became empty.
 */
export async function removeOlder(
  files: Files,
  path: string,
  before: number | undefined,
): Promise<void> {
  const stat = await files.stat(path);
  if (!stat) return;
  if (!stat.isDirectory) {
    if (before === undefined || stat.modified < before) await files.remove(path);
    return;
  }
  for await (const { name } of files.list(path))
    await removeOlder(files, `${path}/${name}`, before);
  for await (const _ of files.list(path)) return;
  await files.remove(path);
}
