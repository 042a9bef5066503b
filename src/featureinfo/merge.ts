import type { InfoDocument } from "../model/source.ts";
import { parseXml, writeXml } from "./tree.ts";

const XML_TYPES = new Set([
  "text/xml",
  "application/xml",
  "application/gml+xml",
  "application/vnd.ogc.gml",
]);

/** How documents of a MIME type are joined; its parameters do not count. */
export function documentType(mime: string): InfoDocument["type"] {
  const type = (mime.split(";")[0] ?? "").trim().toLowerCase();
  if (XML_TYPES.has(type)) return "xml";
  if (type === "text/html") return "html";
  return type === "application/json" ? "json" : "text";
}

/**
 * Joins what several sources say. Documents of one type become one document of it; different types
 * become plain text.
 */
export function mergeInfo(documents: readonly InfoDocument[]): {
  readonly document: InfoDocument;
  readonly isMixed: boolean;
} {
  const type = documents[0]?.type ?? "text";
  const isMixed = documents.some((document) => document.type !== type);
  const texts = documents.map(({ text }) => text);
  if (isMixed) return { document: { type: "text", text: joinText(texts) }, isMixed };
  return { document: { type, text: JOIN[type](texts) }, isMixed };
}

const JOIN: Record<InfoDocument["type"], (texts: readonly string[]) => string> = {
  text: joinText,
  xml: joinXml,
  html: joinHtml,
  json: joinJson,
};

function joinText(texts: readonly string[]): string {
  return texts.filter((text) => text.trim() !== "").join("\n");
}

/** What later documents hold goes into the root of the first; what cannot be read is left out. */
function joinXml(texts: readonly string[]): string {
  const [first, ...others] = texts.map(parseXml).filter((root) => root !== undefined);
  if (!first) return "";
  for (const other of others) {
    first.children.push(...other.children);
    // Prefixes of the children that move are declared on the root they leave.
    for (const [name, value] of Object.entries(other.attributes)) {
      if (/^xmlns(?::|$)/.test(name) && !(name in first.attributes)) {
        (first.attributes as Record<string, string>)[name] = value;
      }
    }
  }
  return writeXml(first);
}

/** One page with the bodies of all. */
function joinHtml(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  const whole = completeHtml(first);
  const bodies = others.map((text) => bodyOf(completeHtml(text))).join("");
  return whole.replace(/<\/body\s*>(?![\s\S]*<\/body)/i, () => `${bodies}</body>`);
}

/** The document with `html` and `body` around what it says. */
function completeHtml(text: string): string {
  const trimmed = text.trim();
  if (/<body[\s>]/i.test(trimmed) && /<\/body\s*>/i.test(trimmed)) return trimmed;
  const inner = trimmed.replace(/^<html[^>]*>|<\/html\s*>$/gi, "");
  return `<html><body>${inner}</body></html>`;
}

function bodyOf(html: string): string {
  const start = /<body(?:\s[^>]*)?>/i.exec(html);
  if (!start) return "";
  const from = start.index + start[0].length;
  const end = html.toLowerCase().lastIndexOf("</body");
  return html.slice(from, end < from ? undefined : end);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function joinJson(texts: readonly string[]): string {
  let merged: Json = {};
  for (const text of texts) {
    const value = parseJson(text);
    if (isEmpty(value)) continue;
    merged = isEmpty(merged) ? (value as Json) : mergeJson(merged, value as Json);
  }
  return writeJson(merged);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // a source that lies about its type: left out
  }
}

function isEmpty(value: Json | undefined): boolean {
  if (!value) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Lists are concatenated, objects merged, of other values the later one counts. */
function mergeJson(a: Json, b: Json): Json {
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isObject(a) || !isObject(b)) return b;
  const merged = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const before = merged.get(key);
    merged.set(key, before === undefined ? value : mergeJson(before, value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** With blanks behind `,` and `:` and everything but ASCII escaped, as clients know it. */
function writeJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(", ")}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, v]) => `${quote(key)}: ${writeJson(v)}`);
    return `{${members.join(", ")}}`;
  }
  return typeof value === "string" ? quote(value) : JSON.stringify(value);
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
