import { VERSION } from "../../core/version.ts";
import { type Markup, type XmlValue, xml } from "../../core/xml.ts";
import { assetHash } from "../demo/assets.ts";
import { href, pictureOrigin } from "../demo/page.ts";
import type { Document } from "./document.ts";
import { HTML_TYPE, type Link, OPENAPI_TYPE } from "./links.ts";

/** A step of the way from the landing page to a page. */
export interface Crumb {
  readonly title: string;
  /** Absolute. */
  readonly url: string;
}

/** A map on a page: what the viewer of the demo is told (see `demo/client/main.js`). */
export type PageMap = Readonly<Record<string, unknown>>;

/** The page of a document. All that comes from outside is escaped by the template. */
export function htmlPage(
  document: Document,
  { root, background }: { readonly root: string; readonly background: string | undefined },
): string {
  const { title, links, map } = document;
  const self = links.find(({ rel }) => rel === "self")?.href;
  const json = links.find(({ rel }) => rel === "alternate")?.href;
  const scripts = [...(map ? ["proj4.min.js", "ol.js"] : []), ...(document.scripts ?? [])];
  const asset = (name: string) => href(`${root}/static/${name}?v=${assetHash(name)}`);
  return xml`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} – OGC API</title>
${self !== undefined && xml`  <link rel="canonical" href="${href(self)}">\n`}${links.map(linkElement)}  <link rel="icon" type="image/svg+xml" href="${asset("logo.svg")}">
  <link rel="stylesheet" href="${asset("site.css")}">
${scripts.map((name) => xml`  <script src="${asset(name)}" defer></script>\n`)}</head>
<body>
  <a class="skip" href="#content">Skip to content</a>
  <header>
    <div>
      <a class="home" href="${href(root)}"><img src="${asset("logo.svg")}" width="36" height="36" alt=""><span class="name">OGC API</span></a>
      <nav aria-label="Path">${breadcrumb(document.crumbs)}${json !== undefined && xml` <a href="${href(json)}" rel="alternate">JSON</a>`}</nav>
    </div>
  </header>
  <main id="content">
<h1>${title}</h1>
${map && mapElement(title, { ...map, background })}${document.body}
  </main>
  <footer>Rhumb ${VERSION}</footer>
</body>
</html>
`.text;
}

function linkElement({ rel, type, title, href: url, templated }: Link): XmlValue {
  // The page's own address is the canonical one; a template is no address.
  if (rel === "self" || templated) return undefined;
  return xml`  <link rel="${rel}" type="${type}" title="${title}" href="${href(url)}">\n`;
}

function breadcrumb(crumbs: readonly Crumb[]): Markup[] {
  return crumbs.map(({ title, url }, i) => {
    const isLast = i === crumbs.length - 1;
    const current = isLast && xml` aria-current="page"`;
    return xml`${i > 0 && " / "}<a href="${href(url)}"${current}>${title}</a>`;
  });
}

function mapElement(title: string, map: PageMap): Markup {
  return xml`<div id="map" tabindex="0" role="application" aria-label="Map: ${title}" data-preview="${JSON.stringify(map)}"><noscript>The map needs scripts.</noscript></div>
<p id="state" role="status"></p>
`;
}

/** Links of one resource in its several forms. */
interface Forms {
  readonly title: string;
  readonly links: Link[];
}

/** A list of links to follow: a line for each resource, with the forms that it has; pages come first. */
export function linkList(links: readonly Link[]): Markup {
  const lines = new Map<string, Forms>();
  const known = new Set<string>();
  for (const link of links) {
    if (link.templated || known.has(link.href)) continue;
    known.add(link.href);
    const title = link.title.replace(/ (?:as (?:JSON|HTML)|\([A-Z]+\))$/, "");
    const line = lines.get(title) ?? { title, links: [] };
    if (link.type === HTML_TYPE) line.links.unshift(link);
    else line.links.push(link);
    lines.set(title, line);
  }
  return xml`<ul class="links">
${[...lines.values()].map(({ title, links: forms }) => xml`<li><span>${title}</span>${forms.map(formLink)}</li>\n`)}</ul>
`;
}

function formLink({ href: url, title, type }: Link): Markup {
  return xml`<a href="${href(url)}" title="${title}">${formName(type)}</a>`;
}

/** What people call a media type. */
function formName(type: string): string {
  if (type === OPENAPI_TYPE) return "OpenAPI";
  return type.replace(/^\w+\//, "").toUpperCase();
}

/** A table of names and what they stand for; lines without a value are left out. */
export function facts(lines: readonly (readonly [name: string, value: XmlValue])[]): Markup {
  const shown = lines.filter(([, value]) => value !== undefined && value !== "");
  return xml`<div class="wide"><table class="facts"><tbody>
${shown.map(([name, value]) => xml`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)}</tbody></table></div>
`;
}

/** Headers by which a page asks nobody but us, and the server of the background map for pictures. */
export function pagePolicy(background: string | undefined): Record<string, string> {
  const pictures = background === undefined ? "" : ` ${pictureOrigin(background)}`;
  const policy = [
    "default-src 'self'",
    `img-src 'self' data: blob:${pictures}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ];
  return { "content-security-policy": policy.join("; "), "referrer-policy": "same-origin" };
}
