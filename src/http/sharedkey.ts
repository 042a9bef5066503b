import { fromBase64, toBase64 } from "../core/bytes.ts";

/** An account of Azure Storage. */
export interface StorageAccount {
  readonly name: string;
  /** Base64. */
  readonly key: string;
}

/**
 * Value of `Authorization` by the Shared Key scheme of Azure Storage (version 2015-02-21 and later).
 *
 * @param request `headers` must hold `x-ms-date` and `x-ms-version`, names in lower case
 */
export async function sharedKeyAuthorization(
  request: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    /** Bytes of the body. */
    readonly length: number;
  },
  account: StorageAccount,
): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    fromBase64(account.key),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const text = new TextEncoder().encode(stringToSign(request, account.name));
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
  return `SharedKey ${account.name}:${toBase64(signature)}`;
}

/** Headers whose values are signed in this order, without their names. */
const SIGNED = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

function stringToSign(
  { method, url, headers, length }: Parameters<typeof sharedKeyAuthorization>[0],
  account: string,
): string {
  const values: Record<string, string> = {
    ...headers,
    "content-length": length > 0 ? String(length) : "",
  };
  const own = Object.keys(headers)
    .filter((name) => name.startsWith("x-ms-"))
    .sort()
    .map((name) => `${name}:${headers[name]?.trim()}\n`);
  const query = [...url.searchParams]
    .map(([name, value]) => `\n${name.toLowerCase()}:${value}`)
    .sort();
  return [
    method,
    ...SIGNED.map((name) => values[name] ?? ""),
    `${own.join("")}/${account}${url.pathname}${query.join("")}`,
  ].join("\n");
}
