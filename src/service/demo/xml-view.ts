import { type XmlValue, xml } from "../../core/xml.ts";

/** Characters up to which tags are told apart by color: each takes an element of the page. */
const LONGEST_COLORED = 400_000;

/** Spaces for each level. */
const INDENT = "  ";
/** Levels beyond which lines go no further in: a page grows with its document, not with its square. */
const DEEPEST = 30;

/** A tag, a comment or an instruction; the text between is what is left. */
const TAG = /(<[^<>]*>)/;

/**
 * A document for people: each line as far in as its element is deep, tags in a color of their own. Nothing but
 * white space at the begin of lines differs from the document; lines are broken where it breaks them.
 *
 * What is no XML is shown as it is.
 */
export function xmlView(document: string): XmlValue {
  if (!document.startsWith("<")) return document;
  const text = indented(document);
  if (text.length > LONGEST_COLORED) return text;
  return text
    .split(TAG)
    .map((part) => (part.startsWith("<") ? xml`<span class="tag">${part}</span>` : part));
}

function indented(document: string): string {
  let depth = 0;
  const lines: string[] = [];
  for (const line of document.split("\n")) {
    const text = line.trim();
    if (text === "") continue;
    const closedFirst = /^(?:<\/[^<>]*>)*/.exec(text)![0].split("</").length - 1; // matches always
    const level = Math.min(DEEPEST, Math.max(0, depth - closedFirst));
    lines.push(INDENT.repeat(level) + text);
    depth = Math.max(0, depth + deeper(text));
  }
  return lines.join("\n");
}

/** How many more elements a line opens than it closes. */
function deeper(line: string): number {
  let sum = 0;
  for (const [tag] of line.matchAll(/<[^<>]*>/g)) {
    if (/^<[!?]/.test(tag) || tag.endsWith("/>")) continue;
    sum += tag.startsWith("</") ? -1 : 1;
  }
  return sum;
}
