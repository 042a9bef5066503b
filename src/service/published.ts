/** Tile layers as the tile protocols list and look them up. */
import { RequestError } from "../core/errors.ts";
import { formatExtension } from "../image/resolve.ts";
import type { TileLayer } from "../model/layer.ts";
import { echo } from "./ows.ts";
import { type PublicGrid, publicGrid, srsPath } from "./tile-grid.ts";

/** One layer in one grid, with what all requests for it have in common. */
export interface PublishedTiles {
  readonly layer: TileLayer;
  readonly view: PublicGrid;
  /** Names it among all tile sets of a service: `osm_EPSG900913`. */
  readonly id: string;
  /** Second part of its address: `EPSG900913`, or the grid's name. */
  readonly spec: string;
  /** What stands behind the dot in paths, and behind `image/`: `png`, `jpeg`. */
  readonly extension: string;
}

/** The tile sets of one service, and how requests name them. */
export interface TileCatalog {
  /** In the order of the configuration; no two with the same address. */
  readonly all: readonly PublishedTiles[];
  /** @param spec second part of the address, if the request has one */
  find(layer: string, spec: string | undefined): PublishedTiles | undefined;
}

/** How the tile sets of a service are addressed. */
export interface CatalogOptions {
  readonly useGridNames: boolean;
  /** Specs to try, in this order, for a request that names only a layer. */
  readonly fallback: readonly string[];
}

/** The tile sets of TMS and KML. */
export function tileCatalog(layers: readonly TileLayer[], options: CatalogOptions): TileCatalog {
  return options.useGridNames ? catalogByGrid(layers) : catalogBySrs(layers, options.fallback);
}

/** Tile sets addressed by layer and name of the grid (`osm/webmercator`); nothing else is found. */
export function catalogByGrid(layers: readonly TileLayer[]): TileCatalog {
  const byLayer = new Map<string, Map<string, PublishedTiles>>();
  for (const layer of layers) {
    const grids = byLayer.get(layer.name) ?? new Map<string, PublishedTiles>();
    byLayer.set(layer.name, grids);
    grids.set(layer.grid.name, publish(layer, layer.grid.name));
  }
  return {
    all: [...byLayer.values()].flatMap((grids) => [...grids.values()]),
    find: (layer, spec) => (spec === undefined ? undefined : byLayer.get(layer)?.get(spec)),
  };
}

/**
 * Tile sets addressed by layer and reference system (`osm/EPSG900913`). Of two grids in the same
 * system the later one wins.
 *
 * A layer alone is found too, in the first of `fallback` that it has; and so is its name with the
 * system behind it (`osm_EPSG900913`).
 */
function catalogBySrs(layers: readonly TileLayer[], fallback: readonly string[]): TileCatalog {
  const byId = new Map<string, PublishedTiles>();
  for (const layer of layers) {
    const published = publish(layer, srsPath(layer.grid));
    byId.set(published.id, published);
  }
  return {
    all: [...byId.values()],
    find(layer, spec) {
      const id = spec === undefined ? layer : `${layer}_${spec}`;
      const exact = byId.get(id);
      if (exact) return exact;
      for (const other of fallback) {
        const found = byId.get(`${id}_${other}`);
        if (found) return found;
      }
      return undefined;
    },
  };
}

function publish(layer: TileLayer, spec: string): PublishedTiles {
  const id = `${layer.name}_${spec}`;
  return { layer, view: publicGrid(layer.grid), id, spec, extension: tileExtension(layer) };
}

/** Format of a layer's tiles in requests: `mixed` ones are asked for as `png`. */
function tileExtension({ options: { format, mime } }: TileLayer): string {
  return format === "mixed" ? "png" : formatExtension(mime);
}

/**
 * The tile set that a request names.
 *
 * @throws RequestError `unknown layer` if there is none
 */
export function findTiles(
  catalog: TileCatalog,
  layer: string,
  spec: string | undefined,
): PublishedTiles {
  const tiles = catalog.find(layer, spec);
  if (!tiles) throw new RequestError(undefined, `unknown layer: ${echo(layer)}`);
  return tiles;
}
