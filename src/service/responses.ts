/** Request headers that change the URLs in documents; the value of `Vary` wherever they may occur. */
export const VARY = "X-Script-Name, X-Forwarded-Host, X-Forwarded-Proto";

/** The three headers by which every generation of caches learns not to keep an answer. */
export const NO_CACHE: Readonly<Record<string, string>> = {
  "cache-control": "no-cache, no-store",
  pragma: "no-cache",
  expires: "-1",
};

export interface ResponseOptions {
  /** 200 if absent. */
  readonly status?: number;
  /** Forbids caches to keep it. */
  readonly noCache?: boolean;
  /** Further headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An answer with everything that holds for all of them: length, `nosniff`, and `Vary` on what is
 * text or a document, since those may contain URLs, unless it says itself what it varies on.
 *
 * @param type `Content-Type` in full
 */
export function respond(
  body: string | Uint8Array,
  type: string,
  options: ResponseOptions = {},
): Response {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const headers: Record<string, string> = {
    "content-type": type,
    "content-length": String(bytes.length),
    "x-content-type-options": "nosniff",
  };
  if (varies(type)) headers.vary = VARY;
  if (options.noCache) Object.assign(headers, NO_CACHE);
  Object.assign(headers, options.headers);
  const init: ResponseInit & { encodeBody: "automatic" | "manual" } = {
    status: options.status ?? 200,
    headers,
    // Workers would encode once more what says that it is encoded; the others do not know the word.
    encodeBody: headers["content-encoding"] ? "manual" : "automatic",
  };
  return new Response(bytes as BodyInit, init);
}

/** Whether answers of a media type carry `Vary`. */
export function varies(type: string): boolean {
  return type.startsWith("text/") || type.startsWith("application/");
}

/** `; charset=utf-8` for types of text, nothing for others. */
export function withCharset(type: string): string {
  return type.startsWith("text/") && !/;\s*charset=/i.test(type) ? `${type}; charset=utf-8` : type;
}
