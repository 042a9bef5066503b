import { coverageContainsPoint } from "../coverage/predicates.ts";
import { mergeRanges, resolutionRange, scaleToResolution } from "../grid/scales.ts";
import { createHttpClient } from "../http/create.ts";
import { directLayer } from "../layer/direct.ts";
import { tileLayer } from "../layer/tiles.ts";
import { ConfigFault } from "../model/define.ts";
import type { InfoLayer, LayerNode, LayerTree, MapLayer, TileLayer } from "../model/layer.ts";
import type { LayerMetadata } from "../model/metadata.ts";
import type { Source } from "../model/source.ts";
import { staticLegend } from "../source/static-legend.ts";
import { DEFAULT_EXTENT, mergeExtents } from "../srs/extent.ts";
import type { BuiltCache, Caches } from "./build-caches.ts";
import type { BuildContext } from "./build-context.ts";
import type { SourceBuilder } from "./build-sources.ts";
import type { LayerShape, TileShape } from "./layer-shape.ts";
import { formatPath } from "./plain.ts";
import type { SourceRef } from "./references.ts";
import type { LayerConfig } from "./schema.ts";

export interface LayerParts {
  readonly context: BuildContext;
  readonly sources: SourceBuilder;
  readonly caches: Caches;
}

/** The published tree of layers. */
export async function buildTree(root: LayerShape, parts: LayerParts): Promise<LayerTree> {
  const title = serviceTitle(parts);
  const node = await buildNode({ ...root, title: root.title || title }, parts);
  const byName = new Map<string, LayerNode>();
  collect(node, byName);
  return { root: node, byName };
}

function serviceTitle({ context }: LayerParts): string {
  const title = context.config.services.wms?.md?.title;
  return typeof title === "string" ? title : "";
}

function collect(node: LayerNode, byName: Map<string, LayerNode>): void {
  if (node.name !== undefined) byName.set(node.name, node);
  for (const child of node.children) collect(child, byName);
}

async function buildNode(shape: LayerShape, parts: LayerParts): Promise<LayerNode> {
  const children: LayerNode[] = [];
  for (const child of shape.children) children.push(await buildNode(child, parts));
  const used: UsedSource[] = [];
  for (const [i, ref] of (shape.sources ?? []).entries()) {
    const path = `${formatPath(shape.path)}.sources[${i}]`;
    const source = await parts.context.attempt(path, () => useSource(ref, parts));
    if (source) used.push(source);
  }
  const maps = shape.sources && used.flatMap(({ map }) => (map ? [map] : []));
  const own = maps ?? [];
  const extents = [...own, ...children].map(({ extent }) => extent);
  const configured = shape.layer && resolutionRange(shape.layer);
  return {
    name: shape.name,
    title: shape.title,
    metadata: layerMetadata(shape.layer),
    children,
    maps,
    infos: used.flatMap(({ infos }) => infos),
    legends: legendsOf(shape.layer, used, parts),
    extent: extents.length > 0 ? mergeExtents(extents) : DEFAULT_EXTENT,
    resolutions:
      configured ?? mergeRanges([...own, ...children].map(({ resolutions }) => resolutions)),
    dimensions: shape.layer?.dimensions ?? [],
  };
}

/** One entry of a layer's `sources`: what it draws, and what it knows. */
interface UsedSource {
  readonly map: MapLayer | undefined;
  readonly infos: readonly InfoLayer[];
  readonly legends: LayerNode["legends"];
}

async function useSource(ref: SourceRef, parts: LayerParts): Promise<UsedSource | undefined> {
  if (ref.kind === "cache") {
    const cache = parts.caches.get(ref.name);
    return cache && { map: cache.layer, ...knowledgeOf(cache.origins) };
  }
  const source = await parts.sources.build(ref.name, { requestFormat: undefined, tag: ref.tag });
  if (!source.map && source.tile) {
    throw new ConfigFault("", `source "${ref.name}" does not support un-tiled access`);
  }
  return { map: source.map && directLayer(source), ...knowledgeOf([source]) };
}

