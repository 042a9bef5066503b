import { type Markup, xml } from "../../core/xml.ts";
import { href } from "../demo/page.ts";
import { findCollection } from "./collections.ts";
import type { Document } from "./document.ts";
import { linkList } from "./html.ts";
import { type Link, mapLinks, segment, selfLinks } from "./links.ts";
import { apiError } from "./params.ts";
import type { DocumentContext } from "./state.ts";

/** The one style that a layer has: a proxy draws as its sources do. */
const DEFAULT_STYLE = "default";

/** @throws RequestError `Not Found` for another style */
export function checkStyle(style: string): void {
  if (style !== DEFAULT_STYLE) throw apiError("Not Found", "Style not found");
}

/**
 * `/collections/{id}/styles` (OGC 20-009, 7.3).
 *
 * @throws RequestError `Not Found` if there is no such collection
 */
export function stylesDocument(id: string, context: DocumentContext): Document {
  const { title } = findCollection(id, context);
  const { root, format } = context;
  const collection = `${root}/collections/${segment(id)}`;
  const url = `${collection}/styles`;
  const links = selfLinks(url, format);
  return {
    title: `Styles of ${title}`,
    crumbs: crumbs(id, context),
    json: {
      default: DEFAULT_STYLE,
      styles: [{ id: DEFAULT_STYLE, title: "Default", links: styleLinks(id, title, context) }],
      links,
    },
    links,
    body: xml`<ul><li>${pageLink(`${url}/${DEFAULT_STYLE}`)}</li></ul>
`,
  };
}

/**
 * `/collections/{id}/styles/{styleId}`: where the map in a style is (OGC 20-058, 15).
 *
 * @throws RequestError `Not Found` if there is no such collection or style
 */
export function styleDocument(id: string, style: string, context: DocumentContext): Document {
  const { title } = findCollection(id, context);
  checkStyle(style);
  const links = styleLinks(id, title, context);
  const url = `${context.root}/collections/${segment(id)}/styles/${DEFAULT_STYLE}`;
  return {
    title: `Default style of ${title}`,
    crumbs: [...crumbs(id, context), { title: DEFAULT_STYLE, url }],
    json: { id: DEFAULT_STYLE, title: "Default", links },
    links,
    body: linkList(links.slice(2)),
  };
}

function styleLinks(
  id: string,
  title: string,
  { root, format, settings }: DocumentContext,
): Link[] {
  const url = `${root}/collections/${segment(id)}/styles/${DEFAULT_STYLE}`;
  return [
    ...selfLinks(url, format),
    ...mapLinks(`Map of ${title}`, `${url}/map`, settings.formats.keys()),
  ];
}

function pageLink(url: string): Markup {
  return xml`<a href="${href(`${url}?f=html`)}">${DEFAULT_STYLE}</a>`;
}

function crumbs(id: string, { root }: DocumentContext) {
  const url = `${root}/collections/${segment(id)}`;
  return [
    { title: "Home", url: root },
    { title: "Collections", url: `${root}/collections` },
    { title: id, url },
    { title: "Styles", url: `${url}/styles` },
  ];
}
