import type { Dimension, InfoLayer, TileLayer } from "../model/layer.ts";
import type { LayerMetadata } from "../model/metadata.ts";
import type { Extent } from "../srs/extent.ts";
import type { TileManager } from "../tile/manager.ts";

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
  };
}
