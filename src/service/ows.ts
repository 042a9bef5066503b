import { altered } from "../core/altered.ts";
import { xml } from "../core/xml.ts";
import type { Handler, Service, ServiceRequest } from "../model/service.ts";
import { respond } from "./responses.ts";

/** Query parameters: lower-case name to the values in the order sent. Blank values are kept. */
export type Params = ReadonlyMap<string, readonly string[]>;

/** Longest part of a client's value that is repeated in an answer, in UTF-16 units. */
const LONGEST_ECHO = 256;

/**
 * Reads a query string (`a=1&B=2`): `+` is a blank, `%xx` is UTF-8, names are case-insensitive.
 * Bytes that are no UTF-8 become U+FFFD.
 */
export function parseQuery(query: string): Params {
  if (query === last.query) return last.params;
  const params = readQuery(query);
  last = { query, params };
  return params;
}

/** A request is read by whoever chooses the service, and by the service. */
let last: { readonly query: string; readonly params: Params } = { query: "", params: new Map() };

function readQuery(query: string): Params {
  const params = new Map<string, string[]>();
  // All names at once, unless a letter becomes two in lower case; in URLs such letters are escapes.
  const lower = query.toLowerCase();
  const names = lower.length === query.length ? lower : query;
  const nextPercent = finder(query, "%");
  const nextPlus = finder(query, "+");
  for (let start = 0, end = 0; start < query.length; start = end + 1) {
    end = indexFrom(query, "&", start);
    if (end === start) continue;
    const equals = Math.min(indexFrom(query, "=", start), end);
    const isPlain = nextPercent(start) >= end && nextPlus(start) >= end && names === lower;
    const written = names.slice(start, equals);
    const name = isPlain ? written : decode(written).toLowerCase();
    const text = query.slice(equals + 1, end);
    const value = isPlain ? text : decode(text);
    const values = params.get(name);
    if (values) values.push(value);
    else params.set(name, [value]);
  }
  return params;
}

/** Where `char` stands next, for positions that only grow; the end of the text if nowhere. */
function finder(text: string, char: string): (from: number) => number {
  let next = -1;
  return (from) => {
    if (next < from) next = indexFrom(text, char, from);
    return next;
  };
}

function indexFrom(text: string, char: string, from: number): number {
  const at = text.indexOf(char, from);
  return at < 0 ? text.length : at;
}

/** First value of a parameter, as dispatch and negotiation read it. */
export function firstValue(params: Params, name: string): string | undefined {
  return params.get(name)?.[0];
}

/** All values of a parameter joined by commas: `LAYERS=a&LAYERS=b` is `LAYERS=a,b`. */
export function joinedValue(params: Params, name: string): string | undefined {
  const values = params.get(name);
  return values && values.length === 1 ? values[0] : values?.join(",");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * A client's value as it may be repeated in a message: cut where it gets silly, and without what XML
 * cannot hold. Escaping is left to whoever writes the document.
 */
export function echo(value: string): string {
  const short = value.length > LONGEST_ECHO ? `${value.slice(0, LONGEST_ECHO)}…` : value;
  return short.replace(NOT_TEXT, "\ufffd");
}

/**
 * Handlers by first path segment for everything behind `SERVICE=…`: `service` and `ows` always, and
 * `wms` if a WMS runs. All three are the same dispatcher.
 */
export function owsRoutes(services: readonly Service[]): Record<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const { ows } of services) if (ows) handlers.set(ows.name, ows.handle);
  const dispatch = owsDispatcher(handlers);
  return { service: dispatch, ows: dispatch, ...(handlers.has("wms") && { wms: dispatch }) };
}

/**
 * Chooses the service by the parameter SERVICE; WMS clients of version 1.0.0 send none.
 *
 * @param handlers by lower-case value of SERVICE
 */
export function owsDispatcher(handlers: ReadonlyMap<string, Handler>): Handler {
  return async (incoming) => {
    const request = await withForm(incoming);
    const params = parseQuery(request.query);
    const asked = firstValue(params, "service");
    const name = asked ? asked.toLowerCase() : isBareWms(params) ? "wms" : undefined;
    if (name === undefined) {
      const report = { code: "MissingParameterValue", locator: "service" };
      return owsException("The service parameter is missing", report, { noCache: false });
    }
    const handle = handlers.get(name);
    if (handle) return handle(request);
    return owsException(`The value of the service parameter "${echo(name)}" is invalid`, {
      code: "InvalidParameterValue",
      locator: "service",
    });
  };
}

/**
 * Parameters may come as a form in the body, as long as the query string asks for nothing itself
 * (OGC 06-042, 6.3.4 leaves POST to the server).
 */
async function withForm(request: ServiceRequest): Promise<ServiceRequest> {
  if (request.method !== "POST" || !request.form) return request;
  if (parseQuery(request.query).has("request")) return request;
  const form = await request.form();
  if (!form) return request;
  return altered(request, { query: request.query === "" ? form : `${request.query}&${form}` });
}

/** Requests of old clients, recognised without SERVICE. */
function isBareWms(params: Params): boolean {
  return firstValue(params, "wmtver") === "1.0.0" || firstValue(params, "request") === "GetMap";
}

export interface OwsFault {
  readonly code?: string | undefined;
  /** Name of the parameter at fault. */
  readonly locator?: string | undefined;
}

/** Exception report of OWS Common 1.1 (OGC 06-121r3, 8) as a document. */
export function owsExceptionReport(text: string, { code, locator }: OwsFault): string {
  const attributes = xml`${code !== undefined && xml` exceptionCode="${code}"`}${
    locator !== undefined && xml` locator="${locator}"`
  }`;
  return xml`<?xml version="1.0"?>
<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1.0.0" xml:lang="en" xsi:schemaLocation="http://www.opengis.net/ows/1.1 http://schemas.opengis.net/ows/1.1.0/owsExceptionReport.xsd">
  <ows:Exception${attributes}>
    <ows:ExceptionText>${text}</ows:ExceptionText>
  </ows:Exception>
</ows:ExceptionReport>
`.text;
}

/** Answers with an OWS exception report. */
export function owsException(
  text: string,
  fault: OwsFault,
  options: { status?: number; type?: string; noCache?: boolean } = {},
): Response {
  return respond(owsExceptionReport(text, fault), options.type ?? "text/xml; charset=utf-8", {
    status: options.status ?? 400,
    noCache: options.noCache ?? true,
  });
}

/** Decodes one name or value. */
function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!text.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A stray `%` or bytes that are no UTF-8: the lenient decoder of forms copes with both.
    return new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? "";
  }
}
