import { coverageIntersects } from "../coverage/predicates.ts";
import type { MapLayer } from "../model/layer.ts";
import type { Source } from "../model/source.ts";

/** A layer that knows its source, so that neighbours can be asked for together. */
interface DirectLayer extends MapLayer {
  readonly source: Source;
}

/** A source drawn without a cache. */
export function directLayer(source: Source): MapLayer {
  const map = source.map;
  if (!map) {
    throw new TypeError(`Cannot draw source "${source.name}" directly: it has only tiles`);
  }
  const layer: DirectLayer = {
    name: source.name,
    source,
    extent: source.extent,
    resolutions: source.resolutions,
    coverage: source.coverage,
    passesOn: map.passesOn ?? [],
    isOpaque: (query) => map.isOpaque(query),
    async getMap(query, ctx) {
      const { coverage } = source;
      if (coverage && !coverageIntersects(coverage, query.bbox, query.srs)) return undefined;
      return map.get(query, ctx);
    },
    combine(upper, query) {
      const other = (upper as Partial<DirectLayer>).source;
      const combined = other && map.combine?.(other, query);
      return combined && directLayer(combined);
    },
  };
  return layer;
}
