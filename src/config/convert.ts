import {
  isMap,
  lineAt,
  type Marks,
  type Path,
  type Plain,
  type PlainMap,
  type TextFile,
} from "./plain.ts";
import { configSchema } from "./schema.ts";
import { isSeedFile } from "./seed-load.ts";
import { seedFileSchema } from "./seed-schema.ts";
import { allowsMap, chooseMember, type Shape, shapeOf, unwrap } from "./shape.ts";
import { SyntaxFault } from "./syntax.ts";
import { parseToml } from "./toml.ts";
import { writeToml } from "./write-toml.ts";
import { writeYaml } from "./write-yaml.ts";
import { parseYaml } from "./yaml.ts";

/** A converted file. */
export interface Converted {
  readonly text: string;
  /** What the other form could not take along, a sentence each. */
  readonly notices: readonly string[];
}

/**
 * Writes one configuration file in the other language. Variables, relative paths and `base` stay as
 * they are; comments, anchors and the spelling of numbers go.
 *
 * @throws RangeError if the file cannot be read, or holds what the other language has no words for
 */
export function convertConfig(file: TextFile, from: "yaml" | "toml"): Converted {
  const value = parsed(file, from);
  if (!isMap(value)) throw new RangeError(`Cannot convert ${file.path}: it holds no mapping`);
  const notices = /(?:^|\s)#/m.test(file.text) ? ["Comments were left out"] : [];
  if (from === "toml") return { text: writeYaml(value, { order: "kept" }), notices };
  const { text, leftOut } = writeToml(value, (path) => mayBeTable(value, path));
  return { text, notices: [...notices, ...leftOut.map((key) => `${key} is empty: left out`)] };
}

function parsed(file: TextFile, from: "yaml" | "toml"): Plain {
  const marks: Marks = new WeakMap();
  try {
    return from === "yaml" ? parseYaml(file, marks) : parseToml(file, marks);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw new RangeError(
      `${error.message} (${file.path}, line ${lineAt(file.text, error.offset)})`,
    );
  }
}

/** Whether the schema has a mapping at `path` of the file `root`. */
function mayBeTable(root: PlainMap, path: Path): boolean {
  let shape: Shape | undefined = shapeOf(
    isSeedFile({ value: root }) ? seedFileSchema : configSchema,
  );
  let value: Plain | undefined = root;
  for (const part of path) {
    shape = shape && below(shape, value, part);
    value = typeof value === "object" && value !== null ? (value as never)[part] : undefined;
  }
  return shape !== undefined && allowsMap(shape);
}

function below(shape: Shape, value: Plain | undefined, part: string | number): Shape | undefined {
  const inner = unwrap(shape, value);
  if (inner.type === "union" || inner.type === "variant") {
    const member = chooseMember(inner, value);
    return member && below(member, value, part);
  }
  if (typeof part === "number") return inner.item;
  if (inner.type === "record") return inner.value;
  return inner.entries && Object.hasOwn(inner.entries, part) ? inner.entries[part] : undefined;
}
