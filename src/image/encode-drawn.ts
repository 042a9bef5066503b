import { type Drawn, draw, drawYcc, opaquePatch, packPatch } from "./draw.ts";
import type { Drawing } from "./drawing.ts";
import { quantizePatch } from "./indexed.ts";
import { type Arena, withArena } from "./kernels/arena.ts";
import { encodeJpegFrom, type JpegHow } from "./kernels/jpeg.ts";
import { takeView } from "./kernels/patch.ts";
import { DEFAULT_JPEG_QUALITY, type ImageOptions } from "./options.ts";
import type { ImageFormat, RasterView } from "./picture.ts";
import { encodeIndexRows } from "./png-encode.ts";
import { targetOf } from "./target.ts";

/**
 * Draws and encodes within kernel memory what most answers are: PNG with a palette, and JPEG.
 *
 * @returns the file; or, where `options` want another kind, the pixels
 * @throws ImageError if a file cannot be decoded, or nothing can be written in the format
 */
export function encodeDrawing(
  drawing: Drawing,
  options: ImageOptions,
): { readonly bytes: Uint8Array; readonly format: ImageFormat } | { readonly view: RasterView } {
  return withArena((arena) => {
    const jpeg = encodeYcc(drawing, options);
    if (jpeg) return jpeg;
    const drawn = draw(arena, drawing);
    return (
      encodeDrawn(arena, drawn, options) ?? { view: takeView(arena, drawn.patch, drawn.channels) }
    );
  });
}

/** JPEG tiles as JPEG: their colors are never converted. `undefined` for anything else. */
function encodeYcc(
  drawing: Drawing,
  options: ImageOptions,
): { bytes: Uint8Array; format: ImageFormat } | undefined {
  const { format, colors } = targetOf(options, () => false);
  if (format !== "jpeg" || colors !== 0) return undefined;
  return withArena((arena) => {
    const patch = drawYcc(arena, drawing);
    if (!patch) return undefined;
    const bytes = encodeJpegFrom(arena, patch, { ...jpegHow(options), isYcc: true });
    return { bytes, format };
  });
}

/** How options have a JPEG written. */
export function jpegHow({ jpegQuality, jpegSampling }: ImageOptions): JpegHow {
  return { quality: jpegQuality ?? DEFAULT_JPEG_QUALITY, sampling: jpegSampling ?? "4:2:0" };
}

/** As {@linkcode encodeDrawing}, of what is drawn; `undefined` where `options` want another kind of file. */
export function encodeDrawn(
  arena: Arena,
  { patch, channels }: Drawn,
  options: ImageOptions,
): { bytes: Uint8Array; format: ImageFormat } | undefined {
  const { format, colors, transparent } = targetOf(
    options,
    () => channels === 4 && !isOpaque(arena, patch),
  );
  if (format === "jpeg" && colors === 0) {
    return { bytes: encodeJpegFrom(arena, patch, jpegHow(options)), format };
  }
  const isPalette = colors > 0 && channels !== 2 && (options.mode ?? "P") === "P";
  if (format !== "png" || !isPalette || options.quantizer === "mediancut") return undefined;
  const packed = packPatch(arena, patch);
  const keepAlpha = transparent && channels === 4;
  // Pixels of pictures without alpha are opaque already.
  if (!keepAlpha && channels === 4) opaquePatch(arena, packed);
  const { palette, rows } = quantizePatch(arena, packed, { colors, keepAlpha });
  const { width, height } = packed;
  return { bytes: encodeIndexRows(arena, { width, height, palette }, rows), format };
}

function isOpaque({ kernel }: Arena, { at, stride, width, height }: Drawn["patch"]): boolean {
  for (let y = 0; y < height; y++) if (!kernel.isOpaque(at + y * stride, width)) return false;
  return true;
}
