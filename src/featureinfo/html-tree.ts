import type { Element } from "../core/xml-tree.ts";

/** Elements below each other from which on a page is flattened. */
const DEEPEST = 200;
/** Elements of a page that is still read. */
const MOST_ELEMENTS = 200_000;

const VOID = new Set("area base br col embed hr img input link meta source track wbr".split(" "));
/** Elements without markup in them; those that are true have entities. */
const RAW = new Map([
  ["script", false],
  ["style", false],
  ["textarea", true],
  ["title", true],
]);
const IN_HEAD = new Set(["base", "link", "meta", "script", "style", "title"]);
const HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"];
const BLOCKS = "address article blockquote div dl fieldset form hr ol p pre section table ul".split(
  " ",
);
/** What an element that begins ends, unless one of `WALLS` stands between (HTML, 13.1.2.4). */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(BLOCKS.map((name) => [name, ["p"]])),
  // libxml2, which the reference reads with, ends headings by these too
  ...Object.fromEntries([...HEADINGS, "p"].map((name) => [name, ["p", ...HEADINGS]])),
  li: ["li", "p"],
  dt: ["dt", "dd", "p"],
  dd: ["dt", "dd", "p"],
  option: ["option"],
  tr: ["tr", "td", "th", "p"],
  td: ["td", "th", "p"],
  th: ["td", "th", "p"],
  thead: ["tr", "td", "th", "p"],
  tbody: ["thead", "tbody", "tr", "td", "th", "p"],
  tfoot: ["tbody", "tr", "td", "th", "p"],
};
const WALLS = new Set(["body", "table", "ul", "ol", "dl", "div", "select"]);
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  nbsp: "\u00a0",
  quot: '"',
};

/**
 * Reads HTML as it is found: end tags may be missing, `html`, `head` and `body` too. Names are in lower case and
 * have no namespace, so that a stylesheet finds `/html/body/p`.
 *
 * @returns `undefined` if the page is too large
 */
export function readHtml(text: string): Element | undefined {
  const body: Element = { name: "body", attributes: {}, children: [] };
  const head: Element = { name: "head", attributes: {}, children: [] };
  const html: Element = { name: "html", attributes: {}, children: [body] };
  const open: Element[] = [body];
  let elements = 0;
  for (const token of tokens(text)) {
    if (typeof token === "string") {
      const top = open.at(-1)!;
      if (top !== body || body.children.length > 0 || token.trim() !== "") top.children.push(token);
      continue;
    }
    if (++elements > MOST_ELEMENTS) return undefined;
    const { name, attributes, content } = token;
    if (name === "html" || name === "head" || name === "body") {
      if (name === "body") Object.assign(body.attributes, attributes);
    } else if (token.ends) end(open, name);
    else {
      const element: Element = { name, attributes, children: content ? [content] : [] };
      if (IN_HEAD.has(name) && body.children.length === 0) head.children.push(element);
      else begin(open, element);
    }
  }
  if (head.children.length > 0) html.children.unshift(head);
  return html;
}

function begin(open: Element[], element: Element): void {
  const ended = Object.hasOwn(ENDS, element.name) ? ENDS[element.name]! : [];
  for (let i = open.length - 1; i > 0 && ended.length > 0; i--) {
    const { name } = open[i]!;
    if (ended.includes(name)) open.length = i;
    else if (WALLS.has(name)) break;
  }
  open.at(-1)!.children.push(element);
  if (!VOID.has(element.name) && !RAW.has(element.name) && open.length < DEEPEST) {
    open.push(element);
  }
}

/** An end tag without beginning is nothing. */
function end(open: Element[], name: string): void {
  const at = open.findLastIndex((element) => element.name === name);
  if (at > 0) open.length = at;
}

interface Tag {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly ends: boolean;
  /** Of an element that holds no markup. */
  readonly content: string;
}

const TAG_NAME = /^\/?([a-zA-Z][a-zA-Z0-9]{0,30})(?=[\s/>])/;
const ATTRIBUTE = /([a-zA-Z_][\w-]{0,60})(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

/** Texts, decoded, and tags; comments, declarations and what cannot be read as a tag are left out. */
function* tokens(text: string): Generator<string | Tag> {
  let at = 0;
  while (at < text.length) {
    const begin = text.indexOf("<", at);
    if (begin !== at) {
      const stop = begin < 0 ? text.length : begin;
      yield decode(text.slice(at, stop));
      at = stop;
      continue;
    }
    const isComment = text.startsWith("<!--", at);
    const stop = isComment ? text.indexOf("-->", at + 4) + 2 : text.indexOf(">", at);
    if (stop < at + 1) return;
    const inner = text.slice(at + 1, stop + 1);
    at = stop + 1;
    const name = isComment ? undefined : TAG_NAME.exec(inner)?.[1]?.toLowerCase();
    if (name === undefined) continue;
    const ends = inner.startsWith("/");
    let content = "";
    if (!ends && RAW.has(name)) {
      // Case of raw end tags is not looked at: upper case ends with the page.
      const close = text.indexOf(`</${name}`, at);
      const raw = text.slice(at, close < 0 ? text.length : close);
      content = RAW.get(name) ? decode(raw) : raw;
      at = close < 0 ? text.length : close;
    }
    yield { name, attributes: ends ? {} : attributesOf(inner.slice(name.length)), ends, content };
  }
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (const [, name = "", double, single, bare] of text.matchAll(ATTRIBUTE)) {
    if (name.toLowerCase() === "xmlns") continue;
    attributes[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? "");
  }
  return attributes;
}

function decode(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 31 && code < 0xd800 ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}
