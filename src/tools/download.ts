import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { createHttpClient } from "../http/create.ts";
import type { Platform } from "../platform/platform.ts";

/** Gets a document; seconds of waiting and sizes are limited as those of sources are. */
export async function download(url: string, platform: Platform): Promise<Uint8Array> {
  const client = createHttpClient({ hide_error_details: false }, platform, "download");
  return (await client.request(url, {}, silentContext())).bytes;
}

/** The context of a command that tells of failures itself. */
export function silentContext(): Context {
  const silent = () => {};
  return {
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    waitUntil: silent,
  };
}

/** What to tell of a failed download; `undefined` for an error of another kind. */
export function downloadReason(error: unknown): string | undefined {
  return error instanceof SourceError ? error.message : undefined;
}

/**
 * A URL with parameters of its own and these: a parameter that it has in any case of letters is
 * replaced where it stands, others are added.
 */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const [base = "", query = ""] = splitOnce(url, "?");
  const pairs = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const name = pair.split("=")[0]!.toLowerCase(); // split gives at least one part
      return Object.hasOwn(parameters, name) ? `${name}=${parameters[name]}` : pair;
    });
  for (const [name, value] of Object.entries(parameters)) {
    if (!pairs.some((pair) => pair.startsWith(`${name}=`))) pairs.push(`${name}=${value}`);
  }
  return `${base}?${pairs.join("&")}`;
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
