import { ImageError } from "../core/errors.ts";
import { findTile, type Kind, keepTile, takeRows } from "./decoded-tiles.ts";
import type { Drawing, Look, StackDrawing, StackLayer, TileDrawing } from "./drawing.ts";
import { type Arena, withArena } from "./kernels/arena.ts";
import { decodeJpegSheet, decodeJpegTo } from "./kernels/jpeg.ts";
import { fillPatch, newPatch, type Patch, putView, takeView, wordOf } from "./kernels/patch.ts";
import { laySheet } from "./kernels/sheet.ts";
import { newFramed, warpPatch } from "./kernels/warp.ts";
import { MASKED } from "./mask.ts";
import { checkHead } from "./peek.ts";
import type { RasterView } from "./picture.ts";
import { decodePngSheet, decodePngTo } from "./png-decode.ts";
import { windowOf } from "./view.ts";

/** Pixels of the tiles that are kept around what is needed: more than any sampler reads. */
const MARGIN = 4;

/** Rectangle in pixels: right column and lower row are not in it. */
type Box = readonly [left: number, top: number, right: number, bottom: number];

/** A drawing that has been drawn. */
export interface Drawn {
  readonly patch: Patch;
  /** Samples a pixel that count; pixels are opaque in memory where there is no alpha. */
  readonly channels: RasterView["channels"];
}

/**
 * The pixels of a drawing.
 *
 * @throws ImageError if a file that is not a tile cannot be decoded
 */
export function drawView(drawing: Drawing): RasterView {
  if (drawing.kind === "view") return drawing.view;
  return withArena((arena) => {
    const { patch, channels } = draw(arena, drawing);
    return takeView(arena, patch, channels);
  });
}

/**
 * Draws within kernel memory.
 *
 * @throws ImageError if a file that is not a tile cannot be decoded
 */
export function draw(arena: Arena, drawing: Drawing): Drawn {
  switch (drawing.kind) {
    case "view": {
      const patch = newPatch(arena, drawing.view.width, drawing.view.height);
      putView(arena, drawing.view, patch);
      return { patch, channels: drawing.view.channels };
    }
    case "file": {
      const [width, height] = drawing.size;
      const patch = newPatch(arena, width, height);
      return { patch, channels: decodeTo(arena, drawing.bytes, patch, [0, 0, width, height]) };
    }
    case "tiles":
      return drawTiles(arena, drawing);
    case "stack":
      return drawStack(arena, drawing);
  }
}

/** Decodes a part of a file; answers its samples a pixel. */
function decodeTo(
  arena: Arena,
  file: Uint8Array | RasterView,
  { at, stride }: Patch,
  window: Box,
): RasterView["channels"] {
  const [left, top, right, bottom] = window;
  if (!(file instanceof Uint8Array)) {
    const size = { width: right - left, height: bottom - top };
    putView(arena, windowOf(file, left, top, [size.width, size.height]), { at, stride, ...size });
    return file.channels;
  }
  if (file[0] !== 0xff) return decodePngTo(arena, file, { at, stride, window });
  const channels = decodeJpegTo(arena, file, { at, stride, window });
  if (!channels) throw new ImageError("Cannot decode JPEG: it is of a rare kind");
  return channels;
}

function drawTiles(arena: Arena, drawing: TileDrawing): Drawn {
  const area = newArea(arena, drawing);
  const { channels, hasAlpha } = layTiles(arena, drawing, area);
  const outside = channels % 2 === 0 ? 0 : wordOf([0, 0, 0]);
  return { patch: lookAtArea(arena, drawing, { ...area, hasAlpha, outside }), channels };
}

/**
 * Draws tiles that are all color JPEGs without leaving their luminance and chrominance, which stand where red, green and blue
 * stand else. A JPEG of them needs no conversion then, and nothing is lost by two of them.
 *
 * @returns `undefined` if the drawing has anything else in it
 */
export function drawYcc(arena: Arena, drawing: Drawing): Patch | undefined {
  if (drawing.kind !== "tiles" || !drawing.tiles.every(isJpeg)) return undefined;
  const area = newArea(arena, drawing);
  if (!layYcc(drawing, area)) return undefined;
  return lookAtArea(arena, drawing, { ...area, hasAlpha: false, outside: wordOf(YCC_BLACK) });
}

/** Luminance and chrominance of black. */
const YCC_BLACK = [0, 128, 128] as const;

function isJpeg(tile: TileDrawing["tiles"][number]): boolean {
  return tile instanceof Uint8Array && tile[0] === 0xff;
}

/** The part of the tiles that is needed, and memory for it. */
interface Area {
  readonly box: Box;
  readonly source: Patch;
}

function newArea(arena: Arena, { look, size, columns, rows, tileSize }: TileDrawing): Area {
  const box = neededBox(look, size, [columns * tileSize[0], rows * tileSize[1]]);
  return { box, source: newFramed(arena, box[2] - box[0], box[3] - box[1]) };
}

