import { pythonFloat } from "../core/python.ts";
import { emptyMap, isMap, type Plain, type PlainMap } from "./plain.ts";
import { plainScalar } from "./yaml-scalar.ts";

export interface WriteYamlOptions {
  /** Of the keys of mappings: by name, or as they come. */
  readonly order: "sorted" | "kept";
}

/**
 * A value as YAML that readers of version 1.1 and 1.2 take for the same: block style, keys sorted
 * unless told otherwise, lists of scalars in one line, no anchors, nulls as nothing.
 */
export function writeYaml(
  value: PlainMap,
  { order }: WriteYamlOptions = { order: "sorted" },
): string {
  const ordered = order === "sorted" ? (sorted(value) as PlainMap) : value;
  const lines = Object.keys(ordered).length > 0 ? blockMap(ordered, "") : ["{}"];
  return `${lines.join("\n")}\n`;
}

function sorted(value: Plain): Plain {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const map = emptyMap();
  for (const key of Object.keys(value).sort()) map[key] = sorted(value[key]!); // its own keys
  return map;
}

function blockMap(map: PlainMap, indent: string): string[] {
  return Object.keys(map).flatMap((key) => entry(`${indent}${scalar(key)}:`, map[key]!, indent)); // its own keys
}

/** Lines of `key:` or `-` with a value behind or below. */
function entry(head: string, value: Plain, indent: string): string[] {
  if (isMap(value) && Object.keys(value).length > 0) {
    return [head, ...blockMap(value, `${indent}  `)];
  }
  if (Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null)) {
    return [head, ...value.flatMap((item) => listItem(item, indent))];
  }
  const text = isMap(value) ? "{}" : Array.isArray(value) ? flowList(value) : scalar(value);
  return [text === "" ? head : `${head} ${text}`];
}

function listItem(item: Plain, indent: string): string[] {
  if (isMap(item) && Object.keys(item).length > 0) {
    const [first = "", ...rest] = blockMap(item, `${indent}  `);
    return [`${indent}- ${first.trimStart()}`, ...rest];
  }
  return entry(`${indent}-`, item, `${indent}  `);
}

/** Within brackets a comma or a colon would end a word. */
function flowList(list: readonly Plain[]): string {
  const items = list.map((item) => {
    if (item === null) return "null";
    const text = scalar(item);
    return typeof item === "string" && !/^(?:[\w.-]+|['"].*)$/.test(text) ? quoted(item) : text;
  });
  return `[${items.join(", ")}]`;
}

function scalar(value: Plain): string {
  if (value === null) return "";
  if (typeof value === "number") return number(value);
  if (typeof value !== "string") return String(value);
  return isPlain(value) ? value : quoted(value);
}

/** In version 1.1 an exponent needs a point before it. */
function number(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value < 0 ? "-.inf" : ".inf";
  if (Number.isSafeInteger(value)) return String(value);
  return pythonFloat(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** Whether the text is read as itself without quotes. */
function isPlain(text: string): boolean {
  return (
    /^[\p{L}\p{N}_./(][\p{L}\p{N}_./()\-:?=&%+~@,;$<>*!' ]*$/u.test(text) &&
    !/: |:$| $/.test(text) &&
    !/^\d{4}-\d/.test(text) && // a date for many readers
    !/^[yn]$/i.test(text) && // a boolean for some
    plainScalar(text) === text
  );
}

function quoted(text: string): string {
  if (/^[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd]*$/.test(text)) {
    return `'${text.replaceAll("'", "''")}'`;
  }
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
