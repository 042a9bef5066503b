import { SaxesParser } from "saxes";

/** An element with all it holds; strings are text. */
export interface Element {
  /** With its prefix, as written. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Element | string)[];
}

/** Deepest nesting and most nodes of a document: more is an attack. */
const MAX_DEPTH = 200;
const MAX_NODES = 200_000;

/** Characters that are parsed before looking whether to go on. */
const CHUNK = 65536;

/** The text is no XML that can be used. */
export class XmlFault extends Error {}

/**
 * Reads an XML document; comments and instructions are dropped.
 *
 * @param options `doctype`: whether a document type may be declared (WMS 1.1.1 does); what it
 *   declares is not looked at, and no entity of it is expanded
 * @throws XmlFault if it is not well-formed, declares a document type though it may not, or is too
 *   deep or too large
 */
export function readXml(text: string, options: { readonly doctype?: boolean } = {}): Element {
  const parser = new SaxesParser();
  const open: Element[] = [];
  let root: Element | undefined;
  let nodes = 0;
  const fail = (reason: string): never => {
    throw new XmlFault(reason);
  };
  parser.on("error", (error) => fail(error.message));
  parser.on("doctype", () => {
    if (!options.doctype) fail("document types are not allowed");
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (++nodes > MAX_NODES) fail(`more than ${MAX_NODES} elements`);
    if (open.length >= MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH} levels`);
    const copied = { ...attributes } as Record<string, string>;
    const element: Element = { name, attributes: copied, children: [] };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  const addText = (part: string) => void open.at(-1)?.children.push(part);
  parser.on("text", addText);
  parser.on("cdata", addText);
  for (let at = 0; at < text.length; at += CHUNK) parser.write(text.slice(at, at + CHUNK));
  parser.close();
  return root ?? fail("no element found");
}

/** Text of a document in the encoding that it declares; UTF-8 where it declares none. */
export function decodeXml(bytes: Uint8Array): string {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  const [, declared = "utf-8"] = /^<\?xml[^>]*\sencoding=["']([\w.:-]+)["']/.exec(head) ?? [];
  try {
    return new TextDecoder(declared).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes); // RangeError: an encoding that nobody knows
  }
}

/** Name without prefix. */
export function localName({ name }: Element): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Child elements of a local name, in order. */
export function childElements(element: Element, name: string): Element[] {
  return element.children.filter(
    (child): child is Element => typeof child !== "string" && localName(child) === name,
  );
}

/** The first element at a path of local names. */
export function descend(element: Element, ...path: readonly string[]): Element | undefined {
  let at: Element | undefined = element;
  for (const name of path) at = at && childElements(at, name)[0];
  return at;
}

/** Own text of an element; `undefined` if there is none. */
export function textOf(element: Element | undefined): string | undefined {
  const text = element?.children.filter((child) => typeof child === "string").join("");
  return text === "" ? undefined : text;
}
