import type { Srs } from "../../srs/srs.ts";
import { crsUri } from "../../srs/uri.ts";
import type { DocumentFormat } from "./params.ts";
import type { MapFormat } from "./settings.ts";

/** A link of a document (OGC 19-072, 5.2; RFC 8288). Absolute. */
export interface Link {
  readonly rel: string;
  readonly type: string;
  readonly title: string;
  readonly href: string;
  readonly templated?: true;
}

/** Relations that the OGC registered. */
export const REL = "http://www.opengis.net/def/rel/ogc/1.0/";

export const JSON_TYPE = "application/json";
export const HTML_TYPE = "text/html";
export const OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0";

/** The document itself, and itself in the other form. */
export function selfLinks(url: string, format: DocumentFormat): Link[] {
  const json = { type: JSON_TYPE, title: "This document as JSON", href: `${url}?f=json` };
  const html = { type: HTML_TYPE, title: "This document as HTML", href: `${url}?f=html` };
  const [own, other] = format === "json" ? [json, html] : [html, json];
  return [
    { rel: "self", ...own },
    { rel: "alternate", ...other },
  ];
}

/** Another document in both forms. */
export function bothForms(rel: string, title: string, url: string): Link[] {
  return [
    { rel, type: JSON_TYPE, title: `${title} as JSON`, href: `${url}?f=json` },
    { rel, type: HTML_TYPE, title: `${title} as HTML`, href: `${url}?f=html` },
  ];
}

/** A map in each format that is offered. */
export function mapLinks(title: string, url: string, formats: Iterable<MapFormat>): Link[] {
  return [...formats].map((format) => ({
    rel: `${REL}map`,
    type: `image/${format}`,
    title: `${title} (${format.toUpperCase()})`,
    href: `${url}.${format === "jpeg" ? "jpg" : format}`,
  }));
}

/** The URI of a system as this service writes it: EPSG:4326 is CRS84, whose axes the answers have. */
export function publishedCrs(srs: Pick<Srs, "code">): string {
  return srs.code === "EPSG:4326" ? CRS84 : crsUri(srs);
}

export const CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/** A part of a path. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}
