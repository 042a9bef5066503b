/** User name and password out of a URL. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** A configured URL, taken apart. */
export interface SplitUrl {
  /** Without user and password, with at least `/` after the host. */
  readonly url: string;
  readonly credentials: Credentials | undefined;
}

/**
 * Takes user and password out of a URL. They need not be percent-encoded: the last `@` before the
 * first `/` of the path ends them, the first `:` divides them. A user without a password is dropped.
 *
 * @example splitCredentials("http://me:p@ss@host/x") // http://host/x, user me, password p@ss
 */
export function splitCredentials(url: string): SplitUrl {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)(.*)$/is.exec(url);
  if (!match) return { url, credentials: undefined };
  const [, scheme = "", authority = "", path = ""] = match;
  const at = authority.lastIndexOf("@");
  const clean = scheme + withSlash(authority.slice(at + 1)) + path;
  const login = at < 0 ? "" : authority.slice(0, at);
  const colon = login.indexOf(":");
  if (colon < 0) return { url: clean, credentials: undefined };
  return {
    url: clean,
    credentials: { user: login.slice(0, colon), password: login.slice(colon + 1) },
  };

  function withSlash(host: string): string {
    if (path !== "") return host;
    const query = host.search(/[?#]/);
    return query < 0 ? `${host}/` : `${host.slice(0, query)}/${host.slice(query)}`;
  }
}

/** Query parameters whose values give access to something, in lower case. */
const SECRET_PARAMETER =
  /^(?:api[-_]?key|key|(?:access|auth|id|refresh|session|sas|security)?[-_]?token|pass(?:word|wd|phrase)?|pwd|secret|client[-_]?secret|sig|signature|auth|authorization|credentials?|map[-_]?key|app[-_]?(?:id|key|code)|subscription[-_]?key|x-(?:amz|goog)-(?:signature|credential|security-token))$/;

/** What stands where a secret stood. */
const HIDDEN = "***";

/** Secrets shorter than this are not looked for in running text: half of it would vanish. */
const MIN_SECRET_LENGTH = 4;

/** The URL with user, password and the values of secret query parameters taken out. */
export function redactUrl(url: string): string {
  const clean = splitCredentials(url).url;
  const query = clean.indexOf("?");
  if (query < 0) return clean;
  return clean.slice(0, query + 1) + redactQuery(clean.slice(query + 1));
}

/**
 * Running text, such as what a server answered, without the secrets of the URL that was asked:
 * servers like to quote the request in their errors.
 */
export function redactText(text: string, url: string): string {
  let clean = text;
  for (const secret of secretsOf(url)) clean = clean.replaceAll(secret, HIDDEN);
  return clean;
}

function redactQuery(query: string): string {
  return query
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals >= 0 && isSecret(pair.slice(0, equals))
        ? `${pair.slice(0, equals)}=${HIDDEN}`
        : pair;
    })
    .join("&");
}

function secretsOf(url: string): string[] {
  const { url: clean, credentials } = splitCredentials(url);
  const secrets = credentials ? [credentials.password] : [];
  for (const pair of clean.slice(clean.indexOf("?") + 1).split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || !isSecret(pair.slice(0, equals))) continue;
    const value = pair.slice(equals + 1);
    secrets.push(value, decoded(value));
  }
  return secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
}

function isSecret(name: string): boolean {
  return SECRET_PARAMETER.test(decoded(name).toLowerCase());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text; // a lone percent sign: the text stands for itself
  }
}
