import { rangeContains } from "../../grid/scales.ts";
import type { Dimension, InfoLayer, LayerNode, MapLayer } from "../../model/layer.ts";
import type { MapQuery } from "../../model/source.ts";

/** A leaf of the layer tree with what it is drawn from. */
export interface SelectedMap {
  /** Absent for a leaf without a name, which only a group can reach. */
  readonly name: string | undefined;
  /** Bottom first. */
  readonly maps: readonly MapLayer[];
  readonly dimensions: readonly Dimension[];
}

/** A leaf of the layer tree with what knows about its features. */
export interface SelectedInfo {
  readonly name: string | undefined;
  readonly infos: readonly InfoLayer[];
}

/**
 * What is drawn for the nodes of a request, bottom first: those outside their resolution range left
 * out, those that an opaque one hides too, groups replaced by their leaves, each leaf once, at its
 * first place.
 *
 * Only the range of the requested node itself counts; ranges of leaves inside a group do not.
 */
export function selectMaps(nodes: readonly LayerNode[], query: MapQuery): SelectedMap[] {
  const [only] = nodes;
  if (nodes.length === 1 && only?.maps) return isInRange(only, query) ? [selectedMap(only)] : [];
  const verdicts = new Map<LayerNode, "skip" | "draw" | "opaque">();
  const verdictOf = (node: LayerNode) => {
    // A request may name one layer ten thousand times: look at each node once.
    const known = verdicts.get(node);
    if (known) return known;
    const verdict = judge(node, query);
    verdicts.set(node, verdict);
    return verdict;
  };

  const first = Math.max(
    0,
    nodes.findLastIndex((node) => verdictOf(node) === "opaque"),
  );
  const selected = new Map<unknown, SelectedMap>();
  const added = new Set<LayerNode>();
  for (const node of nodes.slice(first)) {
    if (added.has(node) || verdictOf(node) === "skip") continue;
    added.add(node);
    for (const leaf of drawnLeaves(node)) {
      const key = leaf.name ?? leaf;
      if (!selected.has(key)) selected.set(key, selectedMap(leaf));
    }
  }
  return [...selected.values()];
}

/**
 * What is asked about features for a requested node.
 *
 * @returns `undefined` if nothing below the node can be asked
 */
export function selectInfos(node: LayerNode): SelectedInfo[] | undefined {
  if (!isQueryable(node)) return undefined;
  if (node.maps !== undefined || node.children.length === 0) {
    return [{ name: node.name, infos: node.infos }];
  }
  return node.children.flatMap((child) => selectInfos(child) ?? []);
}

/** Whether the node, or anything below it, can be asked about features. */
export function isQueryable(node: LayerNode): boolean {
  return node.infos.length > 0 || node.children.some(isQueryable);
}

/** Whether the node, or anything below it, has a legend. */
export function hasLegend(node: LayerNode): boolean {
  return node.legends.length > 0 || node.children.some(hasLegend);
}

function selectedMap({ name, maps = [], dimensions }: LayerNode): SelectedMap {
  return { name, maps, dimensions };
}

function isInRange({ resolutions }: LayerNode, { bbox, size, srs }: MapQuery): boolean {
  return !resolutions || rangeContains(resolutions, bbox, size, srs);
}

function judge(node: LayerNode, query: MapQuery): "skip" | "draw" | "opaque" {
  if (!isInRange(node, query)) return "skip";
  return drawnLeaves(node).some(({ maps }) => maps?.some((map) => map.isOpaque(query)))
    ? "opaque"
    : "draw";
}

/** The node itself if it has sources of its own, else its leaves in order. */
function drawnLeaves(node: LayerNode): readonly LayerNode[] {
  return node.maps === undefined ? node.children.flatMap(drawnLeaves) : [node];
}
