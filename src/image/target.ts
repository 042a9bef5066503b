import { ImageError } from "../core/errors.ts";
import type { ImageOptions } from "./options.ts";
import type { ImageFormat } from "./picture.ts";

/** What a picture is written as. */
export interface Target {
  /** Never `mixed`. */
  readonly format: ImageFormat;
  /** Entries of the palette; 0: none. */
  readonly colors: number;
  /** Whether alpha is kept. */
  readonly transparent: boolean;
}

/**
 * Format, palette size and alpha, with `mixed` and the rule of the globals resolved.
 *
 * @param isTransparent whether any pixel is not opaque; asked for `mixed` only
 * @throws ImageError if nothing can be written in the format
 */
export function targetOf(options: ImageOptions, isTransparent: () => boolean): Target {
  const { format } = options;
  const byRule = options.paletted === false ? 0 : 255;
  if (format === "mixed") {
    const alpha = isTransparent();
    const colors = alpha ? (options.colors ?? 0) : 0;
    return { format: alpha ? "png" : "jpeg", colors, transparent: alpha };
  }
  if (format === undefined || format === "mvt") {
    throw new ImageError(`Cannot write pictures as "${options.mime || format}"`);
  }
  const colors = options.colors ?? (format === "png" ? byRule : 0);
  return { format, colors, transparent: options.transparent === true };
}
