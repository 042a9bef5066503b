import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import type { HttpClient } from "../http/client.ts";
import { staysOnServer } from "../http/exchange.ts";
import { splitCredentials } from "../http/url.ts";

/** A link in a document of an OGC API (OGC 19-072, 7.4). */
export interface Link {
  readonly href: string;
  readonly rel: string | undefined;
  readonly type: string | undefined;
}

/** An OGC API server, or one collection of it. */
export interface OgcApi {
  /** Name of the source. */
  readonly name: string;
  /** Landing page as configured, without slash at the end; may hold credentials. */
  readonly landingPage: string;
  /** Page whose links are looked at: the landing page, or that of the collection. */
  readonly page: string;
  readonly http: HttpClient;
}

export function ogcApi(
  name: string,
  options: { readonly landingpage_url: string; readonly collection?: string | undefined },
  http: HttpClient,
): OgcApi {
  const landingPage = options.landingpage_url.replace(/\/$/, "");
  const { collection } = options;
  const page =
    collection === undefined
      ? landingPage
      : `${landingPage}/collections/${encodeURIComponent(collection)}`;
  return { name, landingPage, page, http };
}

/**
 * A JSON document of the server.
 *
 * @throws SourceError if it cannot be read
 */
export async function getJson(
  { name, http }: OgcApi,
  url: string,
  ctx: Context,
): Promise<Record<string, unknown>> {
  const { bytes } = await http.request(url, { headers: { accept: "application/json" } }, ctx);
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof document === "object" && document !== null) return { ...document };
  } catch {
    // not JSON: the same as any other document that is of no use
  }
  throw fault({ name, http }, url, (shown) => `Could not read ${shown} response as JSON`);
}

/** Links of a document; entries that are none are left out. */
export function linksOf(document: Readonly<Record<string, unknown>>): Link[] | undefined {
  if (!Array.isArray(document.links)) return undefined;
  return document.links.flatMap((link) => {
    if (typeof link?.href !== "string") return [];
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    return [{ href: link.href, rel: text(link.rel), type: text(link.type) }];
  });
}

const RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0/";

/**
 * The first link of a relation with a type; a link that says no type is the second choice.
 *
 * @param rel last part of the relation's URI: `tilesets-map`
 */
export function findLink(links: readonly Link[], rel: string, type: string): Link | undefined {
  const names = new Set([rel, RELATIONS + rel, `[ogc-rel:${rel}]`]);
  const fitting = links.filter((link) => link.rel !== undefined && names.has(link.rel));
  return (
    fitting.find((link) => link.type === type) ?? fitting.find((link) => link.type === undefined)
  );
}

/**
 * Absolute URL of a link, with the credentials of the landing page.
 *
 * A document must not send us elsewhere: only links to the configured server are followed.
 *
 * @throws SourceError for a link to another server
 */
export function resolveLink(api: OgcApi, href: string): string {
  const { url: landing, credentials } = splitCredentials(api.landingPage);
  // braces of templates are kept as they are
  const absolute = /^\/(?!\/)/.test(href) ? new URL(landing).origin + href : href;
  const target = URL.parse(absolute);
  const isOwn = target?.username === "" && staysOnServer(new URL(landing), target);
  if (!isOwn) {
    throw fault(api, landing, () => "Link to another server refused");
  }
  if (!credentials) return absolute;
  const { user, password } = credentials;
  return absolute.replace("://", () => `://${user}:${password}@`);
}

/** A failure of discovery; `message` is given the URL without secrets. */
export function fault(
  { name, http }: Pick<OgcApi, "name" | "http">,
  url: string,
  message: (shown: string) => string,
): SourceError {
  const shown = http.redact(url);
  return new SourceError(name, message(shown), { url: shown, isContent: true });
}

const CRS_URIS = /^https?:\/\/www\.opengis\.net\/def\/crs\/([^/]+)\/([^/]+)\/([^/]+)$/;

/**
 * Code of a reference system by its URI or CURIE: `EPSG:4326` also for `OGC:CRS84`, whose axes are
 * those of our coordinates. `undefined` if it is neither.
 */
export function codeOfCrs(crs: unknown): string | undefined {
  if (typeof crs !== "string") return undefined;
  const uri = CRS_URIS.exec(crs);
  const curie = /^\[?([A-Za-z]+):(\w+)\]?$/.exec(crs);
  const [authority = "", code = ""] = uri ? [uri[1], uri[3]] : curie ? [curie[1], curie[2]] : [];
  if (authority === "") return undefined;
  if (/^OGC$/i.test(authority) && /^(?:CRS)?84$/i.test(code)) return "EPSG:4326";
  return `${authority.toUpperCase()}:${code}`;
}

/** URI of a reference system (OGC 09-048r5): `http://www.opengis.net/def/crs/EPSG/0/3857`. */
export function uriOfCrs(code: string): string {
  if (code === "EPSG:4326" || code === "CRS:84") {
    return "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
  }
  const [authority, number] = code.split(":");
  return `http://www.opengis.net/def/crs/${authority}/0/${number}`;
}
