import { SourceError } from "../core/errors.ts";
import type { HttpAnswer, HttpClient } from "../http/client.ts";
import { splitCredentials } from "../http/url.ts";
import type { Source } from "../model/source.ts";
import type { Platform } from "../platform/platform.ts";
import { pictureOf } from "./answer.ts";

/**
 * A legend that is always the same picture: `http(s)://`, `file:///absolute`, or `file://` with a
 * path relative to the configuration.
 *
 * @param deps `http` reaches the server; `path` makes a configured path absolute
 */
export function staticLegend(
  url: string,
  deps: {
    readonly name: string;
    readonly http: HttpClient;
    readonly platform: Pick<Platform, "resource">;
    path(configured: string): string;
  },
): NonNullable<Source["legend"]> {
  const { name, http } = deps;
  return {
    id: splitCredentials(url).url,
    async get(_scale, ctx) {
      const redacted = http.redact(url);
      const answer = url.startsWith("file://")
        ? await readFile(url.slice("file://".length))
        : await http.request(url, {}, ctx);
      if (answer.contentType !== undefined && !answer.contentType.startsWith("image/")) {
        throw new SourceError(name, "no image returned from static LegendURL", {
          url: redacted,
          isContent: true,
        });
      }
      return pictureOf(answer, { source: name, url: redacted, size: undefined, exact: false });
    },
  };

  async function readFile(path: string): Promise<HttpAnswer> {
    const bytes = await deps.platform.resource(path.startsWith("/") ? path : deps.path(path));
    if (!bytes) throw new SourceError(name, "Cannot read static legend", { url });
    return { status: 200, contentType: undefined, headers: new Headers(), bytes };
  }
}
