import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "../srs/srs.ts";
import { transformPoints } from "../srs/transform.ts";
import type { Quad } from "./kernels/warp.ts";

/** A picture's place on the ground. */
export interface Placed {
  readonly bbox: BBox;
  readonly srs: Srs;
  /** Pixels. */
  readonly size: readonly [width: number, height: number];
}

/** Rectangles narrower or lower than this many pixels are not divided any more. */
const SMALLEST = 50;

/** The same where more than the usual precision is asked for. */
const SMALLEST_EXACT = 8;

/** Pixels of the target by which the middle of a quad may be off, unless the target says otherwise. */
const MAX_ERROR = 1;

/** Rectangle of the target: x0, y0, x1, y1 in pixels. */
type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Divides the target into quads, so that bilinear interpolation of source positions between the corners of
 * each is right to a pixel in its middle, or to `target.maxError` pixels.
 *
 * Rectangles with a corner that has no place in the source's system are divided too, and left out where
 * they are small.
 */
export function meshQuads(source: Placed, target: Placed & { readonly maxError?: number }): Quad[] {
  const { maxError = MAX_ERROR } = target;
  const smallest = maxError < MAX_ERROR ? SMALLEST_EXACT : SMALLEST;
  const from = { ...source, bbox: withinLimits(source) };
  const to = { ...target, bbox: withinLimits(target) };
  const quads: Quad[] = [];
  let boxes: Box[] = [[0, 0, to.size[0], to.size[1]]];
  while (boxes.length > 0) {
    const candidates = toQuads(boxes, from, to);
    const errors = middleErrors(candidates, from, to);
    const divided: Box[] = [];
    candidates.forEach((quad, i) => {
      const isSmall = quad.width < smallest || quad.height < smallest;
      const isKnown = quad.corners.every(Number.isFinite);
      if (isKnown && (isSmall || errors[i]! < maxError)) quads.push(quad);
      else if (!isSmall) divided.push(...divide(boxes[i]!));
    });
    boxes = divided;
  }
  return quads;
}

/** At the poles reprojection fails: geographic boxes end a hair before them. */
function withinLimits({ bbox, srs }: Placed): BBox {
  if (srs.code !== "EPSG:4326") return bbox;
  const [minx, miny, maxx, maxy] = bbox;
  return [
    minx,
    Math.abs(miny + 90) < 1e-6 ? -90 + 1e-8 : miny,
    maxx,
    Math.abs(maxy - 90) < 1e-6 ? 90 - 1e-8 : maxy,
  ];
}

/** Two parts of a long rectangle, or four. Pixel positions are whole. */
function divide([x0, y0, x1, y1]: Box): Box[] {
  const width = x1 - x0;
  const height = y1 - y0;
  const x = Math.trunc(x0 + width / 2);
  const y = Math.trunc(y0 + height / 2);
  if (width > 2 * height) {
    return [
      [x0, y0, x, y1],
      [x, y0, x1, y1],
    ];
  }
  if (height > 2 * width) {
    return [
      [x0, y0, x1, y],
      [x0, y, x1, y1],
    ];
  }
  return [
    [x0, y0, x, y],
    [x, y0, x1, y],
    [x0, y, x, y1],
    [x, y, x1, y1],
  ];
}

/** All corners of all boxes in one call of the projection. */
function toQuads(boxes: readonly Box[], source: Placed, target: Placed): Quad[] {
  const pixels = new Float64Array(boxes.length * 8);
  boxes.forEach(([x0, y0, x1, y1], i) => {
    pixels.set([x0, y0, x0, y1, x1, y1, x1, y0], i * 8);
  });
  toGround(pixels, target);
  const ground = transformPoints(pixels, target.srs, source.srs);
  toPixels(ground, source);
  return boxes.map(([x0, y0, x1, y1], i) => ({
    x: x0,
    y: y0,
    width: x1 - x0,
    height: y1 - y0,
    corners: Array.from(ground.subarray(i * 8, i * 8 + 8)),
  }));
}

/** How far the middle of each quad is off, in pixels of the target. */
function middleErrors(quads: readonly Quad[], source: Placed, target: Placed): Float64Array {
  const middles = new Float64Array(quads.length * 2);
  const guesses = new Float64Array(quads.length * 2);
  quads.forEach(({ x, y, width, height, corners: c }, i) => {
    const u = width / 2 - 0.5;
    const v = height / 2 - 0.5;
    middles.set([x + u, y + v], i * 2);
    for (let axis = 0; axis < 2; axis++) {
      const nw = c[axis]!;
      const a1 = (c[6 + axis]! - nw) / width;
      const a2 = (c[2 + axis]! - nw) / height;
      const a3 = (c[4 + axis]! - c[2 + axis]! - c[6 + axis]! + nw) / width / height;
      guesses[2 * i + axis] = nw + a1 * u + a2 * v + a3 * u * v;
    }
  });
  toGround(middles, target);
  toGround(guesses, source);
  const back = transformPoints(guesses, source.srs, target.srs);
  const pixel = (target.bbox[2] - target.bbox[0]) / target.size[0];
  return Float64Array.from(quads, (_, i) => {
    const dx = Math.abs(back[2 * i]! - middles[2 * i]!);
    const dy = Math.abs(back[2 * i + 1]! - middles[2 * i + 1]!);
    return Math.max(dx, dy) / pixel;
  });
}

/** Pixels to ground units, in place; y turns round. */
function toGround(xy: Float64Array, { bbox, size }: Placed): void {
  const dx = (bbox[2] - bbox[0]) / size[0];
  const dy = (bbox[3] - bbox[1]) / size[1];
  for (let i = 0; i < xy.length; i += 2) {
    xy[i] = bbox[0] + xy[i]! * dx;
    xy[i + 1] = bbox[3] - xy[i + 1]! * dy;
  }
}

/** Ground units to pixels, in place. */
function toPixels(xy: Float64Array, { bbox, size }: Placed): void {
  const dx = size[0] / (bbox[2] - bbox[0]);
  const dy = size[1] / (bbox[3] - bbox[1]);
  for (let i = 0; i < xy.length; i += 2) {
    xy[i] = (xy[i]! - bbox[0]) * dx;
    xy[i + 1] = (bbox[3] - xy[i + 1]!) * dy;
  }
}
