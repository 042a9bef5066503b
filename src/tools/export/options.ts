import { emptyMap, type Plain, type PlainMap } from "../../config/plain.ts";
import { parseYaml } from "../../config/yaml.ts";
import { UsageError } from "../../core/command-line.ts";
import { ToolFailure } from "../tool.ts";

/** Levels beyond this no grid has. */
const MAX_LEVEL = 100;

/**
 * Levels of `1,2,3`, `1..10` or `1..6, 8, 13..14`: rising, none twice.
 *
 * @throws UsageError
 */
export function readLevels(text: string): number[] {
  const levels = new Set<number>();
  for (const part of text.split(",")) {
    const [, from, to] = /^\s*(\d{1,3})(?:\s*\.\.\s*(\d{1,3}))?\s*$/.exec(part) ?? [];
    if (from === undefined || Number(to ?? from) > MAX_LEVEL) {
      throw new UsageError(
        `option --levels: expected numbers and ranges such as 1..6,8: '${text}'`,
      );
    }
    for (let level = Number(from); level <= Number(to ?? from); level++) levels.add(level);
  }
  return [...levels].sort((a, b) => a - b);
}

/**
 * A grid written as `key=value` words, each value YAML; words are divided as a shell does.
 *
 * @example readGrid("base=GLOBAL_MERCATOR min_res=100000")
 * @throws ToolFailure
 */
export function readGrid(text: string): PlainMap {
  const grid = emptyMap();
  for (const word of shellWords(text)) {
    const equals = word.indexOf("=");
    if (equals < 1) throw invalidGrid([`expected key=value, not '${word}'`]);
    grid[word.slice(0, equals)] = readValue(word.slice(equals + 1));
  }
  return grid;
}

/** The failure with all that is wrong. */
export function invalidGrid(details: readonly string[]): ToolFailure {
  return new ToolFailure(2, ["ERROR: invalid grid configuration", ...details].join("\n"));
}

function readValue(text: string): Plain {
  try {
    return parseYaml({ path: "--grid", text }, new WeakMap());
  } catch (error) {
    throw invalidGrid([(error as Error).message]);
  }
}

/** Blanks divide, quotes and backslashes keep together. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/g)) {
    words.push(
      word.replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
        (_, single?: string, double?: string, escaped?: string) =>
          single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? "",
      ),
    );
  }
  return words;
}
