interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Host that set it, or the domain it asked for. */
  readonly domain: string;
  /** Only for the very host that set it. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  /** ms since 1970; `undefined`: until the process ends. */
  readonly expires: number | undefined;
}

/** Most cookies that are kept; the oldest leave first. */
const MAX_COOKIES = 500;

/** Cookies of upstream servers (RFC 6265), kept in memory. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #now: () => number;

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Value of the `Cookie` header for a request; `undefined` if there is nothing to send. */
  header(url: URL): string | undefined {
    const now = this.#now();
    const fitting = [...this.#cookies.values()].filter(
      (cookie) =>
        (cookie.expires === undefined || cookie.expires > now) &&
        (!cookie.secure || url.protocol === "https:") &&
        (cookie.hostOnly
          ? url.hostname === cookie.domain
          : isWithin(url.hostname, cookie.domain)) &&
        pathMatches(url.pathname, cookie.path),
    );
    // longer paths first (RFC 6265, 5.4)
    fitting.sort((a, b) => b.path.length - a.path.length);
    return fitting.length > 0
      ? fitting.map(({ name, value }) => `${name}=${value}`).join("; ")
      : undefined;
  }

  /** Keeps what an answer from `url` sets. */
  store(url: URL, headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const cookie = parseCookie(line, url, this.#now());
      if (!cookie) continue;
      const key = `${cookie.domain};${cookie.path};${cookie.name}`;
      this.#cookies.delete(key);
      if (cookie.expires === undefined || cookie.expires > this.#now()) {
        this.#cookies.set(key, cookie);
      }
      for (const oldest of this.#cookies.keys()) {
        if (this.#cookies.size <= MAX_COOKIES) break;
        this.#cookies.delete(oldest);
      }
    }
  }
}

function parseCookie(line: string, url: URL, now: number): Cookie | undefined {
  const [pair = "", ...parts] = line.split(";");
  const equals = pair.indexOf("=");
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === "") return undefined;

  const attributes = new Map<string, string>();
  for (const part of parts) {
    const [key = "", ...value] = part.split("=");
    attributes.set(key.trim().toLowerCase(), value.join("=").trim());
  }
  const asked = attributes.get("domain")?.toLowerCase().replace(/^\./, "");
  // a domain that the host does not belong to, or a whole top-level domain, is refused
  if (asked && asked !== url.hostname && (!isWithin(url.hostname, asked) || !asked.includes("."))) {
    return undefined;
  }
  const path = attributes.get("path");
  return {
    name,
    value: pair.slice(equals + 1).trim(),
    domain: asked || url.hostname,
    hostOnly: !asked,
    path: path?.startsWith("/") ? path : url.pathname.replace(/\/[^/]*$/, "") || "/",
    secure: attributes.has("secure"),
    expires: expiry(attributes, now),
  };
}

function expiry(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000;
  const date = Date.parse(attributes.get("expires") ?? "");
  return Number.isNaN(date) ? undefined : date;
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
