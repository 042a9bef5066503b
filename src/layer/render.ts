import { mapLimit } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import { ImageError, RequestError, SourceError } from "../core/errors.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { type MergeLayer, merge } from "../image/merge.ts";
import type { ImageOptions } from "../image/options.ts";
import { attributionPicture, messagePicture } from "../image/text.ts";
import type { MapLayer } from "../model/layer.ts";
import type { MapQuery, MapResult } from "../model/source.ts";

/** A layer to draw under its published name. */
export interface RenderLayer {
  readonly name: string;
  readonly layer: MapLayer;
  /** Where this client may see it; cuts the picture. */
  readonly limit?: Coverage | undefined;
  /** What it is asked, where that differs from the map: dimensions of its own. */
  readonly query?: MapQuery | undefined;
}

/** How the error begins that says that all layers of a map failed. */
export const NO_SOURCES = "Could not get any sources";

export interface RenderOptions {
  /** What will be sent: background, transparency, format. */
  readonly wanted: ImageOptions;
  /** Layers drawn at the same time. */
  readonly concurrency: number;
  /** `notify` leaves out what fails and writes the reasons onto the map. */
  readonly onSourceErrors: "notify" | "raise";
  /** Where this client may see anything. */
  readonly limit?: Coverage | undefined;
  readonly attribution?: string | undefined;
}

/**
 * Draws several layers over each other, bottom first. A single picture that needs no change passes
 * through with its bytes.
 *
 * @throws SourceError if all layers fail, or any with `raise`
 */
export async function renderMap(
  layers: readonly RenderLayer[],
  query: MapQuery,
  options: RenderOptions,
  ctx: Context,
): Promise<MapResult> {
  const errors: string[] = [];
  const combined = combineNeighbours(layers, query);
  const results = await mapLimit(combined, options.concurrency, async ({ layer, query: own }) => {
    try {
      return await layer.getMap(own ?? query, ctx);
    } catch (error) {
      ctx.signal.throwIfAborted();
      const message = sourceMessage(error);
      if (message === undefined || options.onSourceErrors === "raise") throw error;
      ctx.log.warn("layer-failed", { layer: layer.name, error });
      errors.push(message);
      return undefined;
    }
  });
  if (errors.length > 0 && errors.length === combined.length) {
    throw new RequestError(undefined, `${NO_SOURCES}:\n${errors.join("\n")}`);
  }

  const merged: MergeLayer[] = [];
  for (const [i, result] of results.entries()) {
    const { layer, limit } = combined[i]!;
    if (!result) continue;
    merged.push({ result, clip: layer.coverage?.clip ? layer.coverage : undefined, limit });
  }
  const { wanted } = options;
  if (errors.length > 0)
    merged.push(
      onTop(
        messagePicture(errors.join("\n"), query.size, {
          ...wanted,
          transparent: true,
          background: undefined,
        }),
        wanted,
      ),
    );
  if (options.attribution && !query.tiled) {
    merged.push(onTop(attributionPicture(options.attribution, query.size), wanted));
  }
  const { bbox, srs, size } = query;
  const result = await merge(merged, { bbox, srs, size, wanted, limit: options.limit });
  const stale = results.some((part) => part?.stale);
  return { ...result, cacheable: result.cacheable && errors.length === 0, stale };
}

function onTop(view: ReturnType<typeof messagePicture>, wanted: ImageOptions): MergeLayer {
  const options: ImageOptions = {
    ...wanted,
    transparent: true,
    mode: undefined,
    opacity: undefined,
  };
  return { result: { picture: { kind: "raster", view }, options, cacheable: true } };
}

/** Neighbours that one upstream request can draw together become one layer; order never changes. */
function combineNeighbours(
  layers: readonly RenderLayer[],
  query: MapQuery,
): readonly RenderLayer[] {
  const combined: RenderLayer[] = [];
  for (const next of layers) {
    const last = combined.at(-1);
    const isSame = last && last.limit === next.limit && last.query === next.query;
    const both = isSame && last.layer.combine?.(next.layer, next.query ?? query);
    if (both) combined[combined.length - 1] = { ...last, layer: both };
    else combined.push(next);
  }
  return combined;
}

/** What clients may be told of a failed source; `undefined` for any other error. */
function sourceMessage(error: unknown): string | undefined {
  return error instanceof SourceError || error instanceof ImageError ? error.message : undefined;
}
