import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, parseDocument } from "yaml";
import { emptyMap, lineAt, type Mark, type Marks, type Plain, type TextFile } from "./plain.ts";
import { MAX_DEPTH, reserved, SyntaxFault } from "./syntax.ts";
import { indentContinued } from "./yaml-indent.ts";
import { boolean, numeric, plainScalar } from "./yaml-scalar.ts";
import { parseSimpleYaml } from "./yaml-simple.ts";

/** Values in one file after aliases were copied out; far above any real file, far below a bomb. */
export const MAX_VALUES = 500_000;

const COMMA = 44;
const NEWLINE = 10;

/**
 * Reads a document by the rules of YAML 1.1 (see {@linkcode plainScalar}).
 *
 * Aliases are copied, not shared. Of equal keys the last one wins. Keys are text as written: `404:`
 * is "404". Tags are limited to the scalar types, `!!seq` and `!!map`.
 *
 * @throws SyntaxFault
 */
export function parseYaml(file: TextFile, marks: Marks): Plain {
  return parseSimpleYaml(file, marks) ?? parseFullYaml(file, marks);
}

/** All of YAML; slow, but with a word about every mistake. Few files need it: whoever starts up loads this module when one does. */
export function parseFullYaml(file: TextFile, marks: Marks): Plain {
  expectFewValues(file.text);
  const document = parse(file.text);
  const first = firstError(document);
  if (!first) return new Walk(file, marks).document(document.contents as ParsedNode | null);
  const repaired = indentContinued(file.text);
  if (repaired !== undefined) {
    const again = parse(repaired);
    if (!firstError(again)) return parseRepaired(file, { repaired, document: again, marks });
  }
  const message =
    first.code === "RESOURCE_EXHAUSTION" ? "nested too deeply" : firstLine(first.message);
  throw new SyntaxFault(`Cannot read YAML: ${message}`, first.pos[0]);
}

/** The parser takes longer than the text is worth before anything can be counted that it made. */
function expectFewValues(text: string): void {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code === COMMA || code === NEWLINE) && ++count > MAX_VALUES) {
      throw new SyntaxFault(`Cannot read YAML: more than ${MAX_VALUES} lines and values`, at);
    }
  }
}

/** The first mistake that matters. */
function firstError({ errors }: ReturnType<typeof parseDocument>) {
  // other readers need no space before the "#" behind a bracket or a quote
  return errors.find(({ message }) => !message.startsWith("Comments must be separated"));
}

/** Marks lie in the repaired text, whose lines are those of the file. */
function parseRepaired(
  file: TextFile,
  o: { repaired: string; document: ReturnType<typeof parseDocument>; marks: Marks },
): Plain {
  const text = { path: file.path, text: o.repaired };
  try {
    return new Walk(text, o.marks).document(o.document.contents as ParsedNode | null);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    const line = lineAt(o.repaired, error.offset);
    throw new SyntaxFault(error.message, lineStart(file.text, line));
  }
}

/** Offset of the first character of a line, which counts from 1. */
function lineStart(text: string, line: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) at = text.indexOf("\n", at) + 1;
  return at;
}

function parse(text: string): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(text, {
      schema: "failsafe", // all words stay text: their meaning is ours
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "error", // "silent" would pass over further documents
    });
  } catch (error) {
    if (error instanceof RangeError)
      throw new SyntaxFault("Cannot read YAML: nested too deeply", 0);
    throw error;
  }
}

function firstLine(message: string): string {
  return message.split("\n")[0]!; // split() gives at least one part
}

/** One pass over the nodes of a document. */
class Walk {
  readonly #file: TextFile;
  readonly #marks: Marks;
  readonly #anchors = new Map<string, Node>();
  /** What each alias stood for when it was first met: an anchor may be defined anew further down. */
  readonly #targets = new Map<Node, Node>();
  readonly #open = new Set<Node>();
  #copying = 0;
  #values = 0;

  constructor(file: TextFile, marks: Marks) {
    this.#file = file;
    this.#marks = marks;
  }

  document(node: ParsedNode | null): Plain {
    return this.#value(node, 0);
  }

