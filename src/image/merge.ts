import type { Coverage } from "../coverage/coverage.ts";
import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import { canvasChannels, canvasColor } from "./canvas.ts";
import { toDrawing } from "./codec.ts";
import { drawingSize, type StackLayer } from "./drawing.ts";
import type { Composition } from "./kernels/compose.ts";
import { coverageMask } from "./mask.ts";
import type { ImageOptions } from "./options.ts";
import { peek } from "./peek.ts";
import type { Picture } from "./picture.ts";

/** What merging needs to know of a picture, and what it answers. */
export interface MergeResult {
  readonly picture: Picture;
  readonly options: ImageOptions;
  readonly cacheable: boolean;
  readonly authorizeStale?: boolean;
  readonly timestamp?: number | undefined;
}

export interface MergeLayer {
  readonly result: MergeResult;
  /** Cuts the layer, if it says `clip`. */
  readonly clip?: Coverage | undefined;
  /** Where the layer may be seen; cuts it in any case. */
  readonly limit?: Coverage | undefined;
}

export interface MergeOptions {
  readonly bbox: BBox;
  readonly srs: Srs;
  /** Pixels. */
  readonly size: readonly [width: number, height: number];
  /** Format and ground of the merged picture. */
  readonly wanted: ImageOptions;
  /** Where anything may be seen; the ground of `wanted` is drawn outside. */
  readonly limit?: Coverage | undefined;
}

/** What an opaque layer of opacity 1 gets; nothing needs to be weighed. */
const FULL = 1;

/**
 * Draws layers over each other, the first one lowest.
 *
 * A lone layer that needs no ground and no cutting is handed on untouched, so that its bytes survive; its
 * opacity does not matter then. On an opaque ground a layer with opacity is mixed in without regard to its own
 * alpha, as the reference does; on a transparent one its alpha is scaled.
 *
 * Nothing is drawn yet: see {@linkcode Drawing}.
 *
 * @throws ImageError if a picture cannot be decoded
 */
export async function merge(
  layers: readonly MergeLayer[],
  { bbox, srs, size, wanted, limit }: MergeOptions,
): Promise<MergeResult> {
  const [only] = layers;
  if (!only) return { picture: { kind: "blank" }, options: wanted, cacheable: true };
  if (layers.length === 1 && !limit && standsAlone(only, size, wanted)) return only.result;

  const channels = canvasChannels(wanted);
  const stack: StackLayer[] = [];
  for (const { result, clip, limit: own } of layers) {
    const drawing = await toDrawing(result.picture, size, result.options);
    const cutBy = [clip?.clip ? clip : undefined, own].filter((coverage) => coverage !== undefined);
    const masks = cutBy.map((coverage) =>
      coverageMask(coverage, { bbox, srs }, drawingSize(drawing)),
    );
    stack.push({ drawing, how: composition(result.options, channels !== 4), masks });
  }
  const drawing = {
    kind: "stack",
    size,
    ground: canvasColor(wanted),
    channels,
    layers: stack,
    limit: limit && coverageMask(limit, { bbox, srs }, size),
  } as const;
  return {
    picture: { kind: "drawing", drawing },
    options: wanted,
    cacheable: layers.every(({ result }) => result.cacheable),
  };
}

function standsAlone(
  { result, clip, limit }: MergeLayer,
  size: readonly [width: number, height: number],
  wanted: ImageOptions,
): boolean {
  const { picture, options } = result;
  if (clip?.clip || limit) return false;
  if (options.transparent && !wanted.transparent) return false;
  if (picture.kind === "blank") return true;
  const own = sizeOf(picture);
  return own?.[0] === size[0] && own[1] === size[1];
}

function sizeOf(
  picture: Exclude<Picture, { kind: "blank" }>,
): readonly [width: number, height: number] | undefined {
  switch (picture.kind) {
    case "raster":
      return [picture.view.width, picture.view.height];
    case "drawing":
      return drawingSize(picture.drawing);
    case "encoded": {
      const head = peek(picture.bytes);
      return head && [head.width, head.height];
    }
  }
}

function composition({ opacity = FULL }: ImageOptions, isOpaque: boolean): Composition {
  if (opacity >= FULL) return { kind: "over" };
  if (isOpaque) return { kind: "blend", opacity };
  return { kind: "over", alpha: Math.trunc(255 * opacity) };
}