function knowledgeOf(sources: readonly Source[]): Pick<UsedSource, "infos" | "legends"> {
  return {
    infos: sources.flatMap((source) => (source.info ? [infoLayer(source)] : [])),
    legends: sources.flatMap(({ legend }) => (legend ? [legend] : [])),
  };
}

/** Asks a source about features where it has any. */
function infoLayer(source: Source): InfoLayer {
  const { coverage, info } = source;
  return {
    coverage,
    async getInfo(query, ctx) {
      const [minx, , , maxy] = query.bbox;
      const x = minx + (query.at[0] / query.size[0]) * (query.bbox[2] - minx);
      const y = maxy - (query.at[1] / query.size[1]) * (maxy - query.bbox[1]);
      if (coverage && !coverageContainsPoint(coverage, [x, y], query.srs)) return undefined;
      return info?.get(query, ctx);
    },
  };
}

/** A legend of the layer's own takes the place of those of its sources. */
function legendsOf(
  layer: LayerConfig | undefined,
  used: readonly UsedSource[],
  { context }: LayerParts,
): LayerNode["legends"] {
  if (layer?.legendurl === undefined) return used.flatMap(({ legends }) => legends);
  const name = layer.name ?? layer.title;
  const { platform, path, pool } = context;
  const http = createHttpClient({ pool }, platform, name);
  return [staticLegend(layer.legendurl, { name, http, platform, path })];
}

function layerMetadata(layer: LayerConfig | undefined): LayerMetadata {
  const md = layer?.md;
  const nominal =
    layer?.nominal_scale === undefined
      ? layer?.nominal_res
      : scaleToResolution(layer.nominal_scale);
  return {
    abstract: md?.abstract,
    keywordList: md?.keyword_list,
    attribution: md?.attribution,
    identifiers: md?.identifier as LayerMetadata["identifiers"],
    metadata: md?.metadata as LayerMetadata["metadata"],
    data: md?.data as LayerMetadata["data"],
    featureList: md?.feature_list as LayerMetadata["featureList"],
    wmtsKvpLegendUrl: layer?.wmts_kvp_legendurl,
    wmtsRestLegendUrl: layer?.wmts_rest_legendurl,
    nominalResolution: nominal,
    maxAge: layer?.expires_hours === undefined ? undefined : layer.expires_hours * 3600,
    acceptFormats: layer?.accept_formats,
  };
}

/** Every layer that has tiles, in each grid of its caches. */
export async function buildTileLayers(
  shapes: readonly TileShape[],
  parts: LayerParts,
): Promise<TileLayer[]> {
  const layers: TileLayer[] = [];
  for (const shape of shapes) {
    const path = formatPath(shape.path);
    const infoOnly: InfoLayer[] = [];
    for (const ref of shape.infoSources) {
      const used = await parts.context.attempt(path, () => useSource(ref, parts));
      infoOnly.push(...(used?.infos ?? []));
    }
    for (const name of shape.caches) {
      const cache = parts.caches.get(name);
      if (!cache) continue;
      await parts.context.attempt(path, () => checkDimensions(shape, cache));
      const { infos } = knowledgeOf(cache.origins);
      for (const manager of cache.managers) {
        layers.push(
          tileLayer(manager, {
            name: shape.name,
            title: shape.title,
            metadata: layerMetadata(shape.layer),
            extent: cache.extent,
            infos: [...infos, ...infoOnly],
            dimensions: shape.layer.dimensions,
          }),
        );
      }
    }
  }
  return layers;
}

/** Tiles of different dimension values must not lie in one place. */
function checkDimensions(shape: TileShape, { managers, name }: BuiltCache): void {
  const keeps = managers.every(({ settings }) => settings.cache?.keepsDimensions ?? true);
  if (shape.layer.dimensions.length === 0 || keeps) return;
  throw new ConfigFault(
    "",
    `caching of dimension layer (${shape.name}) is not supported yet. need to \`disable_storage: true\` on ${name} cache`,
  );
}
