import { SaxesParser } from "saxes";
import { escapeXml } from "../core/text.ts";

/**
 * Joins XML documents: what the roots of later ones hold goes into the root of the first. What
 * cannot be read is left out.
 */
export function joinXml(texts: readonly string[]): string {
  const [first, ...others] = texts.map(parseXml).filter((root) => root !== undefined);
  if (!first) return "";
  for (const other of others) {
    for (const child of other.children) first.children.push(rehomed(child, other, first));
  }
  return writeXml(first);
}

/** A child with what it needs of the namespaces that its old root declared and its new one does not. */
function rehomed(child: Element | string, from: Element, to: Element): Element | string {
  if (typeof child === "string") return child;
  const added: Record<string, string> = {};
  for (const [name, value] of Object.entries(from.attributes)) {
    if (isNamespace(name) && to.attributes[name] !== value) added[name] = value;
  }
  if (to.attributes.xmlns !== undefined && from.attributes.xmlns === undefined) {
    added.xmlns = "";
  }
  return { ...child, attributes: { ...added, ...child.attributes } };
}

function isNamespace(name: string): boolean {
  return name === "xmlns" || name.startsWith("xmlns:");
}

/** An element with all it holds; strings are text. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Element | string)[];
}

/** Deepest nesting and most nodes of a document: more is an attack, not a description of features. */
const MAX_DEPTH = 200;
const MAX_NODES = 200_000;

/**
 * Reads an XML document; comments and instructions are dropped.
 *
 * @returns `undefined` if it is not well-formed, declares a document type, or is too deep or too large
 */
export function parseXml(text: string): Element | undefined {
  const parser = new SaxesParser();
  const open: Element[] = [];
  let root: Element | undefined;
  let nodes = 0;
  let isBroken = false;
  parser.on("error", () => {
    isBroken = true;
  });
  // Entities come with a document type: nothing is ever expanded.
  parser.on("doctype", () => {
    isBroken = true;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: Element = {
      name,
      attributes: { ...attributes } as Record<string, string>,
      children: [],
    };
    if (++nodes > MAX_NODES || open.length >= MAX_DEPTH) isBroken = true;
    if (!isBroken) open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  const addText = (part: string) => void open.at(-1)?.children.push(part);
  parser.on("text", addText);
  parser.on("cdata", addText);
  for (let at = 0; at < text.length && !isBroken; at += CHUNK)
    parser.write(text.slice(at, at + CHUNK));
  if (!isBroken) parser.close();
  return isBroken ? undefined : root;
}

/** Characters that are parsed before looking whether to go on. */
const CHUNK = 65536;

/** The element as XML, without declaration. */
export function writeXml({ name, attributes, children }: Element): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) text += ` ${key}="${escapeXml(value)}"`;
  if (children.length === 0) return `${text}/>`;
  text += ">";
  for (const child of children)
    text += typeof child === "string" ? escapeText(child) : writeXml(child);
  return `${text}</${name}>`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
