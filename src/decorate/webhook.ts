import { toBase64 } from "../core/bytes.ts";
import type { Incoming } from "../core/context.ts";
import { encode, toRaster } from "../image/codec.ts";
import type { ImageOptions } from "../image/options.ts";
import type { Decorator } from "../model/service.ts";
import type { Platform } from "../platform/platform.ts";

/** ms until the picture must be back. */
const TIMEOUT = 10_000;

/**
 * Lets another service change pictures on their way out: POST of JSON with the picture as PNG.
 * Status 204 leaves it as it is, 200 brings another PNG.
 *
 * @param environ describes the request to the service
 */
export function webhookDecorator(
  url: string,
  platform: Pick<Platform, "fetch">,
  environ: (incoming: Incoming | undefined) => Record<string, string>,
): Decorator {
  return async (picture, { service, layers, extent, options, size }, ctx) => {
    const view = await toRaster(picture, size, options);
    const { bytes } = await encode(view, lossless(options));
    const response = await platform.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        service,
        layers,
        query_extent: [extent.srs.code, extent.bbox],
        environ: environ(ctx.incoming),
        image: {
          data: toBase64(bytes),
          width: size[0],
          height: size[1],
          transparent: options.transparent ?? false,
        },
      }),
      redirect: "error",
      signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT)]),
    });
    if (response.status === 204) return picture;
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`Cannot decorate: the service answered with status ${response.status}`);
    }
    const changed = new Uint8Array(await response.arrayBuffer());
    const raster = await toRaster(
      { kind: "encoded", bytes: changed, format: "png" },
      size,
      options,
    );
    return { kind: "raster", view: raster };
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
