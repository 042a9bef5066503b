import type { Log } from "../../core/context.ts";
import { RequestError } from "../../core/errors.ts";
import type { Grid } from "../../grid/grid.ts";
import { supportsOrigin } from "../../grid/tiles.ts";
import type { Dimension, InfoLayer, TileLayer } from "../../model/layer.ts";
import { catalogByGrid, type PublishedTiles } from "../published.ts";
import type { PublicGrid } from "../tile-grid.ts";

/** What WMTS publishes under one name: tiles in one or more tile matrix sets. */
export interface WmtsLayer {
  readonly name: string;
  /** By the name of the tile matrix set, in the order of the configuration. */
  readonly sets: ReadonlyMap<string, PublishedTiles>;
  /** The first of `sets`: says title, format and dimensions of the layer. */
  readonly first: PublishedTiles;
  readonly dimensions: readonly Dimension[];
  readonly infos: readonly InfoLayer[];
}

/** All that one configuration publishes through WMTS. */
export interface WmtsCatalog {
  readonly layers: ReadonlyMap<string, WmtsLayer>;
  /** Tile matrix sets in the order of their first use. */
  readonly grids: ReadonlyMap<string, Grid>;
}

/**
 * Layers by name, without the grids whose rows cannot be counted from the north (6.1 of OGC
 * 07-057r7): those are logged and left out.
 */
export function wmtsCatalog(tiles: readonly TileLayer[], log: Log): WmtsCatalog {
  const layers = new Map<string, WmtsLayer & { sets: Map<string, PublishedTiles> }>();
  const grids = new Map<string, Grid>();
  for (const published of catalogByGrid(tiles).all) {
    const { layer } = published;
    if (!supportsOrigin(layer.grid, "nw")) {
      const message = `skipping layer '${layer.name}' for WMTS, grid '${layer.grid.name}' is not compatible with WMTS`;
      log.warn("wmts-grid-skipped", { message, layer: layer.name, grid: layer.grid.name });
      continue;
    }
    grids.set(layer.grid.name, grids.get(layer.grid.name) ?? layer.grid);
    const known = layers.get(layer.name);
    if (known) known.sets.set(layer.grid.name, published);
    else {
      layers.set(layer.name, {
        name: layer.name,
        sets: new Map([[layer.grid.name, published]]),
        first: published,
        dimensions: layer.dimensions,
        infos: layer.infos,
      });
    }
  }
  return { layers, grids };
}

/**
 * Layer and tile matrix set that a request names.
 *
 * @throws RequestError `InvalidParameterValue` if there is no such layer or set
 */
export function findSet(
  catalog: WmtsCatalog,
  name: string,
  set: string,
): { layer: WmtsLayer; tiles: PublishedTiles } {
  const layer = catalog.layers.get(name);
  if (!layer) throw new RequestError("InvalidParameterValue", `unknown layer: ${name}`, "layer");
  const tiles = layer.sets.get(set);
  if (!tiles) {
    const message = `unknown tilematrixset: ${set}`;
    throw new RequestError("InvalidParameterValue", message, "TileMatrixSet");
  }
  return { layer, tiles };
}

/** Identifier of a public level: the grid's name for it, unless only every second level is public. */
export function levelName({ grid, step }: PublicGrid, order: number): string {
  const name = step === 1 ? grid.levelNames[order] : undefined;
  return name ?? String(order).padStart(2, "0");
}

/**
 * Public level that a request names: by the identifier that the capabilities give it, else by its
 * number, leading zeros or not.
 *
 * @throws RequestError `InvalidParameterValue` if it is neither
 */
export function findLevel({ grid, step }: PublicGrid, matrix: string): number {
  const named = step === 1 ? grid.levelNames.indexOf(matrix) : -1;
  return named >= 0 ? named : wholeNumber(matrix, "TileMatrix");
}

/**
 * A whole number, written without exponent or fraction.
 *
 * @throws RequestError `InvalidParameterValue` if it is none
 */
export function wholeNumber(text: string, parameter: string): number {
  if (!/^-?\d{1,15}$/.test(text)) {
    const message = `invalid value for ${parameter.toLowerCase()}: expected a whole number`;
    throw new RequestError("InvalidParameterValue", message, parameter);
  }
  return Number(text);
}
