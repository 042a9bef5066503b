/** A number as it was written: identifiers beyond 2^53 must survive. */
class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Json = null | boolean | number | string | Written | Json[] | { [key: string]: Json };

/** Deepest nesting that is joined: more is an attack, not a description of features. */
const MAX_DEPTH = 200;

/**
 * Joins JSON documents: objects member by member, lists one behind the other; of other values the
 * last one counts. Documents that say nothing, or are no JSON, are left out.
 *
 * Written with blanks behind `,` and `:` and in ASCII, as clients of the reference know it.
 */
export function joinJson(texts: readonly string[]): string {
  let joined: Json = {};
  for (const text of texts) {
    const value = parse(text);
    if (value === undefined || isEmpty(value)) continue;
    joined = isEmpty(joined) ? value : merge(joined, value);
  }
  return write(joined);
}

/** `undefined` for what is no JSON: a source that lies about its type. */
function parse(text: string): Json | undefined {
  if (depth(text) > MAX_DEPTH) return undefined;
  try {
    return JSON.parse(text, keepNumber as (key: string, value: unknown) => unknown) as Json;
  } catch {
    return undefined;
  }
}

/** Where the runtime tells how a number was written and it cannot be kept as a number, the text is. */
function keepNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return String(value) === context.source ? value : new Written(context.source);
}

/** Largest number of brackets open at once, strings not counted. */
function depth(text: string): number {
  let open = 0;
  let most = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (char === "[" || char === "{") most = Math.max(most, ++open);
    else if (char === "]" || char === "}") open--;
  }
  return most;
}

function isEmpty(value: Json): boolean {
  if (value instanceof Written) return Number(value.text) === 0;
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}

function merge(a: Json, b: Json): Json {
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isObject(a) || !isObject(b)) return b;
  const members = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const before = members.get(key);
    members.set(key, before === undefined ? value : merge(before, value));
  }
  return Object.fromEntries(members);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Written)
  );
}

function write(value: Json): string {
  if (value instanceof Written) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, v]) => `${quote(key)}: ${write(v)}`);
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
