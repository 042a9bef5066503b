import { stringify } from "smol-toml";
import { emptyMap, formatPath, isMap, type Path, type Plain, type PlainMap } from "./plain.ts";

/** A TOML document, and the places of values that TOML cannot hold. */
export interface WrittenToml {
  readonly text: string;
  /** Keys that were left out because their value was empty. */
  readonly leftOut: readonly string[];
}

/**
 * A configuration as TOML. TOML has no empty value: where `isTable` says that a mapping may stand, it
 * becomes an empty table, which means the same; elsewhere the key is left out, which a reader of
 * configurations takes for the same.
 *
 * @throws RangeError if a list holds an empty value
 */
export function writeToml(value: PlainMap, isTable: (path: Path) => boolean): WrittenToml {
  const leftOut: string[] = [];

  function filled(item: Plain, path: Path): Plain {
    if (Array.isArray(item)) {
      return item.map((entry, i) => {
        if (entry !== null) return filled(entry, [...path, i]);
        throw new RangeError(
          `Cannot write ${formatPath([...path, i])} as TOML: it is empty, and TOML has no empty values in lists`,
        );
      });
    }
    if (!isMap(item)) return item;
    const map = emptyMap();
    for (const [key, entry] of Object.entries(item)) {
      const at = [...path, key];
      if (entry !== null) map[key] = filled(entry, at);
      else if (isTable(at)) map[key] = emptyMap();
      else leftOut.push(formatPath(at));
    }
    return map;
  }

  const text = stringify(filled(value, []), { numbersAsFloat: false });
  return { text: text.endsWith("\n") ? text : `${text}\n`, leftOut };
}
