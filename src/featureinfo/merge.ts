import type { InfoDocument } from "../model/source.ts";
import { joinHtml } from "./html.ts";
import { joinJson } from "./json.ts";
import { joinXml } from "./tree.ts";

const XML_TYPES = new Set([
  "text/xml",
  "application/xml",
  "application/gml+xml",
  "application/vnd.ogc.gml",
]);

/** How documents of a MIME type are joined; its parameters do not count. */
export function documentType(mime: string): InfoDocument["type"] {
  const type = (mime.split(";", 1)[0] ?? "").trim().toLowerCase();
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
