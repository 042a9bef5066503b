import type { Context } from "../core/context.ts";
import { ImageError, SourceError } from "../core/errors.ts";
import type { HttpAnswer, HttpClient } from "../http/client.ts";
import { redactText } from "../http/url.ts";
import { verify } from "../image/codec.ts";
import { peek } from "../image/peek.ts";
import type { Picture } from "../image/picture.ts";

/**
 * Servers say with status 200 what went wrong: only an answer that claims to be an image, or makes
 * no claim, is used.
 *
 * @throws SourceError for anything else
 */
export function checkIsImage(
  asked: { readonly name: string; readonly http: HttpClient; readonly hideDetails: boolean },
  answer: HttpAnswer,
  about: { readonly url: string; readonly what: string },
  ctx: Context,
): void {
  const { contentType } = answer;
  if (contentType === undefined || contentType.startsWith("image/")) return;
  const url = asked.http.redact(about.url);
  const message = `no image returned from source ${about.what}`;
  ctx.log.error("no-image-returned", {
    source: asked.name,
    reason: `${message}: ${url}, response was: '${quoteAnswer(answer, about.url)}'`,
  });
  throw new SourceError(asked.name, asked.hideDetails ? message : `${message}: ${url}`, {
    url,
    isContent: true,
    detail: `${message}: ${url}`,
  });
}

/**
 * A picture that came in may have so many times the pixels that were asked for: some servers answer
 * in a size of their own, but none by orders of magnitude.
 */
const MAX_OVERSIZE = 4;

/** Pixels that any answer may have. */
const ALWAYS_ALLOWED = 1024 * 1024;

/**
 * The picture in an answer, after checking that it is one, whole and sound.
 *
 * @param expect `size` asked for in pixels; `exact`: any other size is an error, else one that is
 *   not out of all proportion is taken as it is; `decodes`: of {@linkcode MapQuery}
 * @throws SourceError if it is not
 */
export async function pictureOf(
  answer: HttpAnswer,
  expect: {
    readonly source: string;
    readonly url: string;
    readonly size: readonly [width: number, height: number] | undefined;
    readonly exact: boolean;
    readonly decodes?: true | undefined;
  },
): Promise<Extract<Picture, { kind: "encoded" }>> {
  const { bytes } = answer;
  const fail = (detail: string, cause?: unknown): SourceError =>
    new SourceError(expect.source, "source answered with an image that cannot be used", {
      url: expect.url,
      isContent: true,
      detail: `${detail} from "${expect.url}"`,
      cause,
    });
  const header = peek(bytes);
  if (!header) throw fail(bytes.length === 0 ? "empty answer" : "no image");
  const { width, height, format } = header;
  if (expect.size) {
    const [wantedWidth, wantedHeight] = expect.size;
    const isAsked = width === wantedWidth && height === wantedHeight;
    const limit = Math.max(ALWAYS_ALLOWED, wantedWidth * wantedHeight * MAX_OVERSIZE);
    if (!isAsked && (expect.exact || width * height > limit)) {
      throw fail(`image of ${width}x${height} pixels instead of ${wantedWidth}x${wantedHeight}`);
    }
  }
  // Decoding a PNG finds all that verifying does, which inflates it too.
  if (expect.decodes && format === "png") return { kind: "encoded", bytes, format };
  try {
    await verify(bytes, { size: [width, height] });
  } catch (error) {
    if (error instanceof ImageError) throw fail(error.message, error);
    throw error;
  }
  return { kind: "encoded", bytes, format };
}

/** Bytes of an answer that are quoted in the log: much of text, little of anything else. */
const QUOTED_TEXT = 8000;
const QUOTED_OTHER = 100;

/** What a server said instead of sending a picture, cut and without secrets. */
function quoteAnswer(answer: HttpAnswer, url: string): string {
  const type = answer.contentType ?? "";
  const limit =
    type.startsWith("text/") || type.startsWith("application/vnd.ogc") ? QUOTED_TEXT : QUOTED_OTHER;
  const text = new TextDecoder().decode(answer.bytes.subarray(0, limit));
  return redactText(text, url) + (answer.bytes.length > limit ? " [output truncated]" : "");
}
