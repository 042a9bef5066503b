/** A page, cut where others can be put in. The three parts make the page again. */
interface Page {
  /** Up to and with `<body>`. */
  readonly head: string;
  readonly body: string;
  /** From `</body>` on. */
  readonly tail: string;
}

/**
 * One page with the bodies of all pages in it; what has no `html` or `body` around it gets them.
 *
 * HTML is not parsed, only cut: what browsers make of it is theirs, as it was before.
 */
export function joinHtml(texts: readonly string[]): string {
  const [first, ...others] = texts.map(cut);
  if (!first) return "";
  return first.head + first.body + others.map(({ body }) => body).join("") + first.tail;
}

/** Cuts a page, or the piece of one, in a single pass over it. */
function cut(text: string): Page {
  const page = text.trim();
  let html: Tag | undefined;
  let head: Tag | undefined;
  let body: Tag | undefined;
  let close: Tag | undefined;
  for (const tag of tags(page)) {
    if (tag.name === "html") html ??= tag;
    else if (tag.name === "/head") head ??= tag;
    else if (tag.name === "body") body ??= tag;
    else if (tag.name === "/body" || (tag.name === "/html" && close?.name !== "/body")) close = tag;
  }
  if (body) {
    const end = close && close.start >= body.end ? close.start : page.length;
    const tail = close?.name === "/body" ? page.slice(end) : "</body></html>";
    const [open, shut] = html
      ? ["", tail]
      : ["<html>", tail.includes("</html") ? tail : `${tail}</html>`];
    return { head: open + page.slice(0, body.end), body: page.slice(body.end, end), tail: shut };
  }
  // No body: what stands behind the head, or between the tags of the document, is one.
  const from = head?.end ?? html?.end ?? 0;
  const end = close && close.start >= from ? close.start : page.length;
  const front = html ? page.slice(0, from) : `<html>${page.slice(0, from)}`;
  return { head: `${front}<body>`, body: page.slice(from, end), tail: "</body></html>" };
}

/** A tag that structures a page, with the place behind its `<` and behind its `>`. */
interface Tag {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const STRUCTURE = new Set(["html", "/html", "/head", "body", "/body"]);
/** Elements whose content is no markup. */
const RAW = new Set(["script", "style", "textarea", "title"]);

/** The structuring tags of a page in order; those in comments and scripts are none. */
function* tags(page: string): Generator<Tag> {
  const lower = page.toLowerCase();
  const unclosed = new Set<string>();
  let at = lower.indexOf("<");
  while (at >= 0) {
    if (lower.startsWith("<!--", at)) {
      const end = lower.indexOf("-->", at + 4);
      if (end < 0) return;
      at = lower.indexOf("<", end + 3);
      continue;
    }
    const end = lower.indexOf(">", at);
    if (end < 0) return;
    const name = /^\/?[a-z]{1,16}(?=[\s/>])/.exec(lower.slice(at + 1, at + 20))?.[0] ?? "";
    if (STRUCTURE.has(name)) yield { name, start: at, end: end + 1 };
    let next = -1;
    if (RAW.has(name) && !unclosed.has(name)) {
      next = lower.indexOf(`</${name}`, end);
      // Looked for once only: a page of nothing but `<title>` must not take the square of its length.
      if (next < 0) unclosed.add(name);
    }
    at = next < 0 ? lower.indexOf("<", at + 1) : next;
  }
}
