import { ImageError } from "../core/errors.ts";
import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import { encodeBmp } from "./bmp.ts";
import { type CanvasOptions, canvas } from "./canvas.ts";
import { drawView } from "./draw.ts";
import type { Drawing, FileDrawing, ViewDrawing } from "./drawing.ts";
import { encodeDrawing, jpegHow } from "./encode-drawn.ts";
import { encodeGif } from "./gif.ts";
import { fromIndexed, type Indexed, quantize } from "./indexed.ts";
import { decodeJpeg, encodeJpeg } from "./kernels/jpeg.ts";
import { decodeWithPhoton } from "./kernels/photon.ts";
import type { ImageOptions } from "./options.ts";
import { checkHead, type DecodeLimits, decodesAtOnce, sniff } from "./peek.ts";
import type { Encoded, ImageFormat, Picture, RasterView } from "./picture.ts";
import { decodePng, verifyPng } from "./png-decode.ts";
import { encodeIndexedPng, encodePng } from "./png-encode.ts";
import { formatExtension } from "./resolve.ts";
import { targetOf } from "./target.ts";
import { encodeTiff } from "./tiff.ts";
import { verifyGif, verifyJpeg, verifyLength } from "./verify.ts";
import { hasTransparency, withChannels } from "./view.ts";

/** `jpeg_quality` is not for WebP. */
const WEBP_QUALITY = 80;

/** Ground that a picture covers, for formats that can tell. */
export interface GeoReference {
  readonly bbox: BBox;
  readonly srs: Srs;
}

/**
 * Decodes a picture file. The head is read first, so that nothing is allocated for a picture of the wrong
 * or of an absurd size.
 *
 * @throws ImageError if the format is not known, the file is cut short or damaged, or a limit is exceeded
 */
export async function decode(bytes: Uint8Array, limits: DecodeLimits = {}): Promise<RasterView> {
  const { format } = checkHead(bytes, limits);
  if (format === "png") return decodePng(bytes);
  if (format === "jpeg") return decodeJpeg(bytes) ?? (await decodeWithPhoton(bytes));
  if (format === "webp") {
    // Few installations need it: it is loaded by the first picture.
    const { decodeWebp } = await import("./kernels/webp.ts");
    return await decodeWebp(bytes);
  }
  return await decodeWithPhoton(bytes);
}

/**
 * Makes sure that bytes nobody is going to decode are a whole and sound picture, before they are stored.
 *
 * PNG is inflated and its checksums are compared; JPEG and GIF are followed to their end; the declared length
 * of WebP and BMP is held against the bytes; TIFF is decoded.
 *
 * @param expect the only size that is accepted
 * @throws ImageError if it is not
 */
export async function verify(
  bytes: Uint8Array,
  expect: { readonly size?: readonly [width: number, height: number] },
): Promise<void> {
  const { format } = checkHead(bytes, expect);
  if (format === "png") verifyPng(bytes);
  else if (format === "jpeg") verifyJpeg(bytes);
  else if (format === "gif") verifyGif(bytes);
  else if (format === "webp" || format === "bmp") verifyLength(bytes, format);
  else await decode(bytes, expect);
}

/**
 * Encodes pixels by the rules of `options`: palette, mode and format, in this order.
 *
 * JPEG has no alpha: it is dropped, not drawn over a ground. `mixed` becomes PNG if any pixel is not opaque,
 * else JPEG.
 *
 * @param geo written into TIFF files (GeoTIFF 1.0, 2.6); no other format can tell
 * @throws ImageError if the format is not one that can be written
 */
export async function encode(
  view: RasterView,
  options: ImageOptions,
  geo?: GeoReference,
): Promise<Encoded> {
  const own = toOwnMode(view, options);
  const { format, colors, transparent } = targetOf(options, () => hasTransparency(own));
  const quantizer = options.quantizer;
  // Grey with alpha has no palette form; it stays as it is.
  const reduced =
    colors > 0 && own.channels !== 2
      ? quantize(own, { colors, transparent, quantizer })
      : options.mode === "P"
        ? quantize(own, { colors: 256, transparent, quantizer })
        : undefined;
  const isPalette = reduced !== undefined && (options.mode ?? "P") === "P";
  if (isPalette && format === "png") return { bytes: encodeIndexedPng(reduced), format };
  if (isPalette && format === "gif") return { bytes: encodeGif(reduced), format };
  const pixels = toWantedMode(reduced, own, options);
  return { bytes: await encodePixels(pixels, format, { options, geo, transparent }), format };
}

/** Grey pictures take a forced mode before anything else. */
function toOwnMode(view: RasterView, { mode }: ImageOptions): RasterView {
  if (view.channels > 2 || mode === undefined || mode === "L" || mode === "I") return view;
  return withChannels(view, mode === "RGBA" || (mode === "P" && view.channels === 2) ? 4 : 3);
}

/** The pixels to write where the file has no palette. */
function toWantedMode(
  reduced: Indexed | undefined,
  own: RasterView,
  { mode }: ImageOptions,
): RasterView {
  const view = reduced ? fromIndexed(reduced) : own;
  if (mode === undefined || mode === "P") return view;
  return withChannels(view, mode === "RGBA" ? 4 : mode === "RGB" ? 3 : 1);
}

