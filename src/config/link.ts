import type { Fault } from "../core/errors.ts";
import { didYouMean } from "../core/text.ts";
import type { Finding } from "./finding.ts";
import type { Path } from "./plain.ts";
import { isList, resolveSource, type SourceRef, sourceEntries } from "./references.ts";
import type { CacheConfig, Config, LayerConfig } from "./schema.ts";

/** Sources that can be narrowed to some of their layers (`name:layer,layer`). */
const TAGGED = new Set(["wms", "mapserver", "mapnik"]);

/** Sources that have tiles only, so that a layer needs a cache around them. */
const TILES_ONLY = new Set(["tile", "ogcapitiles"]);

/** What the layers use; nothing else is built. */
export interface BuildOrder {
  /** Each after the caches it reads from. */
  readonly caches: readonly string[];
  /** In the order of first use. */
  readonly sources: readonly string[];
  readonly grids: readonly string[];
}

export interface Linked {
  readonly order: BuildOrder;
  readonly findings: readonly Finding[];
}

/**
 * Checks that every name means something and that no cache feeds itself, and finds out what is used.
 *
 * A broken part is an error where a layer uses it, at whatever distance, and a warning elsewhere:
 * a configuration starts in spite of leftovers.
 *
 * @param brokenGrids reasons by grid, from `applyDefaults()`
 * @param roots caches that are used besides those of the layers: by seeding, by exports
 */
export function link(
  config: Config,
  brokenGrids: ReadonlyMap<string, string>,
  roots: readonly string[] = [],
): Linked {
  const linker = new Linker(config, brokenGrids);
  linker.visitLayers(config.layers, ["layers"]);
  for (const name of roots) linker.visitCache(name, []);
  if (Object.hasOwn(config.services, "ogcapi")) {
    for (const name of Object.keys(config.grids)) linker.visitGrid(name, ["grids", name]);
  }
  const order = linker.order();
  linker.visitUnused();
  return { order, findings: linker.findings };
}

class Linker {
  readonly findings: Finding[] = [];
  readonly #config: Config;
  readonly #broken: ReadonlyMap<string, string>;
  readonly #caches: string[] = [];
  readonly #sources = new Set<string>();
  readonly #grids = new Set<string>();
  readonly #state = new Map<string, "open" | "done">();
  #severity: Fault["severity"] = "error";

  constructor(config: Config, broken: ReadonlyMap<string, string>) {
    this.#config = config;
    this.#broken = broken;
  }

