import { child, childMap, emptyMap, isMap, type Plain, type PlainMap } from "../../config/plain.ts";
import { overwrite } from "./overwrite.ts";

/** How the sections of a configuration are made; each of what those before it became. */
export interface Sections {
  readonly services: () => PlainMap;
  readonly grids?: () => PlainMap;
  readonly sources?: () => PlainMap;
  readonly caches: (sources: PlainMap) => PlainMap;
  readonly layers: (caches: PlainMap) => Plain[];
}

/**
 * Makes a configuration. The overwrites of a section apply before the next one is made, so that
 * another list of reference systems of a source changes the caches; what is left of them (`grids`,
 * `globals`, `services`, …) is merged into the whole at the end.
 *
 * @throws OverwriteFault
 */
export function assemble(sections: Sections, over: PlainMap, base: string | undefined): PlainMap {
  const apply = (section: PlainMap, key: string): PlainMap => {
    const changes = childMap(over, key);
    return changes ? overwrite(section, changes) : section;
  };
  const services = apply(sections.services(), "service");
  const grids = sections.grids?.();
  const sources = apply(sections.sources?.() ?? emptyMap(), "sources");
  const caches = apply(sections.caches(sources), "caches");
  const config: PlainMap = {
    ...(base === undefined ? {} : { base }),
    services,
    ...(grids ? { grids } : {}),
    ...(sections.sources ? { sources } : {}),
    caches,
    layers: sections.layers(caches),
  };
  const rest = Object.assign(emptyMap(), over);
  for (const key of ["service", "sources", "caches"]) delete rest[key];
  return overwrite(config, rest);
}

/** Seeds and cleanups of every cache in each of its grids, with the overwrites applied. */
export function seedConfig(config: PlainMap, over: PlainMap): PlainMap {
  const seeds = emptyMap();
  const cleanups = emptyMap();
  for (const [cache, options] of Object.entries(childMap(config, "caches") ?? {})) {
    const grids = isMap(options) ? child(options, "grids") : undefined;
    for (const grid of Array.isArray(grids) ? grids : []) {
      const task = { caches: [cache], grids: [grid] };
      seeds[`${cache}_${grid}`] = task;
      cleanups[`${cache}_${grid}`] = { ...task, remove_before: { time: "1900-01-01T00:00:00" } };
    }
  }
  return overwrite({ seeds, cleanups }, over);
}
