import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import { encodeJpeg } from "./kernels/jpeg.ts";
import { lzw } from "./kernels/lzw.ts";
import type { ImageOptions } from "./options.ts";
import type { RasterView } from "./picture.ts";
import { samplesOf, withChannels } from "./view.ts";

/** Quality of JPEG inside of TIFF where none is set: the codec's usual default, not that of JPEG files. */
const DEFAULT_QUALITY = 75;

/** Bytes of one value by field type: 3 short, 4 long, 12 double. */
const FIELD_BYTES = { 3: 2, 4: 4, 12: 8 } as const;

type Field = readonly [tag: number, type: keyof typeof FIELD_BYTES, values: readonly number[]];

/** Pixel data as stored, and how. */
interface Strip {
  readonly bytes: Uint8Array;
  readonly compression: 1 | 5 | 7;
  readonly fields: readonly Field[];
}

/**
 * A TIFF file of one strip (TIFF 6.0), little-endian: uncompressed, LZW, or JPEG without alpha. It never has a
 * palette: our own decoder for TIFF reads none.
 *
 * With `geo` it gets the tags of GeoTIFF 1.0: pixel size, the ground position of the upper left corner and
 * the reference system by its EPSG number.
 */
export function encodeTiff(
  view: RasterView,
  options: Pick<ImageOptions, "tiffCompression" | "jpegQuality">,
  geo?: { readonly bbox: BBox; readonly srs: Srs },
): Uint8Array {
  const { width, height } = view;
  const strip = makeStrip(view, options);
  const fields: Field[] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [259, 3, [strip.compression]],
    [278, 4, [height]],
    [279, 4, [strip.bytes.length]],
    [284, 3, [1]],
    ...strip.fields,
    ...(geo ? geoFields(geo, width, height) : []),
  ];
  return writeFile(fields, strip.bytes);
}

function makeStrip(
  view: RasterView,
  options: Pick<ImageOptions, "tiffCompression" | "jpegQuality">,
): Strip {
  if (options.tiffCompression === "jpeg") {
    return jpegStrip(view, options.jpegQuality ?? DEFAULT_QUALITY);
  }
  const isLzw = options.tiffCompression === "tiff_lzw";
  const samples = samplesOf(view);
  return {
    bytes: isLzw ? lzw(samples, { bits: 8, format: "tiff" }) : samples,
    compression: isLzw ? 5 : 1,
    fields: sampleFields(view),
  };
}

function sampleFields({ channels }: RasterView): Field[] {
  const hasAlpha = channels % 2 === 0;
  return [
    [258, 3, new Array<number>(channels).fill(8)],
    [262, 3, [channels >= 3 ? 2 : 1]],
    [277, 3, [channels]],
    // 2: alpha that the colors are not multiplied by
    ...(hasAlpha ? [[338, 3, [2]] as const] : []),
  ];
}

/** A whole JPEG stream as the strip (TIFF Technical Note 2). */
function jpegStrip(view: RasterView, quality: number): Strip {
  const bytes = encodeJpeg(withChannels(view, 3), quality);
  return {
    bytes,
    compression: 7,
    fields: [
      [258, 3, [8, 8, 8]],
      [262, 3, [6]],
      [277, 3, [3]],
      [530, 3, lumaSampling(bytes)],
    ],
  };
}

/** Horizontal and vertical sampling factor of the first component (ITU-T T.81, B.2.2). */
function lumaSampling(jpeg: Uint8Array): [number, number] {
  for (let at = 2; at + 11 < jpeg.length; at += 2 + jpeg[at + 2]! * 256 + jpeg[at + 3]!) {
    if (jpeg[at + 1] === 0xc0) return [jpeg[at + 11]! >> 4, jpeg[at + 11]! & 15];
  }
  return [1, 1];
}

function geoFields(
  { bbox, srs }: { readonly bbox: BBox; readonly srs: Srs },
  width: number,
  height: number,
): Field[] {
  const pixel = [(bbox[2] - bbox[0]) / width, (bbox[3] - bbox[1]) / height, 0];
  const model = srs.isGeographic ? 2 : 1;
  const keys = [1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, 3072, 0, 1, epsgNumber(srs)];
  return [
    [33550, 12, pixel],
    [33922, 12, [0, 0, 0, bbox[0], bbox[3], 0]],
    [34735, 3, keys],
  ];
}

/** The EPSG number, in 16 bits; 32767 (user-defined) for systems that have none. */
function epsgNumber({ code, isGeographic }: Srs): number {
  const number = Number(/^EPSG:(\d+)$/.exec(code)?.[1]);
  if (number > 0 && number <= 65535) return number;
  // Old aliases of Web Mercator do not fit into 16 bits.
  if (number === 900913 || number === 102100 || number === 102113) return 3857;
  return code.startsWith("CRS:") && isGeographic ? 4326 : 32767;
}

/** Head, directory in the order of tags, long values, strip. */
function writeFile(fields: readonly Field[], strip: Uint8Array): Uint8Array {
  const sorted = [...fields, [273, 4, [0]] as Field].sort((a, b) => a[0] - b[0]);
  const directory = 8;
  const valuesAt = directory + 2 + 12 * sorted.length + 4;
  const size = ([, type, values]: Field) => FIELD_BYTES[type] * values.length;
  const longs = sorted.reduce((sum, field) => sum + (size(field) > 4 ? size(field) : 0), 0);
  const stripAt = valuesAt + longs;
  const file = new Uint8Array(stripAt + strip.length);
  const out = new DataView(file.buffer);
  out.setUint32(0, 0x49492a00);
  out.setUint32(4, directory, true);
  out.setUint16(directory, sorted.length, true);
  let free = valuesAt;
  sorted.forEach((field, i) => {
    const [tag, type, values] = field;
    const at = directory + 2 + 12 * i;
    out.setUint16(at, tag, true);
    out.setUint16(at + 2, type, true);
    out.setUint32(at + 4, values.length, true);
    const isLong = size(field) > 4;
    if (isLong) out.setUint32(at + 8, free, true);
    const write = { 3: "setUint16", 4: "setUint32", 12: "setFloat64" } as const;
    values.forEach((value, n) => {
      const to = (isLong ? free : at + 8) + n * FIELD_BYTES[type];
      out[write[type]](to, tag === 273 ? stripAt : value, true);
    });
    if (isLong) free += size(field);
  });
  file.set(strip, stripAt);
  return file;
}
