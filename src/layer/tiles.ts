import { tileBBox } from "../grid/tiles.ts";
import type { Dimension, InfoLayer, TileLayer } from "../model/layer.ts";
import type { LayerMetadata } from "../model/metadata.ts";
import type { Extent } from "../srs/extent.ts";
import type { TileManager } from "../tile/manager.ts";
import { mapFromTiles } from "./cached.ts";

/** Tiles that one enlarged tile may be put together from; four are usual. */
const MAX_TILES = 26;

/** A cache in one of its grids, published tile by tile under the name of a layer. */
export function tileLayer(
  manager: TileManager,
  published: {
    readonly name: string;
    readonly title: string;
    readonly metadata: LayerMetadata;
    readonly extent: Extent;
    readonly infos: readonly InfoLayer[];
    readonly dimensions: readonly Dimension[];
  },
): TileLayer {
  return {
    ...published,
    grid: manager.grid,
    options: manager.options,
    async getTile(coord, dimensions, ctx) {
      const [tile] = await manager.load([coord], dimensions, ctx);
      return tile;
    },
    async getEnlarged(coord, factor, { dimensions, ctx }) {
      const { grid, options } = manager;
      const [width, height] = grid.tileSize;
      const query = {
        bbox: tileBBox(grid, coord),
        srs: grid.srs,
        size: [width * factor, height * factor] as const,
        format: options.format,
        dimensions,
      };
      return mapFromTiles(manager, query, { maxTiles: MAX_TILES, budget: undefined }, ctx);
    },
  };
}