async function encodePixels(
  view: RasterView,
  format: ImageFormat,
  about: { options: ImageOptions; geo: GeoReference | undefined; transparent: boolean },
): Promise<Uint8Array> {
  const { options, geo, transparent } = about;
  switch (format) {
    case "png":
      return encodePng(view);
    case "jpeg": {
      const { quality, sampling } = jpegHow(options);
      return encodeJpeg(withChannels(view, 3), quality, sampling);
    }
    case "webp": {
      const { encodeWebp } = await import("./kernels/webp.ts");
      const color = withChannels(view, view.channels % 2 ? 3 : 4);
      return await encodeWebp(color, {
        quality: options.webpQuality ?? WEBP_QUALITY,
        lossless: options.webpLossless ?? false,
      });
    }
    case "gif": {
      // GIF needs a palette; its alpha has one bit.
      return encodeGif(quantize(view, { colors: 256, transparent, quantizer: "mediancut" }));
    }
    case "tiff":
      return encodeTiff(view, options, geo);
    case "bmp":
      return encodeBmp(view);
    case "mixed":
    case "mvt":
      throw new ImageError(`Cannot write pictures as "${format}"`);
  }
}

/**
 * The pixels of a picture; a blank one becomes a canvas of `size` in the background of `options`.
 *
 * @throws ImageError as {@linkcode decode}; the size of decoded pictures is the caller's to check
 */
export async function toRaster(
  picture: Picture,
  size: readonly [width: number, height: number],
  options: CanvasOptions,
): Promise<RasterView> {
  switch (picture.kind) {
    case "raster":
      return picture.view;
    case "encoded":
      return await decode(picture.bytes);
    case "drawing":
      return drawView(picture.drawing);
    case "blank":
      return canvas(size, options);
  }
}

/**
 * A picture as a drawing: nothing is decoded that can be decoded when it is drawn.
 *
 * @throws ImageError if a file of another kind cannot be decoded
 */
export async function toDrawing(
  picture: Picture,
  size: readonly [width: number, height: number],
  options: CanvasOptions,
): Promise<Drawing> {
  if (picture.kind === "drawing") return picture.drawing;
  if (picture.kind === "encoded") return await forDrawing(picture.bytes);
  return { kind: "view", view: await toRaster(picture, size, options) };
}

/**
 * A file, if it decodes without waiting; else its pixels.
 *
 * @throws ImageError if its head is damaged or beyond the limits, or, of pixels, as {@linkcode decode}
 */
export async function forDrawing(
  bytes: Uint8Array,
  limits: DecodeLimits = {},
): Promise<FileDrawing | ViewDrawing> {
  const { width, height } = checkHead(bytes, limits);
  if (decodesAtOnce(bytes)) return { kind: "file", bytes, size: [width, height] };
  return { kind: "view", view: await decode(bytes, limits) };
}

/**
 * The bytes of a picture in the options that are wanted.
 *
 * Bytes that are in the wanted format and mode already are returned untouched, the very same array,
 * whatever the other options say; so a lone upstream tile reaches the client as it came. A picture counts as
 * what it was asked for: its options' format, or what the bytes are where that is not known.
 *
 * Pictures of one color, blank or painted in place of an answer, never get a palette.
 *
 * @param size of the canvas for a blank picture
 */
export async function toBytes(
  result: { readonly picture: Picture; readonly options: ImageOptions },
  wanted: ImageOptions,
  size: readonly [width: number, height: number],
  geo?: GeoReference,
): Promise<Encoded> {
  const { picture, options } = result;
  switch (picture.kind) {
    case "encoded": {
      if (passesThrough(picture.bytes, options, wanted)) {
        return { bytes: picture.bytes, format: sniff(picture.bytes) ?? picture.format };
      }
      return await encodeAny(await forDrawing(picture.bytes), wanted, geo);
    }
    case "drawing":
      return await encodeAny(picture.drawing, wanted, geo);
    case "raster":
      return await encode(picture.view, picture.isPlain ? { ...wanted, colors: 0 } : wanted, geo);
    case "blank":
      return await encode(canvas(size, wanted), { ...wanted, colors: 0 }, geo);
  }
}

/**
 * Draws and encodes by the rules of `wanted`.
 *
 * @throws ImageError if a file cannot be decoded, or nothing can be written in the format
 */
export async function encodeAny(
  drawing: Drawing,
  wanted: ImageOptions,
  geo: GeoReference | undefined,
): Promise<Encoded> {
  if (drawing.kind === "view") return await encode(drawing.view, wanted, geo);
  const made = encodeDrawing(drawing, wanted);
  return "view" in made ? await encode(made.view, wanted, geo) : made;
}

function passesThrough(bytes: Uint8Array, own: ImageOptions, wanted: ImageOptions): boolean {
  if (wanted.format === undefined) return own.mode === wanted.mode;
  if ((own.format ?? sniff(bytes)) !== wanted.format || own.mode !== wanted.mode) return false;
  // Plain TIFF has no georeference: GeoTIFF is a format of its own here.
  return wanted.format !== "tiff" || isGeoTiff(own) === isGeoTiff(wanted);
}

function isGeoTiff({ mime }: ImageOptions): boolean {
  return formatExtension(mime).toLowerCase() === "geotiff";
}
