import { within } from "../core/async.ts";
import { toBase64 } from "../core/bytes.ts";
import type { Incoming } from "../core/context.ts";
import { callHook } from "../http/hook.ts";
import { encode, toRaster } from "../image/codec.ts";
import type { ImageOptions } from "../image/options.ts";
import type { DecorateFunction } from "../model/hooks.ts";
import type { Decorator } from "../model/service.ts";
import type { Platform } from "../platform/platform.ts";

/** Longest picture that may come back, in bytes. */
const MAX_PICTURE = 64 << 20;

export interface DecoratingOptions {
  /** ms until the picture must be back. */
  readonly timeout: number;
  /** Describes the request. */
  readonly environ: (incoming: Incoming | undefined) => Record<string, string>;
}

/**
 * Lets a function change pictures on their way out. It gets and gives PNG; the answer has the format
 * that was asked for. A failure is an error of the request: a picture that should be stamped is not shown
 * without.
 */
export function askingDecorator(
  change: DecorateFunction,
  { timeout, environ }: DecoratingOptions,
): Decorator {
  return async (picture, { service, layers, extent, options, size }, ctx) => {
    const { bytes: data } = await encode(await toRaster(picture, size, options), lossless(options));
    const [width, height] = size;
    const limit = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeout)]);
    const image = { data, width, height, transparent: options.transparent ?? false };
    const about = {
      service,
      layers,
      query_extent: [extent.srs.code, extent.bbox] as const,
      environ: environ(ctx.incoming),
    };
    const bytes = await within(limit, () => change(image, about, limit));
    if (!bytes) return picture;
    const view = await toRaster({ kind: "encoded", bytes, format: "png" }, size, options);
    return { kind: "raster", view };
  };
}

/**
 * Sends pictures to another service: POST of JSON with the picture as base64 PNG. Status 204 leaves it as
 * it is, 200 brings another PNG.
 */
export function decorateByWebhook(
  url: string,
  timeout: number,
  platform: Pick<Platform, "fetch">,
): DecorateFunction {
  return async ({ data, ...image }, about, signal) => {
    const body = { ...about, image: { ...image, data: toBase64(data) } };
    const call = { url, body, timeout, maxBytes: MAX_PICTURE, signal };
    const { status, bytes } = await callHook(call, platform);
    if (status === 204) return undefined;
    if (status === 200) return bytes;
    throw new Error(`Cannot decorate: the service answered with status ${status}`);
  };
}

/** All colours and alpha as they are. */
function lossless(options: ImageOptions): ImageOptions {
  return {
    ...options,
    format: "png",
    mime: "image/png",
    mode: undefined,
    colors: 0,
    transparent: true,
  };
}
