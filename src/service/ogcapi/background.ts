/** The ground of a map: `bgcolor` and `transparent`. */
import type { Color, ImageOptions } from "../../image/options.ts";
import { type ApiParams, apiError, single } from "./params.ts";

/** Names of HTML 4.01, 6.5. */
const NAMED: Readonly<Record<string, Color>> = {
  aqua: [0, 255, 255],
  black: [0, 0, 0],
  blue: [0, 0, 255],
  fuchsia: [255, 0, 255],
  gray: [128, 128, 128],
  green: [0, 128, 0],
  lime: [0, 255, 0],
  maroon: [128, 0, 0],
  navy: [0, 0, 128],
  olive: [128, 128, 0],
  purple: [128, 0, 128],
  red: [255, 0, 0],
  silver: [192, 192, 192],
  teal: [0, 128, 128],
  white: [255, 255, 255],
  yellow: [255, 255, 0],
};

/**
 * Reads `bgcolor` and `transparent` (OGC 20-058, 11): without either a map is transparent, with a color it
 * is opaque, and `transparent` has the last word.
 *
 * @returns the options of the format with ground and transparency in them
 * @throws RequestError `Invalid Parameter` if one cannot be read
 */
export function readBackground(params: ApiParams, options: ImageOptions): ImageOptions {
  const background = readColor(single(params, "bgcolor"));
  const transparent = readTransparent(single(params, "transparent")) ?? background === undefined;
  // JPEG has no alpha: what is drawn half transparent has to be drawn over the ground.
  return { ...options, background, transparent: transparent && options.format !== "jpeg" };
}

function readColor(text: string | undefined): Color | undefined {
  if (text === undefined) return undefined;
  const lower = text.toLowerCase();
  if (Object.hasOwn(NAMED, lower)) return NAMED[lower];
  const digits = /^0x(?:[0-9a-f]{2})?([0-9a-f]{6})$/.exec(lower)?.[1];
  if (digits === undefined) throw apiError("Invalid Parameter", "invalid value for bgcolor");
  const value = Number.parseInt(digits, 16);
  // The alpha of 0xAARRGGBB says nothing that `transparent` does not say.
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function readTransparent(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw apiError("Invalid Parameter", "invalid value for transparent");
}
