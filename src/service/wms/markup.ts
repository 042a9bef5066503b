/** Pieces of XML that the capabilities of all versions are made of. */
import { escapeXml } from "../../core/text.ts";
import { type Markup, markup, xml } from "../../core/xml.ts";
import type { Dimension } from "../../model/layer.ts";
import type { InfoDocument } from "../../model/source.ts";
import type { WmsVersion } from "./version.ts";

/** What XML cannot hold, and what must be escaped in it; references that every parser knows stay. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)|[<>"'\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * A configured text. Titles that were written escaped, for servers that do not escape, stay as they
 * are: `A & B` and `A &amp; B` both read `A & B`.
 */
export function configured(text: unknown): Markup {
  if (text === undefined || text === null) return markup("");
  return markup(
    String(text).replace(UNSAFE, (char) => (char < " " || char > "\ufff0" ? "" : escapeXml(char))),
  );
}

/** `<Name>text</Name>` of a configured text; an empty element if there is none. */
export function element(name: string, text: unknown): Markup {
  const content = configured(text).text;
  return markup(content === "" ? `<${name}/>\n` : `<${name}>${content}</${name}>\n`);
}

/** The same, or nothing if there is no text. */
export function optional(name: string, text: unknown): Markup | undefined {
  return text === undefined || text === null || text === "" ? undefined : element(name, text);
}

/** ` name="value"` of a configured value, or nothing. */
export function attribute(name: string, value: unknown): Markup | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return markup(` ${name}="${configured(value).text}"`);
}

/** `<OnlineResource>` with a link; `xlink` must be declared around it, or by `isDeclared: false`. */
export function onlineResource(
  url: string | Markup,
  { isDeclared }: { isDeclared: boolean },
): Markup {
  const namespace = isDeclared ? undefined : markup(' xmlns:xlink="http://www.w3.org/1999/xlink"');
  return xml`<OnlineResource${namespace} xlink:type="simple" xlink:href="${url}"/>
`;
}

/** MIME type under which a kind of feature information is offered. */
export function infoMime(type: InfoDocument["type"], version: WmsVersion): string {
  switch (type) {
    case "text":
      return "text/plain";
    case "html":
      return "text/html";
    case "json":
      return "application/json";
    case "xml":
      return version === "1.3.0" ? "text/xml" : "application/vnd.ogc.gml";
  }
}

/**
 * The dimensions of a layer with their values; units are known for time only.
 *
 * Before 1.3.0 the DTD wants the values in an `<Extent>` (01-068r3, C.3), where clients of the reference do
 * not look: only `strictOgc` writes it.
 */
export function dimensions(
  declared: readonly Dimension[],
  { version, strictOgc }: { version: WmsVersion; strictOgc: boolean },
): readonly Markup[] {
  if (!strictOgc || version === "1.3.0") return declared.map((each) => dimension(each, version));
  if (version === "1.0.0") return []; // it knows none
  const nearest = version === "1.1.1" && xml` nearestValue="0"`;
  return [
    ...declared.map(({ name }) => {
      const lower = name.toLowerCase();
      return xml`<Dimension name="${configured(lower)}" units="${unitsOf(lower) ?? ""}"/>
`;
    }),
    ...declared.map(
      ({ name, values, default: preset }) =>
        xml`<Extent name="${configured(name.toLowerCase())}" default="${configured(preset)}"${nearest}>${configured(values.join(","))}</Extent>
`,
    ),
  ];
}

function dimension({ name, values, default: preset }: Dimension, version: WmsVersion): Markup {
  const lower = name.toLowerCase();
  // The schema of 1.3.0 wants units, empty where there are none (06-042, C.2).
  const units = unitsOf(lower) ?? (version === "1.3.0" ? "" : undefined);
  const unit = units === undefined ? undefined : xml` units="${units}"`;
  return xml`<Dimension name="${configured(lower)}"${unit} default="${configured(preset)}" nearestValue="0">${configured(values.join(","))}</Dimension>
`;
}

function unitsOf(name: string): string | undefined {
  return name.includes("time") ? "ISO8601" : undefined;
}

/** URL under which a layer's legend is advertised: a request of version 1.1.1 in every document. */
export function legendUrl(serviceUrl: string, layer: string): string {
  const name = encodeURIComponent(layer).replaceAll("%20", "+");
  return `${serviceUrl}?format=image%2Fpng&layer=${name}&sld_version=1.1.0&request=GetLegendGraphic&service=WMS&version=1.1.1&styles=`;
}
