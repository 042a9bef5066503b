/** How large a map is, and what it covers, where a request leaves one of the two open. */
import { type BBox, bboxHeight, bboxWidth } from "../../geo/bbox.ts";
import type { Srs } from "../../srs/srs.ts";
import { apiError } from "./params.ts";
import type { Place } from "./place.ts";
import type { MapLimits } from "./settings.ts";

/** A rectangle of ground and its picture. */
export interface MapArea {
  /** x east, y north. */
  readonly bbox: BBox;
  readonly size: readonly [width: number, height: number];
}

/** What a request says of the size of its map. */
export interface AskedSize {
  readonly place: Place;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly scaleDenominator?: number | undefined;
  /** Size of a pixel on the client's display; 0.28 unless it says otherwise. */
  readonly mmPerPixel: number;
}

/** What is known of the layer. */
export interface SizeContext {
  /** Of the layer in the system of the map. */
  readonly extent: BBox;
  readonly srs: Srs;
  /** Metres a pixel that the layer is made for, on a display of 0.28 mm. */
  readonly nominalResolution: number | undefined;
  /** For messages. */
  readonly layer: string;
}

/** Longer side of a map of which nobody says how large it shall be. */
const DEFAULT_SIDE = 1024;
/** The OGC's standard display, in mm (OGC 06-042, 7.2.4.6.9). */
export const STANDARD_MM = 0.28;

/**
 * Works out the area of a map (OGC 20-058, 8 and 12).
 *
 * @throws RequestError `Invalid Parameter` where too much is said, `InternalError` where a size in pixels
 *   needs a scale and neither the request nor the layer has one
 */
export function mapArea(asked: AskedSize, context: SizeContext): MapArea {
  const { place, width, height, scaleDenominator } = asked;
  const hasSide = width !== undefined || height !== undefined;
  const { bbox } = place;
  if (bbox && scaleDenominator !== undefined && hasSide) {
    throw apiError(
      "Invalid Parameter",
      "bbox and scale-denominator and (width/height) are mutually exclusive",
    );
  }
  if (bbox) {
    if (scaleDenominator === undefined) return { bbox, size: sizeOf(asked, aspectOf(bbox)) };
    const res = resolutionOf(asked, context);
    return { bbox, size: [pixels(bboxWidth(bbox) / res), pixels(bboxHeight(bbox) / res)] };
  }
  const { extent } = context;
  const size = sizeOf(asked, aspectOf(extent));
  if (!place.center && scaleDenominator === undefined && !hasSide) return { bbox: extent, size };
  return {
    bbox: around(place.center ?? centerOf(extent), size, resolutionOf(asked, context)),
    size,
  };
}

/**
 * Refuses maps that would take too much.
 *
 * @throws RequestError `Invalid Parameter`
 */
export function checkLimits([width, height]: MapArea["size"], limits: MapLimits): void {
  if (width > limits.width) throw tooLarge(`width=${width} exceeds max_width=${limits.width}`);
  if (height > limits.height)
    throw tooLarge(`height=${height} exceeds max_height=${limits.height}`);
  const count = width * height;
  if (count > limits.pixels) {
    throw tooLarge(`number of pixels ${count} exceed max_pixels=${limits.pixels}`);
  }
}

function tooLarge(detail: string) {
  return apiError("Invalid Parameter", detail);
}

function centerOf([minx, miny, maxx, maxy]: BBox): [number, number] {
  return [(minx + maxx) / 2, (miny + maxy) / 2];
}

function aspectOf(bbox: BBox): number {
  return bboxWidth(bbox) / bboxHeight(bbox);
}

/** What is given as it is; a missing side from the other; both missing: the longer one 1024. */
function sizeOf({ width, height }: AskedSize, aspect: number): [number, number] {
  if (width !== undefined) return [width, height ?? pixels(width / aspect)];
  if (height !== undefined) return [pixels(height * aspect), height];
  return aspect >= 1
    ? [DEFAULT_SIDE, pixels(DEFAULT_SIDE / aspect)]
    : [pixels(DEFAULT_SIDE * aspect), DEFAULT_SIDE];
}

/** Units of the system a pixel. */
function resolutionOf(
  { scaleDenominator, mmPerPixel }: AskedSize,
  { nominalResolution, layer, srs }: SizeContext,
): number {
  if (scaleDenominator !== undefined) {
    return (scaleDenominator * mmPerPixel) / 1000 / srs.metresPerUnit;
  }
  if (nominalResolution === undefined) {
    // The spelling is the one that clients of the reference know.
    throw apiError("InternalError", `Layer ${layer} lacks a mominal_res/nominal_scale setting`);
  }
  return (nominalResolution * mmPerPixel) / STANDARD_MM / srs.metresPerUnit;
}

function around(
  [x, y]: readonly [number, number],
  [width, height]: MapArea["size"],
  res: number,
): BBox {
  const [dx, dy] = [(width * res) / 2, (height * res) / 2];
  return [x - dx, y - dy, x + dx, y + dy];
}

/** Whole pixels, halves to the even number, at least one. */
export function pixels(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 === 1);
  return Math.max(1, up ? down + 1 : down);
}
