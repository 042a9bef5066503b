/** Tiles that have to be drawn: empty ones, decorated ones, and those cut to what a client may see. */
import type { Context } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { TileCoord } from "../grid/grid.ts";
import { decode, encode, toBytes } from "../image/codec.ts";
import { maskView } from "../image/mask.ts";
import type { ImageFormat, Picture } from "../image/picture.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { TileLayer } from "../model/layer.ts";
import type { Decorator } from "../model/service.ts";
import type { Extent } from "../srs/extent.ts";
import { tileExtent } from "./tile-grid.ts";

type Size = readonly [width: number, height: number];

/** What an answer is made of. */
export interface OutgoingTile {
  readonly bytes: Uint8Array;
  /** When it was stored: ms since 1970; `undefined` if unknown, or if the bytes are not the stored ones. */
  readonly timestamp: number | undefined;
  readonly cacheable: boolean;
  readonly isStale: boolean;
  /** Media type. */
  readonly type: string;
}

/**
 * Makes the answer for tiles where there is nothing: a transparent PNG, whatever the layer's format.
 * Each size is drawn once.
 */
export function emptyTiles(deps: ServiceDeps): (size: Size) => Promise<OutgoingTile> {
  const drawn = new Map<string, Uint8Array>();
  return async (size) => {
    const key = size.join("x");
    let bytes = drawn.get(key);
    if (!bytes) {
      const options = deps.imageOptions("image/png", { transparent: true });
      bytes = (await toBytes({ picture: { kind: "blank" }, options }, options, size)).bytes;
      drawn.set(key, bytes);
    }
    return { bytes, timestamp: undefined, cacheable: true, isStale: false, type: "image/png" };
  };
}

/** Lets the decorator change a tile, and encodes what it gives back in the layer's format. */
export async function decorateTile(
  tile: OutgoingTile,
  about: {
    readonly service: "tms" | "kml" | "wmts";
    readonly layer: TileLayer;
    readonly coord: TileCoord;
    readonly format: ImageFormat;
    readonly size: Size;
    readonly decorate: Decorator;
  },
  ctx: Context,
): Promise<OutgoingTile> {
  const { service, layer, coord, format, size } = about;
  const { options, name } = layer;
  const extent = tileExtent(layer.grid, coord);
  const picture: Picture = { kind: "encoded", bytes: tile.bytes, format };
  const question = { service, layers: [name], extent, options, size };
  const changed = await about.decorate(picture, question, ctx);
  if (changed === picture) return tile;
  const known = changed.kind === "encoded" ? { ...options, format: changed.format } : options;
  const encoded = await toBytes({ picture: changed, options: known }, options, size);
  const type = options.format === "mixed" ? `image/${encoded.format}` : tile.type;
  return { ...tile, bytes: encoded.bytes, type };
}

/**
 * Cuts a tile to what a client may see. The answer is a PNG with alpha, whatever the layer's format.
 *
 * @throws ImageError if the stored tile cannot be read
 */
export async function maskTile(
  tile: OutgoingTile,
  about: { readonly limit: Coverage; readonly extent: Extent; readonly layer: TileLayer },
  deps: Pick<ServiceDeps, "imageOptions">,
): Promise<OutgoingTile> {
  const view = maskView(await decode(tile.bytes), about.extent, about.limit);
  const { bytes } = await encode(view, deps.imageOptions("image/png", { transparent: true }));
  return { ...tile, bytes, timestamp: undefined, type: "image/png" };
}
