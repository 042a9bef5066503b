/** Paths with `/`, as text: no file system is asked. */

export function isAbsolutePath(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}

/** `path` below `directory`, or as it is if it is absolute. */
export function joinPath(directory: string, path: string): string {
  return normalizePath(isAbsolutePath(path) || directory === "" ? path : `${directory}/${path}`);
}

/** The same path without `.`, `//` and, where a parent is known, `..`. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  const absolute = path.startsWith("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    const last = parts.at(-1);
    if (part !== "..") parts.push(part);
    else if (last !== undefined && last !== "..") parts.pop();
    else if (!absolute) parts.push(part);
  }
  return (absolute ? "/" : "") + parts.join("/") || ".";
}

/** The directory part: `.` for a bare name. */
export function directoryOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "." : at === 0 ? "/" : path.slice(0, at);
}
