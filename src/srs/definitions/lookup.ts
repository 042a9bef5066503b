import { DATUMS, SYSTEMS } from "./table.ts";

/** How a reference system is computed, and how its standard orders the axes. */
export interface Definition {
  /** proj4 string; `+angle=` (degrees a unit) is our own addition for systems in gon. */
  readonly proj: string;
  /** Whether the first axis points north. */
  readonly northEast: boolean;
}

/**
 * Definition of a well-known system, from the table.
 *
 * @param code upper-case, with its authority: `EPSG:25832`, `ESRI:54009`
 * @returns `undefined` if the table has no such code
 */
export function wellKnownDefinition(code: string): Definition | undefined {
  const key = code.startsWith("EPSG:") ? code.slice(5) : code;
  if (!/^[A-Z0-9_]+(?::[A-Z0-9_.-]+)?$/.test(key)) return undefined;
  const plain = lineAfter(`\n${key}|`);
  const line = plain ?? lineAfter(`\n${key}n|`);
  if (line === undefined) return undefined;
  const [datum = "", projection = ""] = line.split("|");
  const words = `proj=${projection} ${datumAt(Number(datum))} no_defs`;
  return { proj: words.replace(/(^| )(?=\S)/g, "$1+"), northEast: plain === undefined };
}

/** Names of all grid files that systems of the table use where they are there. */
export function tableGrids(): string[] {
  return [...DATUMS.matchAll(/ grids=(\S+)/g)].flatMap(([, list = ""]) => list.split(","));
}

/** Rest of the table's line that starts with `start`. One search of the text costs less than an index. */
function lineAfter(start: string): string | undefined {
  const at = SYSTEMS.indexOf(start);
  if (at < 0) return undefined;
  const from = at + start.length;
  return SYSTEMS.slice(from, SYSTEMS.indexOf("\n", from));
}

function datumAt(line: number): string {
  let from = 0;
  for (let i = 0; i < line; i++) from = DATUMS.indexOf("\n", from) + 1;
  const to = DATUMS.indexOf("\n", from);
  return DATUMS.slice(from, to < 0 ? undefined : to);
}
