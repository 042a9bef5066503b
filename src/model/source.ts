import type { Context } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { BBox } from "../geo/bbox.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import type { ResolutionRange } from "../grid/resolution-range.ts";
import type { ImageOptions } from "../image/options.ts";
import type { ImageFormat, Picture } from "../image/picture.ts";
import type { Extent } from "../srs/extent.ts";
import type { Srs } from "../srs/srs.ts";

/** Values of WMS/WMTS dimensions by name, e.g. `{ time: "2024-05-01" }`; a null-prototype object. */
export type Dimensions = Readonly<Record<string, string>>;

export interface MapQuery {
  readonly bbox: BBox;
  readonly srs: Srs;
  /** Width and height in pixels. */
  readonly size: readonly [width: number, height: number];
  /** What the asker would like to get; `undefined`: anything. Pictures may come otherwise. */
  readonly format: ImageFormat | undefined;
  readonly dimensions?: Dimensions | undefined;
  /**
   * Value of anything that the client sent, by lower-case name: for sources that are configured to pass some of
   * it on (`forward_req_params`). Never part of a cache key.
   */
  readonly parameter?: ((name: string) => string | undefined) | undefined;
  /** Exactly one cached tile is wanted (WMS-C). */
  readonly tiled?: boolean;
  /**
   * False: nothing that is made for this query may be stored, since its dimension values are ones
   * that nobody declared, and without number.
   */
  readonly keep?: false | undefined;
  /**
   * Whoever asks decodes the picture at once, and asks again without this if he cannot: a source need not go through the
   * data of a file that decoding goes through anyway.
   */
  readonly decodes?: true | undefined;
}

export interface InfoQuery extends MapQuery {
  /** Pixel asked about, from the top left; may be fractional. */
  readonly at: readonly [column: number, row: number];
  /** MIME type the client asked for; `undefined`: the source's choice. */
  readonly infoFormat: string | undefined;
  readonly featureCount: number | undefined;
}

/** A document about features. */
export interface InfoDocument {
  readonly type: "text" | "html" | "xml" | "json";
  readonly text: string;
}

export interface MapResult {
  readonly picture: Picture;
  /** What is known of the picture; decides whether its bytes can pass through untouched. */
  readonly options: ImageOptions;
  /** False for a stand-in, such as the colour that `on_error` paints. */
  readonly cacheable: boolean;
  /** A stand-in that gives way to a stale stored tile. */
  readonly authorizeStale?: boolean;
  /** Set where stale tiles stand in, since their source failed. */
  readonly stale?: boolean | undefined;
  /** When it was stored: ms since 1970. Only where one stored tile is the whole answer. */
  readonly timestamp?: number | undefined;
}

/** A legend; `incomplete`: some of its layers failed, so that it must not be kept. */
export type LegendPicture = Picture & { readonly incomplete?: boolean };

/** Where maps come from. Abilities are present or absent; there are no stubs that throw. */
export interface Source {
  readonly name: string;
  readonly extent: Extent;
  readonly resolutions: ResolutionRange | undefined;
  /** Limits the source; with `clip` its pictures are cut along it when they are merged. */
  readonly coverage: Coverage | undefined;
  /** What its pictures are: transparency, opacity, resampling. */
  readonly options: ImageOptions;
  /** Any rectangle in any reference system (a source that speaks few reprojects by itself). */
  readonly map?: {
    /** False if a meta tile (a larger rectangle) would come back differently. */
    readonly metaTiles: boolean;
    /**
     * Only rectangles that are one tile of a grid the server chooses: for caches, not for layers.
     * Any other rectangle is a SourceError.
     */
    readonly tilesOnly?: boolean;
    /** Lower-case names of the client's parameters that its server gets. */
    readonly passesOn?: readonly string[];
    /** Whether the answer surely hides all below it; in doubt false. */
    isOpaque(query: MapQuery): boolean;
    /** `undefined`: nothing there (outside extent, coverage or resolution range). */
    get(query: MapQuery, ctx: Context): Promise<MapResult | undefined>;
    /** One source that draws this one and `upper` over it with a single request, if that exists. */
    combine?(upper: Source, query: MapQuery): Source | undefined;
  };
  /** Only the tiles of one grid. */
  readonly tile?: {
    readonly grid: Grid;
    /** `undefined`: nothing there. */
    get(
      coord: TileCoord,
      query: Pick<MapQuery, "format" | "dimensions" | "keep">,
      ctx: Context,
    ): Promise<MapResult | undefined>;
  };
  readonly info?: {
    get(query: InfoQuery, ctx: Context): Promise<InfoDocument | undefined>;
  };
  readonly legend?: {
    /** Names the legend in caches. */
    readonly id: string;
    get(scaleDenominator: number | undefined, ctx: Context): Promise<LegendPicture | undefined>;
    /** Legend as a JSON document, where the source has one. */
    json?(scaleDenominator: number | undefined, ctx: Context): Promise<unknown>;
  };
}
