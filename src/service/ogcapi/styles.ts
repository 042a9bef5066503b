import { type Markup, xml } from "../../core/xml.ts";
import { href } from "../demo/page.ts";
import { findCollection } from "./collections.ts";
import type { Document } from "./document.ts";
import { type Crumb, linkList } from "./html.ts";
import { type Link, mapLinks, segment, selfLinks } from "./links.ts";
import { apiError } from "./params.ts";
import type { DocumentContext } from "./state.ts";

/** The one style that a layer has: a proxy draws as its sources do. */
const DEFAULT_STYLE = "default";

/** @throws RequestError `Not Found` for another style */
export function checkStyle(style: string): void {
  if (style !== DEFAULT_STYLE) throw apiError("Not Found", "Style not found");
}

/** What styles are of: a collection, or the whole. */
interface StyleScope {
  readonly title: string;
  /** Absolute. */
  readonly url: string;
  readonly crumbs: readonly Crumb[];
}

/**
 * `/collections/{id}/styles`, or `/styles` of the whole (OGC 20-009, 7.3).
 *
 * @param id `undefined`: of the whole
 * @throws RequestError `Not Found` if there is no such collection
 */
export function stylesDocument(id: string | undefined, context: DocumentContext): Document {
  const scope = scopeOf(id, context);
  const url = `${scope.url}/styles`;
  const links = selfLinks(url, context.format);
  return {
    title: `Styles of ${scope.title}`,
    crumbs: [...scope.crumbs, { title: "Styles", url }],
    json: {
      default: DEFAULT_STYLE,
      styles: [{ id: DEFAULT_STYLE, title: "Default", links: styleLinks(scope, context) }],
      links,
    },
    links,
    body: xml`<ul><li>${pageLink(`${url}/${DEFAULT_STYLE}`)}</li></ul>
`,
  };
}

/**
 * `/collections/{id}/styles/{styleId}`, or `/styles/{styleId}`: where the map in a style is (OGC 20-058, 15).
 *
 * @param id `undefined`: of the whole
 * @throws RequestError `Not Found` if there is no such collection or style
 */
export function styleDocument(
  id: string | undefined,
  style: string,
  context: DocumentContext,
): Document {
  const scope = scopeOf(id, context);
  checkStyle(style);
  const links = styleLinks(scope, context);
  const url = `${scope.url}/styles`;
  return {
    title: `Default style of ${scope.title}`,
    crumbs: [
      ...scope.crumbs,
      { title: "Styles", url },
      { title: DEFAULT_STYLE, url: `${url}/${DEFAULT_STYLE}` },
    ],
    json: { id: DEFAULT_STYLE, title: "Default", links },
    links,
    body: linkList(links.slice(2)),
  };
}

function scopeOf(id: string | undefined, context: DocumentContext): StyleScope {
  const { root } = context;
  const home = { title: "Home", url: root };
  if (id === undefined) return { title: "the whole", url: root, crumbs: [home] };
  const { title } = findCollection(id, context);
  const url = `${root}/collections/${segment(id)}`;
  const crumbs = [home, { title: "Collections", url: `${root}/collections` }, { title: id, url }];
  return { title, url, crumbs };
}

function styleLinks(scope: StyleScope, { format, settings }: DocumentContext): Link[] {
  const url = `${scope.url}/styles/${DEFAULT_STYLE}`;
  return [
    ...selfLinks(url, format),
    ...mapLinks(`Map of ${scope.title}`, `${url}/map`, settings.formats.keys()),
  ];
}

function pageLink(url: string): Markup {
  return xml`<a href="${href(`${url}?f=html`)}">${DEFAULT_STYLE}</a>`;
}
