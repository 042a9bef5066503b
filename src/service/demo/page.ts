import { VERSION } from "../../core/version.ts";
import { type Markup, markup, type XmlValue, xml } from "../../core/xml.ts";
import type { ServiceRequest } from "../../model/service.ts";
import { respond } from "../responses.ts";
import { assetUrl } from "./assets.ts";

/** One page of the demo. */
export interface Page {
  readonly title: string;
  readonly body: XmlValue;
  /** Names of the scripts it runs. */
  readonly scripts?: readonly string[];
  /** Names of style sheets besides the site's. */
  readonly styles?: readonly string[];
  /** URL template of a background map, whose server may be asked for pictures. */
  readonly background?: string | undefined;
  readonly status?: number;
}

/**
 * The way from a page back to the mount: pages link relatively, so that they work behind every proxy
 * and whatever the request said its host was.
 *
 * @example rootOf({ mount: "/proxy", path: "/demo/" }) // "../"
 * @example rootOf({ mount: "/proxy", path: "" }) // "proxy/": the page has the mount's own address
 */
export function rootOf({ mount, path }: Pick<ServiceRequest, "mount" | "path">): string {
  if (path === "") return `${mount.slice(mount.lastIndexOf("/") + 1)}/`;
  return "../".repeat(path.split("/").length - 2) || "./";
}

/**
 * URL for an attribute. Query strings of our own links are left readable: `&` before a name is no
 * reference in HTML, and scripts of users look for the links as the reference writes them.
 */
export function href(url: string): Markup {
  const entities: Record<string, string> = { "<": "%3C", ">": "%3E", '"': "%22", "'": "%27" };
  return markup(url.replace(/[<>"']/g, (char) => entities[char]!));
}

/** Where a page is, and where the mount is for everybody. */
export interface Place {
  /** From the page to the mount. */
  readonly root: string;
  /** Public URL of the mount without trailing slash. */
  readonly scriptUrl: string;
}

export function placeOf(request: ServiceRequest): Place {
  return { root: rootOf(request), scriptUrl: request.scriptUrl };
}

/**
 * Writes a page. All that comes from outside is escaped by the template.
 *
 * @param root from the page to the mount
 */
export function pageAnswer(page: Page, root: string): Response {
  const document = xml`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${page.title} – Rhumb</title>
  <link rel="icon" type="image/svg+xml" href="${href(root + assetUrl("logo.svg"))}">
  <link rel="stylesheet" href="${href(root + assetUrl("site.css"))}">
${(page.styles ?? []).map((name) => xml`  <link rel="stylesheet" href="${href(root + assetUrl(name))}">\n`)}${(page.scripts ?? []).map((name) => xml`  <script src="${href(root + assetUrl(name))}" defer></script>\n`)}</head>
<body>
  <a class="skip" href="#content">Skip to content</a>
  <header>
    <div>
      <a class="home" href="${href(`${root}demo/`)}"><img src="${href(root + assetUrl("logo.svg"))}" width="36" height="36" alt=""><span class="name">Rhumb</span></a>
      <nav aria-label="Pages"><a href="${href(`${root}demo/`)}">All layers</a></nav>
    </div>
  </header>
  <main id="content">
${page.body}
  </main>
  <footer>Rhumb ${VERSION}. This page is for trying things out: switch <code>services.demo</code> off where the service is public.</footer>
</body>
</html>
`;
  return htmlAnswer(document.text, page);
}

/** HTML that asks nobody but us, and the server of a background map for pictures. */
export function htmlAnswer(
  html: string,
  { status = 200, background }: Pick<Page, "status" | "background">,
): Response {
  return respond(html, "text/html", {
    status,
    headers: {
      "content-security-policy": securityPolicy(background),
      "referrer-policy": "same-origin",
    },
  });
}

function securityPolicy(background: string | undefined): string {
  const pictures = background === undefined ? "" : ` ${pictureOrigin(background)}`;
  // MapLibre fetches pictures by script, and hands them to its own worker as blobs.
  return [
    "default-src 'self'",
    `img-src 'self' data: blob:${pictures}`,
    `connect-src 'self'${pictures}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join("; ");
}

/**
 * The origin of a URL template as a policy names it: `https://{a-c}.tiles.example/…` is
 * `https://*.tiles.example`.
 */
export function pictureOrigin(template: string): string {
  const found = /^(https?:)\/\/([^/?#]+)/i.exec(template);
  if (!found) return "'self'";
  const [, scheme = "https:", host = ""] = found;
  const open = host.replace(/^\{[^{}]*\}\./, "*.");
  return /^(?:\*\.)?[\w.-]+(?::\d+)?$/.test(open) ? `${scheme}//${open}` : scheme;
}
