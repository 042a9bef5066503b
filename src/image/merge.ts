import type { Coverage } from "../coverage/coverage.ts";
import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import { canvas } from "./canvas.ts";
import { toRaster } from "./codec.ts";
import { type Composition, compose } from "./kernels/compose.ts";
import { coverageMask, maskView } from "./mask.ts";
import type { ImageOptions } from "./options.ts";
import { peek } from "./peek.ts";
import type { Picture, RasterView } from "./picture.ts";
import { withChannels } from "./view.ts";

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
 * @throws ImageError if a picture cannot be decoded
 */
export async function merge(
  layers: readonly MergeLayer[],
  { bbox, srs, size, wanted, limit }: MergeOptions,
): Promise<MergeResult> {
  const [only] = layers;
  if (!only) return { picture: { kind: "blank" }, options: wanted, cacheable: true };
  if (layers.length === 1 && !limit && standsAlone(only, size, wanted)) return only.result;

  const ground = canvas(size, wanted);
  const target = withChannels(ground, 4);
  const isOpaque = ground.channels !== 4;
  let cacheable = true;
  for (const layer of layers) {
    const { picture, options } = layer.result;
    if (!layer.result.cacheable) cacheable = false;
    let view = await toRaster(picture, size, options);
    for (const coverage of [layer.clip?.clip ? layer.clip : undefined, layer.limit]) {
      if (coverage) view = maskView(view, { bbox, srs }, coverage);
    }
    compose(target, view, composition(options, isOpaque));
  }
  if (limit) {
    const fresh = withChannels(canvas(size, wanted), 4);
    fillOutside(target, coverageMask(limit, { bbox, srs }, size), fresh);
  }
  const view = withChannels(target, ground.channels);
  return { picture: { kind: "raster", view }, options: wanted, cacheable };
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
  const own = picture.kind === "raster" ? picture.view : peek(picture.bytes);
  return own?.width === size[0] && own.height === size[1];
}

function composition({ opacity = FULL }: ImageOptions, isOpaque: boolean): Composition {
  if (opacity >= FULL) return { kind: "over" };
  if (isOpaque) return { kind: "blend", opacity };
  return { kind: "over", alpha: Math.trunc(255 * opacity) };
}

/** Puts the ground back wherever the mask is 0. */
function fillOutside(target: RasterView, mask: Uint8Array, ground: RasterView): void {
  const to = new Uint32Array(target.data.buffer, target.data.byteOffset, mask.length);
  const from = new Uint32Array(ground.data.buffer, ground.data.byteOffset, mask.length);
  for (let i = 0; i < mask.length; i++) if (mask[i] === 0) to[i] = from[i]!;
}
