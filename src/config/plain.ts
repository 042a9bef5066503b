/** Values of a configuration file before anything is known about them, and where they stood. */

export type Plain = null | boolean | number | string | Plain[] | PlainMap;

/** A mapping without prototype: `toString` and the like are keys as any other. */
export interface PlainMap {
  [key: string]: Plain;
}

/** One file's text, kept so that a line is counted only when a fault needs it. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Where a key or an item starts. */
export interface Mark {
  readonly file: TextFile;
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
}

/** By container, then by key or index. Containers that are copied must take their marks along. */
export type Marks = WeakMap<object, Map<string | number, Mark>>;

/** Keys of mappings and indices of lists, from the top of the file. */
export type Path = readonly (string | number)[];

export function emptyMap(): PlainMap {
  return Object.create(null) as PlainMap;
}

export function isMap(value: unknown): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Value of a key; `undefined` if `value` is no mapping or has no such key of its own. */
export function child(value: unknown, key: string): Plain | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The mapping under `key`; `undefined` if there is something else or nothing. */
export function childMap(value: unknown, key: string): PlainMap | undefined {
  const found = child(value, key);
  return isMap(found) ? found : undefined;
}

/** What a value says, as text: mappings have no prototype, and so no `toString`. */
export function plainText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `caches.osm.sources[1]`; `.` for the whole file. */
export function formatPath(path: Path): string {
  if (path.length === 0) return ".";
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/**
 * The path that {@linkcode formatPath} wrote, as far as it leads in `root`. Names may hold dots: the longest key that
 * fits is taken.
 */
export function pathIn(root: Plain, text: string): Path {
  const path: (string | number)[] = [];
  let value: Plain | undefined = root;
  let rest = text;
  while (rest !== "" && typeof value === "object" && value !== null) {
    const index: RegExpExecArray | null = /^\[(\d+)\]\.?/.exec(rest);
    if (Array.isArray(value) && index) {
      path.push(Number(index[1]));
      value = value[Number(index[1])];
      rest = rest.slice(index[0].length);
      continue;
    }
    const key: string | undefined = Object.keys(value)
      .filter((name) => rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`))
      .sort((a, b) => b.length - a.length)[0];
    if (key === undefined || Array.isArray(value)) break;
    path.push(key);
    value = value[key];
    rest = rest.slice(key.length).replace(/^\./, "");
  }
  return path;
}

/** Mark of the value at `path`, else of the nearest container around it that has one. */
export function findMark(root: Plain, marks: Marks, path: Path): Mark | undefined {
  let mark: Mark | undefined;
  let value: Plain | undefined = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null) break;
    mark = marks.get(value)?.get(part) ?? mark;
    if (Array.isArray(value)) value = typeof part === "number" ? value[part] : undefined;
    else value = Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return mark;
}

/** 1-based line of a mark. */
export function lineOf(mark: Mark): number {
  return lineAt(mark.file.text, mark.offset);
}

/** 1-based line of `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
  }
  return line;
}

/** Gives `key` of `container` the place `mark`. */
export function setMark(
  marks: Marks,
  container: object,
  key: string | number,
  mark: Mark | undefined,
): void {
  if (!mark) return;
  const known = marks.get(container);
  if (known) known.set(key, mark);
  else marks.set(container, new Map([[key, mark]]));
}
