import type { Forwarded } from "./forwarded.ts";

/** Where a request was sent, taken apart without building a URL object. */
export interface Target {
  readonly scheme: string;
  /** Host with port as the connection saw it. */
  readonly host: string;
  /** Percent-decoded; `undefined` if it cannot be decoded. */
  readonly path: string | undefined;
  /** Without `?`. */
  readonly query: string;
}

/** Parts of an absolute URL. */
export function parseTarget(url: string): Target {
  const schemeEnd = url.indexOf("://");
  let pathStart = url.indexOf("/", schemeEnd + 3);
  if (pathStart < 0) pathStart = url.length;
  const hash = url.indexOf("#", pathStart);
  const end = hash < 0 ? url.length : hash;
  let queryStart = url.indexOf("?", pathStart);
  if (queryStart < 0 || queryStart > end) queryStart = end;
  const raw = url.slice(pathStart, queryStart);
  return {
    scheme: url.slice(0, schemeEnd),
    host: url.slice(schemeEnd + 3, pathStart),
    path: raw.includes("%") ? decodePath(raw) : raw,
    query: url.slice(Math.min(queryStart + 1, end), end),
  };
}

function decodePath(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined; // a broken escape: no such path
  }
}

/** Where an application is mounted and what it was asked for below that. */
export interface Mounted {
  /** Prefix without trailing slash; empty at the root. */
  readonly mount: string;
  readonly path: string;
}

/**
 * Cuts the prefix under which the application is reached.
 *
 * @param at what the gateway cut already, with the path that is left
 * @param scriptName `X-Script-Name` of a proxy that strips its prefix, or passes it through; counts
 *   in place of the gateway's mount
 * @param basePath served with and without it
 */
export function mountOf(at: Mounted, scriptName: string | null, basePath: string): Mounted {
  let { mount, path } = at;
  const script = scriptName ? trimSlash(scriptName) : "";
  if (script) {
    mount = script;
    path = cutPrefix(path, script) ?? path;
  }
  if (basePath && mount !== basePath) {
    const below = cutPrefix(path, basePath);
    if (below !== undefined) {
      mount += basePath;
      path = below;
    }
  }
  return { mount, path };
}

function trimSlash(prefix: string): string {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === "/") end--;
  return prefix.slice(0, end);
}

/** What follows `prefix` in `path`; `undefined` if the path does not lie below it. */
function cutPrefix(path: string, prefix: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  return rest === "" || rest.startsWith("/") ? rest : undefined;
}

const DEFAULT_PORTS: Record<string, string> = { http: ":80", https: ":443" };

/** A host name or address, with or without port: all that may stand in a link. */
const HOST = /^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/;

/** Whether a text is a host, with or without port, and nothing else. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/**
 * `scheme://host` that links of an answer begin with, no slash at the end.
 *
 * What is no host is passed over: it would end in documents.
 */
export function publicOrigin(target: Target, headers: Headers, forwarded: Forwarded): string {
  const scheme = forwarded.proto ?? target.scheme;
  if (forwarded.host && isHost(forwarded.host)) return `${scheme}://${forwarded.host}`;
  const asked = headers.get("host") ?? target.host;
  let host = isHost(asked) ? asked : target.host;
  const port = DEFAULT_PORTS[scheme];
  if (port && host.endsWith(port)) host = host.slice(0, -port.length);
  return `${scheme}://${host}`;
}

/** Percent-encodes a decoded path for a link: everything but unreserved characters and `/ : @ , ;`. */
export function encodePath(path: string): string {
  if (/^[\w./-]*$/.test(path)) return path;
  return encodeURIComponent(path).replace(/%(2F|3A|40|2C|3B)/g, (hex) => decodeURIComponent(hex));
}
