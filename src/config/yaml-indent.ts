import { Lexer } from "yaml";

/** Characters that may be gone through in all: each repair begins anew. A file of 100 kB gets a hundred. */
const BUDGET = 10_000_000;

/** What the lexer says where a flow collection ends without its bracket. */
const CUT_OFF = "\x18";

/**
 * The text with the lines of flow collections and quoted strings moved to the right where they need it.
 *
 * YAML wants these lines further right than the key before them, and the parser ends the value where one is
 * not. Other readers let them stand anywhere, so files in use have them:
 *
 *     srs: ['EPSG:4326',
 *     'EPSG:3857']
 *
 * Only spaces at the start of lines are added, which are no part of either kind of value.
 *
 * @returns `undefined` if nothing needs it, a value has no end, or there are too many
 */
export function indentContinued(text: string): string | undefined {
  let repaired = text;
  for (let left = BUDGET; left > repaired.length; left -= repaired.length) {
    const start = findCutOff(repaired);
    if (start === undefined) return repaired === text ? undefined : repaired;
    const end = endOfValue(repaired, start);
    if (end === undefined) return undefined;
    const column = start - (repaired.lastIndexOf("\n", start) + 1);
    const value = repaired.slice(start, end).replaceAll("\n", `\n${" ".repeat(column + 1)}`);
    if (value.length === end - start) return undefined; // on one line: something else is wrong
    repaired = repaired.slice(0, start) + value + repaired.slice(end);
  }
  return undefined;
}

/** Where the first flow collection or quoted string begins that the lexer ends too early. */
function findCutOff(text: string): number | undefined {
  let at = 0;
  let depth = 0;
  let start = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === CUT_OFF) return start;
    if (token === "\x02" || token === "\x1f") continue; // begins a document, a scalar: no text
    if (token === "[" || token === "{") {
      if (depth++ === 0) start = at;
    } else if (token === "]" || token === "}") depth--;
    else if (isQuote(token[0]) && quotedLength(text, at) > token.length) return at;
    at += token.length;
  }
  return undefined;
}

function isQuote(char: string | undefined): boolean {
  return char === '"' || char === "'";
}

/** Offset behind the flow collection or string that begins at `start`; `undefined` if it has no end. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const char = text[at]!; // below the end
    const before = text[at - 1] ?? "\n";
    if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    // within a word a quote is a letter, and a hash too
    if (isQuote(char) && /[\s,[\]{}:]/.test(before)) at += quotedLength(text, at) || 1;
    else if (char === "#" && /\s/.test(before)) {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end;
    } else at++;
    if (depth === 0) return at;
  }
  return undefined;
}

/** Length of the string that begins at `start`, with its quotes; 0 if it has no end. */
function quotedLength(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === quote) {
      if (quote === "'" && text[at + 1] === "'") at++;
      else return at + 1 - start;
    }
  }
  return 0;
}
