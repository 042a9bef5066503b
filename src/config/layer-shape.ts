import type { Finding } from "./finding.ts";
import type { Path } from "./plain.ts";
import { resolveSource, type SourceRef } from "./references.ts";
import type { Config, LayerConfig } from "./schema.ts";

/** A node of the published tree, before there are objects. */
export interface LayerShape {
  /** Place in the file, for faults: `layers[0]`; of a root that only wraps: `layers`. */
  readonly path: Path;
  /** `undefined`: cannot be asked for by name. */
  readonly name: string | undefined;
  /** Empty: the title of the service takes its place. */
  readonly title: string;
  /** As configured; `undefined` for a root that only wraps. */
  readonly layer: LayerConfig | undefined;
  readonly children: readonly LayerShape[];
  /**
   * What is drawn, bottom first, and asked about features; `undefined` for a group without sources
   * of its own, which stands for its children.
   */
  readonly sources: readonly SourceRef[] | undefined;
}

/** A layer as tile services have it: all grids of all its caches. */
export interface TileShape {
  readonly name: string;
  readonly title: string;
  readonly path: Path;
  readonly layer: LayerConfig;
  /** Each with all its grids, in their order. */
  readonly caches: readonly string[];
  /** Sources of the layer beside its cache that only know about features. */
  readonly infoSources: readonly SourceRef[];
}

export interface LayerShapes {
  /** For WMS and OGC API Maps; `undefined`: nothing that could be drawn. */
  readonly root: LayerShape | undefined;
  /** In depth-first order, children before their group; of one name the last at the place of the first. */
  readonly tiles: readonly TileShape[];
}

/**
 * Forms the published layers: one entry that has content is the root itself, several are wrapped;
 * what can neither be drawn nor has a legend vanishes from the tree.
 *
 * Expects a linked configuration: names that mean nothing are left out.
 */
export function layerShapes(config: Config): LayerShapes {
  const nodes = config.layers.map((layer, i) => shapeOf(config, layer, ["layers", i]));
  const tiles = new Map<string, TileShape>();
  config.layers.forEach((layer, i) => void collectTiles(config, layer, ["layers", i], tiles));
  return { root: rootOf(config, nodes), tiles: [...tiles.values()] };
}

function rootOf(
  config: Config,
  nodes: readonly (LayerShape | undefined)[],
): LayerShape | undefined {
  const [first] = config.layers;
  if (config.layers.length === 1 && (first?.layers || first?.sources || first?.tile_sources)) {
    return nodes[0];
  }
  const children = nodes.filter((node) => node !== undefined);
  if (children.length === 0) return undefined;
  const path: Path = ["layers"];
  return { path, name: undefined, title: "", layer: undefined, children, sources: undefined };
}

function shapeOf(config: Config, layer: LayerConfig, path: Path): LayerShape | undefined {
  const children = (layer.layers ?? [])
    .map((below, i) => shapeOf(config, below, [...path, "layers", i]))
    .filter((node) => node !== undefined);
  const own = refsOf(config, layer);
  const isDrawn = own.length > 0 || layer.legendurl !== undefined;
  if (!isDrawn && children.length === 0) return undefined;
  const { name, title } = layer;
  const hasOwn = own.length > 0 || (children.length === 0 && isDrawn);
  return { path, name, title, layer, children, sources: hasOwn ? own : undefined };
}

function refsOf(config: Config, layer: LayerConfig): SourceRef[] {
  return (layer.sources ?? [])
    .map((text) => resolveSource(config, text, "layer"))
    .filter((ref) => ref !== undefined);
}

function collectTiles(
  config: Config,
  layer: LayerConfig,
  path: Path,
  into: Map<string, TileShape>,
): void {
  layer.layers?.forEach(
    (below, i) => void collectTiles(config, below, [...path, "layers", i], into),
  );
  const { name, title } = layer;
  if (name === undefined) return;
  if (layer.tile_sources) {
    const caches = layer.tile_sources.filter((cache) => Object.hasOwn(config.caches, cache));
    if (caches.length > 0) into.set(name, { name, title, path, layer, caches, infoSources: [] });
    return;
  }
  const found = cacheOf(config, refsOf(config, layer));
  if (found) {
    const { cache, infoSources } = found;
    into.set(name, { name, title, path, layer, caches: [cache], infoSources });
  }
}

/** The one cache among `refs`, if beside it there are but sources that add nothing to a tile. */
function cacheOf(
  config: Config,
  refs: readonly SourceRef[],
): { cache: string; infoSources: SourceRef[] } | undefined {
  let cache: string | undefined;
  const infoSources: SourceRef[] = [];
  for (const ref of refs) {
    if (ref.kind === "cache") {
      if (cache !== undefined) return undefined;
      cache = ref.name;
      continue;
    }
    const source = config.sources[ref.name];
    if (source?.type === "debug") continue;
    const options = source?.wms_opts as { map?: boolean } | undefined;
    if (source?.type !== "wms" || options?.map !== false) return undefined;
    infoSources.push(ref);
  }
  return cache === undefined ? undefined : { cache, infoSources };
}

/** Whether the services that draw have something to draw. */
export function checkShape(config: Config): Finding[] {
  if (layerShapes(config).root) return [];
  const findings: Finding[] = [];
  if (Object.hasOwn(config.services, "wms")) {
    findings.push({ path: ["services", "wms"], message: "found no WMS layer", severity: "error" });
  }
  if (Object.hasOwn(config.services, "ogcapi")) {
    findings.push({ path: ["services", "ogcapi"], message: "found no layer", severity: "error" });
  }
  return findings;
}
