/** What there is to show: taken from the configuration once, before the first page. */
import type { Grid } from "../../grid/grid.ts";
import { supportsOrigin } from "../../grid/tiles.ts";
import type { ServiceDeps } from "../../model/define.ts";
import type { LayerNode, TileLayer } from "../../model/layer.ts";
import type { ServiceMetadata } from "../../model/metadata.ts";
import type { InfoDocument } from "../../model/source.ts";
import type { Extent } from "../../srs/extent.ts";
import type { Srs } from "../../srs/srs.ts";
import { inheritedMetadata } from "../metadata.ts";
import { fitsGrid } from "../ogcapi/body.ts";
import type { OgcApiOptions } from "../ogcapi/options.ts";
import { ogcApiSettings } from "../ogcapi/settings.ts";
import { catalogByGrid, type PublishedTiles, tileCatalog } from "../published.ts";
import type { WmsOptions } from "../wms/options.ts";
import { wmsSettings } from "../wms/settings.ts";
import { bindings, DEFAULT_TILE_TEMPLATE, type WmtsOptions } from "../wmts/options.ts";
import type { DemoOptions } from "./options.ts";

/** A reference system in which a layer can be shown. */
export interface ShownSrs {
  readonly srs: Srs;
  /** The layer has a cache in it: nothing has to be reprojected. */
  readonly isNative: boolean;
}

/** A layer of the WMS. */
export interface WmsDemoLayer {
  readonly name: string;
  readonly node: LayerNode;
  /** The native ones first, each half by code. */
  readonly systems: readonly ShownSrs[];
}

/** The WMS, if one runs. */
export interface WmsDemo {
  /** By name; empty if the pages could not ask for them in version 1.1.1. */
  readonly layers: readonly WmsDemoLayer[];
  /** Name of the first layer of the configuration among them. */
  readonly first: string | undefined;
  readonly infoTypes: readonly InfoDocument["type"][];
  /** MIME types that browsers show. */
  readonly formats: readonly string[];
}

/** One layer in one grid, as the pages of a tile protocol show it. */
export interface TileDemoLayer {
  readonly tiles: PublishedTiles;
  /** Whether the protocol can count the rows of the grid. */
  readonly isCompatible: boolean;
}

/** The WMTS, if one runs. */
export interface WmtsDemo {
  readonly kvp: boolean;
  readonly restful: boolean;
  /** Path template of tiles below `/wmts`. */
  readonly template: string;
  /** By name of the layer. */
  readonly layers: readonly TileDemoLayer[];
  /** The tiles as `/tiles` has them, where TMS runs: it describes them as TileJSON. */
  readonly published: ReadonlyMap<TileLayer, PublishedTiles>;
}

/** A grid under the name that the OGC API has for it. */
export interface OgcApiTileSet {
  readonly name: string;
  readonly grid: Grid;
}

/** A collection of the OGC API that has tiles. */
export interface OgcApiDemoLayer {
  readonly name: string;
  readonly extent: Extent;
  /** One for each reference system, first the grids in which the layer is cached. */
  readonly sets: readonly OgcApiTileSet[];
}

/** The OGC API, if one runs. */
export interface OgcApiDemo {
  /** What tiles end with: `png`, `jpg`. */
  readonly extensions: readonly string[];
  /** By name; empty if tiles are off. */
  readonly layers: readonly OgcApiDemoLayer[];
}

/** Everything that the pages show. */
export interface DemoContent {
  readonly metadata: ServiceMetadata;
  readonly wms: WmsDemo | undefined;
  readonly wmts: WmtsDemo | undefined;
  readonly tms: { readonly layers: readonly TileDemoLayer[] } | undefined;
  readonly ogcApi: OgcApiDemo | undefined;
  /** URL template of a map below the layers; `undefined`: none. */
  readonly background: string | undefined;
}

/** Looks up what is configured. */
export function demoContent(options: DemoOptions, deps: ServiceDeps): DemoContent {
  const { services } = deps;
  return {
    metadata: inheritedMetadata(options.md, services),
    wms: services.has("wms") ? wmsDemo(deps) : undefined,
    wmts: services.has("wmts") ? wmtsDemo(deps) : undefined,
    tms: services.has("tms") ? { layers: demoLayers(tmsCatalog(deps), "sw") } : undefined,
    ogcApi: services.has("ogcapi") ? ogcApiDemo(deps) : undefined,
    background: options.background?.url ?? deps.backgroundUrl,
  };
}

