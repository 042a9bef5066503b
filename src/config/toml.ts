import { parse, TomlError } from "smol-toml";
import { emptyMap, type Marks, type Plain, type TextFile } from "./plain.ts";
import { MAX_DEPTH, reserved, SyntaxFault } from "./syntax.ts";
import { markToml } from "./toml-marks.ts";

/**
 * Reads a TOML 1.0 document. Dates become text in their ISO spelling, as in YAML.
 *
 * @throws SyntaxFault
 */
export function parseToml(file: TextFile, marks: Marks): Plain {
  let table: object;
  try {
    table = parse(file.text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw new SyntaxFault(`Cannot read TOML: ${(error as Error).message}`, 0);
    }
    const reason = error.message.split("\n")[0]!.replace("Invalid TOML document: ", "");
    throw new SyntaxFault(`Cannot read TOML: ${reason}`, offsetOf(file.text, error));
  }
  const value = toPlain(table, 0);
  markToml(file, value, marks);
  return value;
}

/** Offset of the place that an error names by line and column (1-based). */
function offsetOf(text: string, { line, column }: TomlError): number {
  let at = 0;
  for (let i = 1; i < line; i++) at = text.indexOf("\n", at) + 1;
  return at + column - 1;
}

function toPlain(value: unknown, depth: number): Plain {
  if (depth > MAX_DEPTH) {
    throw new SyntaxFault(`Cannot read TOML: nested deeper than ${MAX_DEPTH} levels`, 0);
  }
  if (value instanceof Date) return value.toISOString().replace(/\.000(?=Z|[-+]|$)/, "");
  if (Array.isArray(value)) return value.map((item) => toPlain(item, depth + 1));
  if (typeof value === "object" && value !== null) {
    const map = emptyMap();
    for (const [key, item] of Object.entries(value))
      map[reserved(key, 0)] = toPlain(item, depth + 1);
    return map;
  }
  return value as string | number | boolean;
}
