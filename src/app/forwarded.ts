/** What a proxy in front says of the request that it passed on. */
export interface Forwarded {
  readonly proto: "http" | "https" | undefined;
  /** With port if the proxy gave one. */
  readonly host: string | undefined;
  /** Prefix under which clients reach us. */
  readonly scriptName: string | null;
  /** Address of the client, for the log only. */
  readonly client: string | undefined;
  /** The standard header was used, so answers vary by it. */
  readonly isStandard: boolean;
}

/** Nobody in front, or nobody we believe. */
export const NOT_FORWARDED: Forwarded = {
  proto: undefined,
  host: undefined,
  scriptName: null,
  client: undefined,
  isStandard: false,
};

/**
 * Reads `X-Script-Name` and `X-Forwarded-Host`, `-Proto`, `-For`; what they leave out is taken from
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
    scriptName: headers.get("x-script-name"),
    client: value("x-forwarded-for", "for"),
    isStandard: standard.size > 0,
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
