import type { Context } from "../core/context.ts";
import type { TileCoord } from "../grid/grid.ts";
import { tileBBox, tilesIn } from "../grid/tiles.ts";
import { decode, encode } from "../image/codec.ts";
import { mosaic } from "../image/mosaic.ts";
import { transform } from "../image/warp.ts";
import type { TileAnswer } from "../model/layer.ts";
import { nameOf } from "./make.ts";
import type { TileSettings } from "./settings.ts";
import type { Storage } from "./storage.ts";

/**
 * Makes a missing tile from stored tiles of the neighbouring levels, coarser or finer ones.
 *
 * @returns `undefined` if no level within reach has any part of it
 */
export function rescaler(settings: TileSettings, storage: Storage, stopLevel: number) {
  const { grid, options, rescale, clock } = settings;
  const step = rescale && rescale.levels < 0 ? -1 : 1;
  const known = new Map<string, TileAnswer | undefined>();

  /** Loads a tile, or makes it from the next level. */
  async function loadOrRescale(coord: TileCoord, ctx: Context): Promise<TileAnswer | undefined> {
    const name = nameOf(coord);
    if (known.has(name)) return known.get(name);
    const [stored] = await storage.getMany([coord], ctx);
    const tile = stored ? { ...stored, cacheable: true } : await rescaled(coord, ctx);
    known.set(name, tile);
    return tile;
  }

  async function rescaled(coord: TileCoord, ctx: Context): Promise<TileAnswer | undefined> {
    const level = coord.level + step;
    if (coord.level === stopLevel || level < 0 || level >= grid.resolutions.length)
      return undefined;
    const bbox = tileBBox(grid, coord);
    const block = tilesIn(grid, bbox, level);
    const parts: (TileAnswer | undefined)[] = [];
    for (const part of block.tiles) parts.push(part && (await loadOrRescale(part, ctx)));
    if (parts.every((part) => !part)) return undefined;

    const views = await Promise.all(parts.map((part) => part && decode(part.bytes)));
    const whole = mosaic(views, block, grid.tileSize, options);
    const view = transform(
      whole,
      { bbox: block.bbox, srs: grid.srs },
      { bbox, srs: grid.srs, size: grid.tileSize },
      options.resampling,
    );
    const { bytes, format } = await encode(view, options);
    const tile = { bytes, format, timestamp: clock.now(), cacheable: true };
    if (rescale?.store) await storage.putMany([[coord, tile]], ctx);
    return tile;
  }

  return (coord: TileCoord, ctx: Context) => {
    const name = nameOf(coord);
    // The tile itself is known to be missing: begin with the next level.
    if (!known.has(name)) known.set(name, undefined);
    return rescaled(coord, ctx);
  };
}