  #value(node: Node | null | undefined, depth: number): Plain {
    if (!node) return null;
    const at = node.range?.[0] ?? 0;
    if (++this.#values > MAX_VALUES) {
      throw new SyntaxFault(`Cannot read YAML: more than ${MAX_VALUES} values after aliases`, at);
    }
    if (depth > MAX_DEPTH) {
      throw new SyntaxFault(`Cannot read YAML: nested deeper than ${MAX_DEPTH} levels`, at);
    }
    if (isAlias(node)) return this.#copy(node, depth);
    if ("anchor" in node && node.anchor && this.#copying === 0) {
      this.#anchors.set(node.anchor, node);
    }
    if (isScalar(node)) return this.#scalar(node, at);
    this.#open.add(node);
    const value = this.#collection(node, depth, at);
    this.#open.delete(node);
    return value;
  }

  /** The value an alias stands for, made anew. */
  #copy(alias: Node & { source: string }, depth: number): Plain {
    const at = alias.range?.[0] ?? 0;
    const target = this.#target(alias);
    if (!target) throw new SyntaxFault(`Cannot read YAML: undefined alias "*${alias.source}"`, at);
    if (this.#open.has(target)) {
      throw new SyntaxFault(`Cannot read YAML: alias "*${alias.source}" contains itself`, at);
    }
    this.#copying++;
    const value = this.#value(target, depth);
    this.#copying--;
    return value;
  }

  #target(alias: Node & { source: string }): Node | undefined {
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source);
    if (target) this.#targets.set(alias, target);
    return target;
  }

  #collection(node: Node, depth: number, at: number): Plain {
    if (isSeq(node)) {
      this.#expectTag(node.tag, "seq", at);
      const list: Plain[] = [];
      const marks = new Map<string | number, Mark>();
      this.#marks.set(list, marks);
      for (const item of node.items as (Node | null)[]) {
        marks.set(list.length, this.#mark(item?.range?.[0] ?? at));
        list.push(this.#value(item, depth + 1));
      }
      return list;
    }
    if (!isMap(node)) throw new SyntaxFault("Cannot read YAML: unknown kind of value", at);
    this.#expectTag(node.tag, "map", at);
    const map = emptyMap();
    const marks = new Map<string | number, Mark>();
    this.#marks.set(map, marks);
    // merged keys come first and give way to the mapping's own
    for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
      if (isMergeKey(key)) this.#merge(map, value, depth);
    }
    for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
      if (isMergeKey(key)) continue;
      const keyAt = key?.range?.[0] ?? at;
      const name = this.#key(key, keyAt);
      map[name] = this.#value(value, depth + 1);
      marks.set(name, this.#mark(keyAt));
    }
    return map;
  }

  /** `<<: *a` and `<<: [*a, *b]`; earlier mappings win. */
  #merge(into: Record<string, Plain>, node: Node | null, depth: number): void {
    const at = node?.range?.[0] ?? 0;
    const value = this.#value(node, depth + 1);
    const maps = Array.isArray(value) ? value.toReversed() : [value];
    for (const map of maps) {
      if (typeof map !== "object" || map === null || Array.isArray(map)) {
        throw new SyntaxFault("Cannot read YAML: << takes a mapping or a list of mappings", at);
      }
      const marks = this.#marks.get(map);
      for (const key in map) {
        into[key] = map[key]!; // own key
        const mark = marks?.get(key);
        if (mark) this.#marks.get(into)?.set(key, mark);
      }
    }
  }

  #key(node: Node | null, at: number): string {
    const target = node && isAlias(node) ? this.#target(node) : node;
    if (!target) return "";
    if (!isScalar(target)) throw new SyntaxFault("Cannot read YAML: a key must be a word", at);
    if (target.anchor && this.#copying === 0) this.#anchors.set(target.anchor, target);
    return reserved(String(target.value ?? ""), at);
  }

  #scalar(node: Node & { value: unknown; type?: unknown; tag?: string | undefined }, at: number) {
    const text = String(node.value ?? "");
    if (node.tag === undefined) return node.type === "PLAIN" ? plainScalar(text) : text;
    return tagged(node.tag, text, at);
  }

  #expectTag(tag: string | undefined, type: "seq" | "map", at: number): void {
    if (tag !== undefined && tag !== `tag:yaml.org,2002:${type}`) throw unknownTag(tag, at);
  }

  #mark(offset: number): Mark {
    return { file: this.#file, offset };
  }
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** Value of a scalar with an explicit type. */
function tagged(tag: string, text: string, at: number): Plain {
  const type = tag.replace("tag:yaml.org,2002:", "");
  switch (type) {
    case "!":
    case "str":
    case "timestamp":
      return text;
    case "null":
      return null;
    case "int":
    case "float": {
      const value = numeric(text) ?? Number(text);
      if (Number.isNaN(value) && !/nan/i.test(text)) break;
      return value;
    }
    case "bool": {
      const value = boolean(text);
      if (value !== undefined) return value;
      break;
    }
    default:
      throw unknownTag(tag, at);
  }
  throw new SyntaxFault(`Cannot read YAML: "${text}" is no ${type}`, at);
}

function unknownTag(tag: string, at: number): SyntaxFault {
  return new SyntaxFault(`Cannot read YAML: tags such as "${tag}" are not supported`, at);
}
