import type { Context } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import type { ImageOptions } from "../image/options.ts";
import type { Extent } from "../srs/extent.ts";
import type { StoredTile } from "./cache.ts";
import type { LayerMetadata } from "./metadata.ts";
import type { Dimensions, InfoDocument, InfoQuery, MapQuery, MapResult, Source } from "./source.ts";

/** Something that can be drawn: a cache seen as a map, or a source without a cache. */
export interface MapLayer {
  readonly name: string;
  readonly extent: Extent;
  readonly resolutions: ResolutionRange | undefined;
  /** Cuts the pictures when they are merged, if it says `clip`. */
  readonly coverage: Coverage | undefined;
  /** Lower-case names of the client's parameters that reach a server. */
  readonly passesOn?: readonly string[];
  /** Whether the answer hides all below; in doubt false. */
  isOpaque(query: MapQuery): boolean;
  /** `undefined`: nothing there. */
  getMap(query: MapQuery, ctx: Context): Promise<MapResult | undefined>;
  /** One layer that draws this one and `upper` over it with a single request, if that exists. */
  combine?(upper: MapLayer, query: MapQuery): MapLayer | undefined;
}

/** What a tile request got: the stored bytes, or nothing. */
export interface TileAnswer extends StoredTile {
  readonly cacheable: boolean;
  /** Set when a stale tile was served because its source failed. */
  readonly stale?: boolean;
}

/** One layer in one grid, tile by tile. */
export interface TileLayer {
  /** Name of the layer in requests. */
  readonly name: string;
  readonly title: string;
  readonly metadata: LayerMetadata;
  /** Name of the grid is part of its address: `(name, grid.name)`. */
  readonly grid: Grid;
  /** Encoding of the tiles; `mixed`: told tile by tile. */
  readonly options: ImageOptions;
  readonly extent: Extent;
  readonly infos: readonly InfoLayer[];
  readonly dimensions: readonly Dimension[];
  /** In the grid's own rows. `undefined`: nothing there (an empty tile is answered). */
  getTile(coord: TileCoord, dimensions: Dimensions, ctx: Context): Promise<TileAnswer | undefined>;
  /**
   * The ground of a tile with `factor` times the pixels each way, from the tiles of a finer level where
   * there is one. `undefined`: nothing there.
   */
  getEnlarged(
    coord: TileCoord,
    factor: number,
    about: { readonly dimensions: Dimensions; readonly ctx: Context },
  ): Promise<MapResult | undefined>;
}

/** Something that knows about features. */
export interface InfoLayer {
  readonly coverage: Coverage | undefined;
  getInfo(query: InfoQuery, ctx: Context): Promise<InfoDocument | undefined>;
}

/** A dimension that a layer declares. */
export interface Dimension {
  /** As configured; requests and capabilities use it in lower case. */
  readonly name: string;
  readonly values: readonly string[];
  readonly default: string;
}

/** One node of the published layer tree. */
export interface LayerNode {
  /** Undefined for a group that only structures the list. */
  readonly name: string | undefined;
  readonly title: string;
  readonly metadata: LayerMetadata;
  readonly children: readonly LayerNode[];
  /**
   * What is drawn when this node is asked for, bottom first; `undefined` for a group without
   * sources of its own, which stands for its children.
   */
  readonly maps: readonly MapLayer[] | undefined;
  readonly infos: readonly InfoLayer[];
  readonly legends: readonly NonNullable<Source["legend"]>[];
  readonly extent: Extent;
  readonly resolutions: ResolutionRange | undefined;
  readonly dimensions: readonly Dimension[];
}

/** Everything a configuration publishes. */
export interface LayerTree {
  readonly root: LayerNode;
  /** Named nodes at any depth, in depth-first order. */
  readonly byName: ReadonlyMap<string, LayerNode>;
}