/** How an area with its tiles looks. */
function lookAtArea(
  arena: Arena,
  { look, size }: TileDrawing,
  area: Area & { readonly hasAlpha: boolean; readonly outside: number },
): Patch {
  const { box, source, hasAlpha, outside } = area;
  if (look.kind === "cut") {
    const at = [look.at[0] - box[0], look.at[1] - box[1]] as const;
    return cutPatch(arena, source, { at, size, outside });
  }
  const quads = look.quads.map((quad) => ({
    ...quad,
    corners: quad.corners.map((value, i) => value - box[i % 2]!),
  }));
  const { resampling } = look;
  return warpPatch(arena, source, { size, quads, resampling, hasAlpha, outside });
}

/** The part of the tiles that is looked at, at least a pixel of it. */
function neededBox(
  look: Look,
  size: readonly [width: number, height: number],
  [width, height]: readonly [width: number, height: number],
): Box {
  const points =
    look.kind === "cut"
      ? [
          look.at[0] + MARGIN,
          look.at[1] + MARGIN,
          look.at[0] + size[0] - MARGIN,
          look.at[1] + size[1] - MARGIN,
        ]
      : look.quads.flatMap(({ corners }) => corners);
  let [minx, miny, maxx, maxy] = [width, height, 0, 0];
  for (let i = 0; i < points.length; i += 2) {
    minx = Math.min(minx, points[i]!);
    maxx = Math.max(maxx, points[i]!);
    miny = Math.min(miny, points[i + 1]!);
    maxy = Math.max(maxy, points[i + 1]!);
  }
  const left = clamp(Math.floor(minx) - MARGIN, width - 1);
  const top = clamp(Math.floor(miny) - MARGIN, height - 1);
  return [
    left,
    top,
    Math.max(left + 1, clamp(Math.ceil(maxx) + MARGIN, width)),
    Math.max(top + 1, clamp(Math.ceil(maxy) + MARGIN, height)),
  ];
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

/** Decodes the tiles to where they lie; those that cannot be read leave the ground. */
function layTiles(
  arena: Arena,
  drawing: TileDrawing,
  area: Area,
): { channels: RasterView["channels"]; hasAlpha: boolean } {
  const { tiles, tileSize, ground, onUnreadable } = drawing;
  let { channels } = drawing;
  let hasAlpha = false;
  tiles.forEach((tile, i) => {
    const part = placeOf(i, drawing, area);
    if (!part) return;
    const { window, place } = part;
    const own = tile && readTile(tile, { place, window, tileSize, index: i, onUnreadable });
    if (!own) fillPatch(arena, place, wordOf(ground));
    // A lone tile stays what it is; others become what the canvas is.
    if (own && tiles.length === 1) channels = own;
    if (own && own % 2 === 0 && channels % 2 === 1) opaquePatch(arena, place);
    else if (own ? own % 2 === 0 : channels % 2 === 0) hasAlpha = true;
  });
  return { channels, hasAlpha };
}

/** The part of a tile that is needed, and where it lies; `undefined` if none is. */
function placeOf(
  index: number,
  { columns, tileSize: [width, height] }: TileDrawing,
  { box, source }: Area,
): { readonly window: Box; readonly place: Patch } | undefined {
  const x = (index % columns) * width;
  const y = Math.floor(index / columns) * height;
  const window: Box = [
    Math.max(0, box[0] - x),
    Math.max(0, box[1] - y),
    Math.min(width, box[2] - x),
    Math.min(height, box[3] - y),
  ];
  if (window[0] >= window[2] || window[1] >= window[3]) return undefined;
  const place: Patch = {
    at: source.at + (y + window[1] - box[1]) * source.stride + (x + window[0] - box[0]) * 4,
    stride: source.stride,
    width: window[2] - window[0],
    height: window[3] - window[1],
  };
  return { window, place };
}

/** As {@linkcode layTiles}, in luminance and chrominance; false if a tile has none, or cannot be read. */
function layYcc(drawing: TileDrawing, area: Area): boolean {
  return drawing.tiles.every((tile, i) => {
    const part = placeOf(i, drawing, area);
    if (!part) return true;
    const { place, window } = part;
    const file = tile as Uint8Array; // the caller has looked
    try {
      const { tileSize } = drawing;
      return withArena((inner) => {
        if (layKept(inner, file, "ycc", { ...part, tileSize })) return true;
        checkHead(file, { size: tileSize });
        return decodeJpegTo(inner, file, { ...place, window, keepsYcc: true }) !== undefined;
      });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      // drawn the other way it shows the ground, and is told of
      return false;
    }
  });
}

function readTile(
  tile: Uint8Array | RasterView,
  how: {
    readonly place: Patch;
    readonly window: Box;
    readonly tileSize: readonly [width: number, height: number];
    readonly index: number;
    readonly onUnreadable: TileDrawing["onUnreadable"];
  },
): RasterView["channels"] | undefined {
  const { place, window, tileSize, index, onUnreadable } = how;
  try {
    // What decoding borrows is given back tile by tile.
    return withArena((inner) => {
      if (tile instanceof Uint8Array) {
        const kept = layKept(inner, tile, "rgb", how);
        if (kept) return kept;
        checkHead(tile, { size: tileSize });
      }
      return decodeTo(inner, tile, place, window);
    });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    onUnreadable?.(index, error);
    return undefined;
  }
}

/**
 * Lays a tile whose file has been decoded before; one that comes for the second time is kept.
 *
 * @returns `undefined` if nothing was laid
 * @throws ImageError if the file cannot be decoded
 */
function layKept(
  arena: Arena,
  file: Uint8Array,
  kind: Kind,
  to: {
    readonly place: Patch;
    readonly window: Box;
    readonly tileSize: readonly [width: number, height: number];
  },
): RasterView["channels"] | undefined {
  const { place, window, tileSize } = to;
  const [left, top, , bottom] = window;
  const found = findTile(file, kind);
  if (found === "again") {
    const { width, height } = checkHead(file, { size: tileSize });
    const decoded = decodeSheet(arena, file, kind, [width, height]);
    if (!decoded) return undefined;
    keepTile(arena, file, { ...decoded, kind, width, height });
    laySheet(arena, decoded.sheet, [left, top], place);
    return decoded.channels;
  }
  if (found?.width !== tileSize[0] || found.height !== tileSize[1]) return undefined;
  laySheet(arena, takeRows(arena, found, [top, bottom]), [left, 0], place);
  return found.channels;
}

/** A whole file; `undefined` for those that take another way. */
function decodeSheet(
  arena: Arena,
  file: Uint8Array,
  kind: Kind,
  size: readonly [width: number, height: number],
): ReturnType<typeof decodePngSheet> {
  return file[0] === 0xff
    ? decodeJpegSheet(arena, file, size, kind === "ycc")
    : decodePngSheet(arena, file, size[1]);
}

/** A window of a patch: the patch's own memory if it lies inside, else a copy with `outside` around. */
function cutPatch(
  arena: Arena,
  source: Patch,
  {
    at,
    size,
    outside,
  }: {
    readonly at: readonly [x: number, y: number];
    readonly size: readonly [width: number, height: number];
    readonly outside: number;
  },
): Patch {
  const [x, y] = at;
  const [width, height] = size;
  if (x >= 0 && y >= 0 && x + width <= source.width && y + height <= source.height) {
    return { at: source.at + y * source.stride + x * 4, stride: source.stride, width, height };
  }
  const patch = newPatch(arena, width, height);
  fillPatch(arena, patch, outside);
  const left = Math.max(0, x);
  const right = Math.min(source.width, x + width);
  for (let row = Math.max(0, y); row < Math.min(source.height, y + height) && left < right; row++) {
    const from = source.at + row * source.stride;
    const to = patch.at + (row - y) * patch.stride + (left - x) * 4;
    arena.bytes.copyWithin(to, from + left * 4, from + right * 4);
  }
  return patch;
}

function drawStack(arena: Arena, stack: StackDrawing): Drawn {
  const [width, height] = stack.size;
  const word = wordOf(stack.ground);
  const patch = newPatch(arena, width, height);
  fillPatch(arena, patch, word);
  for (const layer of stack.layers) withArena((inner) => drawLayer(inner, layer, patch));
  if (stack.limit) {
    const mask = arena.alloc(stack.limit.length);
    arena.bytes.set(stack.limit, mask);
    arena.kernel.maskOut(patch.at, mask, width * height, word);
  }
  return { patch, channels: stack.channels };
}

function drawLayer(arena: Arena, { drawing, how, masks }: StackLayer, onto: Patch): void {
  const { patch: layer } = draw(arena, drawing);
  const width = Math.min(onto.width, layer.width);
  const height = Math.min(onto.height, layer.height);
  const places = masks.map((mask) => {
    const at = arena.alloc(mask.length);
    arena.bytes.set(mask, at);
    return at;
  });
  const { kernel } = arena;
  for (let y = 0; y < height; y++) {
    const top = layer.at + y * layer.stride;
    const bottom = onto.at + y * onto.stride;
    for (const mask of places) kernel.maskOut(top, mask + y * layer.width, width, MASKED);
    if (how.kind === "blend") kernel.blend(bottom, top, width, how.opacity);
    else {
      if (how.alpha !== undefined) kernel.scaleAlpha(top, width, how.alpha);
      kernel.over(bottom, top, width);
    }
  }
}

/** Drops the alpha of a patch. */
export function opaquePatch({ kernel }: Arena, { at, stride, width, height }: Patch): void {
  for (let y = 0; y < height; y++) kernel.makeOpaque(at + y * stride, width);
}

/** The patch itself if its rows have no gaps, else a copy. */
export function packPatch(arena: Arena, patch: Patch): Patch {
  const { stride, width, height } = patch;
  if (stride === width * 4) return patch;
  const packed = newPatch(arena, width, height);
  arena.kernel.packRows(patch.at, stride, packed.at, packed.stride, height);
  return packed;
}