function wmsDemo(deps: ServiceDeps): WmsDemo {
  const settings = wmsSettings((deps.services.get("wms") ?? {}) as WmsOptions, deps);
  const formats = [...settings.formats.keys()].filter((mime) => /png|jpeg/.test(mime));
  const named = [...deps.layers.byName.values()].filter(({ maps }) => maps !== undefined);
  // In 1.1.1 x comes first in every system, so that the page needs no table of axis orders.
  const layers = settings.versions.includes("1.1.1") ? named : [];
  return {
    formats,
    infoTypes: settings.infoTypes,
    first: layers[0]?.name,
    layers: layers
      .map((node) => ({
        name: node.name!, // nodes by name have one
        node,
        systems: shownSystems(node.name!, settings.srs.values(), deps),
      }))
      .sort((a, b) => compare(a.name, b.name)),
  };
}

function shownSystems(layer: string, offered: Iterable<Srs>, deps: ServiceDeps): ShownSrs[] {
  const native = new Set<string>();
  for (const { name, grid } of deps.tiles) if (name === layer) native.add(grid.srs.code);
  const systems = [...offered].map((srs) => ({ srs, isNative: native.has(srs.code) }));
  return systems.sort(
    (a, b) => Number(b.isNative) - Number(a.isNative) || compare(a.srs.code, b.srs.code),
  );
}

function wmtsDemo(deps: ServiceDeps): WmtsDemo | undefined {
  const options = (deps.services.get("wmts") ?? {}) as WmtsOptions;
  const on = bindings(options);
  if (!on.kvp && !on.restful) return undefined;
  const template = options.restful_template ?? DEFAULT_TILE_TEMPLATE;
  return {
    ...on,
    template: template.replaceAll("{{", "{").replaceAll("}}", "}"),
    layers: demoLayers(catalogByGrid(deps.tiles).all, "nw"),
    published: new Map(
      deps.services.has("tms") ? tmsCatalog(deps).map((tiles) => [tiles.layer, tiles]) : [],
    ),
  };
}

function tmsCatalog(deps: ServiceDeps): readonly PublishedTiles[] {
  const options = deps.services.get("tms") as { use_grid_names?: boolean } | null | undefined;
  const useGridNames = options?.use_grid_names ?? false;
  return tileCatalog(deps.tiles, { useGridNames, fallback: [] }).all;
}

function ogcApiDemo(deps: ServiceDeps): OgcApiDemo {
  const settings = ogcApiSettings((deps.services.get("ogcapi") ?? {}) as OgcApiOptions, deps);
  const sets = [...settings.matrixSets].map(([name, grid]) => ({ name, grid }));
  const layers = [...settings.collections].map(([name, node]) => ({
    name,
    extent: node.extent,
    sets: oneForEachSystem(
      sets.filter(({ grid }) => fitsGrid(node, grid)),
      new Set(deps.tiles.filter((tiles) => tiles.name === name).map(({ grid }) => grid.name)),
    ),
  }));
  return {
    extensions: [...settings.formats.keys()].map((format) => (format === "jpeg" ? "jpg" : format)),
    layers: settings.hasTiles
      ? layers.filter((layer) => layer.sets.length > 0).sort((a, b) => compare(a.name, b.name))
      : [],
  };
}

/** @param native names of grids that stand before others in the same system */
function oneForEachSystem(
  sets: readonly OgcApiTileSet[],
  native: ReadonlySet<string>,
): OgcApiTileSet[] {
  const isNative = ({ grid }: OgcApiTileSet) => Number(native.has(grid.name));
  const bySystem = new Map<string, OgcApiTileSet>();
  for (const set of [...sets].sort((a, b) => isNative(b) - isNative(a))) {
    const { code } = set.grid.srs;
    if (!bySystem.has(code)) bySystem.set(code, set);
  }
  return [...bySystem.values()];
}

function demoLayers(all: readonly PublishedTiles[], origin: "nw" | "sw"): TileDemoLayer[] {
  return all
    .map((tiles) => ({ tiles, isCompatible: supportsOrigin(tiles.view.grid, origin) }))
    .sort((a, b) => compare(a.tiles.layer.name, b.tiles.layer.name));
}

/** Order of the code units, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
