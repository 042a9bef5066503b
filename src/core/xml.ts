import { escapeXml } from "./text.ts";

/** Text that is XML already; `xml` inserts it as it is. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** What may stand between `${` and `}` of an {@linkcode xml} template. */
export type XmlValue = string | number | Markup | undefined | null | false | readonly XmlValue[];

/**
 * Tagged template that escapes: strings and numbers become text, nested `xml` stays markup, lists
 * are joined, and `undefined`, `null` and `false` vanish.
 *
 * @example xml`<Title>${"A & B"}</Title>`.text // "<Title>A &amp; B</Title>"
 */
export function xml(strings: TemplateStringsArray, ...values: XmlValue[]): Markup {
  let text = strings[0] as string;
  for (let i = 0; i < values.length; i++) text += render(values[i]) + strings[i + 1];
  return new Markup(text);
}

/** Marks trusted text as XML. */
export function markup(text: string): Markup {
  return new Markup(text);
}

function render(value: XmlValue): string {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escapeXml(value);
  if (typeof value === "number") return String(value);
  return value.map(render).join("");
}
