import type { Coverage } from "../coverage/coverage.ts";
import type { Grid } from "../grid/grid.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import type { MapLayer } from "../model/layer.ts";
import type { MapResult, Source } from "../model/source.ts";
import { geographicOverlap } from "../srs/extent.ts";
import { type TileManager, withoutStore } from "../tile/manager.ts";
import { drawWithin } from "./within.ts";

/**
 * A cache as source of another cache: any rectangle, as a map. Tiles of the other one may reach beyond its
 * grid; there nothing is asked for.
 *
 * @param name of the cache that is read
 * @param grid of the cache that is filled
 */
export function cacheAsMapSource(
  name: string,
  { layer, managers }: { readonly layer: MapLayer; readonly managers: readonly TileManager[] },
  grid: Grid,
): Source {
  const extent = geographicOverlap(layer.extent, grid);
  return {
    name,
    extent: extent ?? layer.extent,
    resolutions: layer.resolutions,
    coverage: layer.coverage,
    options: managers[0]!.options,
    map: {
      metaTiles: true,
      passesOn: layer.passesOn ?? [],
      isOpaque: () => false,
      get: async (query, ctx) =>
        extent && drawWithin(extent, { ...query, tiled: false }, (part) => layer.getMap(part, ctx)),
    },
  };
}

/** A cache as source of another one whose grid is part of its own: tiles are taken as they are. */
export function cacheAsTileSource(
  name: string,
  manager: TileManager,
  limits: {
    readonly extent: Source["extent"];
    readonly resolutions: ResolutionRange | undefined;
    readonly coverage: Coverage | undefined;
  },
): Source {
  return {
    name,
    ...limits,
    options: manager.options,
    tile: {
      grid: manager.grid,
      async get(coord, { dimensions, keep }, ctx): Promise<MapResult | undefined> {
        const from = keep === false ? withoutStore(manager) : manager;
        const [tile] = await from.load([coord], dimensions, ctx);
        return (
          tile && {
            picture: { kind: "encoded", bytes: tile.bytes, format: tile.format },
            options: manager.options,
            cacheable: tile.cacheable && !tile.stale,
          }
        );
      },
    },
  };
}
