/** What a proxy in front says of the request that it passed on. */
export interface Forwarded {
  readonly proto: "http" | "https" | undefined;
  /** With port if the proxy gave one. */
  readonly host: string | undefined;
  /** Address of the client, for the log only. */
  readonly client: string | undefined;
}

/** Nobody in front, or nobody we believe. */
const NOT_FORWARDED: Forwarded = {
  proto: undefined,
  host: undefined,
  client: undefined,
};

const FORWARDING = ["forwarded", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-for"];

/** Headers of a request as far as the proxy that sent it is believed. */
export interface Front {
  /** A header that only a trusted proxy may set. */
  get(name: string): string | null;
  forwarded(): Forwarded;
}

/** @param isTrusted asked only where a header is there: most requests have none */
export function frontOf(headers: Headers, isTrusted: () => boolean): Front {
  return {
    get(name) {
      const value = headers.get(name);
      return value !== null && isTrusted() ? value : null;
    },
    forwarded: () =>
      FORWARDING.some((name) => headers.has(name)) && isTrusted()
        ? readForwarded(headers)
        : NOT_FORWARDED,
  };
}

/**
 * Reads `X-Forwarded-Host`, `-Proto` and `-For`; what they leave out is taken from
 * `Forwarded` (RFC 7239). Of lists the first entry counts: the proxy nearest to the client.
 *
 * Only for requests of a proxy that is trusted: anybody can send these headers.
 */
export function readForwarded(headers: Headers): Forwarded {
  const standard = parseForwarded(headers.get("forwarded"));
  const value = (header: string, parameter: string): string | undefined =>
    headers.get(header)?.split(",")[0]?.trim() || standard.get(parameter);
  const proto = value("x-forwarded-proto", "proto")?.toLowerCase();
  return {
    proto: proto === "http" || proto === "https" ? proto : undefined,
    host: value("x-forwarded-host", "host"),
    client: value("x-forwarded-for", "for"),
  };
}

/** Parameters of the first element, by lower-case name: `for=192.0.2.1;proto=https` (RFC 7239, 4). */
function parseForwarded(header: string | null): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  // A token, or a quoted string with escapes; what separates them; a comma ends the first element.
  const pair = /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(;|,|$)/y;
  if (header === null || header.length > 2000) return parameters;
  while (true) {
    const match = pair.exec(header);
    if (!match) return parameters;
    const [, name = "", quoted, token, end] = match;
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? token ?? "");
    if (end !== ";") return parameters;
  }
}
