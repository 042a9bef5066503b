import type { Grid } from "../../grid/grid.ts";
import type { ImageOptions } from "../../image/options.ts";
import { largestMap } from "../../layer/cost.ts";
import { ConfigFault, type ServiceDeps } from "../../model/define.ts";
import type { LayerNode } from "../../model/layer.ts";
import type { Srs } from "../../srs/srs.ts";
import type { OgcApiOptions } from "./options.ts";

const DEFAULT_SRS = ["EPSG:4326", "EPSG:3857"];
const DEFAULT_FORMATS = ["image/png", "image/jpeg"];
const DEFAULT_MAX_PIXELS = 16_000_000;
/** A side may be this many times as long as that of the largest square. */
const SIDE_FACTOR = 10;

/** What the built-in grid of the web's maps is called among the OGC's registered tile matrix sets. */
const WEB_MERCATOR_GRID = "GLOBAL_WEBMERCATOR";
export const WEB_MERCATOR_QUAD = "WebMercatorQuad";

/** Formats in which maps are sent, by the word that `f` has for them. */
export type MapFormat = "png" | "jpeg";

/** Largest map that is drawn, in pixels. */
export interface MapLimits {
  readonly width: number;
  readonly height: number;
  readonly pixels: number;
}

/** Options of the service with all defaults filled in. */
export interface OgcApiSettings {
  readonly hasMaps: boolean;
  readonly hasTiles: boolean;
  /** Those that maps can be asked for in; the first is the default. At least one. */
  readonly mapSrs: readonly Srs[];
  readonly formats: ReadonlyMap<MapFormat, ImageOptions>;
  readonly limits: MapLimits;
  readonly attribution: string | undefined;
  readonly onSourceErrors: "notify" | "raise";
  readonly concurrency: number;
  /** What can be asked for by name, in the order of the layer tree. */
  readonly collections: ReadonlyMap<string, LayerNode>;
  /** Layers of the whole, bottom first; `undefined`: there is no map of the whole. */
  readonly dataset: readonly LayerNode[] | undefined;
  /** Tile matrix sets by their published names. */
  readonly matrixSets: ReadonlyMap<string, Grid>;
  readonly metadata: NonNullable<OgcApiOptions["md"]>;
}

/**
 * Fills in defaults.
 *
 * @throws ConfigFault if a reference system, format or layer cannot be used
 */
export function ogcApiSettings(options: OgcApiOptions, deps: ServiceDeps): OgcApiSettings {
  const collections = deps.layers.byName;
  if (collections.size === 0) throw new ConfigFault("", "found no layer");
  return {
    hasMaps: options.enable_maps ?? true,
    hasTiles: options.enable_tiles ?? true,
    mapSrs: systems(options.map_srs ?? DEFAULT_SRS, deps),
    formats: formats(options.image_formats ?? DEFAULT_FORMATS, deps),
    limits: limits(options.max_output_pixels, deps),
    attribution: options.attribution?.text || undefined,
    onSourceErrors: options.on_source_errors === "raise" ? "raise" : "notify",
    concurrency: Math.max(1, options.concurrent_layer_renderer ?? 1),
    collections,
    dataset: options.default_dataset_layers?.map((name, i) => {
      const node = collections.get(name);
      if (node) return node;
      throw new ConfigFault(`default_dataset_layers[${i}]`, `Cannot find layer "${name}"`);
    }),
    matrixSets: matrixSets(deps.grids),
    metadata: options.md ?? {},
  };
}

function systems(codes: readonly string[], deps: ServiceDeps): Srs[] {
  const found = codes.map((code, i) => {
    try {
      return deps.srs(code);
    } catch (error) {
      throw new ConfigFault(`map_srs[${i}]`, (error as Error).message);
    }
  });
  if (found.length > 0) return found;
  throw new ConfigFault(
    "map_srs",
    "Cannot use an empty list: expected one reference system or more",
  );
}

function formats(names: readonly string[], deps: ServiceDeps): Map<MapFormat, ImageOptions> {
  const found = new Map<MapFormat, ImageOptions>();
  for (const [i, name] of names.entries()) {
    const options = deps.imageOptions(name, undefined);
    if (options.format !== "png" && options.format !== "jpeg") {
      throw new ConfigFault(
        `image_formats[${i}]`,
        `Cannot use format "${name}": the OGC API sends image/png and image/jpeg`,
      );
    }
    found.set(options.format, options);
  }
  if (found.size > 0) return found;
  throw new ConfigFault(
    "image_formats",
    "Cannot use an empty list: expected image/png or image/jpeg",
  );
}

function limits(configured: OgcApiOptions["max_output_pixels"], deps: ServiceDeps): MapLimits {
  const product =
    typeof configured === "object" && configured !== null
      ? configured.reduce((a, b) => a * b, 1)
      : (configured ?? DEFAULT_MAX_PIXELS);
  if (!Number.isFinite(product) || product < 1) {
    const message = `Cannot use ${product}: expected a number of pixels, 1 or more`;
    throw new ConfigFault("max_output_pixels", message);
  }
  const pixels = Math.min(product, largestMap(deps.platform.budget));
  const side = Math.floor(Math.sqrt(pixels)) * SIDE_FACTOR;
  return { width: side, height: side, pixels };
}

function matrixSets(grids: ReadonlyMap<string, Grid>): Map<string, Grid> {
  const sets = new Map<string, Grid>();
  for (const [name, grid] of grids) {
    sets.set(name === WEB_MERCATOR_GRID ? WEB_MERCATOR_QUAD : name, grid);
  }
  return sets;
}
