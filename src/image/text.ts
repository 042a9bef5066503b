import { canvas } from "./canvas.ts";
import { drawLine, lineHeight } from "./font.ts";
import { compose } from "./kernels/compose.ts";
import type { Color, ImageOptions } from "./options.ts";
import type { RasterView } from "./picture.ts";
import { newView, samplesOf, withChannels } from "./view.ts";

/** Lines of text laid out, not yet placed. */
interface Block {
  readonly lines: readonly ReturnType<typeof drawLine>[];
  readonly width: number;
  readonly height: number;
  /** Pixels from one line to the next. */
  readonly step: number;
}

/** Nominal font height, padding and line spacing in pixels. */
const MESSAGE = { size: 10, padding: 3, spacing: 5 };
const ATTRIBUTION = { size: 10, padding: 3, spacing: 5 };
const WATERMARK_SPACING = 3;

/** Alpha of the box behind an attribution. */
const BOX_ALPHA = 120;

/**
 * A new picture in the background of `options` with `text` in its upper left corner: black, or white on a dark
 * opaque ground. Lines end at `\n` and are not wrapped. An empty text gives the plain ground.
 */
export function messagePicture(
  text: string,
  size: readonly [width: number, height: number],
  options: ImageOptions,
): RasterView {
  const ground = canvas(size, options);
  if (text === "") return ground;
  const block = layOut(text, MESSAGE.size, MESSAGE.spacing);
  const target = withChannels(ground, 4);
  const color = inkFor(options);
  drawBlock(target, block, { at: [MESSAGE.padding, MESSAGE.padding], color, alpha: 255 });
  return withChannels(target, ground.channels);
}

/**
 * A transparent picture with `text` in the lower right corner, black on a box of half-transparent white: to be
 * drawn over a map.
 */
export function attributionPicture(
  text: string,
  size: readonly [width: number, height: number],
): RasterView {
  const target = canvas(size, { mode: "RGBA", transparent: true, background: undefined });
  if (text === "") return target;
  const { padding } = ATTRIBUTION;
  const block = layOut(text, ATTRIBUTION.size, ATTRIBUTION.spacing);
  const x = size[0] - padding - block.width;
  const y = size[1] - padding - block.height;
  for (let row = Math.max(0, y - padding); row < size[1]; row++) {
    for (let column = Math.max(0, x - padding); column < size[0]; column++) {
      target.data.set([255, 255, 255, BOX_ALPHA], (row * size[0] + column) * 4);
    }
  }
  drawBlock(target, block, { at: [x, y], color: [0, 0, 0], alpha: 255 });
  return target;
}

export interface WatermarkOptions {
  readonly text: string;
  readonly color: Color;
  /** Alpha of the text, 0 to 255. */
  readonly opacity: number;
  /** Nominal, in pixels. */
  readonly fontSize: number;
  /** `wide`: only on every other tile. */
  readonly spacing?: "wide" | undefined;
}

/**
 * A copy of a tile with a watermark; the tile itself where it gets none.
 *
 * The text stands in the middle of even rows and half over each side edge of odd ones, so that neighbours make
 * it whole; `wide` leaves out the odd ones and every other of the rest. An opaque tile stays without alpha.
 */
export function watermark(
  tile: RasterView,
  coord: { readonly x: number; readonly y: number },
  options: WatermarkOptions,
): RasterView {
  const { text, color, opacity, fontSize, spacing } = options;
  const isWide = spacing === "wide";
  if (text === "" || (isWide && (coord.x + coord.y) % 2 === 0)) return tile;
  const block = layOut(text, fontSize, WATERMARK_SPACING);
  const layer = newView([tile.width, tile.height], 4);
  const half = block.width >> 1;
  const y = (tile.height >> 1) - (block.height >> 1);
  const isCentered = isWide || coord.y % 2 === 0;
  const columns = isCentered ? [(tile.width >> 1) - half] : [-half, tile.width - half];
  for (const x of columns) drawBlock(layer, block, { at: [x, y], color, alpha: opacity });
  return stamp(tile, layer);
}

function layOut(text: string, size: number, spacing: number): Block {
  const lines = text.split("\n").map((line) => drawLine(line, size));
  const step = lineHeight(size) + spacing;
  return {
    lines,
    width: Math.max(...lines.map((line) => line.width)),
    height: lines.length * step - spacing,
    step,
  };
}

/** Draws text over an RGBA picture, in place. */
function drawBlock(
  target: RasterView,
  block: Block,
  how: { at: readonly [x: number, y: number]; color: Color; alpha: number },
): void {
  const ink = newView([target.width, target.height], 4);
  const [red, green, blue] = how.color;
  block.lines.forEach((line, i) => {
    const top = how.at[1] + i * block.step;
    for (let y = Math.max(0, -top); y < line.height && top + y < target.height; y++) {
      for (let x = Math.max(0, -how.at[0]); x < line.width && how.at[0] + x < target.width; x++) {
        const alpha = Math.round((line.coverage[y * line.width + x]! * how.alpha) / 255);
        if (alpha === 0) continue;
        const to = ((top + y) * target.width + how.at[0] + x) * 4;
        ink.data.set([red, green, blue, alpha], to);
      }
    }
  });
  compose(target, ink, { kind: "over" });
}

/** Black on light and on transparent grounds, else white (luminance of ITU-R 601). */
function inkFor({ background = [255, 255, 255], transparent }: ImageOptions): Color {
  const [red, green, blue] = background;
  const isLight = red * 0.299 + green * 0.587 + blue * 0.114 >= 128;
  return transparent || isLight ? [0, 0, 0] : [255, 255, 255];
}

/**
 * Mixes `layer` into a copy of `tile` by the layer's alpha, the alpha channel included: as in the reference the
 * text is fainter on transparent tiles.
 */
function stamp(tile: RasterView, layer: RasterView): RasterView {
  const wide = withChannels(tile, 4);
  const data = samplesOf(wide).slice();
  for (let i = 0; i < data.length; i += 4) {
    const weight = layer.data[i + 3]!;
    if (weight === 0) continue;
    for (let c = 0; c < 4; c++) {
      data[i + c] = Math.round((data[i + c]! * (255 - weight) + layer.data[i + c]! * weight) / 255);
    }
  }
  const stamped = newView([tile.width, tile.height], 4, data);
  return tile.channels === 3 ? withChannels(stamped, 3) : stamped;
}