  order(): BuildOrder {
    return { caches: [...this.#caches], sources: [...this.#sources], grids: [...this.#grids] };
  }

  visitLayers(layers: readonly LayerConfig[], path: Path): void {
    for (const [i, layer] of layers.entries()) {
      const at = [...path, i];
      this.visitLayers(layer.layers ?? [], [...at, "layers"]);
      const label = layer.name ?? "";
      for (const [j, text] of (layer.sources ?? []).entries()) {
        const ref = resolveSource(this.#config, text, "layer");
        const place = [...at, "sources", j];
        if (ref) this.#visitRef(ref, place, { text, user: { layer: label } });
        else {
          const near = didYouMean(text, this.#names());
          const message = `Source '${text}' for layer '${label}' not in cache or source section`;
          this.#find(place, message + near);
        }
      }
      for (const [j, text] of (layer.tile_sources ?? []).entries()) {
        if (Object.hasOwn(this.#config.caches, text)) this.visitCache(text, []);
        else {
          const near = didYouMean(text, Object.keys(this.#config.caches));
          const message = `Tile source '${text}' for layer '${label}' not in cache section${near}`;
          this.#find([...at, "tile_sources", j], message);
        }
      }
    }
  }

  /** @param chain caches that led here, outermost first */
  visitCache(name: string, chain: readonly string[]): void {
    if (this.#state.get(name) === "done") return;
    const cache = this.#config.caches[name];
    if (!cache) return;
    const path = ["caches", name];
    if (this.#state.get(name) === "open") {
      const names = [...chain.slice(chain.indexOf(name)), name].join(" -> ");
      this.#find([...path, "sources"], `Cannot use a cache as source of itself: ${names}`);
      return;
    }
    this.#state.set(name, "open");
    for (const { text, path: below } of sourceEntries(cache)) {
      const ref = resolveSource(this.#config, text, "cache");
      const place = [...path, ...below];
      if (ref) this.#visitRef(ref, place, { text, user: { cache: name }, chain: [...chain, name] });
      else {
        const near = didYouMean(text, this.#names());
        this.#find(place, `Source '${text}' for cache '${name}' not found in config${near}`);
      }
    }
    for (const [i, grid] of cache.grids.entries()) {
      if (!this.visitGrid(grid, [...path, "grids", i])) {
        const near = didYouMean(grid, Object.keys(this.#config.grids));
        const message = `Grid '${grid}' for cache '${name}' not found in config${near}`;
        this.#find([...path, "grids", i], message);
      }
    }
    this.#checkBands(name, cache);
    this.#state.set(name, "done");
    this.#caches.push(name);
  }

  /** False if there is no such grid. */
  visitGrid(name: string, path: Path): boolean {
    const grid = this.#config.grids[name];
    if (!grid) return false;
    if (this.#grids.has(name)) return true;
    this.#grids.add(name);
    const reason = this.#broken.get(name);
    if (reason !== undefined) this.#find(["grids", name, "base"], reason);
    const align = grid.align_resolutions_with;
    if (align !== undefined && !this.visitGrid(align, path)) {
      const near = didYouMean(align, Object.keys(this.#config.grids));
      const place = ["grids", name, "align_resolutions_with"];
      this.#find(place, `Cannot find grid "${align}"${near}`);
    }
    return true;
  }

  /** Looks at what nothing uses: what is wrong there is worth a warning. */
  visitUnused(): void {
    this.#severity = "warning";
    const { caches, sources } = this.#config;
    const unused: Path[] = [];
    for (const name of Object.keys(caches)) {
      if (!this.#state.has(name)) unused.push(["caches", name]);
    }
    for (const name of Object.keys(caches)) this.visitCache(name, []);
    for (const name of Object.keys(sources)) {
      if (!this.#sources.has(name)) unused.push(["sources", name]);
    }
    for (const path of unused) {
      this.#find(path, `Nothing uses this ${path[0] === "caches" ? "cache" : "source"}`);
    }
  }

  #visitRef(ref: SourceRef, path: Path, use: Use): void {
    if (ref.kind === "cache") this.visitCache(ref.name, use.chain ?? []);
    else this.#visitSource(ref, path, use);
  }

  #visitSource(ref: SourceRef & { kind: "source" }, path: Path, use: Use): void {
    const source = this.#config.sources[ref.name]!; // a reference was resolved to it
    const isNew = !this.#sources.has(ref.name);
    this.#sources.add(ref.name);
    if (use.text.includes(":") && !TAGGED.has(source.type)) {
      const user = "cache" in use.user ? `cache '${use.user.cache}'` : `layer '${use.user.layer}'`;
      this.#find(
        path,
        `Found tagged source '${ref.name}' in ${user} but tagged sources only supported for 'wms, mapserver, mapnik' sources`,
      );
    } else if (ref.tag !== undefined) this.#checkTag(ref.name, ref.tag, path);
    else if (isNew) this.#checkLayers(ref.name);
    if ("layer" in use.user && TILES_ONLY.has(source.type)) {
      this.#find(
        path,
        `source "${ref.name}" of layer "${use.user.layer}" does not support un-tiled access: put a cache around it`,
      );
    }
    const grid = source.grid;
    if (isNew && typeof grid === "string" && !this.visitGrid(grid, [])) {
      const near = didYouMean(grid, Object.keys(this.#config.grids));
      this.#find(["sources", ref.name, "grid"], `Cannot find grid "${grid}"${near}`);
    }
  }

  /** The layers after the colon must be some of the source's own. */
  #checkTag(name: string, tag: string, path: Path): void {
    const own = this.#layersOf(name);
    if (own.length === 0) return;
    const asked = tag.split(",");
    if (asked.every((layer) => own.includes(layer))) return;
    const message = `Supported layers for source '${name}' are '${own.join(", ")}' but tagged source requested layers '${asked.join(", ")}'`;
    this.#find(path, message);
  }

  /** A WMS source that is used without tag has to say which layers. */
  #checkLayers(name: string): void {
    const source = this.#config.sources[name]!; // a reference was resolved to it
    const request = (source.req ?? {}) as Record<string, unknown>;
    if (source.type !== "wms" || this.#layersOf(name).length > 0) return;
    if (request.sld !== undefined || request.sld_body !== undefined) return;
    this.#find(["sources", name, "req"], `Missing 'layers' for source '${name}'`, "warning");
  }

  #layersOf(name: string): string[] {
    const source = this.#config.sources[name];
    const request = (source?.req ?? {}) as Record<string, unknown>;
    const layers = source?.type === "mapnik" ? source.layers : request.layers;
    if (Array.isArray(layers)) return layers.map(String);
    return typeof layers === "string" && layers !== "" ? layers.split(",") : [];
  }

  #checkBands(name: string, cache: CacheConfig): void {
    const { sources } = cache;
    if (isList(sources) || !sources.l || Object.keys(sources).length < 2) return;
    const message = `Cannot combine 'l' band with bands in cache '${name}'`;
    this.#find(["caches", name, "sources"], message);
  }

  #names(): string[] {
    return [...Object.keys(this.#config.caches), ...Object.keys(this.#config.sources)];
  }

  #find(path: Path, message: string, severity = this.#severity): void {
    this.findings.push({ path, message, severity });
  }
}

/** Who uses a source, and how it is written there. */
interface Use {
  readonly text: string;
  readonly user: { readonly layer: string } | { readonly cache: string };
  readonly chain?: readonly string[];
}
