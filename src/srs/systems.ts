import type { GridFiles } from "./datum.ts";

/** What a configuration adds to the table of reference systems. */
export interface Systems {
  /** proj4 strings by upper-case code; they win over the table. A code as text makes an alias. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Grid files of datum shifts by name. */
  readonly grids: GridFiles;
  /** Upper-case codes that put north first, where their definition does not say. */
  readonly northEast: ReadonlySet<string>;
  /** The same for those that put east first. */
  readonly eastNorth: ReadonlySet<string>;
}

/** Nothing beside the table. */
export const NO_SYSTEMS: Systems = {
  definitions: new Map(),
  grids: new Map(),
  northEast: new Set(),
  eastNorth: new Set(),
};

/** A line of an init file that is none of it. */
export interface InitFault {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Reads an init file of PROJ: `<990001> +proj=utm +zone=32 +ellps=GRS80 <>`, on one line or on several;
 * what follows `#` is a comment.
 *
 * @param authority of the codes: the name of the file in upper case, `EPSG`
 * @returns proj4 strings by upper-case code, the first one where a code comes twice
 */
export function readInitFile(
  authority: string,
  text: string,
): { readonly definitions: Map<string, string>; readonly faults: readonly InitFault[] } {
  const definitions = new Map<string, string>();
  const faults: InitFault[] = [];
  let code: string | undefined;
  let words: string[] = [];
  for (const [i, whole] of text.split(/\r\n|\n|\r/).entries()) {
    for (const word of withoutComment(whole).split(/\s+/)) {
      const name = /^<([\w.-]*)>$/.exec(word)?.[1];
      if (name === undefined) {
        if (word !== "" && code !== undefined) words.push(word.startsWith("+") ? word : `+${word}`);
        else if (word !== "") faults.push({ line: i + 1, text: word });
        continue;
      }
      // `<>` ends a definition, and so does the code of the next one.
      if (code !== undefined && !definitions.has(code)) definitions.set(code, words.join(" "));
      code = name === "" ? undefined : `${authority}:${name}`.toUpperCase();
      words = [];
    }
  }
  if (code !== undefined && !definitions.has(code)) definitions.set(code, words.join(" "));
  // `metadata` is no system.
  definitions.delete(`${authority}:METADATA`.toUpperCase());
  return { definitions, faults };
}

function withoutComment(line: string): string {
  const hash = line.indexOf("#");
  return hash < 0 ? line : line.slice(0, hash);
}
