import type { Coverage } from "../coverage/coverage.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import type { MapLayer } from "../model/layer.ts";
import type { MapResult, Source } from "../model/source.ts";
import { type TileManager, withoutStore } from "../tile/manager.ts";

/**
 * A cache as source of another cache: any rectangle, as a map.
 *
 * @param name of the cache that is read
 */
export function cacheAsMapSource(
  name: string,
  layer: MapLayer,
  managers: readonly TileManager[],
): Source {
  return {
    name,
    extent: layer.extent,
    resolutions: layer.resolutions,
    coverage: layer.coverage,
    options: managers[0]!.options,
    map: {
      metaTiles: true,
      passesOn: layer.passesOn ?? [],
      isOpaque: () => false,
      get: (query, ctx) => layer.getMap({ ...query, tiled: false }, ctx),
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
