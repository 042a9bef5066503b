import type { JpegSampling } from "./kernels/jpeg.ts";
import type { Color, ImageOptions, Resampling } from "./options.ts";
import type { ImageFormat } from "./picture.ts";

/** An `image` block or an entry of `globals.image.formats`, keys as configured. */
export interface ImageConfigLike {
  readonly format?: string | undefined;
  readonly mode?: string | undefined;
  readonly colors?: number | undefined;
  readonly transparent?: boolean | undefined;
  readonly resampling_method?: string | undefined;
  readonly encoding_options?: Readonly<Record<string, unknown>> | undefined;
  readonly opacity?: number | undefined;
}

/** What images fall back to (`globals.image`). */
export interface ImageGlobals {
  readonly formats: Readonly<Record<string, ImageConfigLike>>;
  readonly resampling: Resampling;
  /** Whether PNG without explicit `colors` gets a palette. */
  readonly paletted: boolean;
  readonly jpegQuality: number;
}

const RESAMPLINGS: readonly Resampling[] = ["nearest", "bilinear", "bicubic"];
const MODES = ["L", "RGB", "RGBA", "P", "I"] as const;
const QUANTIZERS = ["fastoctree", "mediancut"] as const;
const JPEG_SAMPLINGS = ["4:2:0", "4:4:4"] as const satisfies readonly JpegSampling[];
const TIFF_COMPRESSIONS = ["raw", "tiff_lzw", "jpeg"] as const;

/** Encodings by what stands after `image/`. */
const FORMATS: Readonly<Record<string, ImageFormat>> = {
  jpeg: "jpeg",
  jpg: "jpeg",
  webp: "webp",
  gif: "gif",
  tiff: "tiff",
  tif: "tiff",
  geotiff: "tiff",
  bmp: "bmp",
  mixed: "mixed",
  mvt: "mvt",
  pbf: "mvt",
};

/**
 * Image options for a format name, with local settings over it.
 *
 * The name stands for an entry of `globals.formats`, a MIME type, or `mixed`; a local option that is set
 * replaces the entry's. `encoding_options` are replaced as a whole.
 *
 * @param format name as configured; `undefined`: only the local block and the globals count
 * @throws RangeError if an option has an impossible value; the caller knows its path and words the fault
 */
export function resolveImageOptions(
  format: string | undefined,
  local: ImageConfigLike | undefined,
  globals: ImageGlobals,
): ImageOptions {
  const entry =
    format !== undefined && Object.hasOwn(globals.formats, format)
      ? globals.formats[format]
      : undefined;
  const named = format?.startsWith("image/") ? format : undefined;
  const written = format === "mixed" ? "mixed" : (local?.format ?? entry?.format ?? named);
  const kind = formatOf(written);
  const encoding = readEncoding(local?.encoding_options ?? entry?.encoding_options);
  const colors = local?.colors ?? entry?.colors;
  return {
    format: kind,
    mime: written === undefined ? "" : mimeType(written),
    mode: pick("mode", local?.mode ?? entry?.mode, MODES),
    transparent: format === "mixed" ? true : (local?.transparent ?? entry?.transparent),
    opacity: local?.opacity ?? entry?.opacity,
    resampling:
      pick(
        "resampling_method",
        local?.resampling_method ?? entry?.resampling_method,
        RESAMPLINGS,
      ) ?? globals.resampling,
    background: undefined,
    colors: colors ?? (globals.paletted && written?.includes("png") ? 256 : undefined),
    ...(globals.paletted ? {} : { paletted: false }),
    quantizer: encoding.quantizer,
    tiffCompression: encoding.tiffCompression,
    webpQuality: encoding.webpQuality,
    webpLossless: encoding.webpLossless,
    jpegSampling: encoding.jpegSampling,
    // The global quality is for JPEG files; JPEG inside of TIFF has a default of its own.
    jpegQuality: encoding.jpegQuality ?? (kind === "tiff" ? undefined : globals.jpegQuality),
  };
}

