import type { Composition } from "./kernels/compose.ts";
import type { Quad } from "./kernels/warp.ts";
import type { Color, Resampling } from "./options.ts";
import type { RasterView } from "./picture.ts";

/**
 * A picture that is still to be drawn: what it is made of, files not yet decoded.
 *
 * It is drawn when somebody wants its pixels or its bytes, all in one go and in one memory (`draw.ts`), so that
 * nothing is copied between the steps. But for `onUnreadable` it is plain data: another thread may draw it.
 */
export type Drawing = FileDrawing | ViewDrawing | TileDrawing | StackDrawing;

/** A file that decodes without waiting: see {@linkcode decodesAtOnce}. */
export interface FileDrawing {
  readonly kind: "file";
  readonly bytes: Uint8Array;
  /** Pixels, as its head says. */
  readonly size: readonly [width: number, height: number];
}

/** Pixels that are there already. */
export interface ViewDrawing {
  readonly kind: "view";
  readonly view: RasterView;
}

/** Tiles side by side, of which a part is shown, in another shape. */
export interface TileDrawing {
  readonly kind: "tiles";
  /** Row by row from the top left; files as of {@linkcode FileDrawing}. */
  readonly tiles: readonly (Uint8Array | RasterView | undefined)[];
  readonly columns: number;
  readonly rows: number;
  readonly tileSize: readonly [width: number, height: number];
  /** What shows where there is no tile. */
  readonly ground: Color;
  /** Samples a pixel of the canvas the tiles are laid on. */
  readonly channels: RasterView["channels"];
  /** Of the picture. */
  readonly size: readonly [width: number, height: number];
  readonly look: Look;
  /** Told which tiles cannot be decoded; the ground shows in their place. */
  readonly onUnreadable?: ((index: number, error: unknown) => void) | undefined;
}

/** How the tiles are looked at. */
export type Look =
  /** As they are, from the pixel `at` on, which may lie outside: there all is zero. */
  | { readonly kind: "cut"; readonly at: readonly [x: number, y: number] }
  | { readonly kind: "warp"; readonly quads: readonly Quad[]; readonly resampling: Resampling };

/** Pictures over each other on a ground of one color. */
export interface StackDrawing {
  readonly kind: "stack";
  readonly size: readonly [width: number, height: number];
  readonly ground: Color;
  /** Samples a pixel of the ground, and so of the whole. */
  readonly channels: RasterView["channels"];
  /** The lowest first. */
  readonly layers: readonly StackLayer[];
  /** Where anything may be seen, a byte a pixel: 0 shows the ground. */
  readonly limit: Uint8Array | undefined;
}

export interface StackLayer {
  readonly drawing: Drawing;
  readonly how: Composition;
  /** Where the layer may be seen, a byte a pixel; all must say 1. */
  readonly masks: readonly Uint8Array[];
}

/** Pixels of a drawing. */
export function drawingSize(drawing: Drawing): readonly [width: number, height: number] {
  return drawing.kind === "view" ? [drawing.view.width, drawing.view.height] : drawing.size;
}
