import { emptyMap, isMap, type Plain, type PlainMap } from "../../config/plain.ts";

/** An overwrite says something that cannot be done. */
export class OverwriteFault extends Error {}

/**
 * A copy of `target` with `over` merged into it. Keys of `over` may be wildcards:
 *
 * - `name__extend__`: the list is appended to `name`
 * - `__all__`: merged into every entry of the level
 * - `___suffix`, `prefix___`: merged into entries whose keys end or begin so
 *
 * Plain keys come first, then `__all__`, then the others. Mappings are merged, anything else is
 * replaced.
 *
 * @throws OverwriteFault if something that is no list is to be extended
 */
export function overwrite(target: PlainMap, over: PlainMap): PlainMap {
  const merged = Object.assign(emptyMap(), target);
  const rank = (key: string) => (isPattern(key) ? 2 : key === ALL ? 1 : 0);
  const keys = Object.keys(over).sort((a, b) => rank(a) - rank(b));
  for (const key of keys) {
    const value = over[key]!; // one of its keys
    if (rank(key) > 0) {
      for (const name of Object.keys(merged).filter(matcher(key))) {
        merged[name] = put(merged[name], value);
      }
    } else if (key.endsWith(EXTEND)) {
      const name = key.slice(0, -EXTEND.length);
      merged[name] = extended(name, merged[name], value);
    } else {
      merged[key] = put(merged[key], value);
    }
  }
  return merged;
}

const ALL = "__all__";
const EXTEND = "__extend__";
const WILDCARD = "___";

function isPattern(key: string): boolean {
  return key.startsWith(WILDCARD) || key.endsWith(WILDCARD);
}

function matcher(key: string): (name: string) => boolean {
  if (key === ALL) return () => true;
  if (key.startsWith(WILDCARD)) return (name) => name.endsWith(key.slice(WILDCARD.length));
  return (name) => name.startsWith(key.slice(0, -WILDCARD.length));
}

function put(old: Plain | undefined, value: Plain): Plain {
  if (!isMap(value)) return value;
  return overwrite(isMap(old) ? old : emptyMap(), value);
}

function extended(name: string, old: Plain | undefined, value: Plain): Plain {
  if (!Array.isArray(value) || !(old === undefined || Array.isArray(old))) {
    throw new OverwriteFault(`cannot extend non-list ${name}`);
  }
  return [...(old ?? []), ...value];
}