/** Encoding that a configured name or MIME type stands for; parameters do not count. */
export function formatOf(name: string | undefined): ImageFormat | undefined {
  if (name === undefined) return undefined;
  const extension = formatExtension(name).toLowerCase();
  if (extension.startsWith("png")) return "png";
  return Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
}

/** What stands after the `/` of a MIME type, without parameters: `png` of `image/png; mode=8bit`. */
export function formatExtension(name: string): string {
  const slash = name.indexOf("/");
  return name
    .slice(slash + 1)
    .split(";")[0]!
    .trim(); // splitting gives at least one part
}

/** MIME type to declare for pictures of these options, parameters included. */
export function mimeOf(options: Pick<ImageOptions, "mime" | "format">): string {
  return options.mime || mimeType(options.format ?? "png");
}

function mimeType(name: string): string {
  return name.startsWith("image/") ? name : `image/${name}`;
}

type Encoding = Pick<
  ImageOptions,
  "jpegQuality" | "jpegSampling" | "quantizer" | "tiffCompression" | "webpQuality" | "webpLossless"
>;

function readEncoding(written: Readonly<Record<string, unknown>> | undefined): Encoding {
  const { jpeg_quality, jpeg_sampling, quantizer, tiff_compression, ...others } = written ?? {};
  const { webp_quality, webp_lossless, ...unknown } = others;
  if (Object.keys(unknown).length > 0) {
    throw new RangeError(`unknown encoding_options: ${JSON.stringify(unknown)}`);
  }
  if (jpeg_quality !== undefined && !Number.isInteger(jpeg_quality)) {
    throw new RangeError("jpeg_quality is not an integer");
  }
  const isQuality = Number(webp_quality) >= 0 && Number(webp_quality) <= 100;
  if (webp_quality !== undefined && !(typeof webp_quality === "number" && isQuality)) {
    throw new RangeError("webp_quality is not a number from 0 to 100");
  }
  if (webp_lossless !== undefined && typeof webp_lossless !== "boolean") {
    throw new RangeError("webp_lossless is neither true nor false");
  }
  return {
    jpegQuality: jpeg_quality as number | undefined,
    jpegSampling: pick("jpeg_sampling", jpeg_sampling, JPEG_SAMPLINGS),
    webpQuality: webp_quality,
    webpLossless: webp_lossless,
    quantizer: pick("quantizer", quantizer, QUANTIZERS),
    tiffCompression: pick("tiff_compression", tiff_compression, TIFF_COMPRESSIONS),
  };
}

function pick<T extends string>(
  option: string,
  value: unknown,
  known: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((word) => word === value);
  if (found === undefined) throw new RangeError(`unknown ${option}`);
  return found;
}

/** How the reference words the fault; users search for it. */
const COLOR_FAULT = "color needs to be a tuple/list or 0xrrggbb/#rrggbb(aa) string";

/**
 * A color of the configuration or of a request: a list of 3 or 4 whole numbers from 0 to 255, or `#rrggbb`,
 * `0xrrggbb`, `rrggbb`, each with two more digits for alpha.
 *
 * @throws RangeError for anything else; the caller knows the option and words the fault
 */
export function parseColor(value: string | readonly number[]): Color {
  if (typeof value !== "string") {
    const sound = value.every((v) => Number.isInteger(v) && v >= 0 && v <= 255);
    if (!sound || value.length < 3 || value.length > 4) throw new RangeError(COLOR_FAULT);
    return value as unknown as Color;
  }
  const digits = /^(?:#|0x)?([0-9a-f]{6}|[0-9a-f]{8})$/i.exec(value)?.[1];
  if (digits === undefined) throw new RangeError(COLOR_FAULT);
  const samples = digits.match(/../g)!.map((pair) => Number.parseInt(pair, 16)); // digits come in pairs
  return samples as unknown as Color;
}
