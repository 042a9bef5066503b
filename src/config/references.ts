import type { CacheConfig, Config } from "./schema.ts";

/** What an entry of a `sources` list names. */
export type SourceRef =
  | { readonly kind: "cache"; readonly name: string }
  | {
      readonly kind: "source";
      readonly name: string;
      /** What stands behind the first colon (`name:a,b`); `undefined` where there is nothing. */
      readonly tag: string | undefined;
    };

type Names = Pick<Config, "sources" | "caches">;

/**
 * Resolves an entry of a `sources` list. A name that is both a source and a cache means the source
 * in a cache, and the cache in a layer.
 *
 * @returns `undefined` if there is nothing of that name
 */
export function resolveSource(
  config: Names,
  text: string,
  asker: "cache" | "layer",
): SourceRef | undefined {
  const source = asSource(config, text);
  const cache: SourceRef | undefined = Object.hasOwn(config.caches, text)
    ? { kind: "cache", name: text }
    : undefined;
  return asker === "cache" ? (source ?? cache) : (cache ?? source);
}

function asSource(config: Names, text: string): SourceRef | undefined {
  const colon = text.indexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  if (!Object.hasOwn(config.sources, name)) return undefined;
  const tag = colon === -1 ? "" : text.slice(colon + 1);
  return { kind: "source", name, tag: tag === "" ? undefined : tag };
}

/** Entries of a cache's `sources` with their places below the cache, of bands those of each band. */
export function sourceEntries(
  cache: Pick<CacheConfig, "sources">,
): { readonly text: string; readonly path: readonly (string | number)[] }[] {
  const { sources } = cache;
  if (isList(sources)) return sources.map((text, i) => ({ text, path: ["sources", i] }));
  return Object.entries(sources).flatMap(([band, parts]) =>
    (parts ?? []).map(({ source }, i) => ({ text: source, path: ["sources", band, i, "source"] })),
  );
}

/** Whether a cache's sources are drawn over each other; otherwise they are bands. */
export function isList(sources: CacheConfig["sources"]): sources is readonly string[] {
  return Array.isArray(sources);
}
