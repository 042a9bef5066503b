import type { BBox } from "../geo/bbox.ts";

/** Endings of the world file that lies beside a picture, by the ending of the picture. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  png: ["pgw", "pngw"],
  jpg: ["jgw", "jpgw"],
  jpeg: ["jgw", "jpegw"],
  tif: ["tfw", "tifw"],
  tiff: ["tfw", "tiffw"],
  webp: ["wbw", "webpw"],
};

/** Paths at which the world file of a picture may lie, most usual first. */
export function worldFilePaths(picture: string): string[] {
  const match = /^(.*)\.([^./]+)$/.exec(picture);
  if (!match) return [`${picture}.wld`];
  const [, stem = "", ending = ""] = match;
  return [...(ENDINGS[ending.toLowerCase()] ?? []), "wld"].map((end) => `${stem}.${end}`);
}

/**
 * Ground that a picture covers, by its world file: six numbers, one a line – width of a pixel, two
 * rotations, height of a pixel (negative), and the center of the upper left pixel.
 *
 * @param size of the picture in pixels
 * @throws RangeError if the file cannot be read, or if the picture is rotated or upside down
 */
export function parseWorldFile(text: string, size: readonly [width: number, height: number]): BBox {
  const values = text.trim().split(/\s+/).map(Number);
  if (values.length < 6 || values.slice(0, 6).some((value) => !Number.isFinite(value))) {
    throw new RangeError("Cannot read world file: expected six numbers, one a line");
  }
  const [dx, rotationY, rotationX, dy, x, y] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (rotationX !== 0 || rotationY !== 0) {
    throw new RangeError("Cannot use world file: rotated pictures are not supported");
  }
  if (dx <= 0 || dy >= 0) {
    throw new RangeError("Cannot use world file: expected pixels that run east and south");
  }
  const minx = x - dx / 2;
  const maxy = y - dy / 2;
  return [minx, maxy + dy * size[1], minx + dx * size[0], maxy];
}
