import { draw } from "./draw.ts";
import type { Drawing } from "./drawing.ts";
import { encodeDrawn } from "./encode-drawn.ts";
import { withArena } from "./kernels/arena.ts";
import type { Patch } from "./kernels/patch.ts";
import type { ImageOptions } from "./options.ts";
import type { Encoded } from "./picture.ts";
import { type Cutting, filesOf } from "./repeated-pictures.ts";

/** Windows at a time at most: more would keep all other requests waiting for too long. */
const MOST = 64;

type Size = readonly [width: number, height: number];

/**
 * Files of equal windows of a picture, which is drawn once and never leaves kernel memory.
 *
 * @param at upper left corners in pixels
 * @returns `undefined` if there are very many windows, one reaches beyond the picture, or `options` want anything but PNG
 *   with a palette or JPEG: who asks cuts and encodes the pixels then
 * @throws ImageError if a file cannot be decoded
 */
export function encodeWindows(
  drawing: Drawing,
  { at, size }: { readonly at: readonly (readonly [x: number, y: number])[]; readonly size: Size },
  options: ImageOptions,
): readonly Encoded[] | undefined {
  if (options.mode !== undefined || at.length > MOST) return undefined;
  const cutAll = () => cutWindows(drawing, { at, size, options });
  return drawing.kind === "file" ? filesOf(drawing.bytes, { at, size, options }, cutAll) : cutAll();
}

function cutWindows(
  drawing: Drawing,
  { at, size, options }: Cutting,
): readonly Encoded[] | undefined {
  return withArena((arena) => {
    const { patch, channels } = draw(arena, drawing);
    const files: Encoded[] = [];
    for (const corner of at) {
      const window = windowOf(patch, corner, size);
      const file =
        window && withArena((inner) => encodeDrawn(inner, { patch: window, channels }, options));
      if (!file) return undefined;
      files.push(file);
    }
    return files;
  });
}

/** `undefined` if it reaches beyond the patch. */
function windowOf(patch: Patch, [x, y]: Size, [width, height]: Size): Patch | undefined {
  if (x < 0 || y < 0 || x + width > patch.width || y + height > patch.height) return undefined;
  const { stride } = patch;
  return { at: patch.at + y * stride + x * 4, stride, width, height };
}
