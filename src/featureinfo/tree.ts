import { escapeXml } from "../core/text.ts";
import { type Element, readXml, XmlFault } from "../core/xml-tree.ts";

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

/**
 * Reads a document about features.
 *
 * @returns `undefined` if it is not well-formed, declares a document type, or is too deep or too large
 */
export function parseXml(text: string): Element | undefined {
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof XmlFault) return undefined;
    throw error;
  }
}

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
