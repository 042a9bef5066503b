import { isMap, type Marks, type Path, type Plain, type PlainMap, setMark } from "./plain.ts";

/** Lists under these keys are replaced as a whole; all others grow at their end. */
const REPLACED = new Set(["bbox", "tile_size", "max_output_pixels", "sources", "grids", "res"]);

export interface MergeOptions {
  readonly marks: Marks;
  /** Told about values that cannot be merged; the lower one stays. */
  readonly onFault: (path: Path, message: string) => void;
}

/**
 * Lays the mapping `high` over `low`, in place of `low`: mappings key by key, lists one after the
 * other (the lower first) unless the key is one that is replaced, `layers` by name, anything else by
 * the higher value. Keys of `low` come first.
 *
 * An empty list over a list gives null: so a file takes back what its base lists.
 */
export function mergeInto(low: PlainMap, high: PlainMap, o: MergeOptions): PlainMap {
  return mergeMaps(low, high, [], o);
}

function mergeMaps(low: PlainMap, high: PlainMap, path: Path, o: MergeOptions): PlainMap {
  for (const key in high) {
    const above = high[key]!; // own key of a null-prototype mapping
    const below = low[key];
    const mark = o.marks.get(high)?.get(key);
    if (below === undefined) {
      low[key] = above;
      setMark(o.marks, low, key, mark);
      continue;
    }
    const merged = mergeValues(below, above, [...path, key], o);
    if (merged !== below || !isContainer(below)) setMark(o.marks, low, key, mark);
    low[key] = merged;
  }
  return low;
}

function isContainer(value: Plain): boolean {
  return typeof value === "object" && value !== null;
}

function mergeValues(below: Plain, above: Plain, path: Path, o: MergeOptions): Plain {
  if (isMap(below)) {
    if (above === null) return below;
    if (isMap(above)) return mergeMaps(below, above, path, o);
    o.onFault(path, "Cannot merge with the base file: it has a mapping here");
    return below;
  }
  if (!Array.isArray(below)) return above;
  if (above === null) return below;
  if (!Array.isArray(above)) return above;
  const key = path.at(-1);
  if (typeof key === "string" && REPLACED.has(key)) return above;
  if (key === "layers") return mergeLayers(below, above, path, o);
  return above.length === 0 ? null : append(below, above, o.marks);
}

/** The lower layers, each under the higher one of its name, then those that only the higher has. */
function mergeLayers(below: Plain[], above: Plain[], path: Path, o: MergeOptions): Plain {
  if (!named(below) || !named(above)) {
    o.onFault(path, "Cannot merge layers with those of the base file: each needs a name");
    return below;
  }
  const lower = new Map<Plain | undefined, PlainMap>();
  for (const layer of below) lower.set(layer.name, layer);
  const added: Plain[] = [];
  const from = new Map<Plain, number>();
  for (const [i, layer] of above.entries()) {
    const base = lower.get(layer.name);
    if (base) mergeMaps(base, layer, [...path, i], o);
    else {
      added.push(layer);
      from.set(layer, i);
    }
  }
  const start = below.length;
  below.push(...(added as PlainMap[]));
  for (const [i, layer] of added.entries()) {
    setMark(o.marks, below, start + i, o.marks.get(above)?.get(from.get(layer) ?? -1));
  }
  return below;
}

function named(layers: Plain[]): layers is PlainMap[] {
  return layers.every((layer) => isMap(layer) && Object.hasOwn(layer, "name"));
}

/** Puts the items of `above` behind those of `below`. */
function append(below: Plain[], above: Plain[], marks: Marks): Plain[] {
  const start = below.length;
  for (const [i, item] of above.entries()) {
    below.push(item);
    setMark(marks, below, start + i, marks.get(above)?.get(i));
  }
  return below;
}
