import type { ImageOptions } from "../../image/options.ts";
import type { WmsVersion } from "./version.ts";

/**
 * Options of the image format that FORMAT names: a MIME type exactly as advertised, or in version
 * 1.0.0 also its subtype in upper case (`PNG`, `JPEG`; 00-028, 6.2.8.7).
 *
 * @returns `undefined` if it is not offered
 */
export function requestedFormat(
  value: string,
  { version, formats }: { version: WmsVersion; formats: ReadonlyMap<string, ImageOptions> },
): ImageOptions | undefined {
  const exact = formats.get(value);
  if (exact || version !== "1.0.0") return exact;
  return value === value.toUpperCase() ? formats.get(`image/${value.toLowerCase()}`) : undefined;
}

/** What stands behind the slash: `png` for `image/png; mode=8bit`. */
export function subtype(mime: string): string {
  const [type = ""] = mime.split(";", 1);
  return type.slice(type.indexOf("/") + 1).trim();
}
